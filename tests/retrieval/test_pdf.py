"""PDF pages: their text in reading order, and a true box for every character."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from retrieval.boxes import decode, encode, merged, rectangles
from retrieval.documents import Page, Span
from retrieval.errors import BadRequest
from retrieval.pdf import PageText, read_pages, render_page, render_task
from tests.retrieval.made_pdfs import Words, paragraph, pdf, scan

LEFT = (
    "The supplier shall keep records of",
    "every delivery for at least seven",
    "years and shall show them on demand",
)
RIGHT = (
    "Payment is due within thirty days",
    "of the date on which an invoice was",
    "received by the customer in writing",
)


def lines_of(page: PageText) -> list[str]:
    return [page.text[line.start : line.end] for line in page.lines]


def test_every_character_has_a_box_where_it_is_drawn() -> None:
    page = read_pages(pdf([(72, 100, "Notice period"), (72, 114, "thirty days")])).pages[0]
    assert lines_of(page) == ["Notice period", "thirty days"]
    assert page.boxes.shape == (len(page.text), 4)
    first = page.boxes[page.text.index("N")] / 10
    assert first[0] == pytest.approx(72, abs=2)
    assert first[1] < 100 < first[3]
    assert first[3] - first[1] < 20


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_boxes_follow_the_rotation_of_the_page(rotation: int) -> None:
    made = pdf([(72, 100, "X marks the spot")], rotation=rotation)
    page = read_pages(made).pages[0]
    image = Image.open(io.BytesIO(render_page(made, 1, round(3 * page.width)))).convert("L")
    left, top, right, bottom = merged(page.boxes)[0]
    dark = image.point(lambda shade: 255 if shade < 128 else 0).getbbox()
    assert dark is not None
    assert 3 * left - 3 <= dark[0] <= dark[2] <= 3 * right + 3
    assert 3 * top - 3 <= dark[1] <= dark[3] <= 3 * bottom + 3


def test_interleaved_columns_are_read_one_after_the_other() -> None:
    rows = [(LEFT[n % 3], RIGHT[n % 3]) for n in range(15)]
    words: list[Words] = [
        (72, 60, "A heading that runs across both of the columns of the page here")
    ]
    for number, (left, right) in enumerate(rows):
        words += [(72, 100 + 14 * number, left), (330, 100 + 14 * number, right)]
    lines = lines_of(read_pages(pdf(words)).pages[0])
    assert lines[1:16] == [left for left, _ in rows]
    assert lines[16:] == [right for _, right in rows]


def test_a_short_table_stays_in_rows() -> None:
    words: list[Words] = []
    for number, (name, price) in enumerate(
        [("Apples", "1.20"), ("Pears", "1.40"), ("Figs", "9.00")]
    ):
        words += [(72, 100 + 14 * number, name), (330, 100 + 14 * number, price)]
    text = " ".join(lines_of(read_pages(pdf(words)).pages[0]))
    assert text.split() == ["Apples", "1.20", "Pears", "1.40", "Figs", "9.00"]


def test_a_number_drawn_apart_comes_before_its_line() -> None:
    words = [(108, 100, "Liability is limited."), (108, 130, "Notices are in writing.")]
    numbers = [(72, 100, "4.1"), (72, 130, "4.2")]
    lines = lines_of(read_pages(pdf(words + numbers)).pages[0])
    assert lines == ["4.1", "Liability is limited.", "4.2", "Notices are in writing."]


def test_a_broken_word_is_joined_only_if_the_document_knows_it_whole() -> None:
    words = paragraph(72, 100, "The agreement ends. This agree-", "ment is fully-", "paid by both.")
    page = read_pages(pdf(words)).pages[0]
    lines = lines_of(page)
    assert lines[0].endswith("agree")
    assert lines[1] == "ment is fully-"
    assert page.boxes.shape[0] == len(page.text)


def test_a_page_that_is_only_a_picture_is_a_scan() -> None:
    page = read_pages(scan()).pages[0]
    assert page.is_scan
    assert not read_pages(pdf([(72, 72, "text")], [])).pages[1].is_scan


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "damaged"),
        (b"%PDF-1.4 nothing more", "damaged"),
        (pdf([(72, 72, "x")])[:300], "damaged"),
        (pdf([(72, 72, "x")], password="secret"), "password"),
    ],
)
def test_what_cannot_be_opened_is_said(data: bytes, said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        read_pages(data)


def test_reads_no_more_than_allowed() -> None:
    made = pdf(*[[(72, 72, f"page {number}")] for number in range(5)])
    read = read_pages(made, most_pages=2)
    assert (len(read.pages), read.pages_in_file) == (2, 5)
    assert len(read_pages(made, most_characters=14).pages) == 2


def test_draws_a_page_as_wide_as_asked() -> None:
    assert Image.open(io.BytesIO(render_page(pdf([(72, 72, "x")]), 1, 306))).size == (306, 396)


def test_never_draws_a_picture_beyond_all_bounds() -> None:
    long_page = pdf([(1, 1, "x")], size=(10, 14_000))
    width, height = Image.open(io.BytesIO(render_page(long_page, 1, 10**9))).size
    assert width <= 3000
    assert height <= 6001


def test_a_page_that_is_not_there_is_refused() -> None:
    answer, image = render_task({"page": 2, "width": 100}, pdf([(72, 72, "x")]))
    assert "from 1 to 1" in answer["refused"]
    assert image == b""


class TestBoxes:
    def test_a_span_becomes_one_rectangle_a_line(self) -> None:
        read = read_pages(pdf(paragraph(72, 100, "first line", "second line"))).pages[0]
        page = Page(1, 10, 10 + len(read.text), 612, 792, encode(read.boxes))
        found = rectangles(page, Span(10, 10 + len(read.text)))
        assert len(found) == 2
        assert found[0][3] <= found[1][3]
        assert rectangles(page, Span(0, 10)) == []
        assert len(rectangles(page, Span(10, 13))) == 1

    @pytest.mark.parametrize("rows", [0, 1, 3, 10**6])
    def test_another_number_of_rows_is_refused(self, rows: int) -> None:
        packed = encode(read_pages(pdf([(72, 72, "ab")])).pages[0].boxes)
        assert decode(packed, 2).shape == (2, 4)
        with pytest.raises(ValueError, match="boxes were expected"):
            decode(packed, rows)

    def test_what_is_not_packed_is_refused(self) -> None:
        with pytest.raises(ValueError, match="zlib"):
            decode(b"garbage", 3)
