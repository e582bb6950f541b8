"""Calls in SQL: counted, claimed once, and what came of them kept, sealed with the asker's key.

Erasing a person makes what they asked for unreadable in every copy; their rows go at the next look.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Row, Select, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from retrieval.audit.subject import Standing as Persons
from retrieval.audit.subject import Subject
from retrieval.database import Database
from retrieval.documents import now
from retrieval.tool_tables import tool_calls as table
from tools.confirmation import Standing
from tools.decision import Decision, Outcome, Spent
from tools.kept import Asked, Ended, Kept

DAY_SECONDS = 86_400
LEASE_SECONDS = 60
MOST_IDS_OF = 200

_ENDS = (Standing.DONE, Standing.FAILED, Standing.UNKNOWN, Standing.EXPIRED)
_STANDING = {Outcome.ALLOW: Standing.DOING, Outcome.CONFIRM: Standing.WAITING}


class Keys(Protocol):
    """What the record knows of people: `retrieval.audit.record.KeptRecord`."""

    async def subject(self, person: str) -> Subject:
        """Return the pseudonym and the key of a person, made if they are new."""

    async def subjects(self) -> Mapping[str, Subject]:
        """Return everybody who has a key, by pseudonym."""

    async def standing(self) -> Persons:
        """Return who is under a legal hold, and who was erased."""


class Calls:
    """Every call that was let through or waits for a word.

    Whoever does a call must have come back within `lease_seconds`; after that it is anybody's to
    settle.
    """

    def __init__(
        self,
        database: Database,
        keys: Keys,
        clock: Callable[[], int] = now,
        lease_seconds: int = LEASE_SECONDS,
    ) -> None:
        self.keys = keys
        self.clock = clock
        self.lease_seconds = lease_seconds
        self._database = database

    async def open(self, asked: Asked, decide: Callable[[Spent], Decision]) -> Decision | Kept:
        """Decide on a call by what was spent till now, and keep it unless it is denied.

        Of one asker and tool, one call at a time is decided on, whichever process it comes to: no
        two pass a budget together. One that waits already is not kept twice: it is returned.
        """
        owner, instant = await self.keys.subject(asked.asker), self.clock()
        sealed = owner.seal(asked.written(), f"call {asked.id}")
        async with self._database.transaction() as connection:
            await _alone(connection, owner.id, asked.call.tool)
            if asked.expires and (same := await _same(connection, owner, asked, instant)):
                return same
            spent = await _spent(connection, owner.id, asked, instant - DAY_SECONDS)
            decision = decide(spent)
            if decision.outcome is Outcome.DENY:
                return decision
            standing = _STANDING[decision.outcome]
            is_begun = standing is Standing.DOING
            values = {
                "id": asked.id,
                "owner": owner.id,
                "tool": asked.call.tool,
                "turn": asked.turn,
                "standing": standing.value,
                "at": instant,
                "expires": asked.expires,
                "until": instant + self.lease_seconds if is_begun else None,
                "is_told": 0,
                "asked": sealed,
            }
            await connection.execute(insert(table).values(**values))
            return decision

    async def spent(self, asked: Asked) -> Spent:
        """Return what was spent till now of the budgets that a call counts to."""
        owner, since = await self.keys.subject(asked.asker), self.clock() - DAY_SECONDS
        async with self._database.transaction() as connection:
            return await _spent(connection, owner.id, asked, since)

    async def close(self, asked: Asked, ended: Ended) -> bool:
        """Keep what came of a call that is being done; return whether it still was."""
        owner = await self.keys.subject(asked.asker)
        ids = ended.result.ids if ended.result else ()
        values = {
            "standing": ended.standing.value,
            "ended_at": self.clock(),
            "until": None,
            "came": owner.seal(ended.written(), f"came {asked.id}"),
            "ids": owner.seal(json.dumps(ids), f"ids {asked.id}") if ids else None,
        }
        is_doing = (table.c.id == asked.id) & (table.c.standing == Standing.DOING.value)
        return await self.changed(is_doing, values)

    async def told(self, call_id: str) -> None:
        """Keep that the end of a call is on record."""
        await self.changed(table.c.id == call_id, {"is_told": 1})

    async def given(self, person: str) -> Sequence[tuple[str, frozenset[str]]]:
        """Return the identifiers that tools gave this person within a day, each with its tool."""
        owner, since = await self.keys.subject(person), self.clock() - DAY_SECONDS
        theirs = (table.c.owner == owner.id) & table.c.ids.is_not(None) & (table.c.at > since)
        statement = select(table.c.id, table.c.tool, table.c.ids).where(theirs)
        statement = statement.order_by(table.c.number.desc()).limit(MOST_IDS_OF)
        async with self._database.transaction() as connection:
            rows = (await connection.execute(statement)).all()
        opened = ((row.tool, owner.unseal(row.ids, f"ids {row.id}")) for row in rows)
        return [(tool, frozenset(json.loads(ids))) for tool, ids in opened if ids is not None]

    async def one(self, call_id: str) -> Kept | None:
        """Return a call by its id; None if there is none that can be opened."""
        return next(iter(await self.opened(select(table).where(table.c.id == call_id))), None)

    async def same(self, asked: Asked) -> Kept | None:
        """Return the same call if it waits already."""
        owner, instant = await self.keys.subject(asked.asker), self.clock()
        async with self._database.transaction() as connection:
            return await _same(connection, owner, asked, instant)

    async def made(self, *, person: str = "", before: str = "", limit: int = 50) -> list[Kept]:
        """Return the newest calls, of one person or of everybody, newest first.

        `before` is the id of the call after which a list goes on.
        """
        statement = select(table).order_by(table.c.number.desc()).limit(limit)
        if person:
            owner = await self.keys.subject(person)
            statement = statement.where(table.c.owner == owner.id)
        if before:
            last = select(table.c.number).where(table.c.id == before).scalar_subquery()
            statement = statement.where(table.c.number < last)
        return await self.opened(statement)

    async def half_done(self) -> list[Kept]:
        """Return the calls that nobody does any longer, though nothing came of them yet."""
        is_left = (table.c.standing == Standing.DOING.value) & (table.c.until <= self.clock())
        return await self.opened(select(table).where(is_left).order_by(table.c.number))

    async def untold(self) -> list[Kept]:
        """Return the calls whose end should long be on record, and may not be."""
        is_old = table.c.ended_at <= self.clock() - self.lease_seconds
        is_ended = table.c.standing.in_([each.value for each in _ENDS])
        chosen = select(table).where(is_old & is_ended & (table.c.is_told == 0))
        return await self.opened(chosen.order_by(table.c.number))

    async def take_over(self, kept: Kept) -> bool:
        """Take a half-done call, to settle it; return whether nobody else did."""
        is_left = (table.c.id == kept.asked.id) & (table.c.until == kept.until)
        return await self.changed(is_left, {"until": self.clock() + self.lease_seconds})

    async def tidy(self, before: int) -> int:
        """Delete calls older than an instant and those of the erased; return how many went.

        Those of people under a legal hold stay.
        """
        standing = await self.keys.standing()
        is_over = or_(table.c.at < before, table.c.owner.in_(sorted(standing.erased)))
        gone = delete(table).where(is_over, table.c.owner.not_in(sorted(standing.held)))
        async with self._database.transaction() as connection:
            await for_good(connection)
            return (await connection.execute(gone)).rowcount

    async def opened(self, statement: Select[Any]) -> list[Kept]:
        """Return the calls that can be opened; the rest are of people whose key is gone."""
        async with self._database.transaction() as connection:
            rows = (await connection.execute(statement)).all()
        subjects = await self.keys.subjects() if rows else {}
        return [kept for row in rows if (kept := _to_kept(row, subjects)) is not None]

    async def changed(self, chosen: ColumnElement[bool], values: Mapping[str, Any]) -> bool:
        """Change the calls that are chosen; return whether there were any."""
        async with self._database.transaction() as connection:
            done = await connection.execute(update(table).where(chosen).values(**values))
            return done.rowcount > 0


async def for_good(connection: AsyncConnection) -> None:
    """Have what is deleted overwritten: SQLite would leave it in the file."""
    if connection.dialect.name == "sqlite":
        await connection.exec_driver_sql("PRAGMA secure_delete=ON")


async def _alone(connection: AsyncConnection, owner: str, tool: str) -> None:
    """Let nobody else open a call of this person and tool until this transaction ends."""
    if connection.dialect.name == "sqlite":  # whoever writes first holds it; nothing is changed
        await connection.execute(update(table).where(table.c.number < 0).values(is_told=0))
    else:
        lock = func.pg_advisory_xact_lock(func.hashtextextended(f"{owner} {tool}", 0))
        await connection.execute(select(lock))


async def _same(
    connection: AsyncConnection, owner: Subject, asked: Asked, instant: int
) -> Kept | None:
    """Return the newest call that waits and is the same; few wait at a time."""
    chosen = select(table).where(
        table.c.owner == owner.id,
        table.c.tool == asked.call.tool,
        table.c.standing == Standing.WAITING.value,
        table.c.expires > instant,
    )
    rows = (await connection.execute(chosen.order_by(table.c.number.desc()))).all()
    waiting = (_to_kept(row, {owner.id: owner}) for row in rows)
    in_time = (each for each in waiting if each and each.asked.expires > instant)
    return next((each for each in in_time if each.asked.is_same(asked)), None)


async def _spent(connection: AsyncConnection, owner: str, asked: Asked, since: int) -> Spent:
    in_turn = func.count().filter(table.c.turn == asked.turn)
    counted = select(in_turn, func.count().filter(table.c.at > since)).where(
        table.c.owner == owner,
        table.c.tool == asked.call.tool,
        (table.c.at > since) | (table.c.turn == asked.turn),
    )
    turn, day = (await connection.execute(counted)).one()
    return Spent(int(turn), int(day))


def _to_kept(row: Row[Any], subjects: Mapping[str, Subject]) -> Kept | None:
    owner = subjects.get(row.owner)
    text = owner.unseal(row.asked, f"call {row.id}") if owner else None
    if owner is None or text is None:
        return None
    came = owner.unseal(row.came, f"came {row.id}") if row.came else None
    confirmer = subjects.get(row.confirmed_by or "")
    return Kept(
        asked=Asked.read(text),
        number=row.number,
        standing=Standing(row.standing),
        at=row.at,
        until=row.until or 0,
        ended_at=row.ended_at or 0,
        confirmed_by=confirmer.name if confirmer else "",
        ended=Ended.read(came) if came else None,
    )
