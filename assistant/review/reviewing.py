"""The queue as one reviewer may see it. Looking and closing are on record before they happen.

Being a reviewer lets somebody act, never read: a case is opened to whoever may read every version
that it rests on, now, by the one rule. Of others they learn that there is one, and when it came.
Who asked is told to nobody: the question is what is worked on, and the record knows.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from retrieval.access import Principal
from retrieval.audit.event import Act, Event, Json, Record
from retrieval.audit.record import Desk
from retrieval.documents import Passage, Version
from retrieval.errors import BadRequest
from retrieval.review.case import Case, CaseKind, CaseState, Place
from retrieval.review.cases import LONGEST_NOTE, Cases, already, unknown

SHOWN = 50


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
class Chosen:
    """Which cases: of a state, of a kind, with numbers below `before`. What is None limits not."""

    state: CaseState | None = CaseState.OPEN
    kind: CaseKind | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """A case as far as one reviewer may see it: `case` is None where its sources are not theirs.

    `versions` has what it rests on by the id of the row, `words` what stands at the places cited.
    """

    id: int
    kind: CaseKind
    state: CaseState
    at: int
    case: Case | None = None
    versions: Mapping[int, Version] | None = None
    words: Mapping[Place, str] | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """Some cases, newest first; `earlier` is where the next ones begin, None at the end."""

    cases: tuple[Seen, ...]
    earlier: int | None


class Reviewing:
    """Lists, shows and closes cases, for one reviewer at a time."""

    def __init__(self, cases: Cases, library: Opened, record: Record) -> None:
        self._cases = cases
        self._library = library
        self._record = record

    async def listed(self, chosen: Chosen, *, principal: Principal, desk: Desk) -> Listing:
        """Return the newest of the chosen cases, `SHOWN` at most."""
        found = await self._cases.listed(
            state=chosen.state, kind=chosen.kind, before=chosen.before, limit=SHOWN + 1
        )
        seen = await self._seen(found[:SHOWN], principal)
        await self._note_looking("list", seen, desk)
        return Listing(tuple(seen), seen[-1].id if len(found) > SHOWN else None)

    async def case(self, case_id: int, *, principal: Principal, desk: Desk) -> Seen:
        """Return one case with the words that it cites, or raise `NotFound`."""
        [seen] = await self._seen([await self._cases.get(case_id)], principal)
        await self._note_looking("show", [seen], desk)
        if seen.case is None:
            return seen
        places = [place for said in seen.case.matter.said for place in said.cites]
        places += seen.case.matter.evidence
        passages = await self._library.passages(
            {each.passage_id for each in places}, principal=principal
        )
        words = {each: _words(each, passages) for each in places}
        return Seen(seen.id, seen.kind, seen.state, seen.at, seen.case, seen.versions, words)

    async def close(
        self, case_id: int, state: CaseState, note: str, *, principal: Principal, desk: Desk
    ) -> Case:
        """Close an open case as resolved or dismissed.

        Raises:
            NotFound: there is none, or its sources are not theirs to read: the two look the same.
            BadRequest: it is closed already, or the note is too long.
        """
        if len(note) > LONGEST_NOTE:
            raise BadRequest(
                f"Expected a note of at most {LONGEST_NOTE:,} characters, got {len(note):,}. "
                "Say it in fewer words."
            )
        [seen] = await self._seen([await self._cases.get(case_id)], principal)
        if seen.case is None:
            raise unknown()
        if seen.state is not CaseState.OPEN:
            raise already(seen.case)
        about: dict[str, Json] = {"do": _DOES[state], "case": case_id}
        asker = (seen.case.matter.asker,)
        words = {"note": note}
        await self._record.note(Event(Act.REVIEW, desk.by, desk.origin, about, words, asker))
        return await self._cases.close(case_id, state, by=desk.by, note=note)

    async def _seen(self, cases: Sequence[Case], principal: Principal) -> list[Seen]:
        """Return cases as far as their sources are this principal's to read."""
        wanted = frozenset[int]().union(*(each.matter.versions for each in cases))
        readable = await self._library.readable(wanted, principal=principal) if wanted else {}
        return [_seen(each, readable) for each in cases]

    async def _note_looking(self, did: str, seen: Sequence[Seen], desk: Desk) -> None:
        opened = [each.case for each in seen if each.case is not None]
        about: dict[str, Json] = {"do": did, "cases": [each.id for each in opened]}
        askers = tuple(sorted({each.matter.asker for each in opened}))
        await self._record.note(Event(Act.REVIEW, desk.by, desk.origin, about, concerns=askers))


_DOES = {CaseState.RESOLVED: "resolve", CaseState.DISMISSED: "dismiss"}


def _seen(case: Case, readable: Mapping[int, Version]) -> Seen:
    seen = Seen(case.id, case.matter.kind, case.state, case.opened_at)
    if not case.matter.versions <= readable.keys():
        return seen
    versions = {each: readable[each] for each in case.matter.versions}
    return Seen(seen.id, seen.kind, seen.state, seen.at, case, versions)


def _words(place: Place, passages: Mapping[int, Passage]) -> str:
    """Return the words at a place, as far as the passage that it was found in still has them."""
    passage = passages.get(place.passage_id)
    if passage is None or passage.version.id != place.version_id:
        return ""
    return passage.text[max(0, place.start - passage.start) : max(0, place.end - passage.start)]
