"""Each format becomes text, blocks that point into it, and problems in plain words."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ingest.errors import Unreadable
from ingest.parsed import BlockKind, Parsed
from ingest.parsers import html, mail, markdown, ocr, office, pdf, plain, record, table
from ingest.parsers.limits import ReadLimits
from retrieval.boxes import decode, rectangles
from retrieval.documents import Span
from tests.ingest import made_files as made
from tests.retrieval import made_pdfs
from tests.retrieval.made_pdfs import Words, paragraph

LIMITS = ReadLimits()
Found = list[tuple[BlockKind, str]]


def blocks(parsed: Parsed) -> Found:
    return [(block.kind, parsed.text[block.start : block.end]) for block in parsed.blocks]


def path_of(parsed: Parsed, text: str) -> tuple[str, ...]:
    at = parsed.text.index(text)
    return next(block.headings for block in parsed.blocks if block.start <= at < block.end)


HEADERS = {
    "subject": "Your order",
    "from_": "a@example.org",
    "to": "b@example.org",
    "date": "Mon, 1 Jul 2024 10:00:00 +0200",
}


class TestPlain:
    @pytest.mark.parametrize("text", ["a\r\nb\n\n\tc ", "é\u200b\u202e", "a\x0cb", "😀", "a\n"])
    def test_the_text_stays_as_it_is(self, text: str) -> None:
        assert plain.parse(text.encode(), "a.txt", LIMITS).text == text

    def test_what_no_database_stores_is_replaced_in_place(self) -> None:
        assert plain.parse(b"a\x00b", "a.txt", LIMITS).text == "a\ufffdb"

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
    def test_other_encodings_of_unicode_are_read(self, encoding: str) -> None:
        parsed = plain.parse("Größe matters here".encode(encoding), "a.txt", LIMITS)
        assert (parsed.text, parsed.problems) == ("Größe matters here", ())

    def test_windows_text_is_read_and_said(self) -> None:
        parsed = plain.parse("Größe".encode("cp1252"), "a.txt", LIMITS)
        assert parsed.text == "Größe"
        assert "Windows-1252" in parsed.problems[0]

    def test_one_bad_byte_does_not_spoil_the_rest(self) -> None:
        parsed = plain.parse("Größe, überall, für alle\n".encode() * 9 + b"\xff", "a.txt", LIMITS)
        assert parsed.text.endswith("alle\n\ufffd")


class TestMarkdown:
    RAW = (
        b"---\ntitle: Leave policy\nstatus: approved\neffective: 2024-01-31\n"
        b"owner: [HR, Ann]\n---\n# Leave\n\nEveryone has **25 days**, see [the law](https://example.org/x).\n\n"
        b"## Sick leave\n\n- call in\n- get `well`\n\n| Kind | Days |\n|---|---:|\n| Paid | 25 |\n"
        b"\nOther\n-----\n\n```\nkeep * this\n```\n![](https://example.org/pixel.png)\n"
    )

    def test_front_matter_is_declared_and_not_in_the_text(self) -> None:
        parsed = markdown.parse(self.RAW, "a.md", LIMITS)
        assert dict(parsed.declared) == {
            "title": "Leave policy", "status": "approved", "effective": "2024-01-31",
            "owner": "HR, Ann",
        }  # fmt: skip
        assert parsed.text.startswith("Leave\n\nEveryone has 25 days, see the law.")

    def test_the_opening_heading_is_the_title_if_none_is_declared(self) -> None:
        assert markdown.parse(b"# Leave\n\nwords", "a.md", LIMITS).title == "Leave"
        assert markdown.parse(b"words\n\n# Leave", "a.md", LIMITS).title == ""

    def test_blocks_know_their_headings(self) -> None:
        parsed = markdown.parse(self.RAW, "a.md", LIMITS)
        assert (BlockKind.TABLE_ROW, "Kind: Paid; Days: 25") in blocks(parsed)
        assert (BlockKind.LIST_ITEM, "- get well") in blocks(parsed)
        assert path_of(parsed, "- call in") == ("Leave", "Sick leave")
        assert path_of(parsed, "keep * this") == ("Leave", "Other")

    @pytest.mark.parametrize(
        "front",
        [
            b"---\na: [\n---\nx",
            b"---\n- 1\n---\nx",
            b"---\nx",
            b"---\n" + b"[" * 9000 + b"\n---\nx",
        ],
    )
    def test_broken_front_matter_is_only_text(self, front: bytes) -> None:
        parsed = markdown.parse(front, "a.md", LIMITS)
        assert parsed.declared == ()
        assert "x" in parsed.text


class TestRecord:
    def test_the_text_comes_first_and_unchanged(self) -> None:
        raw = made.ticket(
            id=7, title="Printer\u200b on fire", text=" It burns.\r\n\u202eStill. ", status="open",
            comments=[{"author": "Ann", "created": "2024-02-01", "text": "Water it."}, "junk", {}],
        )  # fmt: skip
        parsed = record.parse(raw, "7", LIMITS)
        assert parsed.text == (
            " It burns.\r\n\u202eStill. \n\nComment by Ann on 2024-02-01\nWater it."
        )
        assert blocks(parsed)[-2:] == [
            (BlockKind.HEADING, "Comment by Ann on 2024-02-01"), (BlockKind.COMMENT, "Water it."),
        ]  # fmt: skip
        assert parsed.blocks[-1].headings == ("Comment by Ann on 2024-02-01",)
        assert parsed.title == "Printer on fire"
        assert ("status", "open") in parsed.declared

    @pytest.mark.parametrize(
        "fields", [{"subject": "S", "body": "B"}, {"summary": "S", "description": "B"}]
    )
    def test_fields_may_have_their_other_names(self, fields: dict[str, object]) -> None:
        parsed = record.parse(made.ticket(**fields), "1", LIMITS)
        assert (parsed.title, parsed.text) == ("S", "B")

    @pytest.mark.parametrize("raw", [b"", b"[]", b"{}", b'{"text": 1.5}', b"[" * 99_999, b'{"a'])
    def test_what_is_no_record_is_refused(self, raw: bytes) -> None:
        with pytest.raises(Unreadable, match="JSON object"):
            record.parse(raw, "1", LIMITS)

    def test_half_a_character_does_not_reach_the_database(self) -> None:
        assert record.parse(rb'{"text": "a\ud800b\u0000"}', "1", LIMITS).text == "a\ufffdb\ufffd"


class TestTable:
    def test_rows_carry_the_names_of_their_columns(self) -> None:
        parsed = table.parse(b'Name,City\n"Ann, B.",Ghent\nBob,\n', "a.csv", LIMITS)
        assert blocks(parsed) == [
            (BlockKind.TABLE_ROW, "Name: Ann, B.; City: Ghent"),
            (BlockKind.TABLE_ROW, "Name: Bob"),
        ]

    @pytest.mark.parametrize("mark", [";", "\t", "|"])
    def test_other_separators_are_noticed(self, mark: str) -> None:
        raw = f"Name{mark}City\nAnn{mark}Ghent, BE\n".encode()
        assert table.parse(raw, "a.csv", LIMITS).text == "Name: Ann; City: Ghent, BE"

    def test_numbers_are_not_taken_for_names(self) -> None:
        assert table.parse(b"1,2\n3,4\n", "a.csv", LIMITS).text == "1 | 2\n3 | 4"

    @pytest.mark.parametrize(
        "above", [b"", b"Limits 2026,,\n", b"Limits 2026,,\n\nAmounts in EUR.,,\n,,\n"]
    )
    def test_notes_above_and_below_take_no_row_its_names(self, above: bytes) -> None:
        raw = above + b"Role,Limit,Since\nBuyer,5,2024\nLead,,\nAbove it the board decides.,,\n"
        *before, buyer, lead, note = table.parse(raw, "a.csv", LIMITS).text.split("\n")
        assert (buyer, lead) == ("Role: Buyer; Limit: 5; Since: 2024", "Role: Lead")
        assert note == "Above it the board decides."
        assert before == [line.strip(",") for line in above.decode().split("\n") if line.strip(",")]

    def test_a_table_of_names_alone_is_not_lost(self) -> None:
        assert table.parse(b"Note\nWho,Days\n", "a.csv", LIMITS).text == "Note\nWho | Days"

    def test_too_many_columns_are_cut_and_said(self) -> None:
        parsed = table.parse(b",".join([b"c"] * 10_000), "a.csv", LIMITS)
        assert parsed.problems == ("only the first 1,000 columns were read",)


class TestHtml:
    def test_says_what_a_reader_would_see(self) -> None:
        raw = (
            b"<html><head><title>Travel  policy</title><style>x{}</style></head><body>"
            b"<nav>Home</nav><script>alert(1)</script><h1>Travel</h1><p>Book <b>early</b>.</p>"
            b"<p style='display: none'>Unseen</p><p style='font-size:0'>Unseen</p>"
            b"<p hidden>Unseen</p><h2>Trains</h2>"
            b"<ul><li>Second class</li></ul><table><tr><th>Who<th>Days</tr>"
            b"<tr><td>All</td><td>3</td></tr></table><img src='http://example.org/x.png'></body>"
        )
        parsed = html.parse(raw, "a.html", LIMITS)
        assert parsed.title == "Travel policy"
        assert path_of(parsed, "Second class") == ("Travel", "Trains")
        assert (BlockKind.TABLE_ROW, "Who: All; Days: 3") in blocks(parsed)
        for hidden in ("Home", "Unseen", "alert", "x{}", "example.org"):
            assert hidden not in parsed.text

    def test_the_declared_encoding_counts(self) -> None:
        raw = "<meta charset='iso-8859-1'><p>Größe</p>".encode("latin-1")
        assert html.parse(raw, "a.html", LIMITS).text == "Größe"

    def test_a_page_of_scripts_is_refused(self) -> None:
        with pytest.raises(Unreadable, match="says nothing"):
            html.parse(b"<html><script>x</script></html>", "a.html", LIMITS)


class TestOffice:
    def test_word_styles_become_headings(self) -> None:
        raw = made.word(
            ("Heading 1", "Supply"), ("", "Yes."), ("Heading 2", "Price"), ("", "It is fair."),
            rows=(("Item", "Price", "Unit"), ("Bolt", "3", "each")),
        )  # fmt: skip
        parsed = office.parse_docx(raw, "a.docx", LIMITS)
        assert path_of(parsed, "It is fair.") == ("Supply", "Price")
        assert (BlockKind.TABLE_ROW, "Item: Bolt; Price: 3; Unit: each") in blocks(parsed)

    def test_word_without_styles_is_outlined_by_its_wording(self) -> None:
        raw = made.word(("", "4 Liability"), ("", "4.2 Cap"), ("", "At most ten."))
        assert path_of(office.parse_docx(raw, "a.docx", LIMITS), "At most") == (
            "4 Liability", "4.2 Cap",
        )  # fmt: skip

    def test_each_slide_is_a_page(self) -> None:
        raw = made.slides(("Plan", "We go."), ("Risk", "We fall."))
        parsed = office.parse_pptx(raw, "a.pptx", LIMITS)
        assert [page.number for page in parsed.pages] == [1, 2]
        second = parsed.pages[1]
        assert parsed.text[second.start : second.end].split() == ["Risk", "We", "fall."]
        assert path_of(parsed, "We fall.") == ("Risk",)

    def test_sheets_are_rows_under_the_name_of_the_sheet(self) -> None:
        raw = made.sheets(Prices=[["Item", "Price"], ["Bolt", 3.5]], hidden_one=[["Secret", "x"]])
        parsed = office.parse_xlsx(raw, "a.xlsx", LIMITS)
        assert path_of(parsed, "Item: Bolt; Price: 3.5") == ("Prices",)
        assert "Secret" not in parsed.text
        assert "hidden_one" in parsed.problems[0]


class TestMail:
    def test_a_letter_has_its_lines_and_quotes_apart(self) -> None:
        raw = made.letter("Yes, on Friday.\n\n> When?\n> Ann\n", **HEADERS)
        parsed = mail.parse_eml(raw, "a.eml", LIMITS)
        assert parsed.title == "Your order"
        assert "From: a@example.org\nTo: b@example.org\nDate: Mon, 01 Jul 2024" in parsed.text
        assert (BlockKind.TEXT, "Yes, on Friday.") in blocks(parsed)
        assert (BlockKind.COMMENT, "> When?\n> Ann") in blocks(parsed)

    def test_plain_text_is_preferred_and_html_read_else(self) -> None:
        both = mail.parse_eml(made.letter("plain", "<p>rich</p>", **HEADERS), "a", LIMITS)
        only = mail.parse_eml(made.letter("", "<p>rich</p>", **HEADERS), "a", LIMITS)
        assert "plain" in both.text
        assert "rich" not in both.text
        assert "rich" in only.text

    def test_attached_text_is_read_and_the_rest_named(self) -> None:
        attached = (
            ("note.txt", "text/plain", b"attached words"),
            ("x.pdf", "application/pdf", b"%"),
        )
        raw = made.letter("See below.", attached=attached, **HEADERS)
        parsed = mail.parse_eml(raw, "a.eml", LIMITS)
        assert path_of(parsed, "attached words") == ("Your order", "Attachment note.txt")
        assert parsed.problems == (
            "the attachment 'x.pdf' was not indexed; add it as a file of its own",
        )

    def test_what_has_no_headers_is_refused(self) -> None:
        with pytest.raises(Unreadable, match="headers"):
            mail.parse_eml(b"\njust words", "a.eml", LIMITS)


class TestPdf:
    def page(self, number: int) -> list[Words]:
        lines = (
            "4 Liability" if number == 1 else "It goes on.",
            "",
            f"4.{number} Cap. The supplier pays at most ten thousand",
            "euro for all that happens in one year.",
        )
        head, foot = (72, 30, "Northwind master agreement"), (300, 770, f"Page {number}")
        return [head, *paragraph(72, 120, *lines, step=20), foot]

    def test_clauses_have_paths_and_running_heads_are_in_no_block(self) -> None:
        parsed = pdf.parse(made_pdfs.pdf(*map(self.page, (1, 2, 3))), "a.pdf", LIMITS)
        assert path_of(parsed, "The supplier pays") == ("4 Liability", "4.1 Cap")
        assert "Northwind" in parsed.text
        inside = " ".join(text for _, text in blocks(parsed))
        assert "Northwind" not in inside
        assert "Page 2" not in inside

    def test_every_character_of_a_page_has_a_row(self) -> None:
        parsed = pdf.parse(made_pdfs.pdf(*map(self.page, (1, 2, 3))), "a.pdf", LIMITS)
        for page in parsed.pages:
            assert decode(page.boxes, page.end - page.start).shape == (page.end - page.start, 4)
        start = parsed.text.index("The supplier pays")
        box = rectangles(parsed.pages[0], Span(start, start + 12))
        assert len(box) == 1
        assert box[0][1] < 160 < box[0][3]

    def test_hidden_characters_leave_text_and_boxes_in_step(self) -> None:
        raw = made_pdfs.pdf([(72, 100, "soft\u00adhyphen")])
        parsed = pdf.parse(raw, "a.pdf", LIMITS)
        assert "\u00ad" not in parsed.text
        assert decode(parsed.pages[0].boxes, len(parsed.text)).shape[0] == len(parsed.text)

    def test_a_scan_says_what_would_read_it(self) -> None:
        with pytest.raises(Unreadable, match="page 1 is a scanned image; install the ocr extra"):
            pdf.parse(made_pdfs.scan(), "a.pdf", LIMITS)

    def test_read_words_of_a_scan_get_boxes(self) -> None:
        raw = made_pdfs.scan()
        words = {
            "text": ["", "Thirty", "days"], "conf": [-1, 96, 91], "block_num": [0, 1, 1],
            "par_num": [0, 1, 1], "line_num": [0, 1, 1], "left": [0, 100, 300],
            "top": [0, 200, 200], "width": [0, 150, 100], "height": [0, 40, 40],
        }  # fmt: skip
        from retrieval.pdf import read_pages

        pages, problems = ocr.with_scans_read(raw, read_pages(raw).pages, "", lambda _: words)
        assert problems == []
        assert pages[0].text.split() == ["Thirty", "days"]
        left = 300 * 72 / 300 * 10
        assert pages[0].boxes[7][0] == pytest.approx(left, abs=2)

    def test_pages_beyond_the_limit_are_left_out_and_said(self) -> None:
        raw = made_pdfs.pdf(*[[(72, 72, f"Page text {n}")] for n in range(4)])
        parsed = pdf.parse(raw, "a.pdf", ReadLimits(pages=2))
        assert parsed.problems == ("only the first 2 of 4 pages were read",)


HIDDEN = [
    *map(chr, (*range(1, 9), *range(14, 32), *range(0x7F, 0x85), *range(0x86, 0xA0))),
    *map(chr, (*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF)),
    *map(chr, (*range(0xFE00, 0xFE10), *range(0xE0000, 0xE0080), *range(0xE0100, 0xE01F0))),
]


@pytest.mark.parametrize(
    "read",
    [
        lambda text: markdown.parse(text.encode(), "a.md", LIMITS),
        lambda text: table.parse(text.encode(), "a.csv", LIMITS),
        lambda text: html.parse(f"<p>{text}</p>".encode("utf-8-sig"), "a.html", LIMITS),
        lambda text: mail.parse_eml(
            b"Subject: s\nContent-Type: text/plain; charset=utf-8\n\n" + text.encode(), "a", LIMITS
        ),
    ],
)
def test_nothing_hidden_survives(read: Callable[[str], Parsed]) -> None:
    text = "".join(f"a{letter}b" for letter in HIDDEN)
    assert not set(HIDDEN) & set(read(f"start {text} end").text)


@pytest.mark.parametrize("word", ["می\u200cخواهم", "क्\u200dष", "ක්\u200dර"])
def test_joiners_stay_where_letters_need_them(word: str) -> None:
    assert word in markdown.parse(f"a\u200db {word}".encode(), "a.md", LIMITS).text
    assert "a\u200db" not in markdown.parse(f"a\u200db {word}".encode(), "a.md", LIMITS).text
