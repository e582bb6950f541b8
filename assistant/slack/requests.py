"""Who was asked in Slack to confirm a call, and by which message: each once, whoever crashes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, select, update

from assistant.slack.event import Member, Place
from retrieval.database import Database, insert_into
from retrieval.documents import now
from retrieval.slack_tables import slack_requests as table

LEASE_SECONDS: Final = 60
"""How long whoever is about to ask somebody has for it; after that another does."""
_KEPT_SECONDS: Final = 86_400


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody who is to be told how a call ends: its asker, or who was asked to confirm it.

    `place` and `ts` are the message that asks them, "" where there is none. `expires` is an
    instant.
    """

    call: str
    member: Member
    place: Place
    ts: str
    expires: int
    is_asker: bool = False


class Requests:
    """Everybody who is to be told how a call ends."""

    def __init__(self, database: Database, clock: Callable[[], int] = now) -> None:
        self._database = database
        self._clock = clock

    async def begin(self, request: Request) -> bool:
        """Keep that somebody is to be asked; return whether it is for us to ask them now.

        It is not if they were asked already, or if somebody else is about to. Of an asker, who is
        not asked anything, it is never.
        """
        instant = self._clock()
        values: dict[str, Any] = {
            "user_team": request.member.team,
            "is_asker": int(request.is_asker),
            "channel": request.place.channel,
            "ts": request.ts,
            "at": instant,
            "expires": request.expires,
        }
        is_left = _is_it(request) & (table.c.ts == "") & (table.c.at <= instant - LEASE_SECONDS)
        async with self._database.transaction() as connection:
            adding = insert_into(connection, table).values(**_key(request), **values)
            new = adding.on_conflict_do_nothing().returning(table.c.call)
            is_new = (await connection.execute(new)).first() is not None
            if request.is_asker or is_new:
                return is_new and not request.is_asker
            taking = update(table).where(is_left, table.c.is_asker == 0).values(at=instant)
            return bool((await connection.execute(taking)).rowcount)

    async def asked(self, request: Request, channel: str, ts: str) -> None:
        """Keep by which message somebody was asked."""
        async with self._database.transaction() as connection:
            posted = update(table).where(_is_it(request)).values(channel=channel, ts=ts)
            await connection.execute(posted)

    async def forget(self, call: str, member: Member, team: str) -> None:
        """Let somebody be told nothing more of a call."""
        is_it = (table.c.call == call) & (table.c.team == team) & (table.c.user == member.user)
        async with self._database.transaction() as connection:
            await connection.execute(delete(table).where(is_it))

    async def tidy(self) -> int:
        """Forget what has been over for a day, and return how many were to be told of it."""
        async with self._database.transaction() as connection:
            gone = delete(table).where(table.c.expires < self._clock() - _KEPT_SECONDS)
            return (await connection.execute(gone)).rowcount

    async def every(self) -> Sequence[Request]:
        """Return everybody who is still to be told something, in the order of their calls."""
        async with self._database.transaction() as connection:
            rows = await connection.execute(select(table).order_by(table.c.expires, table.c.call))
            return [
                Request(
                    row.call,
                    Member(row.user_team, row.user),
                    Place(row.team, row.channel),
                    row.ts,
                    row.expires,
                    bool(row.is_asker),
                )
                for row in rows
            ]


def _key(request: Request) -> dict[str, str]:
    return {"call": request.call, "team": request.place.team, "user": request.member.user}


def _is_it(request: Request) -> ColumnElement[bool]:
    key = _key(request)
    is_it = (table.c.call == key["call"]) & (table.c.team == key["team"])
    return is_it & (table.c.user == key["user"])
