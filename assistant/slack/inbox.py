"""Questions from Slack, each taken in once and claimed by one at a time, whatever crashes.

A question lies in SQL before Slack is told that it came. Whoever claims it holds it for a while
(`lease_seconds`) and says so again while they work; after that it is anybody's. Of one thread, one
question at a time can be claimed, in the order in which they came. Words lie sealed with a key of
the queue's own and are overwritten when the question is over.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from sqlalchemy import ColumnElement, case, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from assistant.slack.claim import (
    UNTOUCHED,
    Claim,
    Lost,
    State,
    Wish,
    asked_from,
    id_of,
    message_of,
    values_of,
    words_of,
)
from assistant.slack.event import Asked, Place, order_of
from assistant.slack.grouped import Grouped
from assistant.slack.lanes import OPEN, claimable, is_alone, is_next
from retrieval.audit.subject import Subject
from retrieval.database import Database, insert_into
from retrieval.documents import now
from retrieval.slack_tables import slack_questions as table

LEASE_SECONDS = 60
REMEMBERED_SECONDS = 25 * 3600
_MOST_AT_ONCE = 64
OWNER = "slack queue"
"""Whose key the words are sealed with: nobody's name has a space in it."""


class Keys(Protocol):
    """What the record knows of people: `retrieval.audit.record.KeptRecord`."""

    async def subject(self, person: str) -> Subject:
        """Return the pseudonym and the key of a name, made if they are new."""


class Inbox:
    """Every question that came from Slack and is not forgotten yet."""

    def __init__(
        self,
        database: Database,
        keys: Keys,
        clock: Callable[[], int] = now,
        lease_seconds: int = LEASE_SECONDS,
    ) -> None:
        self._database = database
        self._keys = keys
        self._clock = clock
        self.lease_seconds = lease_seconds
        self._adding: Grouped[Mapping[str, Any], bool] = Grouped(self._add, _MOST_AT_ONCE)

    async def take_in(self, asked: Asked) -> bool:
        """Keep a question and return whether it is new; it is durable on return.

        The same delivery, and the same message by another one, come in once.
        """
        dated = {"at": asked.at or self._clock(), "sealed": await self._sealed(asked)}
        return await self._adding.put({**values_of(asked), **UNTOUCHED, **dated})

    async def _add(self, rows: Sequence[Mapping[str, Any]]) -> list[bool]:
        """Keep questions that came at once and return which of them are new."""
        new = []
        async with self._database.transaction() as connection:
            adding = insert_into(connection, table).on_conflict_do_nothing()
            for row in rows:
                added = await connection.execute(adding.values(**row).returning(table.c.id))
                new.append(added.first() is not None)
        return new

    async def edit(self, place: Place, ts: str, text: str, edited: str = "") -> bool:
        """Keep the words that a message has now, if it still waits for its answer.

        `edited` is the `ts` of the edit: one that comes after a later one changes nothing. Return
        whether the words are new: whoever answers the old ones finds that they lost their claim.
        """
        is_it = (table.c.message == message_of(place, ts)) & table.c.state.in_(OPEN)
        is_it &= table.c.wish == Wish.ANSWER.value
        async with self._database.transaction() as connection:
            row = (await connection.execute(select(table).where(is_it))).mappings().first()
        if row is None:
            return False
        asked = await self._opened(dict(row))
        is_late = bool(edited) and order_of(edited) <= order_of(asked.edited)
        if is_late or asked.text == text:
            return False
        sealed = await self._sealed(replace(asked, text=text, edited=edited))
        editing = update(table).where(is_it, table.c.revision == row["revision"])
        return await self._changed(editing, sealed=sealed, revision=table.c.revision + 1)

    async def delete(self, place: Place, ts: str) -> bool:
        """Have what was answered to a message deleted, and what was not answered dropped.

        Return whether there is anything of ours about that message.
        """
        is_it = (table.c.message == message_of(place, ts)) & (table.c.wish == Wish.ANSWER.value)
        return await self._changed(update(table).where(is_it), **dropped(self._clock()))

    async def claim(self) -> Claim | None:
        """Claim the oldest question that may be answered now, or return None."""
        instant = self._clock()
        claiming = (
            update(table)
            .where(is_next(table, instant))
            .values(
                state=State.WORKING.value,
                holder=secrets.token_hex(16),
                until=instant + self.lease_seconds,
                attempts=table.c.attempts + 1,
            )
            .returning(table)
        )
        async with self._database.transaction() as connection:
            for number, lane in await claimable(connection, instant):
                if await is_alone(connection, lane):
                    claimed = await connection.execute(claiming.where(table.c.number == number))
                    if (row := claimed.mappings().first()) is not None:
                        break
            else:
                return None
        return await self._claim_from(dict(row))

    async def renew(self, claims: Collection[Claim]) -> set[str]:
        """Hold these for as long again; return the holders that still hold what they claimed."""
        by_holder = {each.holder: each for each in claims}
        held = table.c.holder.in_(by_holder) & (table.c.state == State.WORKING.value)
        renewing = update(table).where(held).values(until=self._clock() + self.lease_seconds)
        async with self._database.transaction() as connection:
            rows = await connection.execute(renewing.returning(table.c.holder, table.c.revision))
            return {row.holder for row in rows if by_holder[row.holder].revision == row.revision}

    async def posting(self, claim: Claim) -> None:
        """Note that a message is about to be shown; raise `Lost` if it must not be."""
        held = self._until()
        await self._must(_is_current(claim, self._clock()), is_posting=1, until=held)

    async def posted(self, claim: Claim, ts: str) -> None:
        """Note which message is shown; raise `Lost` if the claim is somebody else's by now."""
        await self._must(_is_held(claim), posted=ts, is_posting=1, until=self._until())

    async def posted_by_now(self, claim: Claim) -> str:
        """Return which message of ours is known to stand there, whoever holds the question now."""
        known = select(table.c.posted).where(table.c.id == claim.id)
        async with self._database.transaction() as connection:
            return (await connection.execute(known)).scalar() or ""

    async def kept(self, claim: Claim, conversation: str, turn: str) -> None:
        """Note where the words of the answer are kept; raise `Lost` as `posted`."""
        await self._must(_is_held(claim), conversation=conversation, turn=turn)

    async def done(self, claim: Claim) -> None:
        """Note that what was wished is done; raise `Lost` if it is not wished any more."""
        await self._must(_is_current(claim), **self._over(State.DONE))

    async def give_up(self, claim: Claim) -> None:
        """Note that a question is not answered; raise `Lost` if somebody else has it by now."""
        await self._must(_is_current(claim), **self._over(State.GIVEN_UP))

    async def unposted(self, claim: Claim) -> None:
        """Note that no message of ours stands there any longer; raise `Lost` as `posted`."""
        await self._must(_is_held(claim), posted="", is_posting=0)

    async def release(self, claim: Claim, *, wait_seconds: int = 0, counts: bool = True) -> None:
        """Let go of a question, to be claimed again after a while; nothing if it was lost.

        `counts` says whether this was an attempt, of which there are only so many.
        """
        attempts = table.c.attempts if counts else table.c.attempts - 1
        await self._changed(
            update(table).where(_is_held(claim)),
            state=State.WAITING.value,
            holder="",
            due=self._clock() + wait_seconds if wait_seconds else 0,
            attempts=attempts,
        )

    async def left(self, team: str) -> None:
        """Drop what waits of a workspace that we were removed from."""
        theirs = (table.c.team == team) & table.c.state.in_(OPEN)
        over = self._over(State.GIVEN_UP)
        await self._changed(update(table).where(theirs), **over, revision=table.c.revision + 1)

    async def forget(self, kept_seconds: int) -> int:
        """Delete what is over: an answer after `kept_seconds`, all else when it cannot come again.

        Return how many questions went.
        """
        instant = self._clock()
        is_kept = or_(table.c.posted != "", table.c.conversation != "")
        soon, late = instant - REMEMBERED_SECONDS, instant - max(kept_seconds, REMEMBERED_SECONDS)
        is_old = table.c.ended_at < case((is_kept, late), else_=soon)
        async with self._database.transaction() as connection:
            return (await connection.execute(delete(table).where(is_old))).rowcount

    async def _claim_from(self, row: Mapping[str, Any]) -> Claim:
        asked = await self._opened(row)
        return Claim(
            id=row["id"],
            asked=asked,
            wish=Wish(row["wish"]),
            revision=row["revision"],
            holder=row["holder"],
            attempt=row["attempts"],
            is_posting=bool(row["is_posting"]),
            posted=row["posted"],
            has_waited=row["due"] > 0,
        )

    def _until(self) -> int:
        return self._clock() + self.lease_seconds

    def _over(self, state: State) -> dict[str, Any]:
        return {"state": state.value, "sealed": "", "holder": "", "ended_at": self._clock()}

    async def _must(self, where: ColumnElement[bool], **values: Any) -> None:
        if not await self._changed(update(table).where(where), **values):
            raise Lost

    async def _changed(self, statement: Any, **values: Any) -> bool:
        async with self._database.transaction() as connection:
            if "sealed" in values:
                await for_good(connection)
            return bool((await connection.execute(statement.values(**values))).rowcount)

    async def _sealed(self, asked: Asked) -> str:
        return (await self._keys.subject(OWNER)).seal(words_of(asked), _context(id_of(asked)))

    async def _opened(self, row: Mapping[str, Any]) -> Asked:
        owner = await self._keys.subject(OWNER)
        words = owner.unseal(row["sealed"], _context(row["id"])) if row["sealed"] else None
        return asked_from(row, words)


def _is_held(claim: Claim) -> ColumnElement[bool]:
    is_it = (table.c.id == claim.id) & (table.c.holder == claim.holder)
    return is_it & (table.c.state == State.WORKING.value)


def _is_current(claim: Claim, instant: int | None = None) -> ColumnElement[bool]:
    """Return what is held and still as it was claimed; held for sure, where an instant is given."""
    current = _is_held(claim) & (table.c.revision == claim.revision)
    return current if instant is None else current & (table.c.until > instant)


def dropped(instant: int) -> dict[str, Any]:
    """Return what a question becomes that is not to be answered any more.

    Whoever works on it finds that they lost their claim. Where a message of ours may stand, it is
    deleted by whoever claims it next.
    """
    is_worked = table.c.state == State.WORKING.value
    is_nothing = (table.c.is_posting == 0) & ~is_worked
    state = case(
        (is_worked, State.WORKING.value),
        (is_nothing, State.GIVEN_UP.value),
        else_=State.WAITING.value,
    )
    return {
        "wish": Wish.DELETE.value,
        "state": state,
        "sealed": "",
        "revision": table.c.revision + 1,
        "due": 0,
        "attempts": 0,
        "ended_at": case((is_nothing, instant), else_=None),
    }


async def for_good(connection: AsyncConnection) -> None:
    """Have what is overwritten go from the file too: SQLite would leave it there."""
    if connection.dialect.name == "sqlite":
        await connection.exec_driver_sql("PRAGMA secure_delete=ON")


def _context(arrival: str) -> str:
    return f"slack {arrival}"
