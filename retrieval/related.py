"""Words that passages use for what questions ask: `renewal` is told with `successive`.

A fitted table, so nothing but the question and the passage themselves decides what it adds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from retrieval.candidates import Floats, Ints
from retrieval.keywords import Terms

Table = Mapping[str, Mapping[str, float]]
"""Word asked -> words of passages -> how much each speaks for the passage, or against it."""

MOST_ASKED: Final = 24
"""Different stems up to which a text counts as a question; the longest fitted to has fewer."""


@dataclass(frozen=True, slots=True)
class Related:
    """`p` pairs of stems: the one asked, the one in the passage, and what it adds, each (p,)."""

    asked: Ints
    told: Ints
    weight: Floats

    @classmethod
    def of(cls, table: Table, terms: Terms) -> Related:
        """Return a table whose words are any form of their stem."""
        pairs = [
            (stem, other, weight)
            for word, told in table.items()
            for stem in terms(word)
            for each, weight in told.items()
            for other in terms(each)
        ]
        asked, told, weight = zip(*pairs, strict=True) if pairs else ((), (), ())
        return cls(
            np.array(asked, np.int64), np.array(told, np.int64), np.array(weight, np.float64)
        )

    def scores(
        self, asked: Ints, term_ids: NDArray[np.integer], rows: NDArray[np.integer], count: int
    ) -> Floats:
        """Return for each passage the sum of the pairs that it makes with the question, (count,).

        `asked` (a,) are the different stems asked; `term_ids` (t,) the different stems of each
        passage, `rows` (t,) whose they are. The sum is over the root of `a`, so that a long
        question is not all this; a text longer than any question gets nothing.
        """
        if len(asked) > MOST_ASKED:
            return np.zeros(count)
        chosen = np.isin(self.asked, asked)
        told, column = np.unique(self.told[chosen], return_inverse=True)
        if not len(told):
            return np.zeros(count)
        weight = np.bincount(column, self.weight[chosen]) / np.sqrt(len(asked))
        at = np.minimum(np.searchsorted(told, term_ids), len(told) - 1)
        hit = told[at] == term_ids
        return np.asarray(np.bincount(rows[hit], weight[at[hit]], count), np.float64)


NOTHING = Related(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
"""A table without pairs."""
