"""Links to conversations, for people of the house: who may open one, how long, and as far as where.

A link tells nothing and opens nothing by itself: what is in it is checked for whoever opens it. It
ends with its time, when its person ends it, removes the conversation or is erased.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from retrieval.audit.subject import Subject
from retrieval.conversation_sealing import is_of, title_of, unsealed
from retrieval.conversation_tables import conversation_share_readers as readers
from retrieval.conversation_tables import conversation_shares as shares
from retrieval.conversation_tables import conversation_turns, conversations
from retrieval.conversation_turn import Turn
from retrieval.database import Database
from retrieval.documents import now
from retrieval.errors import BadRequest, NotFound

MOST_DAYS: Final = 90
MOST_READERS: Final = 50
MOST_SHARES: Final = 50
_DAY_SECONDS: Final = 24 * 3600


class KeysOfAll(Protocol):
    """What the record knows of people: `retrieval.audit.record.KeptRecord`."""

    async def subject(self, person: str) -> Subject:
        """Return the pseudonym and the key of a person, made if they are new."""

    async def subjects(self) -> Mapping[str, Subject]:
        """Return everybody who has a key, by pseudonym."""


@dataclass(frozen=True, slots=True)
class Share:
    """A link to a conversation, or to its turn `turn` alone ("" for all as far as it then went).

    `readers` are the names of those who may open it, none where everybody here may. An erased
    person's name is not among them.
    """

    id: str
    conversation: str
    turn: str
    readers: tuple[str, ...]
    is_open: bool
    shared_at: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link leads to: `turns` are those before and those shared, `shown` the latter's ids.

    `by` is whose it is. Nothing of it is checked for whoever opens it yet.
    """

    share: Share
    by: str
    title: str
    turns: tuple[Turn, ...]
    shown: frozenset[str]


class Shares:
    """Every link, for the person who made it and for those who open it."""

    def __init__(self, database: Database, keys: KeysOfAll) -> None:
        self._database = database
        self._keys = keys

    async def planned(
        self,
        conversation_id: str,
        *,
        person: str,
        turn: str = "",
        to: Iterable[str] | None = None,
        days: int = 30,
    ) -> Share:
        """Return a link as `make` would make it: to a conversation as it stands, or to one turn.

        `to` names who may open it; None means everybody here.

        Raises:
            NotFound: there is no such conversation of this person's, or no such turn in it.
            BadRequest: nobody is named or too many are, the days are too many, or the links.
        """
        named = None if to is None else tuple(sorted(set(to) - {person}))
        _look(named, days)
        owner, instant = await self._keys.subject(person), now()
        async with self._database.transaction() as connection:
            await _last(connection, owner, conversation_id, turn)
            await _require_room(connection, conversation_id, instant)
        share_id, expires_at = secrets.token_hex(16), instant + days * _DAY_SECONDS
        is_open = named is None
        return Share(share_id, conversation_id, turn, named or (), is_open, instant, expires_at)

    async def make(self, planned: Share, *, person: str) -> None:
        """Make a link that was planned, or raise `NotFound` where it leads nowhere any longer."""
        owner = await self._keys.subject(person)
        who = [(await self._keys.subject(each)).id for each in planned.readers]
        values: dict[str, Any] = {
            "id": planned.id,
            "conversation_id": planned.conversation,
            "turn_id": planned.turn or None,
            "is_open": planned.is_open,
            "shared_at": planned.shared_at,
            "expires_at": planned.expires_at,
        }
        async with self._database.transaction() as connection:
            values["until"] = await _last(connection, owner, planned.conversation, planned.turn)
            await connection.execute(insert(shares).values(**values))
            rows = [{"share_id": planned.id, "reader": each} for each in who]
            if rows:
                await connection.execute(insert(readers), rows)

    async def of(self, conversation_id: str, *, person: str) -> list[Share]:
        """Return the links to a conversation of this person's that still open, the latest first."""
        owner, known = await self._keys.subject(person), await self._keys.subjects()
        joined = shares.join(conversations, conversations.c.id == shares.c.conversation_id)
        chosen = (
            select(shares)
            .select_from(joined)
            .where(is_of(owner, conversation_id), _still_opens(now()))
            .order_by(shares.c.shared_at.desc(), shares.c.id)
        )
        async with self._database.transaction() as connection:
            rows = (await connection.execute(chosen)).all()
            named = await _named(connection, [row.id for row in rows])
        return [_share(row, named.get(row.id, ()), known) for row in rows]

    async def end(self, conversation_id: str, share_id: str, *, person: str) -> None:
        """End a link of this person's, or raise `NotFound` if there is none that still opens."""
        owner, instant = await self._keys.subject(person), now()
        theirs = select(conversations.c.id).where(is_of(owner, conversation_id))
        ended = update(shares).where(
            shares.c.id == share_id,
            shares.c.conversation_id.in_(theirs),
            _still_opens(instant),
        )
        async with self._database.transaction() as connection:
            if not (await connection.execute(ended.values(ended_at=instant))).rowcount:
                raise _not_found()

    async def opened(self, share_id: str, *, person: str) -> Opened:
        """Return what a link leads to, if this person may open it.

        Raises:
            NotFound: there is no such link, it ended, or it is for others.
        """
        me, known = await self._keys.subject(person), await self._keys.subjects()
        joined = shares.join(conversations, conversations.c.id == shares.c.conversation_id)
        is_there = (shares.c.id == share_id) & conversations.c.removed_at.is_(None)
        columns = (*shares.c, conversations.c.owner, conversations.c.sealed_title)
        chosen = select(*columns).select_from(joined).where(is_there, _still_opens(now()))
        async with self._database.transaction() as connection:
            row = (await connection.execute(chosen)).first()
            owner = known.get(row.owner) if row else None
            if row is None or owner is None:
                raise _not_found()
            named = (await _named(connection, [share_id])).get(share_id, ())
            if not (row.is_open or me.id in named or me.id == owner.id):
                raise _not_found()
            kept = await connection.execute(_turns_until(row))
            turns = tuple(unsealed(owner, kept.all()))
        shown = frozenset(each.id for each in turns if row.turn_id in (None, each.id))
        if not shown:
            raise _not_found()
        title = title_of(owner, row.conversation_id, row.sealed_title)
        return Opened(_share(row, named, known), owner.name, title, turns, shown)


def _look(named: tuple[str, ...] | None, days: int) -> None:
    if not 1 <= days <= MOST_DAYS:
        raise BadRequest(f"Expected 1 to {MOST_DAYS} days, got {days}. Choose fewer.")
    if named is not None and not 1 <= len(named) <= MOST_READERS:
        raise BadRequest(
            f"Expected 1 to {MOST_READERS} people besides yourself, got {len(named)}. "
            "Name who may open it, or choose everybody here."
        )


async def _last(
    connection: AsyncConnection, owner: Subject, conversation_id: str, turn: str
) -> int:
    """Return the number of the last turn that is shared, or raise `NotFound`."""
    joined = conversation_turns.join(
        conversations, conversations.c.id == conversation_turns.c.conversation_id
    )
    number = conversation_turns.c.number
    chosen = select(number).select_from(joined).where(is_of(owner, conversation_id))
    if turn:
        chosen = chosen.where(conversation_turns.c.id == turn)
    found = (await connection.execute(chosen.order_by(number.desc()).limit(1))).scalar()
    if found is None:
        raise NotFound("There is no such conversation or answer of yours. Check the address.")
    return int(found)


async def _require_room(connection: AsyncConnection, conversation_id: str, instant: int) -> None:
    there = select(shares.c.id).where(
        shares.c.conversation_id == conversation_id, _still_opens(instant)
    )
    if len((await connection.execute(there)).all()) >= MOST_SHARES:
        raise BadRequest(f"Expected at most {MOST_SHARES} links, got one more. End one first.")


async def _named(
    connection: AsyncConnection, share_ids: list[str]
) -> Mapping[str, tuple[str, ...]]:
    """Return the pseudonyms of who may open each link."""
    rows = await connection.execute(select(readers).where(readers.c.share_id.in_(share_ids)))
    found: dict[str, tuple[str, ...]] = {}
    for row in rows:
        found[row.share_id] = (*found.get(row.share_id, ()), row.reader)
    return found


def _share(row: Row[Any], named: Iterable[str], known: Mapping[str, Subject]) -> Share:
    names = tuple(sorted(known[each].name for each in named if each in known))
    return Share(
        row.id,
        row.conversation_id,
        row.turn_id or "",
        names,
        row.is_open,
        row.shared_at,
        row.expires_at,
    )


def _turns_until(row: Row[Any]) -> Any:
    turns = conversation_turns.c
    as_far = (turns.conversation_id == row.conversation_id) & (turns.number <= row.until)
    return select(conversation_turns).where(as_far).order_by(turns.number)


def _still_opens(instant: int) -> Any:
    return shares.c.ended_at.is_(None) & (shares.c.expires_at > instant)


def _not_found() -> NotFound:
    return NotFound(
        "There is no such link that you may open: it may have ended. Ask whoever sent it."
    )
