"""What must be cited to the letter: markup, addresses, and what a program may act on."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

_LITERAL: Final = re.compile(
    r"(?<![^\s()<>\[\]\"])[^\s()<>\[\]\"]*(?:@|//|:\\)[^\s()<>\[\]\"]*"
    r"|&#?\w+;"
    r"|\w*\d\+(?!\w)"
    r"|(?<!\w)\w+:\w+"
    r"|(?<![\w-])\w[\w-]*(?:\.[\w-]+){0,8}\.[^\W\d_]{2,}\w*(?:/[^\s()<>\[\]\"]*)?"
    r"|[<>`~*_|^\\{}\[\]]"
)
_ENDS: Final = ".,;:!?'\""


def uncited_in(text: str, source: str) -> Iterator[str]:
    """Yield the addresses and marks of a text that do not stand in the source as they are."""
    text, source = (unicodedata.normalize("NFC", each) for each in (text, source))
    pieces = (found.group().rstrip(_ENDS) for found in _LITERAL.finditer(text))
    for piece in dict.fromkeys(pieces):
        if piece and not _stands(piece, source):
            yield piece


def _stands(piece: str, source: str) -> bool:
    """Return whether the piece is in the source, not as a part of a longer word."""
    before = r"(?<!\w)" if piece[0].isalnum() else ""
    after = r"(?!\w)" if piece[-1].isalnum() else ""
    return bool(re.search(before + re.escape(piece) + after, source))
