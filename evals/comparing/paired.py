"""Two runs of the same cases: what differs, and whether chance could have done it.

Only cases that both have, with the same question and the same expectation, are compared, each
with itself. A verdict needs both: a 95 % bootstrap interval without nothing in it, and a paired
randomisation test at 5 %. With a handful of cases the interval alone is too sure of itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from evals.bootstrap import interval
from evals.comparing.randomised import probability
from evals.comparing.scored import Scored, scored_of
from evals.measures.every import MEASURES
from evals.measures.measure import Better
from evals.running.result import Row

LEVEL: Final = 0.05


class Verdict(StrEnum):
    """What can be said of the second run beside the first."""

    BETTER = "better"
    WORSE = "worse"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True)
class Difference:
    """One measure of both runs over the `n` cases that both have.

    `mean` is the second's mean less the first's, with its 95 % interval; `probability` is how
    likely chance alone makes one as large. `changed` is how many cases differ.
    """

    name: str
    first: float
    second: float
    mean: float
    low: float
    high: float
    n: int
    changed: int
    probability: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs side by side: overall and by category, measure by measure.

    `paired` cases are compared; `only_first` and `only_second` are in one run alone, or asked
    another way there.
    """

    paired: int
    only_first: int
    only_second: int
    overall: tuple[Difference, ...]
    categories: dict[str, tuple[Difference, ...]]


Pair = tuple[Scored, Scored]


def compare(a: Iterable[Row], b: Iterable[Row]) -> Comparison:
    """Return how the second run differs from the first."""
    return compare_scored(map(scored_of, a), map(scored_of, b))


def compare_scored(a: Iterable[Scored], b: Iterable[Scored]) -> Comparison:
    """Return the same of scores without their rows."""
    first = {each.case: each for each in a}
    second = {each.case: each for each in b}
    pairs = [
        (first[case], second[case])
        for case in first
        if case in second and first[case].digest == second[case].digest
    ]
    grouped: dict[str, list[Pair]] = {}
    for pair in pairs:
        if pair[1].category:
            grouped.setdefault(pair[1].category, []).append(pair)
    return Comparison(
        paired=len(pairs),
        only_first=len(first) - len(pairs),
        only_second=len(second) - len(pairs),
        overall=differences_of(pairs),
        categories={name: differences_of(grouped[name]) for name in sorted(grouped)},
    )


def differences_of(pairs: Sequence[Pair]) -> tuple[Difference, ...]:
    """Return the difference in each measure that both have of at least one case."""
    better = {each.name: each.better for each in MEASURES}
    names = dict.fromkeys(name for _, second in pairs for name in second.scores)
    found = (
        _difference(name, _columns(name, pairs), better.get(name, Better.NEITHER)) for name in names
    )
    return tuple(each for each in found if each is not None)


def _columns(name: str, pairs: Sequence[Pair]) -> list[tuple[float, float]]:
    return [
        (first.scores[name], second.scores[name])
        for first, second in pairs
        if name in first.scores and name in second.scores
    ]


def _difference(
    name: str, values: Sequence[tuple[float, float]], better: Better
) -> Difference | None:
    if not values:
        return None
    first, second = np.array(values, np.float64).T
    differences: list[float] = (second - first).tolist()
    low, high = interval(differences)
    mean, chance = float(np.mean(differences)), probability(differences)
    return Difference(
        name=name,
        first=float(first.mean()),
        second=float(second.mean()),
        mean=mean,
        low=low,
        high=high,
        n=len(values),
        changed=sum(each != 0 for each in differences),
        probability=chance,
        verdict=_verdict(mean, (low, high), chance, better),
    )


def _verdict(mean: float, between: tuple[float, float], chance: float, better: Better) -> Verdict:
    low, high = between
    if better is Better.NEITHER or low <= 0 <= high or chance > LEVEL:
        return Verdict.CANNOT_TELL
    return Verdict.BETTER if (mean > 0) == (better is Better.HIGHER) else Verdict.WORSE
