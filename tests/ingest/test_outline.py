"""Headings and clauses in text without markup."""

from __future__ import annotations

import pytest

from ingest.parsed import Block, BlockKind
from ingest.parsers.limits import ReadLimits
from ingest.parsers.plain import parse

CONTRACT = """ARTICLE IV LIABILITY

4.1 Cap. The Supplier is liable for at most ten thousand euro in one year.

4.2 Limits of insurance

The Customer keeps its own insurance.

(a) for fire;
(b) for water.

ARTICLE V

Section 5. Term. This agreement runs for two years.

CONFIDENTIALITY

Nothing is said to others.
"""


def blocks_of(text: str) -> list[tuple[str, BlockKind, tuple[str, ...]]]:
    parsed = parse(text.encode(), "a.txt", ReadLimits())
    return [(parsed.text[b.start : b.end], b.kind, b.headings) for b in parsed.blocks]


def test_a_contract_gets_the_path_of_its_clauses() -> None:
    found = {text.split("\n")[0][:20]: path for text, _, path in blocks_of(CONTRACT)}
    article = "ARTICLE IV LIABILITY"
    assert found["4.1 Cap. The Supplie"] == (article, "4.1 Cap")
    assert found["The Customer keeps i"] == (article, "4.2 Limits of insurance")
    assert found["(a) for fire;"] == (article, "4.2 Limits of insurance")
    assert found["Section 5. Term. Thi"] == ("ARTICLE V", "Section 5. Term")
    assert found["Nothing is said to o"] == ("ARTICLE V", "CONFIDENTIALITY")


def test_kinds_are_told_apart() -> None:
    kinds = [kind for _, kind, _ in blocks_of(CONTRACT)]
    assert kinds.count(BlockKind.HEADING) == 4
    assert kinds.count(BlockKind.CLAUSE) == 2
    assert kinds.count(BlockKind.LIST_ITEM) == 2


@pytest.mark.parametrize(
    "text",
    [
        "The fee is due within thirty\n(30) days of the invoice.",
        "as set out in Section\n4.2 The Supplier may object.",
        "10 Downing Street, London\nis the address.",
        "In the year\n2019 The company grew.",
        "word " * 50,
    ],
)
def test_running_text_stays_whole(text: str) -> None:
    assert [(kind, path) for _, kind, path in blocks_of(text)] == [(BlockKind.TEXT, ())]


@pytest.mark.parametrize("line", ["4.2 Cap ........ 12", "Liability    17", "____________ Name"])
def test_contents_and_blanks_are_no_headings(line: str) -> None:
    assert BlockKind.HEADING not in [kind for _, kind, _ in blocks_of(f"Text.\n\n{line}\n\nText.")]


def test_a_lone_page_number_is_in_no_block() -> None:
    assert [text for text, _, _ in blocks_of("One.\n\n12\n\nTwo.\n\nPage 3 of 9\n\nThree.")] == [
        "One.", "Two.", "Three.",
    ]  # fmt: skip


def test_blocks_are_in_order_and_apart() -> None:
    blocks = parse(CONTRACT.encode(), "a.txt", ReadLimits()).blocks
    ends = [Block(0, 0, BlockKind.TEXT), *blocks]
    assert all(one.end <= other.start for one, other in zip(ends, blocks, strict=False))
