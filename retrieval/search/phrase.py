"""An exact phrase: where it stands in a text, and which texts cannot have it.

The letters must follow each other as they were typed, in whatever case and across line breaks; a
curly quotation mark or another dash is as good as a plain one. A phrase begins and ends where a
word does, in scripts that tell words apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Final

GAPS: Final = " \n\r\t\u00a0\u202f"
"""What may lie between words, as many of them as there are."""
ESCAPE: Final = "\\"
_ALIKE: Final = ("'\u2018\u2019\u02bc", '"\u201c\u201d\u201e', "-\u2010\u2011\u2012\u2013\u2014")
_CLASS_OF: Final = {each: alike for alike in _ALIKE for each in alike}
_SIGMAS: Final = "\u03a3\u03c3\u03c2"
_IN_CLASS: Final = re.compile(r"([\\\]\[^-])")


class Phrase:
    """A phrase of at least one character that is no gap."""

    def __init__(self, text: str) -> None:
        self.text = text

    def places(self, text: str) -> list[tuple[int, int]]:
        """Return where it stands, start and end in characters, from left to right."""
        lowered = text.lower() if self._anchor else ""
        if len(lowered) != len(text):
            return [match.span() for match in self._pattern.finditer(text)]
        return list(self._from_anchors(text, lowered))

    def stands_in(self, text: str) -> bool:
        """Return whether it stands there at all."""
        return bool(self.places(text))

    @cached_property
    def loose(self) -> str:
        """Return a LIKE pattern (see `ESCAPE`) that every text with the phrase matches."""
        return f"%{'%'.join(map(_liked, self._words))}%"

    @cached_property
    def tight(self) -> str:
        """Return a narrower one, for texts in which each gap is made one space."""
        return f"%{' '.join(map(_liked, self._words))}%"

    def _from_anchors(self, text: str, lowered: str) -> Iterator[tuple[int, int]]:
        """Yield its places: looking for plain letters is far faster than for a pattern."""
        at = lowered.find(self._anchor)
        while at >= 0:
            match = self._pattern.match(text, at)
            if match:
                yield match.span()
            at = lowered.find(self._anchor, match.end() if match else at + 1)

    @cached_property
    def _anchor(self) -> str:
        """Return the letters it begins with, small, as far as small letters tell them."""
        first = self._words[0]
        safe = [len(x.lower()) == 1 and _is_told_small(x) for x in first]
        return first[: safe.index(False) if False in safe else len(first)].lower()

    @cached_property
    def _words(self) -> list[str]:
        return re.split(f"[{GAPS}]+", self.text.strip(GAPS))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        words = ["".join(map(_matched, word)) for word in self._words]
        before = r"(?<!\w)" if _is_of_words(self._words[0][0]) else ""
        after = r"(?!\w)" if _is_of_words(self._words[-1][-1]) else ""
        return re.compile(f"{before}{f'[{GAPS}]+'.join(words)}{after}")


def _is_told_small(letter: str) -> bool:
    """Return whether its small letter is the same wherever it stands: a sigma's is not."""
    return letter not in _SIGMAS and {each.lower() for each in _cases(letter)} == {letter.lower()}


def _cases(letter: str) -> str:
    """Return a letter in its cases that are one letter each, or the marks that look like it."""
    if letter in _CLASS_OF:
        return _CLASS_OF[letter]
    return "".join(sorted({x for x in (letter, letter.lower(), letter.upper()) if len(x) == 1}))


def _matched(letter: str) -> str:
    cases = _cases(letter)
    escaped = _IN_CLASS.sub(r"\\\1", cases)
    return re.escape(letter) if len(cases) == 1 else f"[{escaped}]"


def _liked(word: str) -> str:
    return "".join(map(_liked_letter, word))


def _liked_letter(letter: str) -> str:
    """Return what a letter is in a LIKE pattern: a database may know the cases of ASCII only."""
    if letter in "%_\\":
        return ESCAPE + letter
    cases = _cases(letter)
    return letter if len(cases) == 1 or cases.isascii() else "_"


def _is_of_words(letter: str) -> bool:
    """Return whether words of this letter's script are told apart by what is around them."""
    return letter.isdigit() or letter.lower() != letter.upper()
