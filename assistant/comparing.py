"""Two texts beside each other: paragraphs that belong together, and the words that differ.

The work is bounded by counting it, not by a clock, so that the same texts are always compared the
same way: past the bound a paragraph is told to differ as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Final

MOST_PARAGRAPHS: Final = 20_000
MOST_WORK: Final = 4_000_000
"""Pairs of words that are looked at for one comparison, at most."""
_MOST_PAIRED: Final = 900
_ALIKE: Final = 0.35
_WORD: Final = re.compile(r"\s+|[^\W_]+|[^\w\s]|_")


class Change(StrEnum):
    """What became of a paragraph, or of words in it, from the left side to the right."""

    SAME = "same"
    CHANGED = "changed"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Piece:
    """Words of one side: on both, or on this one alone."""

    text: str = field(repr=False)
    differs: bool


Side = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A paragraph of each side, or of one: the other is empty then."""

    change: Change
    left: Side
    right: Side


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every paragraph of both texts, in order. Not `is_whole` where the texts are too long."""

    rows: tuple[Row, ...]
    is_whole: bool = True

    @property
    def differences(self) -> int:
        """Return how many paragraphs differ."""
        return sum(each.change is not Change.SAME for each in self.rows)


def compare(left: Sequence[str], right: Sequence[str]) -> Comparison:
    """Compare the paragraphs of two texts; white space between words makes no difference."""
    mine, its = left[:MOST_PARAGRAPHS], right[:MOST_PARAGRAPHS]
    rows = tuple(_Comparing().rows(mine, its))
    return Comparison(rows, len(mine) == len(left) and len(its) == len(right))


def paragraphs(text: str, starts: Sequence[tuple[int, int]]) -> list[str]:
    """Return a text in pieces: its blocks (start, end), and whatever words lie between."""
    found, at = [], 0
    for start, end in (*starts, (len(text), len(text))):
        found += [text[at:start], text[max(start, at) : end]]
        at = max(at, end)
    return [each.strip() for each in found if each.strip()]


class _Comparing:
    """One comparison, and the work that is left to it."""

    def __init__(self) -> None:
        self._left = MOST_WORK

    def rows(self, left: Sequence[str], right: Sequence[str]) -> Iterator[Row]:
        mine = [" ".join(each.split()) for each in left]
        its = [" ".join(each.split()) for each in right]
        # What occurs often is left aside in long texts: else each would be held against each.
        matcher = SequenceMatcher(None, mine, its, autojunk=True)
        for tag, a, b, c, d in matcher.get_opcodes():
            if tag == "equal":
                for one, other in zip(left[a:b], right[c:d], strict=True):
                    yield Row(Change.SAME, _whole(one, False), _whole(other, False))
            else:
                yield from self._differing(left[a:b], right[c:d])

    def _differing(self, left: Sequence[str], right: Sequence[str]) -> Iterator[Row]:
        """Yield rows of paragraphs that are not the same: pairs that are alike, in order."""
        at = 0
        for one in left:
            other = (
                self._partner(one, right, at) if len(left) * len(right) <= _MOST_PAIRED else None
            )
            if other is None:
                yield Row(Change.REMOVED, _whole(one, True), ())
                continue
            yield from (Row(Change.ADDED, (), _whole(each, True)) for each in right[at:other])
            yield self._words(one, right[other])
            at = other + 1
        yield from (Row(Change.ADDED, (), _whole(each, True)) for each in right[at:])

    def _partner(self, one: str, right: Sequence[str], at: int) -> int | None:
        """Return which of the paragraphs from `at` on is most like one, if any is."""
        words = set(one.casefold().split())
        alike = [
            (_likeness(words, set(right[each].casefold().split())), -each)
            for each in range(at, len(right))
        ]
        best = max(alike, default=(0.0, 0))
        return -best[1] if best[0] >= _ALIKE else None

    def _words(self, left: str, right: str) -> Row:
        mine: list[str] = _WORD.findall(left)
        its: list[str] = _WORD.findall(right)
        self._left -= len(mine) * len(its)
        if self._left < 0:
            return Row(Change.CHANGED, _whole(left, True), _whole(right, True))
        matcher = SequenceMatcher(None, _keys(mine), _keys(its), autojunk=False)
        one: list[Piece] = []
        other: list[Piece] = []
        for tag, a, b, c, d in matcher.get_opcodes():
            differs = tag != "equal"
            _add(one, "".join(mine[a:b]), differs)
            _add(other, "".join(its[c:d]), differs)
        return Row(Change.CHANGED, tuple(one), tuple(other))


def _keys(words: Sequence[str]) -> list[str]:
    """Return words as they are compared: one gap is like another."""
    return [" " if each.isspace() else each for each in words]


def _add(side: list[Piece], text: str, differs: bool) -> None:
    if text:
        side.append(Piece(text, differs))


def _likeness(one: set[str], other: set[str]) -> float:
    return 2 * len(one & other) / max(len(one) + len(other), 1)


def _whole(text: str, differs: bool) -> Side:
    return (Piece(text, differs),)
