"""Two runs side by side: how the measures differ, and which cases came out otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from evals.comparing.paired import Comparison, Difference, Verdict
from evals.comparing.scored import scored_of
from evals.measures.measure import Measure, Unit
from evals.reports.cases import NOWHERE, Links, Seen, seen
from evals.reports.charts import Tick, Whisker, balance_of
from evals.reports.rendering import rendered
from evals.reports.wording import measure_called
from evals.reports.wrong import wrongs_of
from evals.running.result import Row, Run

_FIRST: Final = {Verdict.WORSE: 0, Verdict.BETTER: 1, Verdict.CANNOT_TELL: 2}
PAIRS_SHOWN: Final = 200
_TITLES: Final = {
    Unit.SHARE: "Shares of the cases",
    Unit.SECONDS: "Time",
    Unit.COUNT: "Counts",
    Unit.TOKENS: "Tokens",
}


class Turn(StrEnum):
    """How a case came out the second time, as against the first."""

    WORSE = "was right, is wrong"
    BETTER = "was wrong, is right"
    OTHER = "is wrong for another reason"


class Rows(Protocol):
    """Where the rows of runs are kept."""

    def rows(self, run_id: str) -> Iterator[Row]:
        """Yield the rows of a run."""


@dataclass(frozen=True, slots=True)
class Line:
    """One measure's difference; `category` is "" where it is over all cases."""

    measure: Measure
    difference: Difference
    whisker: Whisker
    category: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Differences of one unit, on one scale with nothing in its middle."""

    title: str
    unit: Unit
    lines: tuple[Line, ...]
    ticks: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """A case that came out otherwise."""

    turn: Turn
    first: Seen
    second: Seen


@dataclass(frozen=True, slots=True)
class Compared:
    """What a comparison shows. `turns` counts all cases, `pairs` are those that may be seen."""

    first: Run
    second: Run
    comparison: Comparison
    groups: list[Group]
    categories: list[Group]
    turns: Mapping[Turn, int]
    pairs: list[Pair]
    hidden: int

    @property
    def worse(self) -> int:
        """Return how many measures are worse beyond chance."""
        return self._count(Verdict.WORSE)

    @property
    def better(self) -> int:
        """Return how many measures are better beyond chance."""
        return self._count(Verdict.BETTER)

    def _count(self, verdict: Verdict) -> int:
        return sum(each.verdict is verdict for each in self.comparison.overall)


def page_of(comparison: Comparison, first: Run, second: Run, kept: Rows) -> str:
    """Return the comparison of two runs as one HTML file that needs no other."""
    rows = kept.rows(first.id), kept.rows(second.id)
    return rendered("comparison.html", compared=compared_of(comparison, (first, second), rows))


def compared_of(
    comparison: Comparison,
    runs: tuple[Run, Run],
    rows: tuple[Iterable[Row], Iterable[Row]],
    *,
    links: tuple[Links, Links] = (NOWHERE, NOWHERE),
    may_see: Callable[[Row, Row], bool] = lambda first, second: True,
) -> Compared:
    """Return what a comparison shows; of pairs that `may_see` refuses, only that there are some."""
    turns = dict.fromkeys(Turn, 0)
    pairs: list[Pair] = []
    hidden = 0
    for turn, before, after in _turned(*rows):
        turns[turn] += 1
        if not may_see(before, after):
            hidden += 1
        elif len(pairs) < PAIRS_SHOWN or turn is Turn.WORSE:
            pairs.append(Pair(turn, seen(before, links[0]), seen(after, links[1])))
    ranked = sorted(pairs, key=lambda each: (list(Turn).index(each.turn), -each.second.gravity))
    return Compared(
        first=runs[0],
        second=runs[1],
        comparison=comparison,
        groups=_groups((each, "") for each in comparison.overall),
        categories=_groups(
            (each, category)
            for category, found in comparison.categories.items()
            for each in found
            if each.verdict is not Verdict.CANNOT_TELL
        ),
        turns=turns,
        pairs=ranked[:PAIRS_SHOWN],
        hidden=hidden,
    )


def _turned(first: Iterable[Row], second: Iterable[Row]) -> Iterator[tuple[Turn, Row, Row]]:
    """Yield the cases of both runs, asked alike, that came out otherwise."""
    before = {row.case.id: row for row in first}
    for row in second:
        earlier = before.pop(row.case.id, None)
        if earlier and scored_of(earlier).digest == scored_of(row).digest:
            turn = _turn(earlier, row)
            if turn:
                yield turn, earlier, row


def _turn(first: Row, second: Row) -> Turn | None:
    before = {each.name for each in wrongs_of(first)}
    after = {each.name for each in wrongs_of(second)}
    if before == after:
        return None
    return Turn.OTHER if before and after else Turn.WORSE if after else Turn.BETTER


def _groups(found: Iterable[tuple[Difference, str]]) -> list[Group]:
    by_unit: dict[Unit, list[tuple[Measure, Difference, str]]] = {}
    for difference, category in found:
        measure = measure_called(difference.name)
        by_unit.setdefault(measure.unit, []).append((measure, difference, category))
    return [_group(unit, by_unit[unit]) for unit in Unit if unit in by_unit]


def _group(unit: Unit, found: list[tuple[Measure, Difference, str]]) -> Group:
    scale = balance_of([end for _, each, _ in found for end in (each.low, each.high)], unit)
    lines = tuple(
        Line(
            measure,
            each,
            Whisker(scale.at(each.low), scale.at(each.mean), scale.at(each.high)),
            category,
        )
        for measure, each, category in sorted(found, key=lambda each: _FIRST[each[1].verdict])
    )
    return Group(_TITLES[unit], unit, lines, scale.ticks)
