"""From outcomes to figures: a score for each measure that applies, and means with intervals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from evals.bootstrap import interval
from evals.measures.every import MEASURES
from evals.measures.measure import Better, Measure
from evals.outcome import Outcome
from evals.running.result import Figure, Row, Run
from evals.suites.case import Case

RETRIEVAL: Final = "retrieval"
"""The mode of an outcome that says only what was retrieved: by what is no assistant."""

_OF_RETRIEVAL: Final = frozenset(
    [
        *("p_at_1", "p_at_8", "r_at_1", "r_at_8", "r_at_64", "r_chars_4000", "r_chars_8000"),
        *("doc_r_at_10", "mrr_at_10", "ndcg_at_10", "failed", "last_seconds"),
    ]
)

_BEST: Final = {Better.HIGHER: 1.0, Better.LOWER: 0.0}

Scoring = Callable[[Case, Outcome], dict[str, float]]


def scores_of(case: Case, outcome: Outcome, measures: Sequence[Measure]) -> dict[str, float]:
    """Return a score for each measure that applies.

    A case that was never asked has failed, and answered nothing; but that nothing bad was shown
    is no merit of it.
    """
    was_asked = bool(outcome.seconds) or not outcome.error
    told = (
        (each, each.score(case, outcome))
        for each in measures
        if outcome.mode != RETRIEVAL or each.name in _OF_RETRIEVAL
    )
    return {
        each.name: score
        for each, score in told
        if score is not None and (was_asked or score != _BEST.get(each.better))
    }


@dataclass(slots=True)
class Tally:
    """The scores of a run, eight bytes each; the rows themselves are in their file.

    `asked` counts cases, `failed` those with an error.
    """

    asked: int = 0
    failed: int = 0
    _cases: dict[str, tuple[str, dict[str, float]]] = field(default_factory=dict)

    def has(self, case_id: str) -> bool:
        """Return whether a case is counted already."""
        return case_id in self._cases

    def take(self, row: Row) -> None:
        """Count a row."""
        self.asked += 1
        self.failed += bool(row.outcome.error)
        self._cases[row.case.id] = (row.case.category, row.scores)

    def figures(self, order: Iterable[str]) -> tuple[Figure, ...]:
        """Return the figures of all cases; `order` are the ids of cases, whoever was first."""
        return figures_of([self._cases[each][1] for each in order if each in self._cases])

    def categories(self, order: Iterable[str]) -> dict[str, tuple[Figure, ...]]:
        """Return the figures of each category that is named, by name."""
        grouped: dict[str, list[dict[str, float]]] = {}
        for category, scores in (self._cases[each] for each in order if each in self._cases):
            if category:
                grouped.setdefault(category, []).append(scores)
        return {name: figures_of(grouped[name]) for name in sorted(grouped)}


def figures_of(scored: Sequence[Mapping[str, float]]) -> tuple[Figure, ...]:
    """Return the mean of each measure with its 95 % interval, in the measures' order."""
    seen = {name for scores in scored for name in scores}
    names = [each.name for each in MEASURES if each.name in seen]
    columns = {name: [each[name] for each in scored if name in each] for name in names}
    return tuple(figure_of(name, values) for name, values in columns.items())


def is_lost(run: Run) -> bool:
    """Return whether every case that was asked ended in an error."""
    return any(each.name == "failed" and each.mean == 1 for each in run.figures)


def figure_of(name: str, values: Sequence[float]) -> Figure:
    """Return the figure of a measure with these scores, at least one."""
    low, high = interval(values)
    return Figure(name, float(np.mean(values)), low, high, len(values))
