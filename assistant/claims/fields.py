"""Rows of tables, "Period: 8 years; Starts: closure": a value is told of its own column only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from assistant.claims.dates import Date, dates_of, taken_by
from assistant.claims.figures import Figure, figures_of
from assistant.claims.stances import Stances
from assistant.claims.wording import Wording
from retrieval.keywords import Terms

_FEWEST: Final = 2
_FEWEST_OF_SOME: Final = 3
_DENIED: Final = frozenset({"no", "none", "false"})


@dataclass(frozen=True, slots=True)
class Field:
    """A cell: the stems of its column's name, those its own cell lacks, and what is in it."""

    name: str
    stems: frozenset[int]
    telling: frozenset[int]
    value: str
    figures: tuple[Figure, ...]
    dates: tuple[Date, ...]


def fields_of(text: str, terms: Terms) -> tuple[Field, ...]:
    """Return the cells of a row, none if the text is no row."""
    parts = [part.split(": ", 1) for part in text.rstrip(";. \n").split("; ")]
    pairs = [(part[0], part[1]) for part in parts if len(part) == _FEWEST]
    is_row = len(pairs) >= _FEWEST and (len(pairs) == len(parts) or len(pairs) >= _FEWEST_OF_SOME)
    return tuple(_field(name, value, terms) for name, value in pairs) if is_row else ()


def _field(name: str, value: str, terms: Terms) -> Field:
    stems, cell = frozenset(Wording.of([name], terms).stems), Wording.of([value], terms)
    dates = dates_of(cell.words)
    figures = figures_of(cell.words, taken_by(dates))
    return Field(name, stems, stems - set(cell.stems), value, figures, dates)


def misplaced_in(sentence: Wording, fields: Sequence[Field]) -> Iterator[tuple[int, int]]:
    """Yield the first and last word of figures and dates told of another column than their own.

    Told is the column whose name is in the sentence, where that of the value's own is not.
    """
    dates = dates_of(sentence.words)
    for figure in figures_of(sentence.words, taken_by(dates)):
        own = [
            each for each in fields if any(figure.value == its.value for its in each.figures)
        ]  # fmt: skip
        if not figure.is_idle and _is_other(sentence, own, fields):
            yield figure.first, figure.last
    for date in dates:
        own = [each for each in fields if any(date.is_carried_by(its) for its in each.dates)]
        if _is_other(sentence, own, fields):
            yield date.first, date.last


def _is_other(sentence: Wording, own: Sequence[Field], fields: Sequence[Field]) -> bool:
    told = sentence.places.keys()
    if len(own) != 1 or not own[0].stems.isdisjoint(told):
        return False
    return any(
        each.telling and each.telling <= told and each.telling.isdisjoint(own[0].stems)
        for each in fields
        if each is not own[0] and (each.figures or each.dates)
    )


def affirmed_in(sentence: Wording, fields: Sequence[Field]) -> Iterator[str]:
    """Yield the names of columns that say no, where the sentence tells them and denies nothing."""
    told = sentence.places.keys()
    if any(clause.stance.is_negative for clause in Stances.of(sentence).clauses):
        return
    for each in fields:
        if each.value.strip().lower() in _DENIED and each.telling and each.telling <= told:
            yield each.name
