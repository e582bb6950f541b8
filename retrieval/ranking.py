"""Ordering what the index found: five figures weighed by a fitted line, and related words.

Every figure is worked out from the candidates themselves, so no document that the asker may
not read can move the order. The weights lie in `ranking.json`; `evals/training/ranking.py`
makes them, on which data it says there.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from retrieval.candidates import Candidates, Floats, Ints
from retrieval.keywords import Terms
from retrieval.mention import LIKELY, Mention
from retrieval.related import Related
from retrieval.weights import weights_of

FEATURES: Final = ("rest_fit", "words", "fused", "named", "likely")
WEIGHTS: Final = Path(__file__).with_name("ranking.json")

_MENTIONED: Final = 0.5
_EPSILON: Final = 1e-6


def features(rest: NDArray[np.float32], mention: Mention, candidates: Candidates) -> Floats:
    """Return what is known of each candidate, shape (n, 5), a column for each of FEATURES.

    rest_fit: cosine of passage and `rest`, the unit vector of `mention.rest`, standardised.
    words: BM25 of the question against the passage without its title, standardised.
    fused: the index's score. named: share of the document's title that the question mentions.
    likely: 1 for the passages of the document named, else 0.
    """
    if not len(candidates.fused):
        return np.zeros((0, len(FEATURES)))
    named = mention.share[candidates.document]
    likely = (named >= named.max() - _EPSILON) & (named.max() >= LIKELY)
    columns = (
        _standard(candidates.vectors @ rest),
        _standard(_word_scores(mention, candidates)),
        candidates.fused,
        named,
        likely,
    )
    return np.stack(columns, axis=1).astype(np.float64)


@dataclass(frozen=True, slots=True)
class Ranker:
    """A line over FEATURES: centre, scale and weight, each of shape (5,); and what it lacks.

    `related` is fitted on top of the line, so what it adds counts as it stands.
    """

    centre: Floats
    scale: Floats
    weight: Floats
    related: Related

    @classmethod
    def load(cls, terms: Terms, path: Path = WEIGHTS) -> Ranker:
        """Return the ranker of a file, or raise `Damaged` if it is of other features."""
        data = weights_of(path, FEATURES, "evals/training/ranking.py")
        return cls(
            centre=np.array(data["centre"], np.float64),
            scale=np.array(data["scale"], np.float64),
            weight=np.array(data["weight"], np.float64),
            related=Related.of(data["related"], terms),
        )

    def order(
        self, rest: NDArray[np.float32], mention: Mention, candidates: Candidates
    ) -> tuple[Ints, Floats]:
        """Return rows of the candidates, best first, and every row's score."""
        score = self.line(features(rest, mention, candidates)) + self.related.scores(
            mention.asked, candidates.term_ids, candidates.rows(), len(candidates.fused)
        )
        return np.argsort(-score, kind="stable"), score

    def line(self, given: Floats) -> Floats:
        """Return what the line makes of features (n, 5), shape (n,)."""
        return np.asarray(((given - self.centre) / self.scale) @ self.weight)


def _standard(values: NDArray[np.floating]) -> Floats:
    wide = values.astype(np.float64)
    return np.asarray((wide - wide.mean()) / (wide.std() + _EPSILON))


def _word_scores(mention: Mention, candidates: Candidates) -> Floats:
    """Return BM25 of question and passage, how rare a word is counted among candidates, (n,).

    Words that name a passage's own document do not count for it: they would favour its title
    page.
    """
    count, asked = len(candidates.fused), np.unique(mention.stems[mention.stems != 0])
    weights = _term_weights(asked, candidates)
    found = (weights > 0).sum(axis=0)
    rarity = np.log1p((count - found + 0.5) / (found + 0.5))
    keep = np.ones((len(candidates.titles), len(asked)))
    for document in np.flatnonzero(mention.share >= _MENTIONED):
        start, end = mention.start[document], mention.end[document]
        others = np.concatenate([mention.stems[:start], mention.stems[end:]])
        keep[document] = np.isin(asked, others)
    return np.asarray((weights * rarity * keep[candidates.document]).sum(axis=1))


def _term_weights(asked: Ints, candidates: Candidates) -> Floats:
    """Return the weight of each asked stem in each passage, shape (n, len(asked))."""
    weights = np.zeros((len(candidates.fused), len(asked)))
    if not len(asked):
        return weights
    column = np.searchsorted(asked, candidates.term_ids)
    column[column == len(asked)] = 0
    hit = asked[column] == candidates.term_ids
    weights[candidates.rows()[hit], column[hit]] = candidates.term_weights[hit]
    return weights
