"""Fits the table of related words: which words of a passage speak for it, given a word asked.

A pair of stems is looked at if the marked passages of enough documents have the one where the
other is asked. What it adds is fitted listwise on top of the scores without the table, drawn to 0.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evals.training.listwise import descended, shares, softmax
from retrieval.candidates import Floats, Ints
from retrieval.keywords import Terms
from retrieval.mention import WORD
from retrieval.related import Related

_FEWEST_DOCUMENTS: Final = 4
_MARKED: Final = 1
_LEAST: Final = 0.05
_DECAY: Final = 0.01
_STEPS: Final = 60


@dataclass(frozen=True, slots=True)
class Asked:
    """One question's `n` passages: stems asked, grades (n,), scores without the table (n,).

    `term_ids` (t,) are the stems of all passages in one row, `rows` (t,) whose they are.
    """

    document: str
    stems: Ints
    grade: Ints
    score: Floats
    term_ids: NDArray[np.uint32]
    rows: NDArray[np.int32]


def fit(sets: Sequence[Sequence[Asked]]) -> Related:
    """Return the table fitted to all sets, each counting alike."""
    pairs = _pairs([each for questions in sets for each in questions])
    asked, column_a = np.unique(pairs[:, 0], return_inverse=True)
    told, column_t = np.unique(pairs[:, 1], return_inverse=True)
    is_pair = np.zeros((len(asked), len(told)), bool)
    is_pair[column_a, column_t] = True
    slopes = [_Slope.of(questions, asked, told) for questions in sets]

    def gradient(weight: Floats) -> Floats:
        total = sum((slope.at(weight) for slope in slopes), 2 * _DECAY * weight)
        return np.asarray(total * is_pair)

    weight = descended(gradient, is_pair.shape, _STEPS).round(3)
    row, column = np.nonzero(np.abs(weight) >= _LEAST)
    return Related(asked[row], told[column], weight[row, column])


def as_table(related: Related, words: dict[int, str]) -> dict[str, dict[str, float]]:
    """Return the table in words, in alphabetical order."""
    table: dict[str, dict[str, float]] = defaultdict(dict)
    for asked, told, weight in zip(related.asked, related.told, related.weight, strict=True):
        table[words[int(asked)]][words[int(told)]] = float(weight)
    return {word: dict(sorted(table[word].items())) for word in sorted(table)}


def words_of(texts: Iterable[str], terms: Terms) -> dict[int, str]:
    """Return for each stem the word that most often has it."""
    counts = Counter(word.group().lower() for text in texts for word in WORD.finditer(text))
    found: dict[int, str] = {}
    for word, _ in sorted(counts.items(), key=lambda each: (-each[1], each[0])):
        stems = terms(word)
        if len(stems) == 1:
            found.setdefault(stems[0], word)
    return found


def _pairs(questions: Iterable[Asked]) -> Ints:
    """Return the pairs of stems, asked and told, that are looked at, shape (p, 2)."""
    documents: dict[tuple[int, int], set[str]] = defaultdict(set)
    for each in questions:
        marked = np.flatnonzero(each.grade >= _MARKED)
        told = np.unique(each.term_ids[np.isin(each.rows, marked)]).tolist()
        for asked in each.stems.tolist():
            for other in told:
                documents[asked, other].add(each.document)
    kept = sorted(pair for pair, seen in documents.items() if len(seen) >= _FEWEST_DOCUMENTS)
    return np.array(kept, np.int64).reshape(-1, 2)


@dataclass(frozen=True, slots=True)
class _Slope:
    """One set as arrays: `q` questions with `n` passages that have `t` of the words told."""

    asked: Floats
    """(q, a), 1 / root of the number of stems asked, 0 where a stem is not asked."""
    cell: Ints
    """(t,), question and word told of each word, as a place in a (q, told) array."""
    passage: Ints
    """(t,), 0..n-1"""
    sizes: Ints
    wanted: Floats
    score: Floats
    shape: tuple[int, int]

    @classmethod
    def of(cls, questions: Sequence[Asked], asked: Ints, told: Ints) -> _Slope:
        """Return the questions that have a marked passage."""
        kept = [each for each in questions if each.grade.any()]
        sizes = np.array([len(each.grade) for each in kept])
        grade = np.concatenate([each.grade for each in kept]).astype(np.float64)
        cells, passages, start = [], [], 0
        for number, each in enumerate(kept):
            at = np.minimum(np.searchsorted(told, each.term_ids), len(told) - 1)
            hit = told[at] == each.term_ids
            cells.append(number * len(told) + at[hit])
            passages.append(start + each.rows[hit].astype(np.int64))
            start += len(each.grade)
        return cls(
            asked=np.stack([np.isin(asked, e.stems) / np.sqrt(max(len(e.stems), 1)) for e in kept]),
            cell=np.concatenate(cells),
            passage=np.concatenate(passages),
            sizes=sizes,
            wanted=shares(grade, sizes),
            score=np.concatenate([each.score for each in kept]),
            shape=(len(kept), len(told)),
        )

    def at(self, weight: Floats) -> Floats:
        """Return the slope of the mean loss over the questions, shape (a, told)."""
        added = (self.asked @ weight).ravel()[self.cell]
        score = self.score + np.bincount(self.passage, added, len(self.score))
        miss = softmax(score, self.sizes) - self.wanted
        held = np.bincount(self.cell, miss[self.passage], self.shape[0] * self.shape[1])
        return np.asarray(self.asked.T @ held.reshape(self.shape) / len(self.sizes))
