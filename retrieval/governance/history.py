"""Who decided what and when, as far as one may read what it was about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from retrieval.access import Principal, acl_for
from retrieval.database import Database
from retrieval.documents import now
from retrieval.governance.decision import Act, ActKind, Change, Chosen, Decision, Subject
from retrieval.governance.listing import every
from retrieval.governance.planning import missing
from retrieval.governance.tables import decision_acts, decisions
from retrieval.search.readable import readable
from retrieval.tables import documents, versions

ACTS: Final = 50
SUBJECTS: Final = 5
"""How many documents of an act are named where acts are listed."""


class Decisions:
    """Reads what was decided, for one reader at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_document(self, document_id: str, *, principal: Principal) -> list[Decision]:
        """Return every decision about a document, newest first, or raise `NotFound`.

        Left out are decisions about versions that one may not read; of one that is gone the note.
        """
        acl = acl_for(principal)
        statement = (
            select(decisions, decision_acts.c.kind, decision_acts.c.by, decision_acts.c.note)
            .join(decision_acts, decision_acts.c.id == decisions.c.act)
            .where(decisions.c.document_id == document_id)
            .order_by(decisions.c.id.desc())
        )
        own = select(versions.c.id, readable(acl).label("is_open")).join(
            documents, documents.c.id == versions.c.document_id
        )
        async with self._database.transaction() as connection:
            only = Chosen(documents=frozenset((document_id,)))
            if not await every(connection, acl, only, now(), 1):
                raise missing()
            rows = (await connection.execute(statement)).all()
            there = await connection.execute(own.where(versions.c.document_id == document_id))
            is_open = {row.id: bool(row.is_open) for row in there}
            named = frozenset(row.successor for row in rows if row.successor)
            wanted = Chosen(documents=named)
            known = {
                row.document_id for row in await every(connection, acl, wanted, now(), len(named))
            }
        return [
            _to_decision(row, known, row.version_id in is_open)
            for row in rows
            if is_open.get(row.version_id, True)
        ]

    async def acts(self, *, principal: Principal, before: int | None = None) -> list[Act]:
        """Return acts about what one may read, newest first, counted as far as one may read."""
        acl = acl_for(principal)
        is_readable = (
            select(versions.c.id)
            .join(documents, documents.c.id == versions.c.document_id)
            .where(versions.c.id == decisions.c.version_id, documents.c.removed_at.is_(None))
            .where(versions.c.published == 1, readable(acl))
            .exists()
        )
        undone = decision_acts.alias("undone")
        statement = (
            select(
                decision_acts,
                func.count().label("documents"),
                select(undone.c.id)
                .where(undone.c.undoes == decision_acts.c.id)
                .scalar_subquery()
                .label("undone_by"),
            )
            .join(decisions, decisions.c.act == decision_acts.c.id)
            .where(is_readable)
            .group_by(*decision_acts.c)
            .order_by(decision_acts.c.at.desc(), func.max(decisions.c.id).desc())
            .limit(ACTS)
        )
        if before is not None:
            statement = statement.where(decision_acts.c.at < before)
        async with self._database.transaction() as connection:
            rows = (await connection.execute(statement)).all()
            these = decisions.c.act.in_([row.id for row in rows])
            wholes = await _counted(connection, these)
            subjects = await _subjects(connection, these & is_readable)
        return [_to_act(row, wholes, subjects) for row in rows]


async def _counted(connection: AsyncConnection, chosen: ColumnElement[bool]) -> dict[str, int]:
    counted = select(decisions.c.act, func.count()).where(chosen).group_by(decisions.c.act)
    return {act: int(count) for act, count in await connection.execute(counted)}


async def _subjects(
    connection: AsyncConnection, chosen: ColumnElement[bool]
) -> dict[str, list[Subject]]:
    """Return the first documents of each act, by act, in the order of their titles."""
    place = func.row_number().over(partition_by=decisions.c.act, order_by=decisions.c.id)
    inner = (
        select(
            *(decisions.c[name] for name in ("act", "document_id", "status", "owner", "review_by")),
            versions.c.number,
            versions.c.title,
            place.label("place"),
        )
        .join(versions, versions.c.id == decisions.c.version_id)
        .where(chosen)
        .subquery()
    )
    first = select(inner).where(inner.c.place <= SUBJECTS).order_by(func.lower(inner.c.title))
    found: dict[str, list[Subject]] = {}
    for row in await connection.execute(first):
        change = Change(row.status, row.owner, row.review_by)
        subject = Subject(row.document_id, row.number, row.title, change)
        found.setdefault(row.act, []).append(subject)
    return found


def _to_act(
    row: Row[Any], wholes: Mapping[str, int], subjects: Mapping[str, Sequence[Subject]]
) -> Act:
    return Act(
        id=row.id,
        kind=ActKind(row.kind),
        by=row.by,
        at=row.at,
        note=row.note,
        documents=row.documents,
        is_whole=wholes[row.id] == row.documents,
        undone=row.undone_by is not None,
        undoes=row.undoes,
        subjects=tuple(subjects.get(row.id, ())),
    )


def _to_decision(row: Row[Any], known: set[str], is_there: bool) -> Decision:
    return Decision(
        act=row.act,
        kind=ActKind(row.kind),
        by=row.by,
        at=row.at,
        note=row.note if is_there else "",
        number=row.number,
        blob=row.blob,
        change=Change(
            row.status,
            row.owner,
            row.review_by,
            row.successor if row.successor in known else None,
        ),
    )
