"""Text with places from PDF, and pictures of its pages.

Only this file and `pdf_unseen`, which tells what nobody sees, know pypdfium2.
"""

from __future__ import annotations

import ctypes
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pypdfium2
import pypdfium2.raw as pdfium

from retrieval.boxes import Boxes
from retrieval.errors import BadRequest
from retrieval.layout import HYPHEN, Line, lines_in_order
from retrieval.pdf_unseen import unseen
from retrieval.sandbox import Sandbox

Numbers = npt.NDArray[np.float64]

_FARTHEST = 65535
_WIDEST, _TALLEST = 3000, 6000
_SCAN_SHARE = 0.02
_WORD = re.compile(r"\w[\w'’]*(?:-\w+)*")
_BROKEN = re.compile(rf"\w+{HYPHEN}\w+")


@dataclass(frozen=True, slots=True)
class PageText:
    """One page as read: its characters, a box for each, and its lines in reading order.

    `text` is in the order of the file; only the lines say how to read it. `is_scan` is true
    where a picture fills a page without text. `width` and `height` are in points. `unseen` counts
    the characters that were on the page for no reader to see, and were left out.
    """

    number: int
    text: str
    boxes: Boxes
    lines: tuple[Line, ...]
    width: float
    height: float
    is_scan: bool = False
    unseen: int = 0


@dataclass(frozen=True, slots=True)
class PdfText:
    """What a PDF says; `pages_in_file` may be more than were read."""

    title: str
    pages: tuple[PageText, ...]
    pages_in_file: int
    damaged: tuple[int, ...] = ()


def read_pages(
    data: bytes, *, most_pages: int = 5000, most_characters: int = 20_000_000
) -> PdfText:
    """Read the text of the first pages; raise `BadRequest` for what cannot be opened."""
    document = _opened(data)
    pages: list[PageText] = []
    damaged: list[int] = []
    characters = 0
    for number in range(1, min(len(document), most_pages) + 1):
        try:
            page = _read_page(document, number)
        except (pypdfium2.PdfiumError, ValueError):
            damaged.append(number)
            continue
        characters += len(page.text)
        if characters > most_characters:
            break
        pages.append(page)
    title = str(document.get_metadata_dict().get("Title") or "").strip()
    return PdfText(title, tuple(_without_hyphens(pages)), len(document), tuple(damaged))


def render_page(data: bytes, number: int, width_px: int) -> bytes:
    """Return a page as PNG, `width_px` wide unless it would be too tall."""
    document = _opened(data)
    if not 1 <= number <= len(document):
        raise BadRequest(f"a page from 1 to {len(document)} was expected, {number} came")
    page = document[number - 1]
    width, height = page.get_size()
    if width < 1 or height < 1:
        raise BadRequest(f"page {number} has no size; save the PDF anew")
    scale = min(max(16, min(width_px, _WIDEST)) / width, _TALLEST / height)
    image = page.render(scale=scale).to_pil().convert("RGB")
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=3)
    return file.getvalue()


def render_task(header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
    """Draw a page inside the sandbox."""
    try:
        return {}, render_page(payload, int(header["page"]), int(header["width"]))
    except BadRequest as error:
        return {"refused": str(error)}, b""


async def render(sandbox: Sandbox, data: bytes, page: int, width_px: int) -> bytes:
    """Draw a page in a sandbox that has `render_task` as its task `render`."""
    answer, image = await sandbox.call("render", {"page": page, "width": width_px}, data)
    if refused := answer.get("refused"):
        raise BadRequest(str(refused))
    return image


def _opened(data: bytes) -> pypdfium2.PdfDocument:
    try:
        document = pypdfium2.PdfDocument(data)
        pages = len(document)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower() or "security" in str(error).lower():
            raise BadRequest("it is protected by a password; save it without one") from None
        raise BadRequest("it is damaged or no PDF; save it anew as PDF") from None
    if not pages:
        raise BadRequest("it has no pages")
    return document


def _read_page(document: pypdfium2.PdfDocument, number: int) -> PageText:
    page = document[number - 1]
    width, height = page.get_size()
    content = page.get_textpage()
    text, places = _characters(content.raw)
    lost = unseen(page, content.raw, places)
    if lost.any():
        text = "".join(letter for letter, gone in zip(text, lost, strict=True) if not gone)
        places = places[~lost]
    boxes = _on_page(page, places)
    lines = tuple(lines_in_order(text, boxes))
    is_scan = not lines and _picture_share(page, width * height) > _SCAN_SHARE
    content.close()
    page.close()
    size = float(width), float(height)
    return PageText(number, text, boxes, lines, *size, is_scan, int(lost.sum()))


def _characters(content: Any) -> tuple[str, Numbers]:
    """Return the characters of a page, and left, bottom, right, top of each in its own space."""
    count = max(pdfium.FPDFText_CountChars(content), 0)
    places = np.zeros((count, 4))
    letters = []
    rectangle = pdfium.FS_RECTF()
    for at in range(count):
        code = pdfium.FPDFText_GetUnicode(content, at)
        letter = chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"
        letters.append(letter)
        if not letter.isspace() and pdfium.FPDFText_GetLooseCharBox(content, at, rectangle):
            places[at] = rectangle.left, rectangle.bottom, rectangle.right, rectangle.top
    return "".join(letters), places


def _on_page(page: pypdfium2.PdfPage, places: Numbers) -> Boxes:
    """Turn boxes into tenths of a point from the top left corner of the page as it is shown."""
    width, height = page.get_size()
    empty = (places[:, 2] <= places[:, 0]) | (places[:, 3] <= places[:, 1])
    matrix = _matrix(page, width, height)
    corners = np.stack([places[:, [0, 1]], places[:, [2, 3]]])
    shown = corners @ matrix[:2] + matrix[2]
    low, high = shown.min(axis=0), shown.max(axis=0)
    limit = np.array([width, height]) * 10
    boxes = np.hstack([low.clip(0, limit), high.clip(0, limit)]).round().clip(0, _FARTHEST)
    boxes[empty] = 0
    return boxes.astype(np.uint16)


def _matrix(page: pypdfium2.PdfPage, width: float, height: float) -> Numbers:
    """Return the 3x2 matrix from page space to tenths of a point, rotation and crop included."""
    fine = 1000
    images = []
    for x, y in ((0, 0), (fine, 0), (0, fine)):
        x_out, y_out = ctypes.c_int(), ctypes.c_int()
        pdfium.FPDF_PageToDevice(
            page, 0, 0, round(width * 100), round(height * 100), 0, x, y, x_out, y_out
        )
        images.append((x_out.value / 10, y_out.value / 10))
    origin, right, up = (np.array(image) for image in images)
    return np.array([(right - origin) / fine, (up - origin) / fine, origin])


def _picture_share(page: pypdfium2.PdfPage, area: float) -> float:
    """Return how much of a page its largest picture covers."""
    largest = 0.0
    for item in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        left, bottom, right, top = item.get_bounds()
        largest = max(largest, (right - left) * (top - bottom))
    return largest / area if area else 0.0


def _without_hyphens(pages: list[PageText]) -> Iterator[PageText]:
    """Decide which hyphens at line ends are read, by what the document writes elsewhere.

    One is dropped where the word also occurs whole, or where most of several broken words do. The
    character stays in the page's text; the end of the line says whether it is read.
    """
    known: set[str] = set()
    if any(HYPHEN in page.text for page in pages):
        known = {word.lower() for page in pages for word in _WORD.findall(page.text)}
    breaks = [found.group().lower() for page in pages for found in _BROKEN.finditer(page.text)]
    whole = {word.replace(HYPHEN, "") for word in breaks} & known
    kept = {word for word in breaks if word.replace(HYPHEN, "-") in known}
    if len(whole) > max(2, len(kept)):
        whole |= {word.replace(HYPHEN, "") for word in breaks if word not in kept}
    for page in pages:
        if HYPHEN not in page.text:
            yield page
            continue
        lines = tuple(
            _rejoined(page.text, line, following, whole)
            for line, following in zip(page.lines, (*page.lines[1:], None), strict=True)
        )
        yield PageText(
            page.number, page.text.replace(HYPHEN, "-"), page.boxes, lines, page.width,
            page.height, page.is_scan, page.unseen,
        )  # fmt: skip


def _rejoined(text: str, line: Line, following: Line | None, whole: set[str]) -> Line:
    if not line.ends_in_hyphen or following is None:
        return line
    head = re.search(r"\w*$", text[line.start : line.end - 1])
    tail = re.match(r"\w*", text[following.start : following.end])
    word = (head.group() if head else "") + (tail.group() if tail else "")
    end = line.end - 1 if word.lower() in whole else line.end
    return Line(line.start, end, line.left, line.top, line.right, line.bottom, True)
