"""A case as far as one person may see it: whole, if they may read every version it rests on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from retrieval.access import Principal
from retrieval.documents import Passage, Version
from retrieval.drafts.draft import DraftState
from retrieval.review.case import Case, CaseKind, CaseState, Place


class Opened(Protocol):
    """The library as reviewers need it: what is not readable is left out."""

    async def readable(
        self, version_ids: Collection[int], *, principal: Principal
    ) -> dict[int, Version]:
        """Return those of the versions that one may read now, by id."""

    async def passages(
        self, passage_ids: Collection[int], *, principal: Principal
    ) -> dict[int, Passage]:
        """Return those of the passages that one may read, by id."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A case as far as one reviewer may see it: `case` is None where its sources are not theirs.

    `versions` has what it rests on by the id of the row, `words` what stands at the places cited.
    `draft` is how far it is as a draft of a test case, if it is one.
    """

    id: int
    kind: CaseKind
    state: CaseState
    at: int
    case: Case | None = None
    versions: Mapping[int, Version] | None = None
    words: Mapping[Place, str] | None = None
    draft: DraftState | None = None


async def seen_of(cases: Sequence[Case], library: Opened, *, principal: Principal) -> list[Seen]:
    """Return cases as far as their sources are this principal's to read."""
    wanted = frozenset[int]().union(*(each.matter.versions for each in cases))
    readable = await library.readable(wanted, principal=principal) if wanted else {}
    return [_seen(each, readable) for each in cases]


async def with_words(seen: Seen, library: Opened, *, principal: Principal) -> Seen:
    """Return a case with what stands at its places, if it is one that they may see."""
    if seen.case is None:
        return seen
    places = [place for said in seen.case.matter.said for place in said.cites]
    places += seen.case.matter.evidence
    passages = await library.passages({each.passage_id for each in places}, principal=principal)
    return replace(seen, words={each: _words(each, passages) for each in places})


def _seen(case: Case, readable: Mapping[int, Version]) -> Seen:
    seen = Seen(case.id, case.matter.kind, case.state, case.opened_at)
    if not case.matter.versions <= readable.keys():
        return seen
    versions = {each: readable[each] for each in case.matter.versions}
    return replace(seen, case=case, versions=versions)


def _words(place: Place, passages: Mapping[int, Passage]) -> str:
    """Return the words at a place, as far as the passage that it was found in still has them."""
    passage = passages.get(place.passage_id)
    if passage is None or passage.version.id != place.version_id:
        return ""
    return passage.text[max(0, place.start - passage.start) : max(0, place.end - passage.start)]
