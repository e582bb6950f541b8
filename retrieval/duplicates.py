"""Leaving out passages that repeat a better one.

Only within documents of the same title, and never where a figure differs: the same clause in
two contracts is two findings, and so is the same sentence with another amount.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from retrieval.candidates import Candidates, Ints

_ALIKE = 0.9
_WORD = re.compile(r"\w+")
_FIGURE = re.compile(r"\w*\d\w*")


@dataclass(frozen=True, slots=True)
class _Words:
    """The different words of a passage, and those of them that have digits."""

    every: frozenset[str]
    figures: frozenset[str]

    @classmethod
    def of(cls, text: str) -> _Words:
        lowered = text.lower()
        return cls(frozenset(_WORD.findall(lowered)), frozenset(_FIGURE.findall(lowered)))

    def repeats(self, other: _Words) -> bool:
        """Return whether the words are nearly the same and the figures the same."""
        shorter, longer = sorted((len(self.every), len(other.every)))
        if shorter < _ALIKE * longer or self.figures != other.figures:
            return False
        return len(self.every & other.every) >= _ALIKE * len(self.every | other.every)


def without_duplicates(order: Ints, candidates: Candidates, limit: int) -> Ints:
    """Return the first `limit` rows of `order` that repeat no earlier one, in order."""
    kept: dict[str, list[_Words]] = {}
    rows: list[int] = []
    for row in order:
        if len(rows) == limit:
            break
        passage = candidates.passages[row]
        words = _Words.of(passage.text)
        earlier = kept.setdefault(passage.version.title.lower(), [])
        if not any(words.repeats(each) for each in earlier):
            earlier.append(words)
            rows.append(int(row))
    return np.array(rows, np.int64)
