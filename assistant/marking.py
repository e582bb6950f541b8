"""Marking in a result the words that were searched, and showing the part where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from retrieval.keywords import Terms
from retrieval.search.phrase import Phrase
from retrieval.search.wanted import Wanted

LONGEST: Final = 520
_WORD: Final = re.compile(r"[^\W_]+")
_STOP: Final = re.compile(r"(?<=[.;:!?])\s+")
_MOST_KNOWN: Final = 20_000


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of a result, and whether it is what was searched."""

    text: str
    lit: bool


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What is shown of a result: not all of it where it is long."""

    marks: tuple[Mark, ...]
    begins_late: bool = False
    ends_early: bool = False


class Stems:
    """The stem of each word, worked out once."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._known: dict[str, frozenset[int]] = {}

    def of(self, word: str) -> frozenset[int]:
        """Return the stems of a word; a word that says nothing has none."""
        if word not in self._known:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[word] = frozenset(self._terms(word))
        return self._known[word]


class Marker:
    """Marks the words of one query, in whatever form they stand, and its phrases whole."""

    def __init__(self, wanted: Wanted, stems: Stems) -> None:
        self._phrases = [Phrase(each) for each in wanted.phrases]
        self._stems = stems
        words = dict.fromkeys(_WORD.findall(wanted.words))
        self._typed = {word: stems.of(word.casefold()) for word in words}
        self._wanted = frozenset[int]().union(*self._typed.values())

    def excerpt(self, text: str) -> Excerpt:
        """Return the part of a text in which most of what was searched stands."""
        places = self._places(text)
        start, end = _window(text, places)
        shown = text[start:end]
        inside = [(max(a, start), min(b, end)) for a, b in places if a < end and start < b]
        marks = _cut(shown, [(a - start, b - start) for a, b in inside])
        return Excerpt(tuple(marks), begins_late=start > 0, ends_early=end < len(text))

    def missing(self, texts: Iterable[str]) -> list[str]:
        """Return which typed words stand in none of the texts, in whatever form, in their order.

        Words that say nothing are not among them.
        """
        there: set[int] = set()
        for text in texts:
            there.update(*map(self._stems.of, {each.casefold() for each in _WORD.findall(text)}))
        return [word for word, stems in self._typed.items() if stems and stems.isdisjoint(there)]

    def _places(self, text: str) -> list[tuple[int, int]]:
        found = [place for phrase in self._phrases for place in phrase.places(text)]
        if self._wanted:
            for match in _WORD.finditer(text):
                if not self._wanted.isdisjoint(self._stems.of(match[0].casefold())):
                    found.append(match.span())
        return _joined(found)


def _window(text: str, places: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Return where the shown part begins and ends: at most `LONGEST`, from a sentence's start."""
    if len(text) <= LONGEST:
        return 0, len(text)
    starts = [0, *(match.end() for match in _STOP.finditer(text))]
    last = max(len(text) - LONGEST // 2, 0)
    starts = [each for each in starts if each <= last]

    def held(start: int) -> int:
        return sum(1 for a, b in places if start <= a and b <= start + LONGEST)

    start = max(starts, key=lambda each: (held(each), -each))
    end = min(start + LONGEST, len(text))
    if end < len(text):
        end = text.rfind(" ", start + LONGEST // 2, end) if " " in text[start:end] else end
        end = end if end > start else min(start + LONGEST, len(text))
    return start, end


def _joined(places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return places in order, those that overlap as one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _cut(text: str, places: Sequence[tuple[int, int]]) -> Iterator[Mark]:
    at = 0
    for start, end in places:
        if at < start:
            yield Mark(text[at:start], lit=False)
        yield Mark(text[start:end], lit=True)
        at = end
    if at < len(text):
        yield Mark(text[at:], lit=False)
