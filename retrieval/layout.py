"""Lines of a page in reading order, from its characters and where they lie."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from retrieval.boxes import Boxes

HYPHEN = "\x02"  # how pdfium marks a hyphen at the end of a line; no line break follows it
_COLUMN_LINES = 10
_GAP = 9.0
_PROSE_CHARACTERS = 18


@dataclass(frozen=True, slots=True)
class Line:
    """One visual line: a stretch of the page's characters and its rectangle in points."""

    start: int
    end: int
    left: float
    top: float
    right: float
    bottom: float
    ends_in_hyphen: bool = False

    @property
    def height(self) -> float:
        """Return its height in points."""
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        """Return the height of its middle on the page."""
        return (self.top + self.bottom) / 2


def lines_in_order(text: str, boxes: Boxes) -> list[Line]:
    """Return the lines of a page in the order of the file, columns read one after another."""
    lines = [line for start, end in _stretches(text) if (line := _line(text, boxes, start, end))]
    gutter = _gutter(text, boxes, lines)
    return lines if gutter is None else list(_by_column(text, boxes, lines, gutter))


def _stretches(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for at, letter in enumerate(text):
        if letter in "\r\n":
            yield start, at
            start = at + 1
        elif letter == HYPHEN:
            yield start, at + 1
            start = at + 1
    yield start, len(text)


def _line(text: str, boxes: Boxes, start: int, end: int) -> Line | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start == end:
        return None
    rows = boxes[start:end]
    placed = rows[rows[:, 2] > rows[:, 0]]
    hyphen = text[end - 1] == HYPHEN
    if not len(placed):
        return Line(start, end, 0, 0, 0, 0, hyphen)
    left, right = placed[:, 0].min() / 10, placed[:, 2].max() / 10
    top, bottom = np.median(placed[:, 1]) / 10, np.median(placed[:, 3]) / 10
    return Line(start, end, float(left), float(top), float(right), float(bottom), hyphen)


def _gaps(boxes: Boxes, line: Line) -> list[tuple[float, float, int, int]]:
    """Return the wide gaps in a line: from, to, and the characters before and after it."""
    rows = boxes[line.start : line.end].astype(int)
    at = np.flatnonzero(rows[:, 2] > rows[:, 0])
    wide = np.flatnonzero(rows[at[1:], 0] - rows[at[:-1], 2] > _GAP * 10)
    return [
        (rows[at[i], 2] / 10, rows[at[i + 1], 0] / 10, line.start + int(at[i]) + 1,
         line.start + int(at[i + 1]))
        for i in wide
    ]  # fmt: skip


def _gutter(text: str, boxes: Boxes, lines: Sequence[Line]) -> float | None:
    """Return where two columns of prose part whose lines the file has interleaved, if it has."""
    split = [
        (gap[0], gap[1]) for line in lines for gap in _gaps(boxes, line)
        if min(gap[2] - line.start, line.end - gap[3]) >= _PROSE_CHARACTERS
    ]  # fmt: skip
    if len(split) < _COLUMN_LINES:
        return None
    middle = float(np.median([(start + end) / 2 for start, end in split]))
    through = sum(start <= middle <= end for start, end in split)
    crossing = sum(
        line.left < middle < line.right
        and not any(start <= middle <= end for start, end, _, _ in _gaps(boxes, line))
        for line in lines
    )
    agree = through >= 0.9 * len(split) and through >= _COLUMN_LINES and crossing < through / 4
    return middle if agree else None


def _by_column(
    text: str, boxes: Boxes, lines: Sequence[Line], gutter: float
) -> Iterator[Line]:
    """Yield left halves, then right halves, between one full-width line and the next."""
    sides: tuple[list[Line], list[Line]] = ([], [])
    for line in lines:
        halves = list(_halves(text, boxes, line, gutter))
        if len(halves) == 1 and line.left < gutter < line.right:
            yield from (*sides[0], *sides[1], line)
            sides = ([], [])
        else:
            for half in halves:
                sides[half.left > gutter].append(half)
    yield from (*sides[0], *sides[1])


def _halves(text: str, boxes: Boxes, line: Line, gutter: float) -> Iterator[Line]:
    for start, end, before, after in _gaps(boxes, line):
        if start <= gutter <= end:
            for half in (_line(text, boxes, line.start, before), _line(text, boxes, after, line.end)):
                if half:
                    yield half
            return
    yield line
