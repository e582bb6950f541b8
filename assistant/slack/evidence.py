"""What an answer in Slack rests on, kept for as long as somebody may say something of it there.

It is kept before the whole answer is shown, so it outlives the process. Words lie sealed with the
asker's key: erasing the person erases them. Nothing of it is shown but as a case of the review
queue, which opens to whoever may read everything that it rests on.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from typing import Final, Protocol

from sqlalchemy import delete, select

from retrieval.audit.subject import Standing, Subject
from retrieval.database import Database, insert_into
from retrieval.documents import now
from retrieval.errors import RetrievalError
from retrieval.review.case import Matter
from retrieval.review.writing import matter_of, places_of, words_of
from retrieval.slack_tables import slack_evidence as table

LASTS_SECONDS: Final = 30 * 86_400
"""How long something may be said of an answer."""
_LONGEST: Final = 32

_log = logging.getLogger(__name__)

Told = Callable[[str, str], Matter | None]
"""Return what a person was told a moment ago under a name, by their name and that."""


class Keys(Protocol):
    """What the record knows of people: `retrieval.audit.record.KeptRecord`."""

    async def subject(self, person: str) -> Subject:
        """Return the pseudonym and the key of a person, made if they are new."""

    async def standing(self) -> Standing:
        """Return who is under a legal hold, and who was erased."""


class Evidence:
    """What people were told in Slack, by their name and the answer's."""

    def __init__(
        self, database: Database, keys: Keys, told: Told, clock: Callable[[], int] = now
    ) -> None:
        self._database = database
        self._keys = keys
        self._told = told
        self._clock = clock

    async def keep(self, answer_id: str, *, person: str) -> None:
        """Keep what a person was told a moment ago under this name, if it was anything.

        What was told under it before is replaced. Where it cannot be kept the answer is told all
        the same, and reported while this process remembers it.
        """
        matter = self._told(person, answer_id)
        if matter is None:
            return
        try:
            await self._keep(answer_id, matter, person)
        except RetrievalError as error:
            _log.warning("What %s rests on is not kept: %s.", answer_id, type(error).__name__)

    async def _keep(self, answer_id: str, matter: Matter, person: str) -> None:
        subject, places = await self._keys.subject(person), places_of(matter.evidence)
        key = {"answer": named(answer_id), "subject": subject.id}
        values = {
            "kind": matter.kind.value,
            "asked": matter.asked,
            "made_by": matter.made_by,
            "evidence": places,
            "sealed": subject.seal(words_of(matter), _context(answer_id, places)),
            "at": self._clock(),
        }
        async with self._database.transaction() as connection:
            adding = insert_into(connection, table).values(**key, **values)
            adding = adding.on_conflict_do_update(index_elements=list(key), set_=values)
            await connection.execute(adding)

    async def recalled(self, answer_id: str, *, person: str) -> Matter | None:
        """Return what a person was told under this name; None if that is not kept any longer."""
        subject = await self._keys.subject(person)
        is_it = (table.c.answer == named(answer_id)) & (table.c.subject == subject.id)
        is_it &= table.c.at > self._clock() - LASTS_SECONDS
        async with self._database.transaction() as connection:
            row = (await connection.execute(select(table).where(is_it))).first()
        if row is None:
            return None
        words = subject.unseal(row.sealed, _context(answer_id, row.evidence))
        if words is None:
            return None
        return matter_of(
            words,
            row.evidence,
            kind=row.kind,
            asker=person,
            asked=row.asked,
            made_by=row.made_by,
        )


async def tidy(database: Database, keys: Keys, before: int) -> int:
    """Forget what was told before an instant, what nobody can report any longer, and the erased.

    What people under a legal hold were told stays.
    """
    standing = await keys.standing()
    is_old = table.c.at < max(before, now() - LASTS_SECONDS)
    is_free = table.c.subject.not_in(sorted(standing.held))
    is_gone = is_old & is_free | table.c.subject.in_(sorted(standing.erased))
    async with database.transaction() as connection:
        if connection.dialect.name == "sqlite":  # else it would be left in the file
            await connection.exec_driver_sql("PRAGMA secure_delete=ON")
        return (await connection.execute(delete(table).where(is_gone))).rowcount


def named(told: str) -> str:
    """Return a name of the table's length: one that was asked beside another has a longer one."""
    return told if len(told) <= _LONGEST else hashlib.sha256(told.encode()).hexdigest()[:_LONGEST]


def _context(answer_id: str, places: str) -> str:
    return f"slack told {answer_id} {hashlib.sha256(places.encode()).hexdigest()}"
