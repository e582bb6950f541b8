"""Of which documents somebody was reminded in Slack: of each day of review once, whoever crashes.

What is kept names nobody but by the pseudonym under which the record knows them, and no title.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, delete, exists, select, update

from assistant.slack.evidence import Keys
from retrieval.database import Database, insert_into
from retrieval.documents import now
from retrieval.slack_tables import slack_reminders as table
from retrieval.tables import documents, versions

LEASE_SECONDS: Final = 600
"""How long whoever is about to remind somebody has for it; after that another does."""


@dataclass(frozen=True, slots=True, order=True)
class Reminder:
    """What somebody is told of a document: its day of review, and whether that has passed."""

    document_id: str
    review_by: str
    is_overdue: bool


class Reminders:
    """What everybody was reminded of, by their pseudonym."""

    def __init__(self, database: Database, clock: Callable[[], int] = now) -> None:
        self._database = database
        self._clock = clock

    async def fresh(self, subject: str, wanted: Collection[Reminder]) -> set[Reminder]:
        """Return of what somebody was not reminded yet, and nobody is about to remind them."""
        is_held = (table.c.is_told == 1) | (table.c.at > self._clock() - LEASE_SECONDS)
        async with self._database.transaction() as connection:
            rows = await connection.execute(
                select(table).where(table.c.subject == subject, is_held)
            )
            held = {Reminder(row.document_id, row.review_by, bool(row.is_overdue)) for row in rows}
        return set(wanted) - held

    async def begin(
        self, subject: str, team: str, wanted: Collection[Reminder]
    ) -> frozenset[Reminder]:
        """Keep that somebody is to be reminded; return of what it is for us to remind them now.

        It is not of what they were told already, or what somebody else is about to tell them.
        """
        instant, ours = self._clock(), set[Reminder]()
        values: dict[str, Any] = {"team": team, "is_told": 0, "at": instant}
        is_left = and_(table.c.is_told == 0, table.c.at <= instant - LEASE_SECONDS)
        async with self._database.transaction() as connection:
            for each in sorted(wanted):
                adding = insert_into(connection, table).values(**_key(subject, each), **values)
                new = adding.on_conflict_do_nothing().returning(table.c.at)
                is_ours = (await connection.execute(new)).first() is not None
                if not is_ours:
                    taking = update(table).where(_is_it(subject, each), is_left).values(**values)
                    is_ours = bool((await connection.execute(taking)).rowcount)
                ours |= {each} if is_ours else set()
        return frozenset(ours)

    async def told(self, subject: str, reminders: Collection[Reminder]) -> None:
        """Keep that somebody was reminded, or never can be by this message."""
        async with self._database.transaction() as connection:
            for each in sorted(reminders):
                said = update(table).where(_is_it(subject, each)).values(is_told=1)
                await connection.execute(said)


async def tidy(database: Database, keys: Keys, before: int) -> int:
    """Forget of what people were reminded before an instant, and all of erased people.

    What still has that day of review stays: nobody is told of it again because time went by. What
    people under a legal hold were told stays, too.
    """
    standing = await keys.standing()
    named = and_(documents.c.id == versions.c.document_id, documents.c.removed_at.is_(None))
    has_it = and_(
        versions.c.document_id == table.c.document_id, versions.c.review_by == table.c.review_by
    )
    is_current = exists(select(versions.c.id).join(documents, named).where(has_it))
    is_free = table.c.subject.not_in(sorted(standing.held))
    is_old = and_(table.c.at < before, ~is_current, is_free)
    is_gone = is_old | table.c.subject.in_(sorted(standing.erased))
    async with database.transaction() as connection:
        return (await connection.execute(delete(table).where(is_gone))).rowcount


def _key(subject: str, reminder: Reminder) -> dict[str, str | int]:
    return {
        "subject": subject,
        "document_id": reminder.document_id,
        "review_by": reminder.review_by,
        "is_overdue": int(reminder.is_overdue),
    }


def _is_it(subject: str, reminder: Reminder) -> ColumnElement[bool]:
    key: Sequence[tuple[str, str | int]] = list(_key(subject, reminder).items())
    return and_(*(table.c[name] == value for name, value in key))
