"""How a page of results is shown: each with its marks, and what it can be narrowed by."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from assistant.contradicting import Conflict
from assistant.http.opened import flowing
from assistant.http.reading import file_name
from assistant.http.shapes import PassageOut, shown_passage, source_link
from assistant.marking import Excerpt, Marker
from assistant.wording import day, say
from retrieval.documents import Kind, Passage, Status, Version
from retrieval.plain import plain
from retrieval.search.choice import UNDATED, Choice, Facet, Tally
from retrieval.search.finder import Results
from retrieval.search.wanted import Mistake, Wanted
from retrieval.search.wish import Window, came_of

SHOWN_AT_ONCE: Final = 6
MOST_LISTED: Final = 60
_BLANK_LINES: Final = re.compile(r"\n\s*\n")
_LEGENDS: Final = {
    Facet.KIND: "Kind",
    Facet.STATUS: "Status",
    Facet.YEAR: "In force since",
    Facet.SOURCE: "Source",
    Facet.PARTY: "Party",
    Facet.OWNER: "Owner",
}
_FIXED: Final = {
    Facet.KIND: tuple(each.value for each in Kind),
    Facet.STATUS: (
        Status.APPROVED.value,
        Status.DRAFT.value,
        Status.SUPERSEDED.value,
        Status.EXPIRED.value,
    ),
}


@dataclass(frozen=True, slots=True)
class MistakeOut:
    """A piece of a query that could not be used, and why."""

    piece: str
    told: str


@dataclass(frozen=True, slots=True)
class ValueOut:
    """A value to narrow by, and how many documents that one may read it leaves."""

    value: str
    label: str
    count: int
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class FacetOut:
    """A property to narrow by: the values shown at once, and the rest.

    One that `is_typed` is given in the box, which counts over what is ticked.
    """

    name: str
    legend: str
    first: Sequence[ValueOut]
    rest: Sequence[ValueOut]
    is_typed: bool


@dataclass(frozen=True, slots=True)
class ConflictOut:
    """What a result states otherwise than another approved source, and where to compare them."""

    states: str
    otherwise: str
    title: str
    standing: str
    link: str
    compare: str


@dataclass(frozen=True, slots=True)
class ResultOut:
    """A result. `now` is its status today where that is no longer the one asked for."""

    hit: PassageOut
    excerpt: Excerpt
    owner: str
    now: Status | None
    original: str
    file: str
    compare: str
    conflict: ConflictOut | None
    is_new: bool = False


def shown_results(
    results: Results,
    marker: Marker,
    conflicts: Mapping[int, Conflict],
    *,
    window: Window,
    as_of: int,
    instant: int,
) -> list[ResultOut]:
    """Return results with their statuses `as_of`, marked where that is not how it is now."""
    return [
        replace(
            _result(each.passage, marker, conflicts.get(each.passage.id), as_of, instant),
            is_new=window.is_new(came_of(each.passage.version)),
        )
        for each in results.found
    ]


def shown_facets(counted: Tally, choice: Choice, wanted: Wanted) -> list[FacetOut]:
    """Return what can be narrowed by; a property without any value is left out."""
    typed = {
        Facet.KIND: wanted.kinds,
        Facet.STATUS: wanted.statuses,
        Facet.SOURCE: wanted.sources,
        Facet.OWNER: wanted.owners,
        Facet.PARTY: wanted.parties,
    }
    shown = []
    for facet, legend in _LEGENDS.items():
        values = _values(facet, counted, choice.of(facet) or frozenset())
        if not values:
            continue
        at_once = [each for at, each in enumerate(values) if at < SHOWN_AT_ONCE or each.is_chosen]
        rest = [each for each in values if each not in at_once]
        is_typed = bool(typed.get(facet))
        shown.append(FacetOut(facet.value, legend, at_once, rest, is_typed))
    return shown


def shown_mistakes(mistakes: Sequence[Mistake]) -> list[MistakeOut]:
    """Return what of a query could not be used, told in the language spoken."""
    return [MistakeOut(each.piece, say(each.form, **each.facts)) for each in mistakes]


def _values(facet: Facet, counted: Tally, chosen: frozenset[str]) -> list[ValueOut]:
    counts = dict(counted.counts[facet])
    if facet in _FIXED:
        listed = list(_FIXED[facet])
    elif facet is Facet.YEAR:
        listed = sorted({*counts, *chosen}, key=lambda each: (each != UNDATED, each), reverse=True)
    else:
        listed = sorted({*counts, *chosen}, key=lambda each: (-counts.get(each, 0), each))
    return [
        ValueOut(each, _label(facet, each), counts.get(each, 0), each in chosen)
        for each in listed[:MOST_LISTED]
    ]


def _label(facet: Facet, value: str) -> str:
    if value == UNDATED:
        return say("no date stated")
    return say(value) if facet in _FIXED else plain(value)


def _result(
    passage: Passage, marker: Marker, conflict: Conflict | None, as_of: int, instant: int
) -> ResultOut:
    version = passage.version
    status_now = version.status_at(instant)
    is_history = not version.in_force.covers(instant)
    api = f"/api/documents/{version.document_id}/versions/{version.number}"
    return ResultOut(
        hit=shown_passage(passage, as_of),
        excerpt=marker.excerpt(_BLANK_LINES.sub("\n", flowing(passage.text))),
        owner=plain(version.owner),
        now=status_now if is_history else None,
        original=f"{api}/original",
        file=file_name(version.uri),
        compare=compare_link(passage),
        conflict=_conflict(passage, conflict, as_of) if conflict else None,
    )


def _conflict(passage: Passage, conflict: Conflict, as_of: int) -> ConflictOut:
    other = conflict.other
    version = other.version
    return ConflictOut(
        states=plain(conflict.states),
        otherwise=plain(conflict.otherwise),
        title=plain(version.title),
        standing=_standing(version, as_of),
        link=source_link(version.document_id, version.number, other.start, other.end),
        compare=compare_link(passage, other),
    )


def _standing(version: Version, instant: int) -> str:
    """Return a version's status and when it counts."""
    said = [say(version.status_at(instant).value)]
    if version.effective_from:
        said.append(say("in force from {day}", day=day(version.effective_from)))
    if version.expires_on:
        said.append(say("until {day}", day=day(version.expires_on)))
    return ", ".join(said)


def compare_link(passage: Passage, other: Passage | None = None) -> str:
    """Return where a passage's version is compared: with another, or with one to be chosen."""
    link = f"/compare/{passage.version.document_id}/{passage.version.number}"
    if other is None:
        return link
    return f"{link}/with/{other.version.document_id}/{other.version.number}"
