"""What results can be narrowed by, and how many of what one may read each value leaves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from retrieval.documents import Kind, Status
from retrieval.search.wanted import STANDING, Wanted

UNDATED: Final = "undated"


class Facet(StrEnum):
    """A property that results can be narrowed by."""

    KIND = "kind"
    STATUS = "status"
    SOURCE = "source"
    PARTY = "party"
    OWNER = "owner"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Entry:
    """Versions that are the same in every property, and how many they are.

    `year` is that of the day from which they count, `UNDATED` where no day is stated.
    """

    kind: Kind
    status: Status
    source: str
    owner: str
    year: str
    parties: tuple[str, ...]
    count: int = 1

    def values(self, facet: Facet) -> tuple[str, ...]:
        """Return its values of a property: parties may be several, an owner none."""
        return _VALUES[facet](self)


_VALUES: Final[Mapping[Facet, Callable[[Entry], tuple[str, ...]]]] = MappingProxyType(
    {
        Facet.KIND: lambda entry: (str(entry.kind),),
        Facet.STATUS: lambda entry: (str(entry.status),),
        Facet.SOURCE: lambda entry: (entry.source,),
        Facet.PARTY: lambda entry: entry.parties,
        Facet.OWNER: lambda entry: (entry.owner,) if entry.owner else (),
        Facet.YEAR: lambda entry: (entry.year,),
    }
)
"""How each property of an entry is read, in the order of properties."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The values that will do of each property; of one that is not named, any."""

    values: Mapping[Facet, frozenset[str]] = field(default_factory=dict)

    def of(self, facet: Facet) -> frozenset[str] | None:
        """Return the values that will do, None if any."""
        return self.values.get(facet)

    def fails(self, entry: Entry) -> list[Facet]:
        """Return the properties by which an entry is kept out."""
        return [
            facet for facet, wanted in self.values.items() if wanted.isdisjoint(entry.values(facet))
        ]

    def admits(self, entry: Entry) -> bool:
        """Return whether nothing keeps an entry out."""
        return not self.fails(entry)

    @property
    def is_impossible(self) -> bool:
        """Return whether nothing can fit."""
        return any(not wanted for wanted in self.values.values())


def chosen(wanted: Wanted, ticked: Choice, entries: Iterable[Entry]) -> Choice:
    """Return the exact values that will do: what is typed counts over what is ticked.

    Names are typed in part, so they are looked up among `entries`, which one may read.
    """
    values = {facet: some for facet, some in ticked.values.items() if some}
    values.setdefault(Facet.STATUS, frozenset(each.value for each in STANDING))
    if wanted.kinds:
        values[Facet.KIND] = frozenset(each.value for each in wanted.kinds)
    if wanted.statuses:
        values[Facet.STATUS] = frozenset(each.value for each in wanted.statuses)
    parts = {
        Facet.SOURCE: wanted.sources,
        Facet.OWNER: wanted.owners,
        Facet.PARTY: wanted.parties,
    }
    listed = list(entries) if any(parts.values()) else []
    for facet, typed in parts.items():
        if typed:
            there = {value for each in listed for value in each.values(facet)}
            values[facet] = frozenset(value for value in there if _has_any(value, typed))
    return Choice(values)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many versions fit, and how many each value of a property would leave.

    A value counts what fits in every other property; `counts` holds no value that has none.
    """

    total: int
    counts: Mapping[Facet, Mapping[str, int]]


def tally(entries: Iterable[Entry], choice: Choice) -> Tally:
    """Count entries: thousands may all differ, so nothing is looked up twice for one."""
    total = 0
    ways = tuple((read, choice.of(facet), Counter[str]()) for facet, read in _VALUES.items())
    for each in entries:
        read_out = [(read(each), wanted, counter) for read, wanted, counter in ways]
        fails = [one for one in read_out if one[1] is not None and one[1].isdisjoint(one[0])]
        if len(fails) > 1:
            continue
        total += 0 if fails else each.count
        for values, _, counter in fails or read_out:
            for value in values if len(values) < 2 else set(values):
                counter[value] += each.count
    return Tally(total, {facet: way[2] for facet, way in zip(_VALUES, ways, strict=True)})


def _has_any(value: str, typed: Iterable[str]) -> bool:
    folded = value.casefold()
    return any(each.casefold() in folded for each in typed)
