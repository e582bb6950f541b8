"""Which characters of a PDF page nobody sees: drawn invisibly, white on nothing, or off the page.

Under a scan, invisible text is what reading the picture found: it stays where a picture covers it.
White text stays where anything coloured lies under it. Knows pypdfium2, as `pdf.py` does.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pypdfium2 as pdfium_pages
import pypdfium2.raw as pdfium

Numbers = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_DEEPEST: Final = 3
_WHITE: Final = 250
_INVISIBLE: Final = (pdfium.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium.FPDF_TEXTRENDERMODE_CLIP)
_FILLED: Final = (pdfium.FPDF_TEXTRENDERMODE_FILL, pdfium.FPDF_TEXTRENDERMODE_FILL_CLIP)


def unseen(page: pdfium_pages.PdfPage, content: Any, places: Numbers) -> Mask:
    """Return which characters of a page are not seen, a row of `places` for each of them.

    A place is left, bottom, right and top in the page's own space; blanks have none.
    """
    is_drawn = places[:, 2] > places[:, 0]
    lost: Mask = _outside(page, places) & is_drawn
    top = list(_objects(page))
    if not any(_is_lost(each) for each in _within(top, pdfium.FPDF_PAGEOBJ_TEXT)):
        return lost
    looks: dict[int, int] = {}
    kinds = np.array([_kind_at(content, at, looks) for at in range(len(places))], dtype=np.int8)
    pictures = _rectangles(each for each in top if _has_picture(each))
    grounds = _rectangles(each for each in top if _has_picture(each) or _has_ground(each))
    lost |= is_drawn & (kinds == 1) & ~_covered(places, pictures)
    lost |= is_drawn & (kinds == 2) & ~_covered(places, grounds)
    return lost


def _outside(page: pdfium_pages.PdfPage, places: Numbers) -> Mask:
    left, bottom, right, top = page.get_cropbox()
    beside = (places[:, 2] <= left) | (places[:, 0] >= right)
    beyond = (places[:, 3] <= bottom) | (places[:, 1] >= top)
    return np.asarray(beside | beyond, dtype=np.bool_)


def _objects(page: pdfium_pages.PdfPage) -> Iterator[Any]:
    for at in range(pdfium.FPDFPage_CountObjects(page)):
        if found := pdfium.FPDFPage_GetObject(page, at):
            yield found


def _within(objects: Sequence[Any], kind: int, depth: int = 0) -> Iterator[Any]:
    """Yield the objects of a kind, those in forms too."""
    for each in objects:
        own = pdfium.FPDFPageObj_GetType(each)
        if own == kind:
            yield each
        elif own == pdfium.FPDF_PAGEOBJ_FORM and depth < _DEEPEST:
            count = pdfium.FPDFFormObj_CountObjects(each)
            inner = (pdfium.FPDFFormObj_GetObject(each, at) for at in range(max(count, 0)))
            yield from _within([one for one in inner if one], kind, depth + 1)


def _is_lost(text: Any) -> int:
    """Return 1 for text that is drawn invisibly, 2 for white text, 0 for any other."""
    mode = pdfium.FPDFTextObj_GetTextRenderMode(text)
    if mode in _INVISIBLE:
        return 1
    return 2 if mode in _FILLED and _is_white(text) else 0


def _is_white(thing: Any) -> bool:
    """Return whether what fills it is white or clear."""
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    if not pdfium.FPDFPageObj_GetFillColor(thing, red, green, blue, alpha):
        return False
    return alpha.value == 0 or min(red.value, green.value, blue.value) >= _WHITE


def _kind_at(content: Any, at: int, looks: dict[int, int]) -> int:
    text = pdfium.FPDFText_GetTextObject(content, at)
    if not text:
        return 0
    key = ctypes.cast(text, ctypes.c_void_p).value or 0
    if key not in looks:
        looks[key] = _is_lost(text)
    return looks[key]


def _has_picture(thing: Any) -> bool:
    return next(_within([thing], pdfium.FPDF_PAGEOBJ_IMAGE), None) is not None


def _has_ground(thing: Any) -> bool:
    """Return whether it paints an area in a colour that white can be told from."""
    if next(_within([thing], pdfium.FPDF_PAGEOBJ_SHADING), None) is not None:
        return True
    return any(
        _is_filled(each) and not _is_white(each)
        for each in _within([thing], pdfium.FPDF_PAGEOBJ_PATH)
    )


def _is_filled(path: Any) -> bool:
    filled, is_stroked = ctypes.c_int(), ctypes.c_int()
    found = pdfium.FPDFPath_GetDrawMode(path, filled, is_stroked)
    return bool(found) and filled.value != pdfium.FPDF_FILLMODE_NONE


def _rectangles(things: Iterator[Any]) -> Numbers:
    """Return left, bottom, right and top of each, shape (n, 4)."""
    found = []
    for each in things:
        sides = [ctypes.c_float() for _ in range(4)]
        if pdfium.FPDFPageObj_GetBounds(each, *sides):
            found.append([side.value for side in sides])
    return np.array(found).reshape(-1, 4)


def _covered(places: Numbers, rectangles: Numbers) -> Mask:
    """Return which places have their middle in one of the rectangles."""
    across, up = (places[:, 0] + places[:, 2]) / 2, (places[:, 1] + places[:, 3]) / 2
    found = np.zeros(len(places), dtype=np.bool_)
    for left, bottom, right, top in rectangles:
        found |= (across >= left) & (across <= right) & (up >= bottom) & (up <= top)
    return found
