"""Who works on a case, how many wait, and what askers are told: each change on record first."""

from __future__ import annotations

from assistant.review.colleagues import Colleagues
from assistant.review.reviewing import Reviewing
from retrieval.access import Principal
from retrieval.audit.event import Act, Event, Json, Record
from retrieval.audit.record import Desk
from retrieval.errors import BadRequest
from retrieval.plain import plain
from retrieval.review.case import Case, CaseState
from retrieval.review.cases import LONGEST_NOTE, already
from retrieval.review.working import Told, Waiting, Work


class Working:
    """Hands cases out among reviewers, and tells askers what became of their questions."""

    def __init__(
        self, work: Work, reviewing: Reviewing, colleagues: Colleagues, record: Record
    ) -> None:
        self._work = work
        self._reviewing = reviewing
        self._colleagues = colleagues
        self._record = record

    async def waiting(self) -> list[Waiting]:
        """Return how many open cases of each kind there are, and since when the oldest waits."""
        return await self._work.waiting()

    async def colleagues(self, case: Case) -> list[str]:
        """Return the names of the reviewers who may read all that a case rests on."""
        return await self._colleagues.reviewers(case.matter.versions)

    async def assign(self, case_id: int, to: str, *, principal: Principal, desk: Desk) -> None:
        """Have somebody work on an open case; "" gives it back.

        Raises:
            NotFound: there is none, or its sources are not theirs to read: the two look the same.
            BadRequest: it is closed, somebody took it meanwhile, or `to` may not read it.
        """
        case = await self._reviewing.own(case_id, principal=principal)
        if case.state is not CaseState.OPEN:
            raise already(case)
        if to and to != principal.name and to not in await self.colleagues(case):
            raise BadRequest(
                "Expected a reviewer who may read all that the case rests on, got somebody else. "
                "Choose one of those that the page names."
            )
        about: dict[str, Json] = {"do": "assign" if to else "give_back", "case": case_id}
        concerns = tuple(sorted({case.matter.asker, to} - {""}))
        await self._record.note(Event(Act.REVIEW, desk.by, desk.origin, about, {}, concerns))
        if not await self._work.assign(case_id, to, instead_of=case.assignee):
            raise BadRequest(
                "Expected a case that nobody took meanwhile, got one that changed hands. Load the "
                "page anew to see who works on it."
            )

    async def tell(self, case_id: int, text: str, *, principal: Principal, desk: Desk) -> None:
        """Tell who asked what became of it: they see it with their question, nobody else does.

        Raises:
            NotFound: there is none, or its sources are not theirs to read: the two look the same.
            BadRequest: there is nothing to tell, or too much.
        """
        told = plain(text).strip()
        if not 0 < len(told) <= LONGEST_NOTE:
            raise BadRequest(
                f"Expected 1 to {LONGEST_NOTE:,} characters to tell whoever asked, got "
                f"{len(told):,}. Say it in few words."
            )
        case = await self._reviewing.own(case_id, principal=principal)
        about: dict[str, Json] = {"do": "tell", "case": case_id}
        asker = (case.matter.asker,)
        event = Event(Act.REVIEW, desk.by, desk.origin, about, {"told": told}, asker)
        await self._record.note(event)
        await self._work.tell(case_id, case.matter.asker, told)

    async def connect(self, case: Case, approved_id: int) -> None:
        """Note which approved answer a case became."""
        await self._work.connect(case.id, approved_id)

    async def told(self, person: str) -> list[Told]:
        """Return what a person is told of their questions; from now on they have seen it."""
        told = await self._work.told(person)
        if any(each.is_new for each in told):
            await self._work.saw(person)
        return told

    async def unseen(self, person: str) -> int:
        """Return how many of these they have not looked at."""
        return await self._work.unseen(person)

    async def let_go(self) -> None:
        """Take cases off people who were erased."""
        await self._work.let_go()
