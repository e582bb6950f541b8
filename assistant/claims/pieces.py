"""The sentences of a text that is checked as one: each says something of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_BREAK: Final = re.compile(r"[.!?;:]+[\"'”’)\]]*\s+|\s*—\s*|\s+–\s+")
_ABBREVIATIONS: Final = frozenset([
    "approx", "art", "ca", "cf", "cl", "co", "corp", "dr", "e.g", "eg", "etc", "fig", "i.e", "ie",
    "inc", "ltd", "max", "min", "mr", "mrs", "ms", "no", "nos", "nr", "p", "para", "pp", "prof",
    "sec", "st", "v", "viz", "vs",
])  # fmt: skip
_MOST: Final = 8


def pieces_of(text: str) -> tuple[str, ...]:
    """Return the sentences of a text in order, and what stands apart by a colon or a dash.

    An abbreviation or the number of a clause ends none. There are none where there is but one; of
    very many, the rest are one.
    """
    pieces = [each for each in _pieces(text) if any(letter.isalpha() for letter in each)]
    pieces[_MOST:] = [" ".join(pieces[_MOST:])] if pieces[_MOST:] else []
    return tuple(pieces) if len(pieces) > 1 else ()


def _pieces(text: str) -> Iterator[str]:
    start = 0
    for found in _BREAK.finditer(text):
        if found.group()[0] == "." and _is_unfinished(text[start : found.start()]):
            continue
        yield text[start : found.end()].strip()
        start = found.end()
    yield text[start:].strip()


def _is_unfinished(before: str) -> bool:
    """Return whether a full stop behind this ends an abbreviation, an initial or a number."""
    last = before.rsplit(None, 1)[-1].lstrip("(\"'").lower() if before.strip() else ""
    is_number = not any(letter.isalpha() for letter in before)
    return is_number or len(last) == 1 or last in _ABBREVIATIONS
