"""Text as it is drawn: lists, letters and paragraphs are told apart, and no character is lost."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

from assistant.comparing import Piece as Compared
from assistant.http.drawn import Drawn, bulleted, drawn
from assistant.http.opened import flowing, pieces
from ingest.parsed import Parsed
from ingest.parsers import html, mail, markdown, office, plain, record
from ingest.parsers.limits import ReadLimits
from retrieval.documents import Span
from retrieval.library import TextBlock, VersionText
from tests.assistant.http_client import client, offences
from tests.assistant.http_documents import Held, make_held, make_version
from tests.assistant.http_world import ShelfLibrary, make_parts

DEMO = Path(__file__).parents[2] / "deploy" / "demo" / "sources"
DOCUMENT = "ab000000000000000000000000000009"
SENDER = "From: Wiebke Ahlersen <w.ahlersen@tessarin.example>"
RECIPIENT = "To: Customer Care, the Night Shift <care@skarnholt.example>"
HEAD = f"{SENDER}\n{RECIPIENT}\nDate: Mon, 30 Mar 2026 17:05:00 +0200"
KINDS = {
    "mail": (mail.parse_eml, "tickets/2026-03-30-complaint-tessarin-thawed-shippers.eml"),
    "quoted": (mail.parse_eml, "tickets/2026-04-16-answer-tessarin-complaint.eml"),
    "markdown": (markdown.parse, "policies/remote-work-policy.md"),
    "html": (html.parse, "policies/ammonia-emergency-plan.html"),
    "word": (office.parse_docx, "policies/procurement-policy.docx"),
    "text": (plain.parse, "policies/remote-work-policy.md"),
}


def stored(parsed: Parsed) -> VersionText:
    blocks = (
        TextBlock(each.start, each.end, each.kind.value, len(each.headings))
        for each in parsed.blocks
    )
    return VersionText(parsed.text, tuple(blocks))


def words(found: list[Drawn], *, lit_only: bool = False) -> str:
    runs = (
        run
        for group in found
        for line in group.lines
        for run in (*line.before, *line.runs)
        if run.lit or not lit_only
    )
    return "".join("".join(run.text for run in runs).split())


async def shown(*blocks: tuple[str, str, int], **query: int) -> str:
    """Return the text of a page with these blocks."""
    held = make_held(make_version(9, DOCUMENT, "Something"), *blocks)
    return await opened(held, **query)


async def opened(held: Held, **query: int) -> str:
    async with client(make_parts(ShelfLibrary([held]))) as http:
        page = (await http.get(f"/source/{DOCUMENT}/1", params=query)).text
    assert offences(page) == []
    return page.split('<div class="text"')[1].split('<section class="about"')[0]


def plain_of(markup: str) -> str:
    return unescape(re.sub("<[^>]*>", "", markup))


@pytest.mark.parametrize("kind", KINDS)
def test_every_character_is_drawn_and_exactly_the_cited_ones_are_lit(kind: str) -> None:
    parse, name = KINDS[kind]
    text = stored(parse((DEMO / name).read_bytes(), name, ReadLimits()))
    assert words(drawn(pieces(text, None))) == "".join(text.text.split())
    for start in range(0, len(text.text), 97):
        span = Span(start, min(start + 260, len(text.text)))
        found = drawn(pieces(text, span))
        assert words(found, lit_only=True) == "".join(text.text[span.start : span.end].split())


def test_a_ticket_has_paragraphs_and_comments() -> None:
    comments = '[{"author": "Ann", "created": "2026-01-14", "text": "- one\\n- two"}]'
    raw = f'{{"title": "A door", "text": "It jams.\\n\\n- here\\n- there", "comments": {comments}}}'
    text = stored(record.parse(raw.encode(), "a.json", ReadLimits()))
    found = drawn(pieces(text, None))
    assert [each.form for each in found][:2] == ["text", "bullets"]
    assert len(found[1].lines) == 2
    assert words(found) == "".join(text.text.split())


async def test_the_head_of_a_letter_stands_line_by_line() -> None:
    page = await shown(("heading", "Three warm shippers", 0), ("text", HEAD, 1), ("text", "So.", 1))
    [head] = re.findall('<dl class="block letter-head">.*?</dl>', page)
    assert re.findall("<dt>(.*?)</dt>", head) == ["From: ", "To: ", "Date: "]
    assert [unescape(each) for each in re.findall("<dd>(.*?)</dd>", head)] == [
        each.split(": ", 1)[1] for each in HEAD.split("\n")
    ]
    assert '<p class="block text" dir="auto">So.</p>' in page


def test_headers_and_quoted_lines_never_run_on() -> None:
    assert flowing(HEAD) == HEAD
    quoted = "> 2. Three of the nine shippers had lost their temperature.\n> Their loggers show it."
    assert flowing(quoted) == quoted
    assert "\n" not in flowing("a" * 60 + "\nTo do so is wise.")


async def test_items_are_one_list_with_their_markers_as_they_were_written() -> None:
    page = await shown(
        ("list_item", "- A laptop.", 0),
        ("list_item", "• A chair.", 0),
        ("list_item", "3. Third.", 0),
        ("list_item", "(b) Lettered.", 0),
        ("list_item", "Bare.", 0),
    )
    [bullets] = re.findall('<ul class="items bullets" role="list">(.*?)</ul>', page)
    [numbers] = re.findall('<ol class="items" role="list">(.*?)</ol>', page)
    [bare] = re.findall('<ul class="items bare" role="list">(.*?)</ul>', page)
    assert [bullets.count("<li"), numbers.count("<li"), bare.count("<li")] == [2, 2, 1]
    assert '<span class="marker" aria-hidden="true">- </span>A laptop.' in bullets
    assert '<span class="marker">3. </span>Third.' in numbers
    assert "(b) Lettered." in plain_of(numbers)
    assert plain_of(bare) == "Bare."


async def test_words_cited_inside_an_item_are_lit_where_they_stand() -> None:
    blocks = (("list_item", "- A laptop.", 0), ("list_item", "- A chair that turns.", 0))
    start = len("- A laptop.\n\n- A ")
    page = await shown(*blocks, start=start, end=start + 5)
    assert re.findall("<mark>(.*?)</mark>", page) == ["chair"]
    [lit] = re.findall('<li class="list-item" id="lit".*?</li>', page)
    assert plain_of(lit) == "- A chair that turns."
    marker = await shown(*blocks, start=0, end=5)
    assert re.findall("<mark>(.*?)</mark>", marker) == ["- ", "A l"]
    assert marker.count('id="lit"') == 1


async def test_lists_of_a_letter_are_lists_and_clauses_are_not() -> None:
    page = await shown(
        ("text", "Please note:\n- the first\n- the second\nKind regards", 0),
        ("text", "1. It was late.", 0),
        ("text", "2. It was warm.", 0),
        ("text", "5.3\tPayment is due at once.", 0),
        ("text", "7. August was warm.", 0),
        ("clause", "8. Notice is given in writing.", 0),
    )
    assert page.count("<ul") == page.count("<ol") == 1
    [numbers] = re.findall("<ol .*?</ol>", page)
    assert plain_of(numbers) == "1. It was late.2. It was warm."
    said = re.findall('<p class="block [^>]*>([^<]*)</p>', page)
    assert said == [
        "Please note:",
        "Kind regards",
        "5.3\tPayment is due at once.",
        "7. August was warm.",
        "8. Notice is given in writing.",
    ]


async def test_what_is_hostile_stays_words_in_lists_and_heads() -> None:
    bad = "<script>alert(1)</script>"
    page = await shown(
        ("text", f"From: {bad}\nTo: {bad}", 0), ("list_item", f"- {bad}", 0), ("text", bad, 0)
    )
    assert "<script" not in page
    assert plain_of(page).count(bad) == 4


async def test_compared_sides_have_no_bare_dash() -> None:
    version = make_version(9, DOCUMENT, "Something")
    held = make_held(version, ("list_item", "- A laptop.", 0), ("text", HEAD, 0))
    async with client(make_parts(ShelfLibrary([held]))) as http:
        page = (await http.get(f"/compare/{DOCUMENT}/1/with/{DOCUMENT}/1")).text
    assert "No difference" in page
    assert offences(page) == []
    same, words_alone = Compared("- A ", False), Compared("chair", True)
    assert bulleted((same, words_alone)) == ("- ", (Compared("A ", False), words_alone))
    assert bulleted((words_alone,)) == ("", (words_alone,))
    assert bulleted(()) == ("", ())


async def test_a_bullet_is_a_list_in_a_comparison() -> None:
    old = make_held(make_version(9, DOCUMENT, "Something"), ("list_item", "- A laptop costs 5.", 0))
    other = DOCUMENT.replace("ab", "ac")
    new = make_held(make_version(10, other, "Else"), ("list_item", "- A laptop costs 6.", 0))
    async with client(make_parts(ShelfLibrary([old, new]))) as http:
        page = (await http.get(f"/compare/{DOCUMENT}/1/with/{other}/1")).text
    bullet = '<span class="marker" aria-hidden="true">- </span>A laptop costs <'
    assert page.count('<ul class="items bullets" role="list"><li') == page.count(bullet) == 2
    assert offences(page) == []
