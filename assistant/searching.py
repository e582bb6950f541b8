"""Searching for a person: in turn, watched, and on record before a word is shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from assistant.admission import Admission
from assistant.marking import Stems
from assistant.watching import Step, Watching
from retrieval.access import Principal, acl_for
from retrieval.audit.event import Act, Event, Json, Record
from retrieval.documents import Passage, now
from retrieval.keywords import Terms
from retrieval.search.catalogue import Catalogue
from retrieval.search.choice import Choice, Facet, Tally, chosen, tally
from retrieval.search.finder import Results
from retrieval.search.wanted import Wanted
from retrieval.search.wish import Window

_NAMES_OF_PEOPLE = frozenset({Facet.OWNER, Facet.PARTY})


@dataclass(frozen=True, slots=True)
class Search:
    """What a person searches, as they typed and ticked it, and as of when.

    `origin` is where it came from, for the record: `web 10.1.2.3`.
    """

    text: str = field(repr=False)
    wanted: Wanted
    ticked: Choice
    window: Window
    principal: Principal
    as_of: int
    origin: str = ""


class Finding(Protocol):
    """Finds for one reader at a time."""

    async def find(
        self, wanted: Wanted, ticked: Choice, window: Window, *, principal: Principal, as_of: int
    ) -> Results:
        """Return what is wanted and may be read, as it stood at an instant."""


class Searching:
    """Searches as somebody. `settings` names what is in force, for the record."""

    def __init__(
        self,
        finder: Finding,
        catalogue: Catalogue,
        record: Record,
        admission: Admission,
        watching: Watching,
        terms: Terms,
        settings: str,
    ) -> None:
        self.terms = terms
        self.stems = Stems(terms)
        self._finder = finder
        self._catalogue = catalogue
        self._record = record
        self._admission = admission
        self._watching = watching
        self._settings = settings

    async def find(self, search: Search) -> Results:
        """Return what was found, once that is on record.

        Raises:
            Busy: as much is searched as can be.
            Unavailable: it cannot be noted.
        """
        with (
            self._admission.searches.place_of(search.principal.name),
            self._watching.step(Step.SEARCH),
        ):
            results = await self._found(search)
            await self._record.note(noted(search, results, self._settings))
        return results

    async def fresh(self, search: Search) -> int:
        """Return how many versions are new to a search; a figure alone, so nothing is noted."""
        with self._admission.searches.place_of(search.principal.name):
            results = await self._found(search)
        return results.fresh

    async def latest(self, *, principal: Principal) -> int:
        """Return when the last version that may be read arrived or came into force."""
        return await self._catalogue.latest(acl_for(principal), now())

    async def tally(self, ticked: Choice, *, principal: Principal, as_of: int) -> Tally:
        """Return how much there is to find: figures alone, of what one may read."""
        entries = await self._catalogue.entries(acl_for(principal), as_of)
        return tally(entries, chosen(Wanted(), ticked, entries))

    async def _found(self, search: Search) -> Results:
        return await self._finder.find(
            search.wanted,
            search.ticked,
            search.window,
            principal=search.principal,
            as_of=search.as_of,
        )


def noted(search: Search, results: Results, settings: str) -> Event:
    """Return the event that says what was searched and found; names are words in it."""
    scope: dict[str, Json] = {"as_of": search.as_of}
    words = {"question": search.text}
    for facet, values in results.choice.values.items():
        if facet in _NAMES_OF_PEOPLE:
            words[facet.value] = "; ".join(sorted(values))
        else:
            scope[facet.value] = list[Json](sorted(values))
    about: dict[str, Json] = {
        "scope": scope,
        "settings": settings,
        "passages": _places(each.passage for each in results.found),
    }
    return Event(Act.SEARCH, search.principal.name, search.origin, about, words)


def _places(found: Iterable[Passage]) -> list[Json]:
    return [
        {
            "document": each.version.document_id,
            "version": each.version.number,
            "passage": each.id,
        }
        for each in found
    ]
