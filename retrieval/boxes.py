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


def merged(boxes: Boxes) -> list[Rectangle]:
    """Join neighbouring boxes on the same line; rows without a place are passed over."""
    lines: list[list[int]] = []
    for left, top, right, bottom in boxes.astype(int).tolist():
        if right <= left and bottom <= top:
            continue
        if lines and _continues(lines[-1], left, top, right, bottom):
            line = lines[-1]
            line[:] = (
                min(line[0], left), min(line[1], top), max(line[2], right), max(line[3], bottom)
            )  # fmt: skip
        else:
            lines.append([left, top, right, bottom])
    return [(a / _TENTHS, b / _TENTHS, c / _TENTHS, d / _TENTHS) for a, b, c, d in lines]


def _continues(line: list[int], left: int, top: int, right: int, bottom: int) -> bool:
    """Say whether a box is at the height of a line and not beyond a column gap."""
    overlap = min(line[3], bottom) - max(line[1], top)
    tall = max(min(line[3] - line[1], bottom - top), 1)
    near = left - line[2] < 4 * max(line[3] - line[1], bottom - top, 1)
    return overlap > tall / 2 and near and right > line[0] - tall
