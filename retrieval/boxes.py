"""Boxes of characters: how they are stored, and the rectangles of a stretch of text.

Stored form: zlib of little-endian uint16, one row of left, top, right, bottom per character,
in tenths of a point from the page's top left corner; all zero where there is no place.
"""

from __future__ import annotations

import zlib

import numpy as np
import numpy.typing as npt

from retrieval.documents import Page, Span

Boxes = npt.NDArray[np.uint16]
Rectangle = tuple[float, float, float, float]
_Box = tuple[int, int, int, int]

ROW_BYTES = 8
_TENTHS = 10.0


def encode(boxes: Boxes) -> bytes:
    """Return the stored form of boxes of shape (n, 4)."""
    return zlib.compress(np.ascontiguousarray(boxes, dtype="<u2").tobytes(), 6)


def decode(packed: bytes, rows: int) -> Boxes:
    """Return `rows` boxes; raise `ValueError` if the stored form has another number of them."""
    reader = zlib.decompressobj()
    try:
        raw = reader.decompress(packed, rows * ROW_BYTES + 1) if packed else b""
    except zlib.error as error:
        raise ValueError(f"boxes in zlib form were expected: {error}") from error
    if len(raw) != rows * ROW_BYTES:
        raise ValueError(f"{rows} boxes were expected, {len(raw) / ROW_BYTES:g} or more came")
    return np.frombuffer(raw, dtype="<u2").reshape(rows, 4)


def rectangles(page: Page, span: Span) -> list[Rectangle]:
    """Return one rectangle in points for each line that a span of the text touches on a page."""
    if not page.boxes:
        return []
    first, last = max(span.start, page.start), min(span.end, page.end)
    rows = decode(page.boxes, page.end - page.start)[first - page.start : max(last - page.start, 0)]
    return merged(rows) if first < last else []


def lines(page: Page, text: str) -> list[tuple[str, Rectangle]]:
    """Return the lines of a page as they lie on it, with what is written in each.

    `text` is the page's, a box for every character; what has no place is left out, but for the
    white space within a line.
    """
    if not page.boxes:
        return []
    written: list[str] = []
    places: list[_Box] = []
    rows = decode(page.boxes, page.end - page.start).astype(int).tolist()
    for letter, row in zip(text, rows, strict=True):
        box = (row[0], row[1], row[2], row[3])
        if box[2] <= box[0] and box[3] <= box[1]:
            if written and letter.isspace() and not written[-1].endswith(" "):
                written[-1] += " "
        elif places and _is_beside(places[-1], box):
            written[-1], places[-1] = written[-1] + letter, _around(places[-1], box)
        else:
            written.append(letter)
            places.append(box)
    return [
        (said.rstrip(), (a / _TENTHS, b / _TENTHS, c / _TENTHS, d / _TENTHS))
        for said, (a, b, c, d) in zip(written, places, strict=True)
    ]


def merged(boxes: Boxes) -> list[Rectangle]:
    """Join neighbouring boxes on the same line; rows without a place are passed over."""
    lines: list[_Box] = []
    last: _Box | None = None
    for row in boxes.astype(int).tolist():
        box = (row[0], row[1], row[2], row[3])
        if box[2] <= box[0] and box[3] <= box[1]:
            continue
        if last and (_is_beside(lines[-1], box) or _is_stacked(last, box)):
            lines[-1] = _around(lines[-1], box)
        else:
            lines.append(box)
        last = box
    return [(a / _TENTHS, b / _TENTHS, c / _TENTHS, d / _TENTHS) for a, b, c, d in lines]


def _around(one: _Box, other: _Box) -> _Box:
    return (
        min(one[0], other[0]),
        min(one[1], other[1]),
        max(one[2], other[2]),
        max(one[3], other[3]),
    )


def _is_beside(line: _Box, box: _Box) -> bool:
    """Say whether a box is at the height of a line and not beyond a column gap."""
    overlap = min(line[3], box[3]) - max(line[1], box[1])
    tall = max(min(line[3] - line[1], box[3] - box[1]), 1)
    near = box[0] - line[2] < 4 * max(line[3] - line[1], box[3] - box[1], 1)
    return overlap > tall / 2 and near and box[2] > line[0] - tall


def _is_stacked(last: _Box, box: _Box) -> bool:
    """Say whether a letter follows another up or down, as in text that runs vertically."""
    same = abs(last[0] - box[0]) + abs(last[2] - box[2]) <= 2
    gap = max(box[1] - last[3], last[1] - box[3])
    return same and gap < (last[2] - last[0])
