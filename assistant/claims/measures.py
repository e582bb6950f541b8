"""What a text measures and when: lengths of time, sums, percents, counted things and dates.

Made to tell whether two texts state the same: ninety days are three months.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from assistant.claims.bounds import Bound
from assistant.claims.dates import Date, dates_of, taken_by
from assistant.claims.figures import REFERENCE, Figure, FigureKind, figures_of, written
from assistant.claims.names import ACTING
from assistant.claims.numerals import numeral_at
from assistant.claims.wording import Wording

DATE: Final = "date"

_TIME: Final = "time"
_NTH: Final = "nth"
_DAYS: Final = {
    "second": 1 / 86_400, "minute": 1 / 1_440, "hour": 1 / 24, "day": 1, "week": 7, "month": 30.4,
    "quarter": 91.3, "year": 365, "decade": 3_650, "century": 36_500,
}  # fmt: skip
_SAME: Final = 0.03
_FAR: Final = 15
_FIRST_YEAR: Final = 1_900
_LAST_YEAR: Final = 2_100


@dataclass(frozen=True, slots=True)
class Measure:
    """Something measured: `sort` is what is comparable, `piece` how it is written.

    `size` is a number of days, or of what is counted; 0 for a date.
    """

    sort: str
    size: float
    piece: str
    first: int
    last: int
    unit: str = ""
    bound: Bound = Bound.NONE
    date: Date | None = None

    @property
    def said(self) -> str:
        """Return what is measured, with its bound: at least six years."""
        return self.piece if self.bound is Bound.NONE else f"{self.bound} {self.piece}"

    def agrees(self, other: Measure) -> bool:
        """Return whether both may be true of the same thing; both are of one sort."""
        if self.bound.opposes(other.bound):
            return True
        if self.date and other.date:
            return self.date.is_carried_by(other.date) or other.date.is_carried_by(self.date)
        return abs(self.size - other.size) <= _SAME * max(self.size, other.size) * self._is_rough()

    def is_comparable(self, other: Measure) -> bool:
        """Return whether the same may be measured: a week and a month, not an hour and a year."""
        least, most = sorted((self.size, other.size))
        return self.unit == other.unit or most <= _FAR * least

    def _is_rough(self) -> bool:
        """Return whether other units may be meant: three months are about ninety days."""
        return self.sort == _TIME


def measures_of(wording: Wording) -> tuple[Measure, ...]:
    """Return what a wording measures, each value of a sort once, in order; years are left out."""
    dates = dates_of(wording.words)
    found = [*_figures(wording, taken_by(dates)), *_dates(wording, dates)]
    return tuple({(each.sort, each.size, each.date): each for each in found}.values())


def _figures(wording: Wording, taken: frozenset[int]) -> Iterator[Measure]:
    for figure in figures_of(wording.words, taken):
        size = _number(figure.value)
        if size is None or figure.unit == REFERENCE or figure.is_idle or figure.is_mark:
            continue
        first, last = written(wording.words, figure)
        sort, factor = (figure.unit, 1.0) if figure.unit else (_counted(wording, figure), 1.0)
        if figure.kind is FigureKind.DURATION and figure.unit in _DAYS:
            sort, factor = _TIME, _DAYS[figure.unit]
        numeral = numeral_at(wording.words, figure.first)
        if sort and numeral:
            piece = wording.between(first, last if figure.unit else last + 1)
            sort = f"{_NTH} {figure.unit}" if numeral.is_ordinal else sort
            yield Measure(sort, size * factor, piece, first, last, figure.unit, figure.bound)


def _counted(wording: Wording, figure: Figure) -> str:
    """Return what a bare figure counts, by the next word; nothing for a year or a mark."""
    words, after = wording.words, figure.last + 1
    if after >= len(words) or not words[after].stem or words[after].is_capital:
        return ""
    if words[after].key in ACTING:
        return ""
    is_year = figure.value.isdecimal() and _FIRST_YEAR <= int(figure.value[:5]) <= _LAST_YEAR
    is_apart = words[after].gap.strip() or words[figure.first].gap.strip()
    return "" if is_year or is_apart else f"count {words[after].stem}"


def _number(value: str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


def _dates(wording: Wording, dates: tuple[Date, ...]) -> Iterator[Measure]:
    for each in dates:
        piece = wording.between(each.first, each.last)
        yield Measure(DATE, 0, piece, each.first, each.last, "", each.bound, each)
