"""A suite run with several configurations: each measure side by side, the first as the measure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from evals.comparing.paired import Verdict, compare
from evals.measures.every import MEASURES
from evals.measures.measure import Unit
from evals.running.result import Figure, Row, Run

_TIMES: Final = frozenset(each.name for each in MEASURES if each.unit is Unit.SECONDS)


@dataclass(frozen=True, slots=True)
class Sweep:
    """Runs of the same suite; `verdicts` say by configuration and measure what beats the first."""

    runs: tuple[Run, ...]
    verdicts: dict[tuple[str, str], Verdict]

    @classmethod
    def of(cls, runs: Sequence[Run], rows: Callable[[Run], Iterable[Row]]) -> Sweep:
        """Return the runs beside each other; `rows` reads those of one."""
        first, *others = runs
        verdicts = {
            (run.id, each.name): each.verdict
            for run in others
            for each in compare(rows(first), rows(run)).overall
        }
        return cls(tuple(runs), verdicts)

    @property
    def measures(self) -> list[str]:
        """Return the measures that any run has, in their order."""
        return list(dict.fromkeys(each.name for run in self.runs for each in run.figures))

    def figure(self, run: Run, name: str) -> Figure | None:
        """Return the figure of a measure in a run, if it has one."""
        return next((each for each in run.figures if each.name == name), None)

    def verdict(self, run: Run, name: str) -> Verdict:
        """Return how a run compares with the first in a measure; of times nothing is told.

        They differ from hour to hour on the same code.
        """
        if name in _TIMES:
            return Verdict.CANNOT_TELL
        return self.verdicts.get((run.id, name), Verdict.CANNOT_TELL)
