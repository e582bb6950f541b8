"""Lines of a page in reading order, from its characters and where they lie."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from retrieval.boxes import Boxes

HYPHEN = "\x02"  # how pdfium marks a hyphen at the end of a line; no line break follows it
_LABEL = re.compile(
    r"\(?(?:\d{1,3}(?:\.\d{1,3})*|[a-zA-Z]|[ivx]{1,5})[.)]{1,2}|\d{1,3}(?:\.\d{1,3})+|[•●▪◦–]"
)
_MOST_LABELS = 300
_COLUMN_LINES = 10
_GAP = 9.0
_ALIGNED = 3.0
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
    lines = _with_labels(text, lines)
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


def _with_labels(text: str, lines: list[Line]) -> list[Line]:
    """Put clause numbers that the file draws apart in front of the lines they stand beside."""
    labels = [line for line in lines if _LABEL.fullmatch(text[line.start : line.end])]
    if not labels or len(labels) > _MOST_LABELS:
        return lines
    before: dict[int, list[Line]] = {}
    for label in labels:
        owner = min(
            (line for line in lines if _stands_beside(label, line)),
            key=lambda line: line.left, default=None,
        )  # fmt: skip
        if owner:
            before.setdefault(owner.start, []).append(label)
    moved = {label.start for group in before.values() for label in group}
    return [
        each for line in lines if line.start not in moved
        for each in (*before.get(line.start, ()), line)
    ]  # fmt: skip


def _stands_beside(label: Line, line: Line) -> bool:
    overlap = min(label.bottom, line.bottom) - max(label.top, line.top)
    away = line.left - label.right
    return overlap > 0.6 * min(label.height, line.height) and 0 < away < 6 * label.height


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
    """Return where two columns of prose part whose lines the file has interleaved, if it has.

    Prose parts once a line, begins at the same place on the right and fills the left; a
    table, which must stay in rows, does not.
    """
    gaps = [_gaps(boxes, line) for line in lines]
    parted = [
        found[0] for line, found in zip(lines, gaps, strict=True)
        if len(found) == 1
        and min(found[0][2] - line.start, line.end - found[0][3]) >= _PROSE_CHARACTERS
    ]  # fmt: skip
    if len(parted) < max(_COLUMN_LINES, 0.8 * sum(map(bool, gaps))):
        return None
    ends = np.array([gap[0] for gap in parted])
    starts = np.array([gap[1] for gap in parted])
    aligned = np.mean(np.abs(starts - np.median(starts)) < _ALIGNED) > 0.8
    left = min(line.left for line in lines)
    filled = np.median(ends) - left > 0.85 * (np.max(ends) - left)
    middle = float((np.max(ends) + np.median(starts)) / 2)
    crossing = sum(
        line.left < middle < line.right and not any(a <= middle <= b for a, b, _, _ in found)
        for line, found in zip(lines, gaps, strict=True)
    )
    return middle if aligned and filled and crossing < len(parted) / 4 else None


def _by_column(text: str, boxes: Boxes, lines: Sequence[Line], gutter: float) -> Iterator[Line]:
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
            halves = ((line.start, before), (after, line.end))
            yield from filter(None, (_line(text, boxes, *half) for half in halves))
            return
    yield line
