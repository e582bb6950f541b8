"""Where words lie on a page: character boxes joined into one rectangle a line."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from retrieval.documents import Page, Span

_TENTHS = 10.0
_PIECE = struct.Struct("<4H")


@dataclass(frozen=True, slots=True)
class Rectangle:
    """Left, top, right and bottom in points from the page's top left corner."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Return the width in points."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Return the height in points."""
        return self.bottom - self.top

    def joined(self, other: Rectangle) -> Rectangle:
        """Return the smallest rectangle around both."""
        return Rectangle(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )


def rectangles(page: Page, span: Span) -> list[Rectangle]:
    """Return where the characters of `span` that are on `page` lie, a rectangle a line."""
    first, last = max(span.start, page.start), min(span.end, page.end)
    if first >= last or not page.boxes:
        return []
    return list(_lines(_boxes(page.boxes, first - page.start, last - page.start)))


def _boxes(packed: bytes, first: int, last: int) -> Iterator[Rectangle]:
    raw = zlib.decompress(packed)[first * _PIECE.size : last * _PIECE.size]
    whole = len(raw) - len(raw) % _PIECE.size
    for left, top, right, bottom in _PIECE.iter_unpack(raw[:whole]):
        if right > left and bottom > top:
            yield Rectangle(left / _TENTHS, top / _TENTHS, right / _TENTHS, bottom / _TENTHS)


def _lines(boxes: Iterable[Rectangle]) -> Iterator[Rectangle]:
    line: Rectangle | None = None
    for box in boxes:
        if line is None:
            line = box
        elif _continues(line, box):
            line = line.joined(box)
        else:
            yield line
            line = box
    if line is not None:
        yield line


def _continues(line: Rectangle, box: Rectangle) -> bool:
    """Say whether a character goes on in a line: at its height, and not beyond a column gap."""
    overlap = min(line.bottom, box.bottom) - max(line.top, box.top)
    tall = min(line.height, box.height)
    near = box.left - line.right < 4 * max(line.height, box.height)
    return overlap > tall / 2 and near and box.right > line.left - tall
