"""What was asked and answered in Slack, to be looked up: where an answer stands, and whose."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, func, select

from assistant.slack.claim import Claim, State, Told, message_of, told_from
from assistant.slack.event import Member, Place
from retrieval.database import Database
from retrieval.slack_tables import slack_questions as table

_OPEN = (State.WAITING.value, State.WORKING.value)


class Answered:
    """The questions that came from Slack, without a word of them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, answer_id: str) -> Told | None:
        """Return what is kept of an answer, or None where it is forgotten."""
        return await self._told(select(table).where(table.c.id == answer_id))

    async def to(self, place: Place, ts: str) -> Told | None:
        """Return what is kept of the answer to a message."""
        return await self._told(select(table).where(table.c.message == message_of(place, ts)))

    async def is_ours(self, place: Place) -> bool:
        """Return whether an answer of ours stands in this thread, or one is being written."""
        is_there = (table.c.posted != "") | (table.c.is_posting != 0)
        found = select(table.c.number).where(_in_thread(place), is_there).limit(1)
        async with self._database.transaction() as connection:
            return (await connection.execute(found)).first() is not None

    async def conversation(self, place: Place, by: Member, besides: str = "") -> str:
        """Return the conversation that somebody has in this thread, "" if none yet.

        What was begun for the question `besides` does not count.
        """
        is_theirs = (table.c.user_team == by.team) & (table.c.user == by.user)
        latest = (
            select(table.c.conversation)
            .where(_in_thread(place), is_theirs, table.c.conversation != "")
            .where(table.c.id != besides)
            .order_by(table.c.number.desc())
            .limit(1)
        )
        async with self._database.transaction() as connection:
            return (await connection.execute(latest)).scalar() or ""

    async def posts(self, place: Place) -> frozenset[str]:
        """Return the messages in this thread that are known to be answers of ours."""
        listed = select(table.c.posted).where(_in_thread(place), table.c.posted != "")
        async with self._database.transaction() as connection:
            return frozenset((await connection.execute(listed)).scalars())

    async def ahead(self, claim: Claim) -> int:
        """Return how many questions came before this one and are not answered yet."""
        return await self._count(table.c.number < _number(claim), table.c.state.in_(_OPEN))

    async def open(self) -> int:
        """Return how many questions are not over."""
        return await self._count(table.c.state.in_(_OPEN))

    async def lately(self, claim: Claim, since: int) -> tuple[int, int]:
        """Return how many questions came since then up to this one: its asker's, its channel's."""
        asked, own = claim.asked, _number(claim)
        is_since = (table.c.at >= since) & (table.c.team == asked.place.team)
        is_since &= table.c.number <= own
        by = (table.c.user_team == asked.by.team) & (table.c.user == asked.by.user)
        in_channel = table.c.channel == asked.place.channel
        return await self._count(is_since, by), await self._count(is_since, in_channel)

    async def _count(self, *where: ColumnElement[bool]) -> int:
        counting = select(func.count()).select_from(table).where(*where)
        async with self._database.transaction() as connection:
            return int((await connection.execute(counting)).scalar_one())

    async def _told(self, statement: Select[Any]) -> Told | None:
        async with self._database.transaction() as connection:
            row = (await connection.execute(statement)).mappings().first()
        return told_from(row) if row is not None else None


def _number(claim: Claim) -> ScalarSelect[int]:
    own = table.alias("own")
    return select(own.c.number).where(own.c.id == claim.id).scalar_subquery()


def _in_thread(place: Place) -> ColumnElement[bool]:
    is_here = (table.c.team == place.team) & (table.c.channel == place.channel)
    return is_here & (table.c.thread == place.thread) & (table.c.thread != "")
