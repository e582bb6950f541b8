"""Who works on which case, how many wait and how long, and what askers are told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, func, select, update

from retrieval.audit.subject import Subject
from retrieval.database import Database
from retrieval.documents import now
from retrieval.review.case import CaseKind, CaseState
from retrieval.review.cases import Keys, unknown
from retrieval.review.opening import opened_words, reply_of
from retrieval.review.tables import cases
from retrieval.review.writing import asked_in, reply_context

MOST_REPLIES = 50


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many open cases of a kind there are, how many nobody works on, and since when."""

    kind: CaseKind
    open: int
    free: int
    since: int


@dataclass(frozen=True, slots=True)
class Told:
    """What a reviewer tells who asked: by the number of the case, with the question."""

    case: int
    question: str = field(repr=False)
    text: str = field(repr=False)
    at: int
    is_new: bool


class Work:
    """The side of the queue that changes while cases stay what they are."""

    def __init__(self, database: Database, keys: Keys, clock: Callable[[], int] = now) -> None:
        self._database = database
        self._keys = keys
        self._clock = clock

    async def assign(self, case_id: int, assignee: str, *, instead_of: str) -> bool:
        """Have somebody work on an open case, "" nobody; return whether that was done.

        It is not if somebody other than `instead_of` works on it by now.
        """
        mine = (await self._keys.subject(assignee)).id if assignee else None
        theirs = (await self._keys.subject(instead_of)).id if instead_of else None
        still = (cases.c.id == case_id) & (cases.c.state == CaseState.OPEN.value)
        still &= cases.c.assignee == theirs
        values = {"assignee": mine, "assigned_at": self._clock() if mine else None}
        return await self._change(update(cases).where(still).values(values))

    async def connect(self, case_id: int, approved_id: int) -> None:
        """Note which approved answer a case became."""
        chosen = update(cases).where(cases.c.id == case_id)
        await self._change(chosen.values(approved_id=approved_id))

    async def tell(self, case_id: int, asker: str, text: str) -> None:
        """Keep what the asker of a case is told, sealed with their key."""
        sealed = (await self._keys.subject(asker)).seal(text, reply_context(case_id))
        chosen = update(cases).where(cases.c.id == case_id)
        if not await self._change(chosen.values(reply=sealed, seen_at=None)):
            raise unknown()

    async def waiting(self) -> list[Waiting]:
        """Return the figures of each kind of which there are open cases."""
        taken = func.count(cases.c.assignee)
        chosen = (
            select(cases.c.kind, func.count(), taken, func.min(cases.c.opened_at))
            .where(cases.c.state == CaseState.OPEN.value)
            .group_by(cases.c.kind)
        )
        async with self._database.transaction() as connection:
            rows = (await connection.execute(chosen)).all()
        found = {
            kind: Waiting(CaseKind(kind), count, count - held, since)
            for kind, count, held, since in rows
        }
        return [found[each] for each in CaseKind if each in found]

    async def told(self, person: str) -> list[Told]:
        """Return what a person is told of questions of theirs, the latest case first."""
        subject = await self._keys.subject(person)
        theirs = (cases.c.subject == subject.id) & cases.c.reply.is_not(None)
        chosen = select(cases).where(theirs).order_by(cases.c.id.desc()).limit(MOST_REPLIES)
        async with self._database.transaction() as connection:
            rows = (await connection.execute(chosen)).all()
        return [each for row in rows if (each := _told(row, {subject.id: subject})) is not None]

    async def unseen(self, person: str) -> int:
        """Return how many of these they have not looked at."""
        subject = await self._keys.subject(person)
        new = (cases.c.subject == subject.id) & cases.c.reply.is_not(None)
        counted = select(func.count()).select_from(cases).where(new, cases.c.seen_at.is_(None))
        async with self._database.transaction() as connection:
            return int((await connection.execute(counted)).scalar_one())

    async def saw(self, person: str) -> None:
        """Note that a person has looked at all that they are told."""
        subject = await self._keys.subject(person)
        new = (cases.c.subject == subject.id) & cases.c.reply.is_not(None)
        chosen = update(cases).where(new, cases.c.seen_at.is_(None))
        await self._change(chosen.values(seen_at=self._clock()))

    async def let_go(self) -> None:
        """Take cases off people who were erased."""
        erased = sorted((await self._keys.standing()).erased)
        if erased:
            chosen = update(cases).where(cases.c.assignee.in_(erased))
            await self._change(chosen.values(assignee=None, assigned_at=None))

    async def _change(self, statement: Any) -> bool:
        async with self._database.transaction() as connection:
            return bool((await connection.execute(statement)).rowcount)


def _told(row: Row[Any], subjects: Mapping[str, Subject]) -> Told | None:
    words = opened_words(row, subjects)
    if words is None or row.closed_at is None:
        return None
    question, reply = asked_in(words), reply_of(row, subjects)
    return Told(row.id, question, reply, row.closed_at, row.seen_at is None)
