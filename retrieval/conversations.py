"""Conversations: each its person's own, sealed with their key, and kept for a while.

Nobody else's can be opened, whatever their role: it looks like one that is not there. Erasing a
person destroys the key, so that no copy of the database tells what they said. A legal hold wins:
what a held person removes is no longer shown, and kept.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Row, ScalarSelect, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from retrieval.audit.subject import Standing, Subject
from retrieval.conversation_sealing import is_of, sealed_title, sealed_turn, title_of, unsealed
from retrieval.conversation_tables import conversation_shares as shares
from retrieval.conversation_tables import conversation_turns, conversations
from retrieval.conversation_turn import Conversation, Turn
from retrieval.database import Database
from retrieval.documents import now
from retrieval.errors import NotFound

MOST_TURNS = 200
MOST_LISTED = 100
LONGEST_TITLE = 120
_PIECE = 500


class Keys(Protocol):
    """What the record knows of people: `retrieval.audit.record.KeptRecord`."""

    async def subject(self, person: str) -> Subject:
        """Return the pseudonym and the key of a person, made if they are new."""

    async def standing(self) -> Standing:
        """Return who is under a legal hold, and who was erased."""


class Conversations:
    """Every conversation that is kept, for one person at a time."""

    def __init__(self, database: Database, keys: Keys) -> None:
        self._database = database
        self._keys = keys

    async def keep(self, conversation_id: str, turn: Turn, *, person: str) -> None:
        """Add a turn to a conversation of this person's, which is made with its first.

        Raises:
            NotFound: it is somebody else's, or removed.
        """
        owner = await self._keys.subject(person)
        own = sealed_turn(owner, conversation_id, turn)
        latest = update(conversations).where(is_of(owner, conversation_id))
        async with self._database.transaction() as connection:
            moved = await connection.execute(latest.values(last_at=turn.at))
            if not moved.rowcount:
                await _begin(connection, conversation_id, owner, turn.at)
            await connection.execute(insert(conversation_turns).values(**own))

    async def turns(
        self, conversation_id: str, *, person: str, limit: int = MOST_TURNS
    ) -> list[Turn]:
        """Return the last turns of a conversation, oldest first; `limit` at most.

        Raises:
            NotFound: there is none of this id that is this person's.
        """
        owner = await self._keys.subject(person)
        joined = conversation_turns.join(
            conversations, conversations.c.id == conversation_turns.c.conversation_id
        )
        statement = (
            select(conversation_turns)
            .select_from(joined)
            .where(is_of(owner, conversation_id))
            .order_by(conversation_turns.c.number.desc())
            .limit(limit)
        )
        async with self._database.transaction() as connection:
            rows = (await connection.execute(statement)).all()
        turns = unsealed(owner, reversed(rows))
        if not turns:
            raise _not_found()
        return turns

    async def lately(self, *, person: str, limit: int = MOST_LISTED) -> list[tuple[str, Turn]]:
        """Return the last turns of all of a person's conversations, with the id of each one's."""
        owner = await self._keys.subject(person)
        joined = conversation_turns.join(
            conversations, conversations.c.id == conversation_turns.c.conversation_id
        )
        theirs = (conversations.c.owner == owner.id) & conversations.c.removed_at.is_(None)
        last = conversation_turns.c.number.desc()
        statement = select(conversation_turns).select_from(joined).where(theirs)
        async with self._database.transaction() as connection:
            rows = (await connection.execute(statement.order_by(last).limit(limit))).all()
        opened = {each.id: each for each in await asyncio.to_thread(unsealed, owner, rows)}
        return [(row.conversation_id, opened[row.id]) for row in rows if row.id in opened]

    async def own(
        self, *, person: str, before: tuple[int, str] | None = None
    ) -> list[Conversation]:
        """Return a person's conversations, the latest first, `MOST_LISTED` at a time.

        `before` goes on after a list: it is its last conversation's `place`.
        """
        owner = await self._keys.subject(person)
        chosen = (conversations.c.owner == owner.id) & conversations.c.removed_at.is_(None)
        if before is not None:
            chosen &= _is_after(*before)
        newest = conversations.c.last_at.desc(), _latest(conversations.c.id).desc()
        listed = select(conversations).where(chosen).order_by(*newest).limit(MOST_LISTED)
        async with self._database.transaction() as connection:
            rows = (await connection.execute(listed)).all()
            firsts, counts = await _firsts(connection, [row.id for row in rows])
        opened = {row.conversation_id: turn for row in firsts for turn in unsealed(owner, [row])}
        return [
            Conversation(
                row.id,
                opened[row.id].asked,
                counts[row.id],
                row.started_at,
                row.last_at,
                title_of(owner, row.id, row.sealed_title),
            )
            for row in rows
            if row.id in opened
        ]

    async def title(self, conversation_id: str, *, person: str) -> str:
        """Return what a person calls a conversation of theirs, "" if nothing, or `NotFound`."""
        owner = await self._keys.subject(person)
        chosen = select(conversations).where(is_of(owner, conversation_id))
        async with self._database.transaction() as connection:
            row = (await connection.execute(chosen)).first()
        if row is None:
            raise _not_found()
        return title_of(owner, row.id, row.sealed_title)

    async def titles(self, *, person: str) -> dict[str, str]:
        """Return what a person calls those of their conversations that they gave a name, by id."""
        owner = await self._keys.subject(person)
        theirs = (conversations.c.owner == owner.id) & conversations.c.removed_at.is_(None)
        chosen = select(conversations).where(theirs, conversations.c.sealed_title.is_not(None))
        async with self._database.transaction() as connection:
            rows = (await connection.execute(chosen)).all()
        return {row.id: title_of(owner, row.id, row.sealed_title) for row in rows}

    async def rename(self, conversation_id: str, title: str, *, person: str) -> None:
        """Give a conversation of this person's a name; "" takes it back. Raise `NotFound`."""
        owner = await self._keys.subject(person)
        sealed = sealed_title(owner, conversation_id, title[:LONGEST_TITLE])
        named = update(conversations).where(is_of(owner, conversation_id))
        async with self._database.transaction() as connection:
            if not (await connection.execute(named.values(sealed_title=sealed))).rowcount:
                raise _not_found()

    async def branch(self, conversation_id: str, before: str, *, person: str) -> str:
        """Begin another conversation with what came before a turn, and return its id.

        The one that it branches off stays as it is. The id is "" where nothing came before.

        Raises:
            NotFound: there is no such turn in a conversation of this person's.
        """
        turns = await self.turns(conversation_id, person=person)
        at = next((at for at, each in enumerate(turns) if each.id == before), None)
        if at is None:
            raise _not_found()
        if at == 0:
            return ""
        owner, branch = await self._keys.subject(person), secrets.token_hex(16)
        copies = [replace(each, id=secrets.token_hex(16)) for each in turns[:at]]
        async with self._database.transaction() as connection:
            await _begin(connection, branch, owner, now())
            rows = [sealed_turn(owner, branch, each) for each in copies]
            await connection.execute(insert(conversation_turns), rows)
        return branch

    async def remove(self, conversation_id: str, *, person: str) -> None:
        """Remove a conversation of this person's; under a legal hold it is kept, but not shown.

        Raises:
            NotFound: there is none of this id that is theirs.
        """
        owner = await self._keys.subject(person)
        is_held = owner.id in (await self._keys.standing()).held
        own = is_of(owner, conversation_id)
        statement = (
            update(conversations).where(own).values(removed_at=now())
            if is_held
            else delete(conversations).where(own)
        )
        async with self._database.transaction() as connection:
            await _for_good(connection)
            if not (await connection.execute(statement)).rowcount:
                raise _not_found()

    async def lapse(self, before: int) -> int:
        """Delete what was last added to before an instant, and what is only left behind.

        That is what erased people said, and what was removed under a hold that has ended. What
        people under a legal hold said stays. Links that no longer open go, too. Return how many
        conversations went.
        """
        standing = await self._keys.standing()
        is_over = (conversations.c.last_at < before) | conversations.c.removed_at.is_not(None)
        chosen = select(conversations.c.id, conversations.c.owner).where(is_over)
        async with self._database.transaction() as connection:
            rows = (await connection.execute(chosen)).all()
            gone = [row.id for row in rows if row.owner not in standing.held]
            await _for_good(connection)
            for piece in _pieces(gone):
                over = conversations.c.id.in_(piece)
                await connection.execute(delete(conversations).where(over))
            is_shut = shares.c.ended_at.is_not(None) | (shares.c.expires_at <= now())
            await connection.execute(delete(shares).where(is_shut))
            return len(gone) + await _forget(connection, sorted(standing.erased))

    async def forget(self, owners: Iterable[str]) -> int:
        """Delete every conversation of people who were erased, by pseudonym."""
        async with self._database.transaction() as connection:
            await _for_good(connection)
            return await _forget(connection, sorted(owners))


async def _forget(connection: AsyncConnection, owners: Sequence[str]) -> int:
    gone = 0
    for piece in _pieces(owners):
        theirs = delete(conversations).where(conversations.c.owner.in_(piece))
        gone += (await connection.execute(theirs)).rowcount
    return gone


async def _begin(
    connection: AsyncConnection, conversation_id: str, owner: Subject, at: int
) -> None:
    """Make a conversation, or raise `NotFound` if there is one of this id already."""
    there = select(conversations.c.id).where(conversations.c.id == conversation_id)
    if (await connection.execute(there)).first():
        raise _not_found()
    values = {"id": conversation_id, "owner": owner.id, "started_at": at, "last_at": at}
    await connection.execute(insert(conversations).values(**values))


async def _firsts(
    connection: AsyncConnection, conversation_ids: Sequence[str]
) -> tuple[Sequence[Row[Any]], dict[str, int]]:
    """Return the first turn of each conversation, and how many there are by conversation."""
    turns = conversation_turns.c
    first, count = func.min(turns.number).label("first"), func.count().label("turns")
    grouped = (
        select(turns.conversation_id, first, count)
        .where(turns.conversation_id.in_(conversation_ids))
        .group_by(turns.conversation_id)
    )
    counted = (await connection.execute(grouped)).all()
    chosen = select(conversation_turns).where(turns.number.in_([row.first for row in counted]))
    rows = (await connection.execute(chosen)).all()
    return rows, {row.conversation_id: row.turns for row in counted}


async def _for_good(connection: AsyncConnection) -> None:
    """Have what is deleted overwritten: SQLite would leave it in the file."""
    if connection.dialect.name == "sqlite":
        await connection.exec_driver_sql("PRAGMA secure_delete=ON")


def _is_after(last_at: int, conversation_id: str) -> ColumnElement[bool]:
    """Return what comes later in a list, of the same second by its last turn."""
    is_same = conversations.c.last_at == last_at
    is_older = _latest(conversations.c.id) < _latest(conversation_id)
    return (conversations.c.last_at < last_at) | (is_same & is_older)


def _latest(conversation_id: str | ColumnElement[str]) -> ScalarSelect[int]:
    """Return the number of a conversation's last turn: it tells one second's apart."""
    turns = conversation_turns.alias()
    highest = select(func.max(turns.c.number)).where(turns.c.conversation_id == conversation_id)
    return highest.correlate(conversations).scalar_subquery()


def _pieces(values: Sequence[str]) -> list[Sequence[str]]:
    return [values[at : at + _PIECE] for at in range(0, len(values), _PIECE)]


def _not_found() -> NotFound:
    return NotFound("There is no such conversation of yours. Check the address.")
