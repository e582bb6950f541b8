"""The letters of the PDF, from a package of fonts, and what stands for those they lack.

FiraGO has Latin, Greek, Cyrillic, Georgian, Thai and most signs. Scripts that are written from
right to left or are joined by rules would come out wrong, so they count as lacking. A letter that
is lacking is written as its number in Unicode: what a reader sees is never less than there is.
"""

from __future__ import annotations

import threading
import unicodedata
from dataclasses import dataclass, field
from io import BytesIO
from typing import Final

from pymupdf_fonts import myfont
from reportlab.pdfbase.pdfmetrics import registerFont, registerFontFamily
from reportlab.pdfbase.ttfonts import TTFont

REGULAR: Final = "Pincite"
BOLD: Final = "Pincite-Bold"
WRITING: Final = threading.Lock()
"""Fonts of this library are shared by all documents: one is written at a time."""

_TURNED: Final = frozenset({"R", "AL", "AN"})
_known = frozenset[int]()


@dataclass(slots=True)
class Letters:
    """Tells which letters of a document cannot be drawn, and counts them."""

    lacking: int = 0
    _drawn: frozenset[int] = field(default_factory=lambda: _letters())

    def drawn(self, text: str) -> str:
        """Return the text with each letter that cannot be drawn as its number."""
        return "".join(map(self._letter, text))

    def _letter(self, letter: str) -> str:
        if ord(letter) in self._drawn and unicodedata.bidirectional(letter) not in _TURNED:
            return letter
        self.lacking += 1
        return f"[U+{ord(letter):04X}]"


def _letters() -> frozenset[int]:
    """Register the fonts, once, and return the letters that both have."""
    global _known
    if not _known:
        regular = TTFont(REGULAR, BytesIO(myfont("figo")), shapable=False)
        bold = TTFont(BOLD, BytesIO(myfont("figbo")), shapable=False)
        registerFont(regular)
        registerFont(bold)
        registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)
        _known = frozenset(regular.face.charToGlyph) & frozenset(bold.face.charToGlyph)
    return _known
