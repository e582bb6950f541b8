"""What a measure is: a name, a unit, which way is better, and a function of case and outcome."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from evals.outcome import Outcome
from evals.suites.case import Case


class Unit(StrEnum):
    """What a figure counts."""

    SHARE = "share"
    SECONDS = "seconds"
    COUNT = "count"
    TOKENS = "tokens"


class Better(StrEnum):
    """Which way a figure should go."""

    HIGHER = "higher"
    LOWER = "lower"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of each case; its mean is the figure of a run.

    `score` returns None where the measure does not apply to the case: such cases do not count.
    """

    name: str
    title: str
    unit: Unit
    better: Better
    score: Callable[[Case, Outcome], float | None]
