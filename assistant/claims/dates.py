"""The dates of a text, as far as they are stated: a day, a month of a year, both readings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from assistant.claims.bounds import Bound, bound_of
from assistant.claims.numerals import numeral_at
from assistant.claims.wording import Word

_MONTHS: Final = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
]  # fmt: skip
_MONTH: Final = {
    **{name: number for number, name in enumerate(_MONTHS, 1)},
    **{name[:3]: number for number, name in enumerate(_MONTHS, 1)},
    "sept": 9,
}
_ALSO_VERBS: Final = frozenset({"may", "mar", "march"})
_WEEKDAYS: Final = frozenset([
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
])  # fmt: skip
_FIRST_YEAR: Final = 1000
_LAST_YEAR: Final = 2999
_CENTURY: Final = 100
_DAYS: Final = 31
_MONTHS_IN_YEAR: Final = 12


@dataclass(frozen=True, slots=True)
class Day:
    """A date as far as it is stated; 0 is a part that is not."""

    year: int
    month: int
    day: int

    def is_within(self, other: Day, years: frozenset[int]) -> bool:
        """Return whether the other states every part; a year it lacks may be one of `years`."""
        if self.day and self.day != other.day:
            return False
        if self.month and self.month != other.month:
            return False
        known = {other.year} if other.year else years
        return not self.year or self.year in known


@dataclass(frozen=True, slots=True)
class Date:
    """A date and all it may mean: 03/01/2026 is in January or in March. `bound` stands before."""

    readings: tuple[Day, ...]
    first: int
    last: int
    bound: Bound = Bound.NONE

    def is_carried_by(self, other: Date, years: frozenset[int] = frozenset()) -> bool:
        """Return whether one reading of this is stated by one of the other."""
        return any(mine.is_within(its, years) for mine in self.readings for its in other.readings)


def dates_of(words: Sequence[Word]) -> tuple[Date, ...]:
    """Return the dates in order. A year alone is a number and no date."""
    return tuple(_dates(words))


def taken_by(dates: Sequence[Date]) -> frozenset[int]:
    """Return the words that belong to dates."""
    return frozenset(at for date in dates for at in range(date.first, date.last + 1))


def unstated_in(
    words: Sequence[Word], taken: frozenset[int], keys: frozenset[str]
) -> Iterator[str]:
    """Yield the months and the weekdays, outside of dates, that are not among the keys."""
    months = {_MONTH[key] for key in keys if key in _MONTH}
    for at, word in enumerate(words):
        is_month = word.key in _MONTHS and word.key not in _ALSO_VERBS and at not in taken
        is_new = is_month and _MONTH[word.key] not in months
        if is_new or (word.key in _WEEKDAYS and word.key not in keys):
            yield word.text


def _dates(words: Sequence[Word]) -> Iterator[Date]:
    at = 0
    while at < len(words):
        date = _dotted(words, at) or _in_digits(words, at) or _with_month(words, at)
        if date:
            yield replace(date, bound=bound_of(words, date.first))
            at = date.last
        at += 1


def _dotted(words: Sequence[Word], at: int) -> Date | None:
    """Read 01.03.2026, which is one word."""
    parts = words[at].key.split(".")
    if len(parts) != 3 or not all(part.isdecimal() and len(part) <= 4 for part in parts):
        return None
    return _made(_readings(parts), at, at)


def _in_digits(words: Sequence[Word], at: int) -> Date | None:
    """Read 2026-03-01, 03/01/2026 and 3-1-26."""
    three = words[at : at + 3]
    if len(three) < 3 or not all(each.key.isdecimal() and len(each.key) <= 4 for each in three):
        return None
    if three[1].gap != three[2].gap or three[1].gap not in {"-", "/"}:
        return None
    return _made(_readings([each.key for each in three]), at, at + 2)


def _readings(parts: Sequence[str]) -> list[Day]:
    one, two, three = (int(part) for part in parts)
    if len(parts[0]) == 4:
        return [Day(one, two, three)]
    if len(parts[2]) not in {2, 4}:
        return []
    years = [three] if len(parts[2]) == 4 else [1900 + three, 2000 + three]
    return [Day(year, *pair) for year in years for pair in ((one, two), (two, one))]


def _made(readings: Sequence[Day], first: int, last: int) -> Date | None:
    real = tuple(
        dict.fromkeys(
            each
            for each in readings
            if 1 <= each.month <= _MONTHS_IN_YEAR and 1 <= each.day <= _DAYS
            if _FIRST_YEAR <= each.year <= _LAST_YEAR
        )
    )
    return Date(real, first, last) if real else None


def _with_month(words: Sequence[Word], at: int) -> Date | None:
    """Read 1 March 2026, the 31st day of March, 2000, March 1, 2026, March 2026, March 1."""
    if _is_month(words[at]):
        return _from_month(words, at)
    day, month = _day_at(words, at)
    if not day:
        return None
    while month < len(words) and month - at < 5 and words[month].key in {"day", "of", "the"}:
        month += 1
    if month >= len(words) or words[month].key not in _MONTH:
        return None
    year, last = _year_at(words, month + 1)
    if not (year or _is_month(words[month])):
        return None
    return Date((Day(year, _MONTH[words[month].key], day),), at, last)


def _is_month(word: Word) -> bool:
    """Return whether a word names a month; "may", "mar" and "march" do with a capital only."""
    return word.key in _MONTH and (word.is_capital or word.key not in _ALSO_VERBS)


def _from_month(words: Sequence[Word], at: int) -> Date | None:
    month = _MONTH[words[at].key]
    day, end = _day_at(words, at + 1)
    if day and words[at + 1].gap.strip() in {"", "."}:
        year, last = _year_at(words, end)
        return Date((Day(year, month, day),), at, last)
    year, last = _year_at(words, at + 1)
    return Date((Day(year, month, 0),), at, last) if year else None


def _day_at(words: Sequence[Word], at: int) -> tuple[int, int]:
    """Return the day of a month that stands here, or 0, and the word after it."""
    numeral = numeral_at(words, at) if at < len(words) else None
    if numeral is None or not numeral.value.isdecimal() or len(numeral.value) > 2:
        return 0, at
    day = int(numeral.value)
    return (day, numeral.end) if 1 <= day <= _DAYS else (0, at)


def _year_at(words: Sequence[Word], at: int) -> tuple[int, int]:
    """Return the year that stands here or after "of", or 0, and the last word of the date."""
    for place in (at, at + 1):
        if place < len(words) and words[place].key.isdecimal() and len(words[place].key) == 4:
            year = int(words[place].key)
            if words[place].gap.strip() in {"", ",", "."} and _FIRST_YEAR <= year <= _LAST_YEAR:
                return year, place
        if place < len(words) and words[place].key not in {"of", "in"}:
            break
    return 0, at - 1
