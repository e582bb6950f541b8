"""Approved answers in SQL: published once, changed by editions, withdrawn, never widened.

The words lie in the clear, as those of documents do; people are pseudonyms. Erasing who asked
deletes a question in their very words, and with it the answer is withdrawn: without a question
nobody would find it. What cites a version that is gone from the library goes with it, because it
may repeat it; a legal hold over its owner or publisher keeps it, unseen.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Row, Select, delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from retrieval.approved.approved import Approved, ApprovedState, Edition, Known, Lapse, Words
from retrieval.approved.tables import approved_answers as answers
from retrieval.approved.tables import approved_editions as editions
from retrieval.approved.writing import sentences_of, to_approved, to_edition, to_known
from retrieval.audit.subject import Standing
from retrieval.database import Database
from retrieval.documents import now
from retrieval.errors import BadRequest, NotFound
from retrieval.review.cases import Keys
from retrieval.tables import documents, versions

_PIECE = 500


class ApprovedAnswers:
    """Every approved answer there is, with all its editions."""

    def __init__(self, database: Database, keys: Keys, clock: Callable[[], int] = now) -> None:
        self._database = database
        self._keys = keys
        self._clock = clock

    async def publish(self, words: Words, *, by: str, case: int | None = None) -> Approved:
        """Publish a new answer as its first edition."""
        edition = await self._edition(words, by, 1)
        async with self._database.transaction() as connection:
            values = {
                "state": ApprovedState.PUBLISHED.value,
                "number": 1,
                "revision": await _next(connection),
                "case_id": case,
                "queued": "",
            }
            made = await connection.execute(insert(answers).values(values).returning(answers.c.id))
            answer_id = int(made.scalar_one())
            await connection.execute(insert(editions).values(edition | {"answer_id": answer_id}))
        return await self.get(answer_id)

    async def change(self, answer_id: int, words: Words, *, by: str, after: int) -> Approved:
        """Publish a new edition, of a withdrawn answer too; `after` is the newest one known.

        Raises:
            NotFound: there is no such answer.
            BadRequest: somebody published another edition since.
        """
        edition = await self._edition(words, by, after + 1)
        values = {
            "state": ApprovedState.PUBLISHED.value,
            "number": after + 1,
            "withdrawn_by": None,
            "withdrawn_at": None,
            "queued": "",
        }
        async with self._database.transaction() as connection:
            values["revision"] = await _next(connection)
            is_newest = (answers.c.id == answer_id) & (answers.c.number == after)
            done = await connection.execute(update(answers).where(is_newest).values(values))
            if done.rowcount:
                new = insert(editions).values(edition | {"answer_id": answer_id})
                await connection.execute(new)
        found = await self.get(answer_id)
        if not done.rowcount:
            raise BadRequest(
                f"Expected edition {after} to be the newest, got {found.edition.number}. Load the "
                "page anew, look at what was changed, and publish again."
            )
        return found

    async def withdraw(self, answer_id: int, *, by: str) -> Approved:
        """Have an answer shown to nobody from now on.

        Raises:
            NotFound: there is no such answer.
            BadRequest: it is withdrawn already.
        """
        who = await self._keys.subject(by)
        values = {
            "state": ApprovedState.WITHDRAWN.value,
            "withdrawn_by": who.id,
            "withdrawn_at": self._clock(),
        }
        is_published = answers.c.state == ApprovedState.PUBLISHED.value
        async with self._database.transaction() as connection:
            values["revision"] = await _next(connection)
            chosen = update(answers).where(answers.c.id == answer_id, is_published)
            done = await connection.execute(chosen.values(values))
        found = await self.get(answer_id)
        if not done.rowcount:
            raise BadRequest(
                "Expected an answer that is published, got one that is withdrawn. Nothing was "
                "changed."
            )
        return found

    async def get(self, answer_id: int) -> Approved:
        """Return an answer with its newest edition, or raise `NotFound`."""
        rows = await self._rows(_newest().where(answers.c.id == answer_id))
        if not rows:
            raise unknown()
        return to_approved(rows[0], await self._keys.subjects())

    async def asker_of(self, answer_id: int, question: str) -> str:
        """Return whose very words this question of the answer was, "" if nobody's."""
        chosen = select(editions.c.asker).where(
            editions.c.answer_id == answer_id, editions.c.question == question
        )
        theirs = {row.asker for row in await self._rows(chosen)} - {None}
        subjects = await self._keys.subjects() if theirs else {}
        return next((subjects[each].name for each in theirs if each in subjects), "")

    async def editions(self, answer_id: int) -> list[Edition]:
        """Return every edition of an answer, newest first."""
        chosen = _every().where(editions.c.answer_id == answer_id)
        rows = await self._rows(chosen.order_by(editions.c.number.desc()))
        subjects = await self._keys.subjects() if rows else {}
        return [to_edition(row, subjects) for row in rows]

    async def listed(
        self, *, state: ApprovedState | None = None, before: int | None = None, limit: int = 50
    ) -> list[Approved]:
        """Return the newest answers with a number below `before`, newest first."""
        statement = _newest().order_by(answers.c.id.desc()).limit(limit)
        if state is not None:
            statement = statement.where(answers.c.state == state.value)
        if before is not None:
            statement = statement.where(answers.c.id < before)
        rows = await self._rows(statement)
        subjects = await self._keys.subjects() if rows else {}
        return [to_approved(row, subjects) for row in rows]

    async def revision(self) -> int:
        """Return a number that is larger after every change, 0 before the first."""
        async with self._database.transaction() as connection:
            newest = await connection.execute(select(func.max(answers.c.revision)))
            return int(newest.scalar_one() or 0)

    async def known(self) -> list[Known]:
        """Return every published answer with the vector of its question, oldest first."""
        is_published = answers.c.state == ApprovedState.PUBLISHED.value
        rows = await self._rows(_newest().where(is_published).order_by(answers.c.id))
        subjects = await self._keys.subjects() if rows else {}
        return [to_known(row, subjects) for row in rows]

    async def in_force(self, version_ids: Collection[int]) -> frozenset[int]:
        """Return those of the versions that count now, whoever may read them."""
        instant, wanted, found = self._clock(), sorted(version_ids), set[int]()
        counts = (versions.c.in_force_start <= instant) & (versions.c.in_force_end > instant)
        chosen = select(versions.c.id).join(documents, documents.c.id == versions.c.document_id)
        chosen = chosen.where(counts, versions.c.published == 1, documents.c.removed_at.is_(None))
        async with self._database.transaction() as connection:
            for at in range(0, len(wanted), _PIECE):
                piece = versions.c.id.in_(wanted[at : at + _PIECE])
                found |= set((await connection.execute(chosen.where(piece))).scalars())
        return frozenset(found)

    async def is_queued(self, approved: Approved, why: Lapse) -> bool:
        """Return whether a case was opened of this edition for that reason, or it is no more."""
        fresh = _is_edition(approved) & (answers.c.queued != why.value)
        async with self._database.transaction() as connection:
            return (await connection.execute(select(answers.c.id).where(fresh))).first() is None

    async def queue(self, approved: Approved, why: Lapse) -> None:
        """Note that a case was opened of this edition."""
        chosen = update(answers).where(_is_edition(approved)).values(queued=why.value)
        async with self._database.transaction() as connection:
            await connection.execute(chosen)

    async def sweep(self) -> int:
        """Delete questions of the erased, and editions that cite what is gone; return how many."""
        standing = await self._keys.standing()
        async with self._database.transaction() as connection:
            revision = await _next(connection)
            gone = await _forget_questions(connection, standing)
            gone += await _forget_sources(connection, standing)
            if gone:
                await _settle(connection, revision, self._clock())
            return gone

    async def _edition(self, words: Words, by: str, number: int) -> dict[str, Any]:
        """Return the row of an edition, but for the answer it is of."""
        content = words.content
        owner, publisher = await self._keys.subject(content.owner), await self._keys.subject(by)
        return {
            "number": number,
            "question": content.question,
            "asker": (await self._keys.subject(words.asker)).id if words.asker else None,
            "sentences": sentences_of(content),
            "rests_on": sorted(content.versions),
            "readers": sorted(content.readers),
            "owner": owner.id,
            "review_by": content.review_by.isoformat(),
            "language": content.language,
            "model": words.model,
            "vector": np.asarray(words.vector, np.float32).tobytes(),
            "published_by": publisher.id,
            "published_at": self._clock(),
        }

    async def _rows(self, statement: Any) -> list[Row[Any]]:
        async with self._database.transaction() as connection:
            return list((await connection.execute(statement)).all())


def unknown() -> NotFound:
    """Return that there is no such answer, or none for who asks."""
    return NotFound(
        "Expected the number of an approved answer that you may work on, got another. "
        "`pincite review approved` names them."
    )


def _is_edition(approved: Approved) -> ColumnElement[bool]:
    return (answers.c.id == approved.id) & (answers.c.number == approved.edition.number)


def _every() -> Select[Any]:
    number = editions.c.number.label("edition")
    rest = [each for each in editions.c if each.name not in ("id", "number")]
    return select(number, *rest)


def _newest() -> Select[Any]:
    own = [each for each in answers.c if each.name not in ("id", "number")]
    is_newest = (editions.c.answer_id == answers.c.id) & (editions.c.number == answers.c.number)
    return _every().add_columns(*own).join(answers, is_newest)


async def _next(connection: AsyncConnection) -> int:
    """Return the revision of a change, and let nobody else make one before this is done."""
    if connection.dialect.name == "sqlite":  # whoever writes first holds it; nothing is changed
        await connection.execute(update(answers).where(answers.c.id < 0).values(number=0))
    else:
        await connection.execute(text("LOCK TABLE approved_answers IN SHARE ROW EXCLUSIVE MODE"))
    newest = (await connection.execute(select(func.max(answers.c.revision)))).scalar_one()
    return int(newest or 0) + 1


async def _forget_questions(connection: AsyncConnection, standing: Standing) -> int:
    """Delete questions in the very words of people who were erased."""
    if not standing.erased:
        return 0
    theirs = editions.c.asker.in_(sorted(standing.erased))
    nothing = {"question": "", "vector": b"", "asker": None}
    return (await connection.execute(update(editions).where(theirs).values(nothing))).rowcount


async def _forget_sources(connection: AsyncConnection, standing: Standing) -> int:
    """Delete editions that cite a version which is no longer in the library."""
    chosen = select(editions.c.id, editions.c.rests_on, editions.c.owner, editions.c.published_by)
    rows = [
        row
        for row in (await connection.execute(chosen)).all()
        if standing.held.isdisjoint((row.owner, row.published_by))
    ]
    cited = sorted({each for row in rows for each in row.rests_on})
    there = set[int]()
    for at in range(0, len(cited), _PIECE):
        piece = select(versions.c.id).where(versions.c.id.in_(cited[at : at + _PIECE]))
        there |= set((await connection.execute(piece)).scalars())
    gone = [row.id for row in rows if not there.issuperset(row.rests_on)]
    for at in range(0, len(gone), _PIECE):
        await connection.execute(delete(editions).where(editions.c.id.in_(gone[at : at + _PIECE])))
    return len(gone)


async def _settle(connection: AsyncConnection, revision: int, instant: int) -> None:
    """Withdraw what has lost its newest edition or its question."""
    whole = select(editions.c.id).where(
        editions.c.answer_id == answers.c.id,
        editions.c.number == answers.c.number,
        editions.c.question != "",
    )
    values = {"state": ApprovedState.WITHDRAWN.value, "withdrawn_at": instant, "revision": revision}
    is_published = answers.c.state == ApprovedState.PUBLISHED.value
    lost = update(answers).where(is_published, ~whole.exists())
    await connection.execute(lost.values(values))
