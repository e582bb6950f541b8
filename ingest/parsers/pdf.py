"""PDF: pages with a box for every character, paragraphs, clauses; no running heads in blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from ingest.errors import Unreadable
from ingest.parsed import Parsed
from ingest.parsers import ocr
from ingest.parsers.cells import cells_of
from ingest.parsers.limits import ReadLimits
from ingest.parsers.outline import Row, outlined
from ingest.parsers.running import running_lines
from ingest.parsers.unseen import problems_of
from ingest.visible import hidden_at, one_line
from retrieval.boxes import Boxes, encode
from retrieval.documents import Page
from retrieval.errors import BadRequest
from retrieval.layout import Line
from retrieval.pdf import PageText, PdfText, read_pages

_WORD_GAP = "\n\n"
_CELL = "| "
_ENDS = (".", ";", ":", "?", "!", "”", '"')
_NO_TITLE = re.compile(r"(?i)microsoft|untitled|\.\w{2,4}$|^\S*$|document\d*$")


@dataclass(frozen=True, slots=True)
class _Piece:
    """A line, what stands between it and the one before, and whether it only goes on from it.

    `cells` are the characters of the page where its cells start, but for the first, if it is a row.
    """

    line: Line
    gap: str
    is_running: bool
    goes_on: bool = False
    cells: Sequence[int] = ()


def parse(raw: bytes, name: str, limits: ReadLimits) -> Parsed:
    """Return the text of a PDF, page by page."""
    try:
        pdf = read_pages(raw, most_pages=limits.pages, most_characters=limits.characters)
    except BadRequest as error:
        raise Unreadable(str(error)) from None
    pages, problems = ocr.with_scans_read(raw, pdf.pages, limits.ocr_program)
    parsed = _assembled(pages, "" if _NO_TITLE.search(pdf.title) else one_line(pdf.title))
    unseen = problems_of(sum(page.unseen for page in pdf.pages))
    problems = [*problems, *_left_out(pdf, limits), *unseen]
    if not parsed.text.strip():
        raise Unreadable("; ".join(problems) or "no page has any text")
    return Parsed(parsed.text, parsed.blocks, parsed.pages, parsed.title, tuple(problems))


def _left_out(pdf: PdfText, limits: ReadLimits) -> Iterator[str]:
    if pdf.damaged:
        yield f"damaged and not read: page {', '.join(map(str, pdf.damaged[:20]))}"
    read = len(pdf.pages) + len(pdf.damaged)
    if read < pdf.pages_in_file:
        yield f"only the first {read:,} of {pdf.pages_in_file:,} pages were read"


def _assembled(pages: Sequence[PageText], title: str) -> Parsed:
    parts: list[str] = []
    rows: list[Row] = []
    placed: list[Page] = []
    at = 0
    running = running_lines(pages)
    for page in pages:
        if parts:
            parts.append(_WORD_GAP)
            at += len(_WORD_GAP)
        start, boxes = at, [np.zeros((0, 4), dtype=np.uint16)]
        for piece in _pieces(page, running):
            gap = piece.gap if at > start else ""
            text, shown = _in_cells(page, piece)
            if not piece.is_running:
                first, opens = at + len(gap), piece.gap == "\n\n"
                _extend(rows, Row(first, first + len(text), opens, bool(piece.cells)), piece)
            parts += (gap, text)
            boxes += (np.zeros((len(gap), 4), dtype=np.uint16), shown)
            at += len(gap) + len(text)
        packed = encode(np.concatenate(boxes))
        placed.append(Page(page.number, start, at, page.width, page.height, packed))
    text = "".join(parts)
    return Parsed(text, tuple(outlined(text, rows)), tuple(placed), title)


def _extend(rows: list[Row], row: Row, piece: _Piece) -> None:
    """Add a row, or lengthen the last where a line only goes on at the same height."""
    if piece.goes_on and rows:
        rows[-1] = replace(rows[-1], end=row.end)
    elif row.end > row.start:
        rows.append(row)


def _in_cells(page: PageText, piece: _Piece) -> tuple[str, Boxes]:
    """Return what is shown of a line; a mark that lies nowhere on the page parts its cells."""
    edges = [piece.line.start, *piece.cells, piece.line.end]
    cells = [
        _shown(page, replace(piece.line, start=start, end=end)) for start, end in pairwise(edges)
    ]
    texts, boxes = [cells[0][0]], [cells[0][1]]
    for text, shown in cells[1:]:
        mark = _CELL if texts[-1].endswith(" ") else f" {_CELL}"
        texts += (mark, text)
        boxes += (np.zeros((len(mark), 4), dtype=np.uint16), shown)
    return "".join(texts), np.concatenate(boxes)


def _shown(page: PageText, line: Line) -> tuple[str, Boxes]:
    """Return a line's visible characters, blanks as spaces, with as many boxes."""
    text = re.sub(r"\s", " ", page.text[line.start : line.end])
    boxes = page.boxes[line.start : line.end]
    if hidden := hidden_at(text):
        keep = np.ones(len(text), dtype=bool)
        keep[hidden] = False
        text = "".join(letter for letter, stays in zip(text, keep, strict=True) if stays)
        boxes = boxes[keep]
    return text, boxes


def _pieces(page: PageText, running: set[tuple[int, int]]) -> Iterator[_Piece]:
    body = [line for line in page.lines if (page.number, line.start) not in running]
    pitch = _pitch(body)
    right = max((line.right for line in body), default=page.width)
    left = min((line.left for line in body), default=0.0)
    cells = cells_of(page, body)
    last: Line | None = None
    last_runs = False
    for line in page.lines:
        runs = (page.number, line.start) in running
        own = cells.get(line.start, ())
        if last is None or runs != last_runs:
            yield _Piece(line, "\n\n", runs, cells=own)
        elif own or last.start in cells:
            usual = _gap(page, last, line, pitch, right, right - left)
            yield _Piece(line, usual if usual == "\n\n" else "\n", runs, cells=own)
        elif last.ends_in_hyphen or _is_beside(last, line):
            touches = last.ends_in_hyphen or line.left - last.right < 0.1 * line.height
            yield _Piece(line, "" if touches else " ", runs, goes_on=True)
        else:
            yield _Piece(line, _gap(page, last, line, pitch, right, right - left), runs)
        last, last_runs = line, runs


def _is_beside(last: Line, line: Line) -> bool:
    """Say whether a line lies at the same height, to the right."""
    overlap = min(last.bottom, line.bottom) - max(last.top, line.top)
    level = overlap > 0.4 * min(last.height, line.height)
    away = line.left - last.right
    return level and -2 <= away < 6 * max(last.height, line.height)


def _pitch(lines: Sequence[Line]) -> float:
    """Return the usual distance from line to line."""
    steps = [
        below.middle - line.middle for line, below in pairwise(lines)
        if below.middle - line.middle > 0.5 * line.height
    ]  # fmt: skip
    return float(np.percentile(steps, 30)) if steps else 0.0


def _gap(page: PageText, last: Line, line: Line, pitch: float, right: float, width: float) -> str:
    """Return what stands between two lines: a blank, a new line or a new paragraph."""
    step = line.middle - last.middle
    tall = max(last.height, line.height, 1.0)
    ended = page.text[last.end - 1 : last.end] in _ENDS
    short = last.right < right - 0.15 * width
    if step < 0:
        return "\n\n" if ended or short else " "
    if step > max(1.35 * pitch, 1.15 * tall) or abs(last.height - line.height) > 0.2 * tall:
        return "\n\n"
    if short:
        return "\n\n" if ended and line.left > last.left + 8 else "\n"
    return "\n\n" if ended and line.left > last.left + 18 else " "
