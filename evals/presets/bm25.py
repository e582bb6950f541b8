"""Okapi BM25 over plain words, scaled to the best chunk: 0 to 1.

Source: Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009; k1 1.5, b 0.75.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_K1 = 1.5
_B = 0.75
_WORD = re.compile(r"\w+")

Posting = tuple[NDArray[np.int64], NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Bm25:
    """For each word the rows of the chunks that have it, and its weight in each."""

    count: int
    postings: dict[str, Posting]

    @classmethod
    def of(cls, texts: Sequence[str]) -> Bm25:
        """Return the index of these texts, row by row."""
        counted = [Counter(words_of(text)) for text in texts]
        lengths = np.array([each.total() for each in counted], np.float64)
        usual = float(lengths.mean()) if len(lengths) else 1.0
        rows: dict[str, list[tuple[int, int]]] = {}
        for row, words in enumerate(counted):
            for word, times in words.items():
                rows.setdefault(word, []).append((row, times))
        return cls(
            len(texts),
            {
                word: _posting(found, lengths, max(usual, 1.0), len(texts))
                for word, found in rows.items()
            },
        )

    def scores(self, question: str) -> NDArray[np.float64]:
        """Return the score of each chunk, shape (count,), 1 for the best one."""
        total = np.zeros(self.count)
        for word in set(words_of(question)):
            if word in self.postings:
                rows, weights = self.postings[word]
                total[rows] += weights
        best = float(total.max()) if self.count else 0.0
        return total / best if best > 0 else total


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case."""
    return _WORD.findall(text.lower())


def _posting(
    found: Sequence[tuple[int, int]], lengths: NDArray[np.float64], usual: float, count: int
) -> Posting:
    rows, times = np.array(found, np.int64).T
    rarity = np.log1p((count - len(rows) + 0.5) / (len(rows) + 0.5))
    spread = _K1 * (1 - _B + _B * lengths[rows] / usual)
    return rows, rarity * times * (_K1 + 1) / (times + spread)
