"""How a question was asked, as far as a reviewer may know it, and what counts today.

A question that was limited to one kind, or asked of another day, may look like a gap though there
is none. The words are their asker's, as the question is, and shown to whoever may see that. Names
of sources and parties are more: of those that a reviewer cannot themselves filter by, they learn
only that there were some.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from retrieval.access import Principal
from retrieval.documents import Version, now
from retrieval.library import Facets
from retrieval.review.case import Case, Circumstances


class Catalogue(Protocol):
    """The library as far as it says what there is for somebody."""

    async def current(
        self, document_ids: Iterable[str], *, principal: Principal
    ) -> dict[str, Version]:
        """Return the version in force now, else the newest, of those documents one may read."""

    async def facets(self, *, principal: Principal) -> Facets:
        """Return the sources and parties that this principal can filter by."""


@dataclass(frozen=True, slots=True)
class Asked:
    """How a question was asked; `is_hidden` where it was limited to names that are not shown."""

    how: Circumstances
    is_hidden: bool = False


async def asked_of(case: Case, catalogue: Catalogue, *, principal: Principal) -> Asked:
    """Return how a case that a reviewer may see was asked, the first time if it was more often."""
    how = case.matter.how
    if not how.sources and not how.parties:
        return Asked(how)
    facets = await catalogue.facets(principal=principal)
    sources = tuple(each for each in how.sources if each in facets.sources)
    parties = tuple(each for each in how.parties if each in facets.parties)
    is_hidden = (sources, parties) != (how.sources, how.parties)
    return Asked(replace(how, sources=sources, parties=parties), is_hidden)


async def counting(
    versions: Iterable[Version], catalogue: Catalogue, *, principal: Principal
) -> Mapping[str, int]:
    """Return the numbers of the versions that count today, by document, as far as one may read."""
    documents = {each.document_id for each in versions}
    found = await catalogue.current(documents, principal=principal) if documents else {}
    instant = now()
    return {name: each.number for name, each in found.items() if each.in_force.covers(instant)}
