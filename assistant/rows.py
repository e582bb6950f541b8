"""Rows of tables: what their cells mean stands in the row above them all.

"Venlo | 900 | EUR 7.10" answers only with "Site | Reserved pallets | Rate per week" before it. A
first row is taken for the names of the columns if it has no figure while most rows below have one,
and as many cells as they.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from retrieval.documents import Passage

_PAIRS: Final = re.compile(r"[^:;\n]{1,80}: [^;]+; [^:;\n]{1,80}: \S")
_CELLS: Final = re.compile(r"[^|\n]+ \| [^|\n]+")
_HEADED: Final = re.compile(r"[^|\n]+ \| [^\n]+\n[^|\n]+ \| ")
_MARK: Final = " | "
_DIGIT: Final = re.compile(r"\d")

Place = tuple[int, int]
"""A passage's id and the character where a sentence starts."""


@dataclass(frozen=True, slots=True)
class RowHeads:
    """The names of the columns by the row that they are for, and where they stand themselves."""

    of: Mapping[Place, str]
    names: frozenset[Place]


@dataclass(frozen=True, slots=True)
class _Row:
    place: Place
    text: str

    @property
    def width(self) -> int:
        """Return how many cells it has."""
        return self.text.count(_MARK) + 1

    @property
    def has_figure(self) -> bool:
        """Return whether there is a figure in it."""
        return _DIGIT.search(self.text) is not None


def is_row(sentence: str) -> bool:
    """Return whether this is the row of a table: more than one cell, with or without names."""
    return bool(_PAIRS.match(sentence) or _CELLS.match(sentence))


def is_named_row(sentence: str) -> bool:
    """Return whether this is a row with the names of its columns, in it or in a line above it."""
    return bool(_PAIRS.match(sentence) or _HEADED.match(sentence))


def row_heads(passages: Sequence[Passage]) -> RowHeads:
    """Return the heads of the rows in these passages."""
    of, names = dict[Place, str](), set[Place]()
    for first, *rows in _tables(sorted(passages, key=lambda one: (one.version.id, one.ordinal))):
        alike = [row for row in rows if row.width == first.width]
        if first.has_figure or 2 * sum(row.has_figure for row in alike) <= len(rows):
            continue
        names.add(first.place)
        of |= {row.place: first.text for row in alike}
    return RowHeads(of, frozenset(names))


def _tables(passages: Sequence[Passage]) -> Iterator[list[_Row]]:
    """Yield the rows that follow one another, two or more; a table may go on in what follows."""
    table: list[_Row] = []
    before: Passage | None = None
    for passage in passages:
        is_next = before is not None and _follows(passage, before)
        for span in passage.sentences:
            text = passage.text[span.start - passage.start : span.end - passage.start]
            goes_on = is_next if span is passage.sentences[0] else True
            if len(table) > 1 and not (_CELLS.match(text) and goes_on):
                yield table
            if not (_CELLS.match(text) and goes_on):
                table = []
            if _CELLS.match(text):
                table.append(_Row((passage.id, span.start), text))
        before = passage
    if len(table) > 1:
        yield table


def _follows(passage: Passage, before: Passage) -> bool:
    return passage.version.id == before.version.id and passage.ordinal == before.ordinal + 1
