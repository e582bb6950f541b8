"""Leaving out passages that repeat a better one.

Only within documents of the same title, and never where a figure differs: the same clause in
two contracts is two findings, and so is the same sentence with another amount.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np

from retrieval.candidates import Candidates, Ints

_ALIKE = 0.9
_WORD = re.compile(r"\w+")


def without_duplicates(order: Ints, candidates: Candidates) -> Ints:
    """Return the rows of `order`, in order, without those that repeat an earlier one."""
    kept: dict[str, list[frozenset[str]]] = {}
    rows = []
    for row in order:
        passage = candidates.passages[row]
        words = frozenset(_WORD.findall(passage.text.lower()))
        earlier = kept.setdefault(passage.version.title.lower(), [])
        if not _repeats(words, earlier):
            earlier.append(words)
            rows.append(row)
    return np.array(rows, np.int64)


def _repeats(words: frozenset[str], earlier: Iterable[frozenset[str]]) -> bool:
    return any(_alike(words, each) for each in earlier)


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    shared, differing = one & other, one ^ other
    if any(any(letter.isdigit() for letter in word) for word in differing):
        return False
    return len(shared) >= _ALIKE * len(one | other)
