"""Charts as figures: where bars, dots and whiskers stand. Templates draw them as SVG.

Places across are percents of the width, so that a chart fits any page and its letters keep their
size; heights are pixels. Every chart has its table: the same figures in words.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from assistant.wording import say
from evals.measures.measure import Measure, Unit
from evals.reports.rendering import change, span, value
from evals.reports.wording import titled
from evals.running.result import Figure, Run

_BARS: Final = 20
_LEAST: Final = 1e-6
_STEPS: Final = (1.0, 2.0, 2.5, 5.0, 10.0)
_FINE_STEPS: Final = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_TREND_HEIGHT: Final = 96
_BARS_HEIGHT: Final = 120


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis: where, and what it says."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Scale:
    """What an axis shows: from 0 to `top`."""

    top: float
    ticks: tuple[Tick, ...]

    def at(self, number: float) -> float:
        """Return where a figure stands, in percent; what is beyond stands at the end."""
        return round(100 * min(max(number / self.top, 0.0), 1.0), 2)


@dataclass(frozen=True, slots=True)
class Balance:
    """What an axis of differences shows: nothing in the middle, `top` to either side."""

    top: float
    ticks: tuple[Tick, ...]

    def at(self, number: float) -> float:
        """Return where a difference stands, in percent; what is beyond stands at the end."""
        return round(50 + 50 * min(max(number / self.top, -1.0), 1.0), 2)


@dataclass(frozen=True, slots=True)
class Whisker:
    """A mean with its interval, in percent of the width."""

    low: float
    mean: float
    high: float


@dataclass(frozen=True, slots=True)
class Bar:
    """How many fall between two figures; `y` and `tall` are pixels from the top."""

    x: float
    y: float
    wide: float
    tall: float
    range: str
    count: int


@dataclass(frozen=True, slots=True)
class Mark:
    """A figure marked in a histogram: the median, for instance."""

    at: float
    value: str


@dataclass(frozen=True, slots=True)
class Histogram:
    """How the cases spread. `title` and `axis` are in words.

    `marks` are empty, or what half of the cases stay below, and 19 of 20.
    """

    title: str
    axis: str
    n: int
    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]
    ticks: tuple[Tick, ...]
    height: int = _BARS_HEIGHT


@dataclass(frozen=True, slots=True)
class Point:
    """One run in a trend; `y`, `low` and `high` are pixels from the top."""

    x: float
    y: float
    low: float
    high: float
    run: Run
    figure: Figure
    is_other_suite: bool


@dataclass(frozen=True, slots=True)
class Trend:
    """A measure over the runs of a suite, oldest first."""

    measure: Measure
    points: tuple[Point, ...]
    ticks: tuple[Tick, ...]
    height: int = _TREND_HEIGHT


def scale_of(numbers: Sequence[float], unit: Unit) -> Scale:
    """Return a scale for figures of one unit; shares are always shown from 0 to 100 %."""
    if unit is Unit.SHARE:
        top, steps = 1.0, 4
    else:
        top, steps = _rounded_up(max(numbers, default=0.0))
    marks = [top * step / steps for step in range(steps + 1)]
    return Scale(top, tuple(Tick(round(100 * each / top, 2), value(each, unit)) for each in marks))


def whisker_of(figure: Figure, scale: Scale) -> Whisker:
    """Return where a figure and its interval stand."""
    return Whisker(scale.at(figure.low), scale.at(figure.mean), scale.at(figure.high))


def balance_of(numbers: Sequence[float], unit: Unit) -> Balance:
    """Return a scale for differences of one unit."""
    top, _ = _rounded_up(max((abs(each) for each in numbers), default=0.0), _FINE_STEPS)
    marks = [(0.0, -top), (50.0, 0.0), (100.0, top)]
    return Balance(top, tuple(Tick(at, change(number, unit)) for at, number in marks))


def histogram_of(measure: Measure, scores: Sequence[float]) -> Histogram:
    """Return how the scores of a measure spread over the cases; there is at least one."""
    scale = scale_of([_high(scores)], measure.unit)
    count = 10 if measure.unit is Unit.SHARE else _BARS
    counts = [0] * count
    for each in scores:
        counts[min(int(each / scale.top * count), count - 1)] += 1
    most = max(counts)
    ranges = _ranges(count, scale, measure.unit, max(scores) > scale.top)
    bars = tuple(_bar(at, each, most, ranges) for at, each in enumerate(counts))
    return Histogram(
        title=titled(measure),
        axis=_axis(measure.unit),
        n=len(scores),
        bars=bars,
        # Of shares, which are often all or nothing, the middle one says little.
        marks=() if measure.unit is Unit.SHARE else _marks(scores, scale, measure.unit),
        ticks=scale.ticks,
    )


def trend_of(measure: Measure, runs: Sequence[Run]) -> Trend:
    """Return a measure over runs, which come oldest first; runs without it are left out."""
    found = [(run, figure) for run in runs for figure in run.figures if figure.name == measure.name]
    scale = scale_of([figure.high for _, figure in found], measure.unit)
    digest = found[-1][0].stamp.suite_digest if found else ""
    points = tuple(
        Point(
            x=round(100 * (at + 0.5) / len(found), 2),
            y=_down(figure.mean, scale),
            low=_down(figure.low, scale),
            high=_down(figure.high, scale),
            run=run,
            figure=figure,
            is_other_suite=run.stamp.suite_digest != digest,
        )
        for at, (run, figure) in enumerate(found)
    )
    ends = (scale.ticks[0], scale.ticks[-1])
    return Trend(measure, points, tuple(Tick(_from_top(each.at), each.text) for each in ends))


def heat_of(share: float) -> int:
    """Return the shade of a share of the way to the best: 4 is the best, 0 less than half."""
    bounds = (0.5, 0.7, 0.85, 0.95)
    return sum(share >= each for each in bounds)


def _bar(at: int, each: int, most: int, ranges: Sequence[str]) -> Bar:
    tall = round(_BARS_HEIGHT * each / most, 1)
    wide = 100 / len(ranges)
    y = round(_BARS_HEIGHT - tall, 1)
    return Bar(round(at * wide, 2), y, round(wide, 2), tall, ranges[at], each)


def _ranges(count: int, scale: Scale, unit: Unit, is_open: bool) -> list[str]:
    """Return what each bar counts, in words; the last may have no upper end."""
    ends = [scale.top * at / count for at in range(count + 1)]
    words = [span(low, high, unit) for low, high in itertools.pairwise(ends)]
    most = say("{figure} or more", figure=value(ends[-2], unit))
    return [*words[:-1], most] if is_open else words


def _high(scores: Sequence[float]) -> float:
    """Return what nearly all scores stay below: a few that are far off must not hide the others."""
    ranked = sorted(scores)
    return ranked[int(0.98 * (len(ranked) - 1))]


def _marks(scores: Sequence[float], scale: Scale, unit: Unit) -> tuple[Mark, ...]:
    ranked = sorted(scores)
    places = (ranked[min(int(share * len(ranked)), len(ranked) - 1)] for share in (0.5, 0.95))
    return tuple(Mark(scale.at(each), value(each, unit)) for each in places)


def _axis(unit: Unit) -> str:
    names = {Unit.SECONDS: "seconds from the question", Unit.SHARE: "share, in percent"}
    return say(names.get(unit, str(unit)))


def _down(number: float, scale: Scale) -> float:
    return _from_top(scale.at(number))


def _from_top(percent: float) -> float:
    return round(_TREND_HEIGHT * (1 - percent / 100), 1)


def _rounded_up(most: float, steps: Sequence[float] = _STEPS) -> tuple[float, int]:
    """Return a round number at or above `most`, and into how many steps it divides well."""
    if most < _LEAST:
        return 1.0, 4
    power = 10.0 ** math.floor(math.log10(most))
    top = next(step * power for step in steps if step * power >= most * (1 - 1e-9))
    return top, 4 if round(top / power, 1) in (1.0, 2.0) else 5
