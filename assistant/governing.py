"""Governing documents: what the pages, the API and the command line do, each by the same door.

Whoever decides may read what they decide about; what may be decided at all is the caller's role.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from retrieval.access import Principal, acl_for
from retrieval.audit.event import Record
from retrieval.audit.record import Desk
from retrieval.database import Database
from retrieval.documents import Version, day_of, now
from retrieval.governance.decision import (
    Act,
    Change,
    Chosen,
    Decision,
    Listing,
    Order,
    Plan,
    Tallies,
)
from retrieval.governance.governance import Governance
from retrieval.governance.history import Decisions
from retrieval.governance.listing import Register
from retrieval.library import Library
from retrieval.people.owning import is_owned

DUE_DAYS: Final = 30
"""So long before its day a document is listed as due for review."""
_ANY: Final = Chosen()


@dataclass(frozen=True, slots=True)
class Told:
    """What a document's page tells of decisions: all of them, and what superseded it.

    `successor` is given only where the last decision names one that the reader may read.
    """

    decisions: tuple[Decision, ...]
    successor: Version | None


@dataclass(frozen=True, slots=True)
class Governing:
    """The parts of it; `bring_along` has the index follow a decision."""

    governance: Governance
    decisions: Decisions
    register: Register
    library: Library
    bring_along: Callable[[], Awaitable[object]]

    @classmethod
    def over(
        cls,
        database: Database,
        record: Record,
        library: Library,
        bring_along: Callable[[], Awaitable[object]],
    ) -> Governing:
        """Return the parts over one database."""
        governance = Governance(database, record)
        return cls(governance, Decisions(database), Register(database), library, bring_along)

    async def listed(
        self,
        chosen: Chosen,
        *,
        principal: Principal,
        after: str = "",
        order: Order = Order.TITLE,
    ) -> Listing:
        """Return a page of documents that one may read."""
        acl = acl_for(principal)
        return await self.register.listed(acl, chosen, now(), after=after, order=order)

    async def tallies(self, chosen: Chosen, *, principal: Principal) -> Tallies:
        """Count documents that one may read."""
        return await self.register.tallies(acl_for(principal), chosen, now())

    async def values(
        self, chosen: Chosen = _ANY, *, principal: Principal
    ) -> tuple[list[str], list[str]]:
        """Return the sources and owners of documents that one may read."""
        return await self.register.values(acl_for(principal), chosen, now())

    async def owned(self, chosen: Chosen, names: frozenset[str], *, principal: Principal) -> Chosen:
        """Return the choice limited to documents whose owner goes by one of these names."""
        _, owners = await self.values(chosen, principal=principal)
        return replace(chosen, owners=frozenset(each for each in owners if is_owned(each, names)))

    async def due(self, *, principal: Principal) -> int:
        """Return how many documents that one may read are due for review, or overdue."""
        return (await self.tallies(Chosen(due_until=due_day()), principal=principal)).total

    async def due_of(self, names: frozenset[str], *, principal: Principal) -> Listing:
        """Return those of them whose owner goes by one of these names, the longest due first."""
        chosen = await self.owned(Chosen(due_until=due_day()), names, principal=principal)
        if not chosen.owners:
            return Listing((), None)
        return await self.listed(chosen, principal=principal, order=Order.REVIEW)

    async def plan(
        self, chosen: Chosen, change: Change, *, principal: Principal, number: int | None = None
    ) -> Plan:
        """Return what a change would do."""
        return await self.governance.plan(chosen, change, principal=principal, number=number)

    async def decide(
        self,
        chosen: Chosen,
        change: Change,
        note: str,
        *,
        principal: Principal,
        desk: Desk,
        number: int | None = None,
        digest: str | None = None,
    ) -> Act:
        """Make a change, and bring the index along."""
        act = await self.governance.decide(
            chosen, change, note, principal=principal, desk=desk, number=number, digest=digest
        )
        await self.bring_along()
        return act

    async def undo(self, act: str, note: str, *, principal: Principal, desk: Desk) -> Act:
        """Bring back what an act changed, and bring the index along."""
        undone = await self.governance.undo(act, note, principal=principal, desk=desk)
        await self.bring_along()
        return undone

    async def expire_overdue(self) -> int:
        """Expire what is overdue where its source says so, and bring the index along."""
        expired = await self.governance.expire_overdue()
        if expired:
            await self.bring_along()
        return expired

    async def acts(self, *, principal: Principal, before: int | None = None) -> list[Act]:
        """Return acts about what one may read, newest first."""
        return await self.decisions.acts(principal=principal, before=before)

    async def told(self, document_id: str, *, principal: Principal) -> Told:
        """Return what is to be told of a document that one may read, or raise `NotFound`."""
        every = tuple(await self.decisions.of_document(document_id, principal=principal))
        last = next((each.change for each in every if each.change.status), None)
        return Told(every, await self.successor(last, principal=principal) if last else None)

    async def successor(self, change: Change, *, principal: Principal) -> Version | None:
        """Return what a change has documents superseded by, where one may read it."""
        if change.successor is None:
            return None
        found = await self.library.current([change.successor], principal=principal)
        return found.get(change.successor)


def due_day() -> date:
    """Return the last day of review that is due soon."""
    return day_of(now()) + timedelta(days=DUE_DAYS)
