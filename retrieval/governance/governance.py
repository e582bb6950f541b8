"""Deciding about documents: who decided what and when stays on record, and nothing is half done.

A decision counts in SQL when the call returns, for every document of the act or for none; the
index follows by the journal. The record hears of it first, each document by its id and version.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from retrieval.access import Principal, acl_for
from retrieval.audit.event import Act as Doing
from retrieval.audit.event import Event, Json, Record
from retrieval.audit.record import SCHEDULE, Desk
from retrieval.database import Database, insert_into
from retrieval.documents import now
from retrieval.errors import BadRequest
from retrieval.governance.decision import (
    LONGEST_NOTE,
    MOST_DOCUMENTS,
    Act,
    ActKind,
    Change,
    Chosen,
    Plan,
    Planned,
)
from retrieval.governance.overdue import overdue
from retrieval.governance.planning import planned
from retrieval.governance.tables import decision_acts, decisions
from retrieval.governance.undoing import undoing, undone_before
from retrieval.journal import note
from retrieval.people.reasons import legible
from retrieval.sources import expiring
from retrieval.timeline import hold, settle

_PIECE = 500
_ELAPSED = "The day by which it had to be reviewed has passed."


class Governance:
    """What people decide about documents, and what follows when days pass."""

    def __init__(self, database: Database, record: Record) -> None:
        self._database = database
        self._record = record

    async def plan(
        self, chosen: Chosen, change: Change, *, principal: Principal, number: int | None = None
    ) -> Plan:
        """Return what a change would do, as `planned` has it; nothing is changed."""
        async with self._database.transaction() as connection:
            acl = acl_for(principal)
            return await planned(connection, acl, chosen, change, now(), number=number)

    async def decide(
        self,
        chosen: Chosen,
        change: Change,
        said: str,
        *,
        principal: Principal,
        desk: Desk,
        number: int | None = None,
        digest: str | None = None,
    ) -> Act:
        """Make a change of every document chosen, in one act, or of none of them.

        `digest` is that of the plan that was looked at: if anything has changed since, nothing is
        done. Raises `BadRequest` for a change that cannot be made, `NotFound` for a document that
        may not be read, `Unavailable` if it cannot be recorded.
        """
        said = _checked(said, is_needed=change.status is not None)
        plan = await self.plan(chosen, change, principal=principal, number=number)
        if not plan.planned:
            raise BadRequest(
                "Expected something to change, got nothing: all is decided so already."
            )
        if digest not in (None, plan.digest):
            raise _changed()
        act = Act(secrets.token_hex(8), ActKind.DECIDE, desk.by, 0, said, len(plan.planned))
        await self._note(act, plan.planned, desk)
        async with self._database.transaction() as connection:
            act = await _begin(connection, act, plan.planned)
            acl = acl_for(principal)
            anew = await planned(connection, acl, chosen, change, now(), number=number)
            if anew.digest != plan.digest:
                raise _changed()
            await _apply(connection, act, anew.planned)
        return act

    async def undo(self, act_id: str, said: str, *, principal: Principal, desk: Desk) -> Act:
        """Bring back what an act changed, where nobody has decided about that since.

        Raises `NotFound` unless all its documents may be read, `BadRequest` for an act that was
        undone or of which nothing is left to undo.
        """
        said, acl = _checked(said), acl_for(principal)
        async with self._database.transaction() as connection:
            back = await undoing(connection, acl, act_id)
        act = Act(secrets.token_hex(8), ActKind.UNDO, desk.by, 0, said, len(back), undoes=act_id)
        await self._note(act, back, desk)
        async with self._database.transaction() as connection:
            act = await _begin(connection, act, back)
            if await undoing(connection, acl, act_id, by=act.id) != back:
                raise _changed()
            await _apply(connection, act, back)
        return act

    async def expire_overdue(self) -> int:
        """Expire approved documents whose review is overdue, where their source says so.

        At most so many as an act may have; the next round goes on.
        """
        async with self._database.transaction() as connection:
            names = await expiring(connection)
            late = await overdue(connection, names, now(), MOST_DOCUMENTS)
        if not late:
            return 0
        act = Act(secrets.token_hex(8), ActKind.EXPIRE, SCHEDULE.by, 0, _ELAPSED, len(late))
        await self._note(act, late, SCHEDULE)
        async with self._database.transaction() as connection:
            act = await _begin(connection, act, late)
            still = await overdue(connection, names, now(), MOST_DOCUMENTS)
            await _apply(connection, act, [each for each in still if each in late])
        return len(late)

    async def _note(self, act: Act, every: Sequence[Planned], desk: Desk) -> None:
        """Put an act on record before it counts, each document with what changes of it."""
        for start in range(0, len(every), _PIECE):
            listed: list[Json] = [
                [each.document_id, each.number, each.change.status, each.change.review_by]
                for each in every[start : start + _PIECE]
            ]
            about: dict[str, Json] = {"do": act.kind.value, "act": act.id, "documents": listed}
            if act.undoes:
                about["undoes"] = act.undoes
            owners = {each.change.owner for each in every[start : start + _PIECE]} - {None, ""}
            words = {"note": act.note} if act.note else {}
            concerns = tuple(sorted(each for each in owners if each))
            event = Event(Doing.GOVERN, desk.by, desk.origin, about, words, concerns)
            await self._record.note(event)


async def _begin(connection: AsyncConnection, act: Act, every: Sequence[Planned]) -> Act:
    """Write the act, which holds off other writers, and return it with its instant.

    No act is earlier than one before it, whatever the clock says. Raises `BadRequest` where
    somebody else undoes the same act first.
    """
    latest = select(func.max(decision_acts.c.at)).scalar_subquery()
    values = {"id": act.id, "kind": act.kind.value, "by": act.by, "note": act.note}
    written = insert_into(connection, decision_acts)
    written = written.values(**values, undoes=act.undoes, at=func.coalesce(latest, 0))
    written = written.on_conflict_do_nothing(index_elements=[decision_acts.c.undoes])
    last = (await connection.execute(written.returning(decision_acts.c.at))).scalar()
    if last is None:
        raise undone_before()
    at = max(now(), last)
    is_it = decision_acts.c.id == act.id
    await connection.execute(decision_acts.update().where(is_it).values(at=at))
    await hold(connection, [each.document_id for each in every])
    return replace(act, at=at)


async def _apply(connection: AsyncConnection, act: Act, every: Sequence[Planned]) -> None:
    """Write the decisions, derive what counts, and tell the index."""
    rows = [
        {
            "act": act.id,
            "document_id": each.document_id,
            "version_id": each.version_id,
            "number": each.number,
            "blob": each.blob,
            "seen_id": each.seen_id,
            "at": act.at,
            "status": each.change.status,
            "owner": each.change.owner,
            "review_by": each.change.review_by,
            "successor": each.change.successor,
        }
        for each in every
    ]
    for start in range(0, len(rows), _PIECE):
        piece = rows[start : start + _PIECE]
        await connection.execute(insert(decisions), piece)
        changed = await settle(connection, [str(each["document_id"]) for each in piece])
        await note(connection, "relabel", sorted(changed))


def _checked(said: str, *, is_needed: bool = False) -> str:
    said = " ".join(said.split())[:LONGEST_NOTE]
    if (said or is_needed) and not legible(said):
        raise BadRequest("Expected a note in letters or digits, got none. Say why: it is kept.")
    return said


def _changed() -> BadRequest:
    return BadRequest(
        "Expected the documents as they were when you looked, got them changed since. Look at "
        "what would change once more; nothing was done."
    )
