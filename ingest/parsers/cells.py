"""Rows of tables on a page: lines with wide gaps that stand above each other.

A PDF knows no tables, only where letters lie. Three lines or more are rows if each has a gap that
no text has, and their cells begin or end at the same places; a label before its text is no cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from retrieval.layout import Line
from retrieval.pdf import PageText

_FEWEST_ROWS: Final = 3
_GAP: Final = 0.9
"""How wide a gap is that parts cells, in heights of the line."""
_ALIGNED: Final = 4.0
_TENTHS: Final = 10
_LABEL: Final = re.compile(r"\(?[\w.]{1,6}[.)]|\d{1,3}(?:\.\d{1,3})*|[•●▪◦–-]")


@dataclass(frozen=True, slots=True)
class _Row:
    """A line in cells: where each starts in the page's text, and its left and right in points."""

    line: Line
    starts: tuple[int, ...]
    sides: tuple[tuple[float, float], ...]

    def is_under(self, above: _Row) -> bool:
        """Return whether most of its cells begin or end where some do in the row above."""
        lefts, rights = zip(*above.sides, strict=True)
        aligned = sum(
            any(abs(left - each) < _ALIGNED for each in lefts)
            or any(abs(right - each) < _ALIGNED for each in rights)
            for left, right in self.sides[1:]
        )
        return 2 * aligned >= len(self.sides) - 1


def cells_of(page: PageText, lines: Sequence[Line]) -> Mapping[int, Sequence[int]]:
    """Return where the cells of each row start, by where the row starts in the page's text."""
    found: dict[int, Sequence[int]] = {}
    for run in _runs([_row(page, line) for line in lines]):
        if len(run) >= _FEWEST_ROWS:
            found |= {each.line.start: each.starts for each in run}
    return found


def _runs(rows: Sequence[_Row | None]) -> Iterator[list[_Row]]:
    run: list[_Row] = []
    for row in rows:
        if row is None or (run and not row.is_under(run[-1])):
            yield run
            run = []
        if row is not None:
            run.append(row)
    yield run


def _row(page: PageText, line: Line) -> _Row | None:
    """Return a line as a row, None if it is none."""
    boxes = page.boxes[line.start : line.end].astype(np.float64) / _TENTHS
    drawn = np.flatnonzero(boxes[:, 2] > boxes[:, 0])
    wide = [
        int(after)
        for before, after in pairwise(drawn)
        if boxes[after, 0] - boxes[before, 2] > _GAP * line.height
    ]
    if not wide:
        return None
    first = page.text[line.start : line.start + wide[0]].strip()
    if len(wide) == 1 and _LABEL.fullmatch(first):
        return None
    edges = [int(drawn[0]), *wide, line.end - line.start]
    sides = tuple(
        (float(inside[:, 0].min()), float(inside[:, 2].max()))
        for start, end in pairwise(edges)
        if len(inside := boxes[start:end][boxes[start:end, 2] > boxes[start:end, 0]])
    )
    return _Row(line, tuple(line.start + each for each in wide), sides)
