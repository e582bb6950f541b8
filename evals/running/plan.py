"""Which cases of a suite are asked, in which order, and how many at once."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evals.suites.case import Case, Suite

SEED = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is asked. A budget of cases or time takes cases by chance, the same for a `seed`."""

    limit: int | None = None
    seconds: float | None = None
    seed: int = SEED
    at_once: int = 1

    def chosen(self, suite: Suite) -> tuple[Case, ...]:
        """Return the cases to ask, in the order of the suite."""
        cases = suite.cases
        if self.limit is None or self.limit >= len(cases):
            return cases
        picked = set(_chance(self.seed).sample(range(len(cases)), self.limit))
        return tuple(case for at, case in enumerate(cases) if at in picked)

    def queue(self, cases: Sequence[Case]) -> Iterator[Case]:
        """Yield the cases in the order in which they are asked, until the time is over."""
        ordered = list(cases)
        if self.seconds is not None:
            _chance(self.seed).shuffle(ordered)
        until = None if self.seconds is None else time.monotonic() + self.seconds
        for case in ordered:
            if until is not None and time.monotonic() >= until:
                return
            yield case


def _chance(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - nothing here is a secret
