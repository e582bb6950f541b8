"""The queue as one reviewer may see it. Looking and closing are on record before they happen.

Being a reviewer lets somebody act, never read: a case is opened to whoever may read every version
that it rests on, now, by the one rule. Of others they learn that there is one, and when it came.
Who asked is told to nobody: the question is what is worked on, and the record knows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.review.asking import Asked, asked_of, counting
from assistant.review.seeing import (
    NO_RESULTS,
    Results,
    Seen,
    Shelved,
    calls_of,
    seen_of,
    with_words,
)
from retrieval.access import Principal
from retrieval.audit.event import Act, Event, Json, Record
from retrieval.audit.record import Desk
from retrieval.drafts.drafts import Drafts
from retrieval.errors import BadRequest
from retrieval.review.case import Case, CaseKind, CaseState
from retrieval.review.cases import LONGEST_NOTE, Cases, already, unknown

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which cases: of a state, of a kind, with numbers below `before`. What is None limits not.

    With `after`, those with numbers above it, oldest first. `assignee` names who works on them, ""
    those on which nobody does.
    """

    state: CaseState | None = CaseState.OPEN
    kind: CaseKind | None = None
    before: int | None = None
    after: int | None = None
    assignee: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """Some cases in order; `earlier` is where the next ones begin, None at the end."""

    cases: tuple[Seen, ...]
    earlier: int | None


class Reviewing:
    """Lists, shows, closes and drafts cases, for one reviewer at a time."""

    def __init__(
        self,
        cases: Cases,
        drafts: Drafts,
        library: Shelved,
        record: Record,
        results: Results = NO_RESULTS,
    ) -> None:
        self._cases = cases
        self._drafts = drafts
        self._library = library
        self._results = results
        self._record = record

    async def listed(self, chosen: Chosen, *, principal: Principal, desk: Desk) -> Listing:
        """Return the first of the chosen cases, `SHOWN` at most."""
        found = await self._cases.listed(
            state=chosen.state,
            kind=chosen.kind,
            before=chosen.before,
            after=chosen.after,
            assignee=chosen.assignee,
            limit=SHOWN + 1,
        )
        seen = await seen_of(found[:SHOWN], self._library, self._results, principal=principal)
        await self._note_looking("list", seen, desk)
        return Listing(tuple(seen), seen[-1].id if len(found) > SHOWN else None)

    async def case(self, case_id: int, *, principal: Principal, desk: Desk) -> Seen:
        """Return one case with the words that it cites, or raise `NotFound`."""
        seen = await self._one(case_id, principal)
        await self._note_looking("show", [seen], desk)
        if seen.case is None:
            return seen
        draft = (await self._drafts.of([case_id])).get(case_id)
        whole = await with_words(seen, self._library, self._results, principal=principal)
        versions = (whole.versions or {}).values()
        return replace(
            whole,
            draft=draft.state if draft else None,
            asked=await asked_of(seen.case, self._library, principal=principal),
            counting=await counting(versions, self._library, principal=principal),
        )

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
        seen = await self._one(case_id, principal)
        if seen.case is None:
            raise unknown()
        if seen.state is not CaseState.OPEN:
            raise already(seen.case)
        about: dict[str, Json] = {"do": _DOES[state], "case": case_id}
        asker = (seen.case.matter.asker,)
        words = {"note": note}
        await self._record.note(Event(Act.REVIEW, desk.by, desk.origin, about, words, asker))
        return await self._cases.close(case_id, state, by=desk.by, note=note)

    async def draft(self, case_id: int, *, principal: Principal, desk: Desk) -> None:
        """Have a case, open or closed, wait to become a test case; once is as good as twice.

        Raises:
            NotFound: there is none, or its sources are not theirs to read: the two look the same.
            BadRequest: it rests on what a tool gave, which no suite has.
        """
        seen = await self._one(case_id, principal)
        if seen.case is None:
            raise unknown()
        if calls_of(seen.case):
            raise BadRequest(
                "Expected a case that rests on documents, got one that rests on what a tool gave "
                "its asker. No test case can be made of that."
            )
        about: dict[str, Json] = {"do": "draft", "case": case_id}
        asker = (seen.case.matter.asker,)
        await self._record.note(Event(Act.REVIEW, desk.by, desk.origin, about, concerns=asker))
        await self._drafts.make(seen.case, by=desk.by)

    async def own(self, case_id: int, *, principal: Principal) -> Case:
        """Return a case that a reviewer may work on, or raise `NotFound`."""
        seen = await self._one(case_id, principal)
        if seen.case is None:
            raise unknown()
        return seen.case

    async def asked(self, case: Case, *, principal: Principal) -> Asked:
        """Return how a case was asked that a reviewer was shown."""
        return await asked_of(case, self._library, principal=principal)

    async def _one(self, case_id: int, principal: Principal) -> Seen:
        case = await self._cases.get(case_id)
        [seen] = await seen_of([case], self._library, self._results, principal=principal)
        return seen

    async def _note_looking(self, did: str, seen: Sequence[Seen], desk: Desk) -> None:
        opened = [each.case for each in seen if each.case is not None]
        about: dict[str, Json] = {"do": did, "cases": [each.id for each in opened]}
        askers = tuple(sorted({each.matter.asker for each in opened}))
        await self._record.note(Event(Act.REVIEW, desk.by, desk.origin, about, concerns=askers))


_DOES = {CaseState.RESOLVED: "resolve", CaseState.DISMISSED: "dismiss"}
