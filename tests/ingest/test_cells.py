"""Tables of a PDF: each row is a sentence in cells, and what only looks like a table is none."""

from __future__ import annotations

import pytest

from ingest.chunker import Chunker
from ingest.parsed import BlockKind, Parsed
from ingest.parsers import pdf
from ingest.parsers.limits import ReadLimits
from retrieval.boxes import decode
from tests.retrieval.made_pdfs import Words, paragraph
from tests.retrieval.made_pdfs import pdf as made

TABLE = (("Site", "Pallets", "Rate"), ("Hamburg", "2,400", "EUR 7.35"),
         ("Venlo B.V.", "900", "EUR 7.10"), ("Malmö", "120", "EUR 11.80"))  # fmt: skip


def parsed(*words: Words) -> Parsed:
    return pdf.parse(made(words), "a.pdf", ReadLimits())


def rows(found: Parsed) -> list[str]:
    return [
        found.text[block.start : block.end]
        for block in found.blocks
        if block.kind is BlockKind.TABLE_ROW
    ]


def table(down: float = 200) -> list[Words]:
    return [
        (72 + 140 * column, down + 16 * number, text)
        for number, row in enumerate(TABLE)
        for column, text in enumerate(row)
    ]


def test_each_row_is_a_block_and_a_sentence_in_cells() -> None:
    before = paragraph(72, 100, "4.1 The rates are in the table below. They count for a year.")
    after = paragraph(72, 300, "They are net. They change each year.")
    found = parsed(*before, *table(), *after)
    expected = [" | ".join(row) for row in TABLE]
    assert rows(found) == expected
    said = [
        found.text[each.start : each.end]
        for chunk in Chunker().chunk(found)
        for each in chunk.sentences
    ]
    assert [each for each in said if " | " in each] == expected
    assert said[-1] == "They change each year."


def test_the_marks_between_cells_lie_nowhere_and_all_else_where_it_is_drawn() -> None:
    found = parsed(*table())
    [page] = found.pages
    boxes = decode(page.boxes, page.end - page.start)
    for letter, box in zip(found.text[page.start : page.end], boxes, strict=True):
        is_drawn = bool(box[2] > box[0])
        assert is_drawn == (not letter.isspace() and letter != "|")


@pytest.mark.parametrize(
    "words",
    [
        table()[:6],
        [(72 + 37 * number, 100 + 16 * number, "Far") for number in range(6)],
        [
            piece
            for number, mark in enumerate(("(a)", "(b)", "(c)", "2.1", "-"))
            for piece in ((72.0, 100.0 + 16 * number, mark), (110.0, 100.0 + 16 * number, "Seals."))
        ],
        paragraph(72, 100, *["The carrier shall keep the seals whole and dry at all times."] * 5),
    ],
    ids=["two rows", "a staircase", "a list", "text"],
)
def test_what_only_looks_like_a_table_is_none(words: list[Words]) -> None:
    assert rows(parsed(*words)) == []


def test_a_row_is_no_heading_and_text_does_not_run_on_from_it() -> None:
    numbered = [(left, down, f"{number}. {text}" if left == 72 else text)
                for number, (left, down, text) in enumerate(table())]  # fmt: skip
    found = parsed(*numbered, *paragraph(72, 264, "all of it net"))
    assert len(rows(found)) == len(TABLE)
    assert not any(block.kind is BlockKind.HEADING for block in found.blocks)
    assert found.text.endswith("\nall of it net")
    assert rows(found)[-1].endswith("EUR 11.80")
