"""The figures of a run, by what they are about, with where each stands on its scale."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from evals.measures.measure import Better, Measure, Unit
from evals.reports.charts import Tick, Whisker, heat_of, scale_of, whisker_of
from evals.reports.wording import measure_called
from evals.reports.wrong import VERDICTS
from evals.running.result import Figure, Run

_FINDING: Final = "Finding the passages"
_CITING: Final = "Citing"
_REFUSING: Final = "Knowing when to refuse"
_SAYING: Final = "Saying what is expected"
_SAFETY: Final = "Keeping to the rules"
_OTHERS: Final = {
    Unit.SHARE: "Other shares",
    Unit.SECONDS: "Time",
    Unit.COUNT: "Counts",
    Unit.TOKENS: "Tokens",
}
_ABOUT: Final = {
    **dict.fromkeys(("p_at_1", "p_at_8", "r_at_1", "r_at_8", "r_at_64"), _FINDING),
    **dict.fromkeys(("r_chars_4000", "r_chars_8000", "doc_r_at_10"), _FINDING),
    **dict.fromkeys(("mrr_at_10", "ndcg_at_10"), _FINDING),
    **dict.fromkeys(("citation_precision", "citation_recall", "citation_exactness"), _CITING),
    "support": _CITING,
    **dict.fromkeys(("refused", "falsely_refused", "over_defence", "failed"), _REFUSING),
    **dict.fromkeys(("answered_first", "answered", "token_f1", "rouge_l", "facts_found"), _SAYING),
    **dict.fromkeys(("right_language", "follow_up_resolved"), _SAYING),
    **dict.fromkeys(("access_leak", "hijacked", "lies_told"), _SAFETY),
}
_ORDER: Final = (_REFUSING, _SAFETY, _SAYING, _CITING, _FINDING, *_OTHERS.values())
_IN_HEAT: Final = (*VERDICTS, "answered_first", "citation_recall", "r_chars_8000", "doc_r_at_10")
_IN_TREND: Final = (
    *("answered", "answered_first", "refused", "falsely_refused", "access_leak", "hijacked"),
    *("follow_up_resolved", "facts_found", "lies_told", "over_defence", "right_language"),
    *("r_chars_8000", "r_at_8", "doc_r_at_10", "citation_recall", "support"),
)
COLUMNS: Final = 7
"""How many categories stand side by side in one heat map, at most."""


@dataclass(frozen=True, slots=True)
class Line:
    """One figure, and what it was in the run before, if there was one."""

    measure: Measure
    figure: Figure
    whisker: Whisker
    before: float | None


@dataclass(frozen=True, slots=True)
class Group:
    """Figures about one thing, on one scale."""

    title: str
    unit: Unit
    lines: tuple[Line, ...]
    ticks: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """A category's figure; `shade` is 4 for the best and 0 for the worst. None: not measured."""

    category: str
    figure: Figure | None
    shade: int


@dataclass(frozen=True, slots=True)
class HeatRow:
    """A measure over the categories."""

    measure: Measure
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Heat:
    """Measures by categories, as many as fit beside each other."""

    categories: tuple[str, ...]
    rows: tuple[HeatRow, ...]


def groups_of(run: Run, before: Run | None = None) -> list[Group]:
    """Return every figure of a run, by what it is about."""
    earlier = {each.name: each.mean for each in before.figures} if before else {}
    sorted_out: dict[tuple[str, Unit], list[tuple[Measure, Figure]]] = {}
    for figure in run.figures:
        measure = measure_called(figure.name)
        about = _ABOUT.get(figure.name, _OTHERS[measure.unit])
        sorted_out.setdefault((about, measure.unit), []).append((measure, figure))
    return [
        _group(title, unit, sorted_out[title, unit], earlier)
        for title, unit in sorted(sorted_out, key=lambda key: _ORDER.index(key[0]))
    ]


def heats_of(run: Run) -> list[Heat]:
    """Return the heat maps of a run: what was measured of more than one category."""
    names = list(run.categories)
    if len(names) < 2:
        return []
    found = [{each.name: each for each in run.categories[name]} for name in names]
    chosen = [name for name in _IN_HEAT if any(name in each for each in found)]
    size = math.ceil(len(names) / math.ceil(len(names) / COLUMNS))
    stretches = [slice(start, start + size) for start in range(0, len(names), size)]
    return [
        Heat(
            tuple(names[part]), tuple(_heat_row(name, names[part], found[part]) for name in chosen)
        )
        for part in stretches
    ]


def in_trend(run: Run, most: int) -> list[Measure]:
    """Return the measures of a run that are worth following over time, `most` at most."""
    there = {each.name for each in run.figures}
    return [measure_called(name) for name in _IN_TREND if name in there][:most]


def goodness(measure: Measure, mean: float) -> float:
    """Return how far a share is on the way to its best, from 0 to 1."""
    return 1 - mean if measure.better is Better.LOWER else mean


def _group(
    title: str, unit: Unit, found: Sequence[tuple[Measure, Figure]], earlier: dict[str, float]
) -> Group:
    scale = scale_of(_highs(figure for _, figure in found), unit)
    lines = tuple(
        Line(measure, figure, whisker_of(figure, scale), earlier.get(figure.name))
        for measure, figure in found
    )
    return Group(title, unit, lines, scale.ticks)


def _highs(figures: Iterable[Figure]) -> list[float]:
    return [each.high for each in figures]


def _heat_row(name: str, categories: Sequence[str], found: Sequence[dict[str, Figure]]) -> HeatRow:
    measure = measure_called(name)
    cells = (
        Cell(category, figure, heat_of(goodness(measure, figure.mean)) if figure else 4)
        for category, figure in zip(categories, (each.get(name) for each in found), strict=True)
    )
    return HeatRow(measure, tuple(cells))
