"""A case as far as one person may see it: whole, if they may read every version it rests on.

What a tool gave is its asker's alone, and so is a case that rests on it: being a reviewer opens it
to nobody else, and a draft, which others work on, is not made of it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from assistant.review.asking import Asked, Catalogue
from assistant.tool_results import call_of
from retrieval.access import Principal
from retrieval.documents import Passage, Version
from retrieval.drafts.draft import DraftState
from retrieval.errors import NotFound
from retrieval.library import VersionText
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


class Shelved(Opened, Catalogue, Protocol):
    """The library as the queue needs it."""


class Results(Protocol):
    """What tools gave, for who asked for it: `assistant.tool_opened.WithResults`."""

    async def results(
        self, call_ids: Collection[str], *, principal: Principal
    ) -> dict[int, Version]:
        """Return those of the results that one may read, by id of the version."""

    async def text(self, version: Version, *, principal: Principal) -> VersionText:
        """Return the text of one, or raise `NotFound`."""


class NoResults:
    """No tool has given anything."""

    async def results(
        self, call_ids: Collection[str], *, principal: Principal
    ) -> dict[int, Version]:
        """Return nothing."""
        return {}

    async def text(self, version: Version, *, principal: Principal) -> VersionText:
        """Raise `NotFound`."""
        raise NotFound("There is no such document for you.")


NO_RESULTS: Final = NoResults()


@dataclass(frozen=True, slots=True)
class Seen:
    """A case as far as one reviewer may see it: `case` is None where its sources are not theirs.

    `versions` has what it rests on by the id of the row, `words` what stands at the places cited.
    `draft` is how far it is as a draft of a test case, if it is one. `asked` is how it was asked,
    and `counting` the number of the version that counts today, by document: a list has neither.
    """

    id: int
    kind: CaseKind
    state: CaseState
    at: int
    case: Case | None = None
    versions: Mapping[int, Version] | None = None
    words: Mapping[Place, str] | None = None
    draft: DraftState | None = None
    asked: Asked | None = None
    counting: Mapping[str, int] | None = None


async def seen_of(
    cases: Sequence[Case],
    library: Opened,
    results: Results = NO_RESULTS,
    *,
    principal: Principal,
) -> list[Seen]:
    """Return cases as far as their sources are this principal's to read."""
    wanted = frozenset[int]().union(*(each.matter.versions for each in cases))
    calls = {call for each in cases for call in calls_of(each)}
    readable = await library.readable(wanted, principal=principal) if wanted else {}
    own = await results.results(calls, principal=principal) if calls else {}
    return [_seen(each, {**readable, **own}) for each in cases]


async def with_words(
    seen: Seen, library: Opened, results: Results = NO_RESULTS, *, principal: Principal
) -> Seen:
    """Return a case with what stands at its places, if it is one that they may see."""
    if seen.case is None:
        return seen
    places = _places(seen.case)
    passages = await library.passages({each.passage_id for each in places}, principal=principal)
    texts = {
        each.id: (await results.text(each, principal=principal)).text
        for each in (seen.versions or {}).values()
        if call_of(each.document_id) is not None
    }
    return replace(seen, words={each: _words(each, passages, texts) for each in places})


def calls_of(case: Case) -> frozenset[str]:
    """Return the ids of the calls whose results a case rests on."""
    calls = (call_of(each.document_id) for each in _places(case))
    return frozenset(each for each in calls if each is not None)


def _places(case: Case) -> list[Place]:
    cited = [place for said in case.matter.said for place in said.cites]
    return [*cited, *case.matter.evidence]


def _seen(case: Case, readable: Mapping[int, Version]) -> Seen:
    seen = Seen(case.id, case.matter.kind, case.state, case.opened_at)
    if not case.matter.versions <= readable.keys():
        return seen
    versions = {each: readable[each] for each in case.matter.versions}
    return replace(seen, case=case, versions=versions)


def _words(place: Place, passages: Mapping[int, Passage], texts: Mapping[int, str]) -> str:
    """Return the words at a place, as far as the passage that it was found in still has them.

    `texts` are those of results, by version.
    """
    if place.version_id in texts:
        return texts[place.version_id][place.start : place.end]
    passage = passages.get(place.passage_id)
    if passage is None or passage.version.id != place.version_id:
        return ""
    return passage.text[max(0, place.start - passage.start) : max(0, place.end - passage.start)]
