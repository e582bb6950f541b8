"""The review queue in SQL: cases are opened, looked at and closed, and there is an end to them.

What people wrote is sealed with their keys of the record: erasing somebody makes their cases
unreadable in every copy, and they are deleted here at the next look. A legal hold wins: cases of
somebody held never go.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Delete, Row, delete, func, insert, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from retrieval.audit.subject import Standing, Subject
from retrieval.database import Database
from retrieval.documents import now
from retrieval.drafts.draft import DraftState
from retrieval.drafts.tables import drafts
from retrieval.errors import BadRequest, NotFound
from retrieval.review.case import Case, CaseKind, CaseState, Matter
from retrieval.review.opening import noted_also, opened_words, to_case
from retrieval.review.tables import cases
from retrieval.review.writing import (
    closing_context,
    compared,
    context_of,
    places_of,
    question_of,
    rests_on,
    words_of,
)

LONGEST_NOTE = 2_000
_UNKNOWN = "Expected the number of a case you may work on, got another: see `pincite review list`."


class Keys(Protocol):
    """What the record knows of people: `retrieval.audit.record.KeptRecord`."""

    async def subject(self, person: str) -> Subject:
        """Return the pseudonym and the key of a person, made if they are new."""

    async def subjects(self) -> Mapping[str, Subject]:
        """Return everybody who has a key, by pseudonym."""

    async def standing(self) -> Standing:
        """Return who is under a legal hold, and who was erased."""


@dataclass(frozen=True, slots=True)
class Room:
    """How many cases are kept: open ones, open ones of one person, and closed ones."""

    open: int = 2_000
    of_one: int = 100
    closed: int = 10_000


class Cases:
    """Every case there is. When there is no room, the oldest makes way for a new one.

    What readers report goes late: many questions without an answer do not push it out. What
    waits to become a test case goes last.
    """

    def __init__(
        self,
        database: Database,
        keys: Keys,
        room: Room | None = None,
        clock: Callable[[], int] = now,
    ) -> None:
        self._database = database
        self._keys = keys
        self._room = room or Room()
        self._clock = clock

    async def open(self, matter: Matter) -> int | None:
        """Keep a matter and return the number of its case; None if holds leave no room for it.

        The same question in the same kind of case, resting on the same versions, is counted where
        such a case is open; what its reader noted is kept with it.
        """
        subject, instant = await self._keys.subject(matter.asker), self._clock()
        standing, subjects = await self._keys.standing(), await self._keys.subjects()
        evidence = places_of(matter.evidence)
        context = context_of(matter.kind, instant, evidence)
        values = {
            "kind": matter.kind.value,
            "state": CaseState.OPEN.value,
            "subject": subject.id,
            "asked": matter.asked,
            "made_by": matter.made_by,
            "evidence": evidence,
            "rests_on": rests_on(matter),
            "sealed": subject.seal(words_of(matter), context),
            "notes": "[]",
            "times": 1,
            "opened_at": instant,
            "last_at": instant,
            "approved_id": matter.approved,
        }
        async with self._database.transaction() as connection:
            await _alone(connection)
            await _sweep(connection, standing)
            if (same := await _same(connection, matter, subjects)) is not None:
                more = {
                    "times": cases.c.times + 1,
                    "last_at": instant,
                    "notes": noted_also(same, subject, matter.note, instant),
                }
                await connection.execute(update(cases).where(cases.c.id == same.id).values(more))
                return int(same.id)
            if not await self._has_room(connection, subject.id, standing):
                return None
            made = await connection.execute(insert(cases).values(values).returning(cases.c.id))
            return int(made.scalar_one())

    async def get(self, case_id: int) -> Case:
        """Return a case, or raise `NotFound`."""
        found = await self._opened(select(cases).where(cases.c.id == case_id))
        if not found:
            raise unknown()
        return found[0]

    async def some(self, case_ids: Collection[int]) -> list[Case]:
        """Return those of a few hundred cases that are there, newest first."""
        chosen = select(cases).where(cases.c.id.in_(sorted(case_ids)))
        return await self._opened(chosen.order_by(cases.c.id.desc()))

    async def listed(
        self,
        *,
        state: CaseState | None = None,
        kind: CaseKind | None = None,
        before: int | None = None,
        after: int | None = None,
        assignee: str | None = None,
        limit: int = 50,
    ) -> list[Case]:
        """Return the newest cases with a number below `before`, newest first.

        With `after`, the oldest with a number above it, oldest first. `assignee` names who works
        on them, "" those on which nobody does.
        """
        order = cases.c.id.desc() if after is None else cases.c.id
        statement = select(cases).order_by(order).limit(limit)
        if after is not None:
            statement = statement.where(cases.c.id > after)
        if assignee is not None:
            who = (await self._keys.subject(assignee)).id if assignee else None
            statement = statement.where(cases.c.assignee == who)
        if state is not None:
            statement = statement.where(cases.c.state == state.value)
        if kind is not None:
            statement = statement.where(cases.c.kind == kind.value)
        if before is not None:
            statement = statement.where(cases.c.id < before)
        return await self._opened(statement)

    async def close(self, case_id: int, state: CaseState, *, by: str, note: str) -> Case:
        """Close an open case as resolved or dismissed.

        Raises:
            NotFound: there is no such case.
            BadRequest: it is closed already.
        """
        subject, instant = await self._keys.subject(by), self._clock()
        values = {
            "state": state.value,
            "closed_at": instant,
            "closed_by": subject.id,
            "closing": subject.seal(note, closing_context(case_id, state, instant)),
        }
        still = (cases.c.id == case_id) & (cases.c.state == CaseState.OPEN.value)
        async with self._database.transaction() as connection:
            done = await connection.execute(update(cases).where(still).values(values))
        closed = await self.get(case_id)
        if not done.rowcount:
            raise already(closed)
        return closed

    async def sweep(self) -> int:
        """Delete the cases of people who were erased, and return how many there were."""
        standing = await self._keys.standing()
        async with self._database.transaction() as connection:
            return await _sweep(connection, standing)

    async def prune(self, before: int) -> int:
        """Delete what was last asked or closed before an instant, and return how many went.

        With them go cases of the erased, closed ones that there is no room for, and drafts that
        have lost their case; of those put into a suite the mark stays.
        """
        standing = await self._keys.standing()
        is_open = cases.c.state == CaseState.OPEN.value
        is_old = (is_open & (cases.c.last_at < before)) | (cases.c.closed_at < before)
        closed = select(cases.c.id).where(~is_open).order_by(cases.c.id.desc())
        too_many = cases.c.id.in_(closed.offset(self._room.closed)) & ~_is_awaited()
        async with self._database.transaction() as connection:
            swept = await _sweep(connection, standing)
            gone = delete(cases).where(or_(is_old, too_many), _is_free(standing))
            pruned = (await connection.execute(gone)).rowcount
            await connection.execute(_drafts_without_case())
            return swept + pruned

    async def _has_room(
        self, connection: AsyncConnection, subject: str, standing: Standing
    ) -> bool:
        """Make room for one more open case of this person's; return whether there is any."""
        is_open = cases.c.state == CaseState.OPEN.value
        is_report = cases.c.kind == CaseKind.REPORTED.value
        own = is_open & (cases.c.subject == subject)
        for chosen, most in ((own, self._room.of_one), (is_open, self._room.open)):
            counted = select(func.count()).select_from(cases).where(chosen)
            over = (await connection.execute(counted)).scalar_one() - most + 1
            if over > 0:
                oldest = select(cases.c.id).where(chosen, _is_free(standing))
                oldest = oldest.order_by(
                    _is_awaited(), is_report, cases.c.last_at, cases.c.id
                ).limit(over)
                gone = await connection.execute(delete(cases).where(cases.c.id.in_(oldest)))
                if gone.rowcount < over:
                    return False
        return True

    async def _opened(self, statement: Any) -> list[Case]:
        """Return the cases that can be opened; the rest are of people whose key is gone."""
        async with self._database.transaction() as connection:
            rows = (await connection.execute(statement)).all()
        subjects = await self._keys.subjects() if rows else {}
        return [case for row in rows if (case := to_case(row, subjects)) is not None]


def unknown() -> NotFound:
    """Return that there is no such case, or none for who asks."""
    return NotFound(_UNKNOWN)


def already(case: Case) -> BadRequest:
    """Return that a case is closed."""
    return BadRequest(
        f"Expected an open case, got one that is {case.state}. Nothing was changed; reload the "
        "queue to see who closed it."
    )


async def _alone(connection: AsyncConnection) -> None:
    """Let no other process open a case until this transaction ends."""
    if connection.dialect.name == "sqlite":  # whoever writes first holds it; nothing is changed
        await connection.execute(update(cases).where(cases.c.id < 0).values(times=0))
    else:
        await connection.execute(text("LOCK TABLE review_cases IN SHARE ROW EXCLUSIVE MODE"))


async def _sweep(connection: AsyncConnection, standing: Standing) -> int:
    """Delete the cases of people who were erased."""
    if not standing.erased:
        return 0
    theirs = cases.c.subject.in_(sorted(standing.erased))
    return (await connection.execute(delete(cases).where(theirs))).rowcount


async def _same(
    connection: AsyncConnection, matter: Matter, subjects: Mapping[str, Subject]
) -> Row[Any] | None:
    """Return the open case in which the same was asked, if there is one."""
    statement = select(cases).where(
        cases.c.state == CaseState.OPEN.value,
        cases.c.kind == matter.kind.value,
        cases.c.rests_on == rests_on(matter),
    )
    asked = compared(matter.question)
    for row in (await connection.execute(statement.order_by(cases.c.id.desc()))).all():
        words = opened_words(row, subjects)
        if words is not None and question_of(words) == asked:
            return row
    return None


def _is_awaited() -> ColumnElement[bool]:
    """Return the condition that a draft of a case waits for an evaluator."""
    waiting = drafts.c.state == DraftState.WAITING.value
    return cases.c.id.in_(select(drafts.c.case_id).where(waiting))


def _drafts_without_case() -> Delete:
    is_put = drafts.c.suite.is_not(None)
    return delete(drafts).where(~is_put, drafts.c.case_id.not_in(select(cases.c.id)))


def _is_free(standing: Standing) -> ColumnElement[bool]:
    """Return the condition that no legal hold keeps a case."""
    held = sorted(standing.held)
    is_closed_by_held = cases.c.closed_by.is_not(None) & cases.c.closed_by.in_(held)
    return cases.c.subject.not_in(held) & ~is_closed_by_held
