"""Wording: whether a text says something in given words, as readers see it.

Capitals, white space, typographic quotes and dashes, and what nobody sees make no difference. Words
and figures count whole: 28 is not in 28.5, 0.28 or -28, nor `lease` in `leasehold`. Scripts without
spaces between words have no such edges.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_ALIKE = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032`\u00b4", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
    }
)
_NUMBER_BEFORE = r"(?<!\d[.,:])(?<!^-)(?<![\s(\"'=:]-)"
_NUMBER_AFTER = r"(?![.,:]\d)"


def plain(text: str) -> str:
    """Return a text as it is compared: small letters, one space, plain quotes and dashes."""
    seen = "".join(each for each in text if unicodedata.category(each) != "Cf")
    folded = unicodedata.normalize("NFKC", seen.translate(_ALIKE)).casefold()
    even = unicodedata.normalize("NFKC", folded).translate(_ALIKE)
    return " ".join(even.split())


def says(text: str, wording: str) -> bool:
    """Return whether a plain text says a wording; a wording of nothing is never said."""
    wanted = plain(wording)
    return bool(wanted) and re.search(_pattern(wanted), text) is not None


def says_one_of(text: str, wordings: Iterable[str]) -> bool:
    """Return whether a plain text says one of the wordings."""
    return any(says(text, each) for each in wordings)


def is_spaced(letter: str) -> bool:
    """Return whether a letter is of a script that has spaces between its words."""
    is_southeast_asian = "\u0e00" <= letter <= "\u0eff" or "\u1000" <= letter <= "\u109f"
    wide = unicodedata.east_asian_width(letter) in "WF"
    return letter.isalnum() and not wide and not is_southeast_asian


def _pattern(wanted: str) -> str:
    first, last = wanted[0], wanted[-1]
    before = r"(?<!\w)" if is_spaced(first) else ""
    after = r"(?!\w)" if is_spaced(last) else ""
    if first.isdigit():
        before += _NUMBER_BEFORE
    if last.isdigit():
        after += _NUMBER_AFTER
    return before + re.escape(wanted) + after
