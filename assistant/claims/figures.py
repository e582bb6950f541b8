"""The figures of a text: numbers with what they count, by days, percent or a currency."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from assistant.claims.bounds import Bound, bound_around
from assistant.claims.numerals import Numeral, numeral_at
from assistant.claims.wording import Word

REFERENCE: Final = "reference"
PERCENT: Final = "percent"
POINTS: Final = "percentage points"
"""One more than 5 % is 6 %; one per cent more is 5.05 %."""

_TIMES: Final = {
    "second": ("second", "seconds", "secs", "sec"),
    "minute": ("minute", "minutes", "mins", "min"),
    "hour": ("hour", "hours", "hrs", "hr"),
    "day": ("day", "days"),
    "week": ("week", "weeks"),
    "month": ("month", "months"),
    "quarter": ("quarter", "quarters"),
    "year": ("year", "years", "yrs", "yr"),
    "decade": ("decade", "decades"),
    "century": ("century", "centuries"),
}
_CURRENCIES: Final = {
    "$": ("$", "usd", "dollar", "dollars", "us$", "bucks"),
    "€": ("€", "eur", "euro", "euros"),
    "£": ("£", "gbp", "sterling"),
    "¥": ("¥", "jpy", "yen", "cny", "rmb", "yuan"),
    "chf": ("chf", "francs"),
    "inr": ("inr", "rs", "rupees", "rupee"),
    "sek": ("sek", "kronor"),
    "dkk": ("dkk", "kroner"),
    "nok": ("nok",),
    "pln": ("pln", "zloty"),
    "cad": ("cad",),
    "aud": ("aud",),
    "cent": ("cent", "cents"),
}
_UNITS: Final = {
    **{word: unit for unit, words in (_TIMES | _CURRENCIES).items() for word in words},
    **dict.fromkeys(("%", "percent", "percentage", "pct"), PERCENT),
}
_POINTED: Final = {**dict.fromkeys(("percentage", "percent", "%"), POINTS), "basis": "basis points"}
_POINT: Final = frozenset({"point", "points"})
_SHARES: Final = frozenset({PERCENT, *_POINTED.values()})
_TIMED: Final = frozenset(_TIMES)
_MONEY: Final = frozenset(_CURRENCIES)
_WORKING: Final = frozenset({"business", "working", "banking", "trading"})
_BETWEEN: Final = frozenset([
    "additional", "calendar", "consecutive", "continuous", "equal", "few", "fewer", "full",
    "further", "annual", "monthly", "less", "last", "more", "or", "successive", "prior",
    "previous", "point", "points", "such", "written", "whole",
])  # fmt: skip
_REFERRING: Final = frozenset([
    "section", "sections", "clause", "clauses", "article", "articles", "exhibit", "exhibits",
    "schedule", "schedules", "annex", "appendix", "attachment", "paragraph", "paragraphs",
    "chapter", "no", "nos", "number", "amendment", "§",
])  # fmt: skip
_RANGES: Final = frozenset({"to", "or", "and", "through", "until", "between"})
_ONE_THING: Final = frozenset({"party", "parties", "person", "persons", "world"})
_LOOKED_AHEAD: Final = 4
_LONGEST_MARK: Final = 2


class FigureKind(StrEnum):
    """What a figure is: a plain number, money, or a length of time."""

    NUMBER = "number"
    AMOUNT = "amount"
    DURATION = "duration"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, what it counts (empty where that is unknown), and its first and last word.

    `bound` is what stands before it, as in "at least ten". `is_vague` is a bare "one" or
    "first": others may rest on it, it need not be carried. `is_mark` is the "2." of a list.
    """

    value: str
    unit: str
    first: int
    last: int
    is_vague: bool = False
    bound: Bound = Bound.NONE
    is_mark: bool = False

    @property
    def is_idle(self) -> bool:
        """Return whether it counts nothing: a bare "one", but not "more than one"."""
        return self.is_vague and self.bound is Bound.NONE

    @property
    def kind(self) -> FigureKind:
        """Return whether it is money, a length of time or neither."""
        if self.unit in _MONEY:
            return FigureKind.AMOUNT
        is_time = self.unit.removeprefix("working ") in _TIMED
        return FigureKind.DURATION if is_time else FigureKind.NUMBER

    def is_carried_by(self, other: Figure, currencies: frozenset[str] = frozenset()) -> bool:
        """Return whether the other says the same; `currencies` are those that its text names."""
        if self.value != other.value:
            return False
        if self.unit == other.unit:
            return True
        if not self.unit:
            return other.kind is not FigureKind.DURATION and other.unit not in _SHARES
        if other.unit in {"", REFERENCE} and self.unit == REFERENCE:
            return True
        return not other.unit and self.unit in currencies


def figures_of(words: Sequence[Word], taken: frozenset[int] = frozenset()) -> tuple[Figure, ...]:
    """Return the figures in order; words that a date has taken are none."""
    found = list(_figures(words, taken))
    for at in reversed(range(len(found) - 1)):
        one, next_one = found[at], found[at + 1]
        if next_one.unit and _shares_unit(words, one, next_one):
            found[at] = replace(one, unit=next_one.unit, is_vague=False)
    for at in range(1, len(found)):
        if found[at].value == found[at - 1].value and found[at].first == found[at - 1].last + 1:
            found[at] = replace(found[at], bound=found[at - 1].bound)
    return tuple(found)


def currencies_of(words: Sequence[Word]) -> frozenset[str]:
    """Return the currencies that a text names anywhere."""
    return frozenset(_UNITS[word.key] for word in words if _UNITS.get(word.key) in _MONEY)


def written(words: Sequence[Word], figure: Figure) -> tuple[int, int]:
    """Return the first and the last word of a figure together with its unit."""
    unit, first, last = figure.unit.removeprefix("working "), figure.first, figure.last
    if first and unit in _MONEY and _UNITS.get(words[first - 1].key) == unit:
        return first - 1, last
    ahead = range(last + 1, min(last + 1 + _LOOKED_AHEAD, len(words)))
    ends = (
        _POINT if unit in _POINTED.values() else {key for key, its in _UNITS.items() if its == unit}
    )
    return first, next((at for at in ahead if words[at].key in ends), last)


def _figures(words: Sequence[Word], taken: frozenset[int]) -> Iterator[Figure]:
    at = 0
    while at < len(words):
        numeral = None if at in taken else numeral_at(words, at)
        if numeral is None:
            if at not in taken and _is_code(words[at]):
                yield Figure(words[at].key, "", at, at)
            at += 1
            continue
        yield _figure(words, at, numeral)
        at = numeral.end


def _is_code(word: Word) -> bool:
    return word.is_literal or any(letter.isdigit() for letter in word.key)


def _figure(words: Sequence[Word], at: int, numeral: Numeral) -> Figure:
    unit = _unit_before(words, at) or _unit_after(words, numeral.end)
    value = words[at].key if unit == REFERENCE else numeral.value
    is_vague = numeral.is_vague and not unit
    if numeral.is_ordinal and numeral.value == "3" and numeral.end < len(words):
        is_vague = is_vague or words[numeral.end].key in _ONE_THING
    is_mark = _counts_a_list(words, at)
    last = numeral.end - 1
    return Figure(value, unit, at, last, is_vague, bound_around(words, at, last), is_mark)


def _counts_a_list(words: Sequence[Word], at: int) -> bool:
    """Return whether this is the "2." before an item of a list."""
    is_short = len(words[at].key) <= _LONGEST_MARK and at + 1 < len(words)
    is_first = words[at].starts and words[at].key.isdecimal()
    return is_first and is_short and words[at + 1].gap.startswith(". ")


def _unit_before(words: Sequence[Word], at: int) -> str:
    if not at:
        return ""
    before = words[at - 1]
    if before.key in _REFERRING and words[at].gap.strip() in {"", ".", "#"}:
        return REFERENCE
    is_close = words[at].gap.strip() in {"", "."}
    unit = _UNITS.get(before.key, "")
    return unit if is_close and unit in _MONEY and unit != "cent" else ""


def _unit_after(words: Sequence[Word], at: int) -> str:
    """Return what the next words say is counted, past "(90)", "business" and "or more"."""
    is_working = False
    for place in range(at, min(at + _LOOKED_AHEAD, len(words))):
        word = words[place]
        if any(mark in word.gap for mark in ".;:,"):
            return ""
        unit = _POINTED.get(word.key, "") if _is_points(words, place + 1) else ""
        unit = unit or _UNITS.get(word.key, "")
        if unit and not (unit == "$" and word.key == "$"):
            return f"working {unit}" if is_working and unit == "day" else unit
        if word.key in _WORKING:
            is_working = True
        elif word.key == "per" and place + 1 < len(words) and words[place + 1].key == "cent":
            return POINTS if _is_points(words, place + 2) else PERCENT
        elif word.key not in _BETWEEN:
            return ""
    return ""


def _is_points(words: Sequence[Word], at: int) -> bool:
    return at < len(words) and words[at].key in _POINT


def _shares_unit(words: Sequence[Word], one: Figure, other: Figure) -> bool:
    """Return whether one unit is meant for both: 30 to 60 days, ninety (90) days."""
    between = words[one.last + 1 : other.first]
    gap = words[other.first].gap.strip()
    if one.unit:
        return False
    if not between:
        return gap in {"(", "-", ",", "/", "["}
    return len(between) == 1 and between[0].key in _RANGES and gap == ""
