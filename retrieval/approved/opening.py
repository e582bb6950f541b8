"""Which approved answers somebody may be told now: published ones, among whose readers they are."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from retrieval.access import Principal
from retrieval.approved.approved import ApprovedState
from retrieval.approved.tables import approved_answers as answers
from retrieval.approved.tables import approved_editions as editions
from retrieval.database import Database


class OpenAnswers:
    """The readers of approved answers, looked up at the moment that one is told again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self, answer_ids: Collection[int], *, principal: Principal) -> frozenset[int]:
        """Return those of the answers whose newest edition is for this person to read.

        What it cites is not looked at: who shows words checks that they may be read, too.
        """
        is_newest = (editions.c.answer_id == answers.c.id) & (editions.c.number == answers.c.number)
        is_published = answers.c.state == ApprovedState.PUBLISHED.value
        chosen = select(answers.c.id, editions.c.readers).join(editions, is_newest)
        chosen = chosen.where(is_published, answers.c.id.in_(sorted(answer_ids)))
        async with self._database.transaction() as connection:
            rows = (await connection.execute(chosen)).all()
        return frozenset(row.id for row in rows if not principal.keys.isdisjoint(row.readers))
