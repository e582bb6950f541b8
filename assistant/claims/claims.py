"""All that a text claims, and what of it other words do not carry."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from assistant.claims import conditions, denials, multiples, opposites, restrictions, tenses
from assistant.claims.alphabet import spelt_in
from assistant.claims.bounds import Bound, turned_from
from assistant.claims.dates import Date, dates_of, taken_by, unstated_in
from assistant.claims.figures import Figure, FigureKind, currencies_of, figures_of
from assistant.claims.names import Named, names_of
from assistant.claims.segments import placed_in
from assistant.claims.stances import Stances
from assistant.claims.swaps import swaps_of
from assistant.claims.wording import Beside, Wording


class FaultKind(StrEnum):
    """What of a sentence is not carried."""

    NUMBER = "number"
    AMOUNT = "amount"
    DURATION = "duration"
    DATE = "date"
    NAME = "name"
    NEGATION = "negation"
    MODAL = "modal"
    CONDITION = "condition"
    FIT = "fit"
    UNCITED = "uncited"
    LETTERS = "letters"
    LITERAL = "literal"
    SOURCE = "source"


@dataclass(frozen=True, slots=True)
class Fault:
    """A piece of a sentence that the cited words do not carry, as the sentence has it."""

    kind: FaultKind
    piece: str


_FIGURES: Final = {
    FigureKind.NUMBER: FaultKind.NUMBER,
    FigureKind.AMOUNT: FaultKind.AMOUNT,
    FigureKind.DURATION: FaultKind.DURATION,
}


_SOURCES: Final = frozenset([
    "agreement", "article", "clause", "contract", "document", "exhibit", "lease", "licence",
    "license", "paragraph", "parties", "policy", "privacy", "provision", "schedule", "section",
    "source", "term", "terms", "text", "under", "according", "per", "pursuant", "based",
])  # fmt: skip
"""What a lead may call its source."""

_MOST_RIVALS: Final = 64
_CLEARLY: Final = 2
_HARDLY: Final = 1


@dataclass(frozen=True, slots=True)
class Claims:
    """The figures, dates, names and stances of a wording."""

    wording: Wording
    figures: tuple[Figure, ...]
    dates: tuple[Date, ...]
    stances: Stances

    @classmethod
    def of(cls, wording: Wording) -> Claims:
        """Return what a wording claims."""
        dates = dates_of(wording.words)
        taken = taken_by(dates)
        figures = figures_of(wording.words, taken)
        return cls(wording, figures, dates, Stances.of(wording, taken))

    def faults(
        self, cited: Claims, titles: Claims, named: Named, lead: int = 0
    ) -> tuple[Fault, ...]:
        """Return what the cited claims do not carry.

        `named` is all that may carry a name; `titles` may carry a figure or a date that stands
        among the first `lead` words. The number of an item of a list is only compared with such,
        if it stands first.
        """
        is_list = any(each.is_mark for each in cited.figures)
        figures = [
            each
            for each in self.figures
            if is_list or not (each.is_mark and each.first == 0)
            if not (each.is_idle or named.carries_code(each.value))
            if each.last >= lead or not titles.states(each)
        ]
        dates = [
            each
            for each in self.dates
            if each.last >= lead or not any(each.is_carried_by(its) for its in titles.dates)
        ]
        found = [
            *self._figures_missing(figures, cited),
            *self._dates_missing(dates, cited),
            *self._months_missing(named),
            *self._names_missing(named),
            *self._stances_missing(cited),
            *self._names_swapped(cited),
            *self._wording_missing(cited, named, lead),
            *self._lead_missing(cited, titles, lead),
        ]
        return tuple(dict.fromkeys(found))

    def states(self, figure: Figure) -> bool:
        """Return whether a figure is stated here, alone or as the year or the day of a date."""
        return (not figure.unit and figure.value in self.plain_numbers()) or any(
            figure.is_carried_by(each) for each in self.figures
        )

    def _figures_missing(self, figures: Iterable[Figure], cited: Claims) -> Iterator[Fault]:
        currencies, numbers = currencies_of(cited.wording.words), cited.plain_numbers()
        by_value: defaultdict[str, list[Figure]] = defaultdict(list)
        for each in cited.figures:
            by_value[each.value].append(each)
        rivals = [(each, cited.beside(each)) for each in cited.figures[:_MOST_RIVALS]]
        placed = placed_in(self.wording, self.figures, cited.wording, cited.figures)
        for figure in figures:
            if not figure.unit and figure.value in numbers:
                continue
            piece = self.wording.between(figure.first, figure.last + bool(figure.unit))
            same = by_value.get(figure.value, [])[:_MOST_RIVALS]
            carrying = [each for each in same if figure.is_carried_by(each, currencies)]
            turned = turned_from(figure.bound, [each.bound for each in carrying])
            if turned is not Bound.NONE:
                yield Fault(FaultKind.NEGATION, f"{turned} {piece}")
            is_placed = placed.get(figure)
            if is_placed is None:
                is_placed = not self._is_misplaced(figure, carrying, rivals)
            if not (carrying and is_placed):
                yield Fault(_FIGURES[figure.kind], piece)

    def beside(self, figure: Figure) -> Beside:
        """Return the stems near a figure, and on which side each is."""
        return self.wording.beside(figure.first, figure.last)

    def _is_misplaced(
        self, figure: Figure, carrying: Sequence[Figure], others: Sequence[tuple[Figure, Beside]]
    ) -> bool:
        """Return whether another figure of the cited words stands where this one does."""
        mine, own, its = self.beside(figure), 0, 0
        places = {each.first for each in carrying}
        for other, beside in others:
            alike = len(mine & beside)
            if other.first in places:
                own = max(own, alike)
            elif other.unit == figure.unit and other.value != figure.value and not other.is_vague:
                its = max(its, alike)
        return own <= _HARDLY and its >= own + _CLEARLY

    def _dates_missing(self, dates: Iterable[Date], cited: Claims) -> Iterator[Fault]:
        years = cited.years()
        others = {(each.readings, each.bound): each for each in cited.dates}.values()
        for each in dates:
            piece = self.wording.between(each.first, each.last)
            carrying = [other for other in others if each.is_carried_by(other, years)]
            if not carrying or self._is_moved(each, carrying, cited):
                yield Fault(FaultKind.DATE, piece)
            elif each.bound is not Bound.NONE and each.bound not in {its.bound for its in carrying}:
                yield Fault(FaultKind.NEGATION, f"{each.bound} {piece}")

    def _is_moved(self, date: Date, carrying: Sequence[Date], cited: Claims) -> bool:
        """Return whether another date of the cited words stands where this one does."""
        mine, own, its = self.wording.beside(date.first, date.last), 0, 0
        for each in cited.dates[:_MOST_RIVALS]:
            alike = len(mine & cited.wording.beside(each.first, each.last))
            if date.is_carried_by(each) or each in carrying:
                own = max(own, alike)
            else:
                its = max(its, alike)
        return own <= _HARDLY and its >= own + _CLEARLY

    def _months_missing(self, named: Named) -> Iterator[Fault]:
        for piece in unstated_in(self.wording.words, taken_by(self.dates), named.keys):
            yield Fault(FaultKind.DATE, piece)

    def _names_missing(self, named: Named) -> Iterator[Fault]:
        taken = taken_by(self.dates)
        for each in names_of(self.wording):
            if each.first not in taken and not named.carries(each):
                yield Fault(FaultKind.NAME, each.word.text)

    def _names_swapped(self, cited: Claims) -> Iterator[Fault]:
        for pair in swaps_of(self.wording, cited.wording):
            yield from (Fault(FaultKind.NAME, each) for each in pair)

    def _wording_missing(self, cited: Claims, named: Named, lead: int) -> Iterator[Fault]:
        mine, its = self.wording, cited.wording
        for piece in spelt_in(mine, its, named.keys):
            yield Fault(FaultKind.LETTERS, piece)
        for piece in multiples.uncited_in(mine, self.figures, its, cited.figures):
            yield Fault(FaultKind.NUMBER, piece)
        for piece in denials.uncited_in(mine, its):
            yield Fault(FaultKind.NEGATION, piece)
        for piece in opposites.opposed_in(mine, lead, self.figures, its):
            yield Fault(FaultKind.NEGATION, piece)
        for piece in tenses.uncited_in(mine, its):
            yield Fault(FaultKind.MODAL, piece)
        for rule in (conditions, restrictions):
            for piece in rule.dropped_in(mine, its):
                yield Fault(FaultKind.CONDITION, piece)

    def _lead_missing(self, cited: Claims, titles: Claims, lead: int) -> Iterator[Fault]:
        """Yield what a lead says beyond the name of its source."""
        known = cited.wording.places.keys() | titles.wording.places.keys()
        for word in self.wording.words[:lead]:
            is_figure = any(each.isdigit() for each in word.key)
            is_known = not word.stem or word.stem in known or word.key in _SOURCES
            if not (is_figure or is_known):
                yield Fault(FaultKind.SOURCE, word.text)

    def _stances_missing(self, cited: Claims) -> Iterator[Fault]:
        for piece, is_opposite in self.stances.not_carried_by(cited.stances):
            kind = FaultKind.NEGATION if is_opposite else FaultKind.MODAL
            yield Fault(kind, piece)
        for piece in self.stances.reversed_in(cited.stances):
            yield Fault(FaultKind.NEGATION, piece)

    def measured(self) -> frozenset[int]:
        """Return the words of figures and dates."""
        figures = (at for each in self.figures for at in range(each.first, each.last + 1))
        return taken_by(self.dates) | frozenset(figures)

    def plain_numbers(self) -> frozenset[str]:
        """Return the numbers that the dates have in them: years and days."""
        days = [day for date in self.dates for day in date.readings]
        return frozenset(str(part) for day in days for part in (day.year, day.day) if part)

    def years(self) -> frozenset[int]:
        """Return the years that are stated, in a date or alone."""
        alone = {int(each.value) for each in self.figures if _is_year(each)}
        return frozenset(alone | {day.year for date in self.dates for day in date.readings})


def _is_year(figure: Figure) -> bool:
    return len(figure.value) == 4 and figure.value.isdecimal() and not figure.unit
