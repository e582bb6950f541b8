"""A run as people read it: what the report and the web page both show."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from evals.measures.measure import Unit
from evals.reports.cases import NOWHERE, Links, Seen, seen
from evals.reports.charts import Histogram, Trend, histogram_of, trend_of
from evals.reports.figures import Group, Heat, groups_of, heats_of, in_trend
from evals.reports.wording import measure_called
from evals.reports.wrong import UNASKED, VERDICTS, wrongs_of
from evals.running.result import Row, Run

WRONG_SHOWN: Final = 300
RIGHT_SHOWN: Final = 1_000
_TRENDS: Final = 6
_RUNS: Final = 20
_FEWEST: Final = 5
_BETWEEN: Final = 0.1


@dataclass(frozen=True, slots=True)
class RightLine:
    """A case that came out right, in one line."""

    id: str
    question: str
    link: str


@dataclass(slots=True)
class Counts:
    """How many cases came out how. Hidden ones are not for whoever reads this."""

    taken: int = 0
    judged: int = 0
    wrong: int = 0
    right: int = 0
    hidden_wrong: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    hidden_ids: list[str] = field(default_factory=list)

    def take(self, row: Row, may_see: bool) -> None:
        """Count a row."""
        self.taken += 1
        wrongs = wrongs_of(row)
        is_judged = bool(wrongs) or any(name in row.scores for name in VERDICTS)
        self.judged += is_judged
        self.wrong += bool(wrongs)
        self.right += is_judged and not wrongs
        if not may_see:
            self.hidden_ids.append(row.case.id)
        self.hidden_wrong += bool(wrongs) and not may_see
        # What an error says may name what it is about: of a hidden case it is not told.
        self.reasons.update(each.text if each.name else UNASKED for each in wrongs)


@dataclass(frozen=True, slots=True)
class Report:
    """A run with its charts and cases, the wrong ones first and the gravest of them on top."""

    run: Run
    counts: Counts
    groups: list[Group]
    heats: list[Heat]
    histograms: list[Histogram]
    trends: list[Trend]
    wrong: list[Seen]
    right: list[RightLine]
    previous: Run | None

    @property
    def gate(self) -> tuple[str, ...]:
        """Return what keeps the gate closed, without the names of cases that are not shown."""
        return tuple(self._without_names(each) for each in self.run.gate or ())

    def _without_names(self, line: str) -> str:
        if any(each in line for each in self.counts.hidden_ids):
            return line.partition(":")[0]
        return line

    @property
    def is_bounded(self) -> bool:
        """Return whether there are more cases than are shown."""
        shown = len(self.wrong) + self.counts.hidden_wrong
        return shown < self.counts.wrong or len(self.right) == RIGHT_SHOWN


def report_of(
    run: Run,
    rows: Iterable[Row],
    earlier: Sequence[Run] = (),
    *,
    links: Links = NOWHERE,
    may_see: Callable[[Row], bool] = lambda _: True,
) -> Report:
    """Return a run as people read it.

    Of `earlier`, in any order, those count that are of the same suite and configuration. Of rows
    that `may_see` refuses, only figures are kept; rows are read once, and few are in memory.
    """
    cases = _Cases(links, may_see)
    for row in rows:
        cases.take(row)
    like = (each for each in earlier if _precedes(each, run))
    history = sorted(like, key=lambda each: each.id)[-_RUNS + 1 :]
    previous = history[-1] if history else None
    trends = in_trend(run, _TRENDS) if history else []
    return Report(
        run=run,
        counts=cases.counts,
        groups=groups_of(run, previous),
        heats=heats_of(run),
        histograms=cases.scores.histograms(),
        trends=[trend_of(each, [*history, run]) for each in trends],
        wrong=cases.wrong(),
        right=cases.right,
        previous=previous,
    )


def _precedes(one: Run, run: Run) -> bool:
    """Return whether a run can stand before another in a trend."""
    is_like = (one.stamp.suite, one.stamp.configuration) == (
        run.stamp.suite,
        run.stamp.configuration,
    )
    return is_like and one.corpus == run.corpus and one.id < run.id


class _Cases:
    """What is kept of the rows: figures of all, the gravest faults, a line of what is right."""

    def __init__(self, links: Links, may_see: Callable[[Row], bool]) -> None:
        self._links, self._may_see = links, may_see
        self._worst: list[tuple[int, int, Seen]] = []
        self.counts, self.scores = Counts(), _Scores()
        self.right: list[RightLine] = []

    def take(self, row: Row) -> None:
        """Keep what is needed of a row."""
        may_see = self._may_see(row)
        self.counts.take(row, may_see)
        self.scores.take(row)
        if not may_see:
            return
        if wrongs_of(row):
            one = seen(row, self._links)
            # What drops out is the least grave, and of those the last.
            heapq.heappush(self._worst, (one.gravity, -self.counts.taken, one))
            if len(self._worst) > WRONG_SHOWN:
                heapq.heappop(self._worst)
        elif len(self.right) < RIGHT_SHOWN:
            line = RightLine(row.case.id, row.case.question, self._links.case(row))
            self.right.append(line)

    def wrong(self) -> list[Seen]:
        """Return the gravest faults first, and of those alike, the earlier first."""
        ranked = sorted(self._worst, key=lambda each: (-each[0], -each[1]))
        return [one for *_, one in ranked]


class _Scores:
    """The scores of every case, by measure: a few bytes each."""

    def __init__(self) -> None:
        self._by_name: dict[str, list[float]] = {}

    def take(self, row: Row) -> None:
        for name, score in row.scores.items():
            self._by_name.setdefault(name, []).append(score)

    def histograms(self) -> list[Histogram]:
        """Return how scores spread: seconds, and whatever is more than yes or no."""
        measured = [(measure_called(name), scores) for name, scores in self._by_name.items()]
        ranked = sorted(measured, key=lambda each: each[0].unit is not Unit.SECONDS)
        charts = [(histogram_of(measure, scores), scores) for measure, scores in ranked]
        return [chart for chart, scores in charts if _spreads(chart, scores)]


def _spreads(chart: Histogram, scores: Sequence[float]) -> bool:
    """Return whether a histogram tells more than a mean: not if nearly all is yes or no."""
    between = sum(each not in (0.0, 1.0) for each in scores)
    filled = sum(bar.count > 0 for bar in chart.bars)
    return len(scores) >= _FEWEST and filled > 1 and between >= _BETWEEN * len(scores)
