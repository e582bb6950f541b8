"""Documents as they are governed: lists and counts of what one may read, a statement each.

A document is listed by its version in force now, else its newest: what is shown, counted and
chosen is that version, and only where it may be read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from retrieval.access import AclFilter
from retrieval.database import Database
from retrieval.documents import NEVER, Kind, Status, day_of
from retrieval.errors import BadRequest
from retrieval.governance.decision import Chosen, Line, Listing, Order, Tallies
from retrieval.rows import to_date
from retrieval.search.phrase import ESCAPE, Phrase
from retrieval.search.readable import readable
from retrieval.tables import documents, versions

PAGE: Final = 50
_NEVER_DUE: Final = "9999-12-31"
_KEYS: Final[Mapping[Order, tuple[ColumnElement[str], ColumnElement[str]]]] = MappingProxyType(
    {
        Order.TITLE: (func.lower(versions.c.title), documents.c.id),
        Order.SOURCE: (documents.c.source, documents.c.uri),
        Order.REVIEW: (func.coalesce(versions.c.review_by, _NEVER_DUE), documents.c.id),
    }
)
"""What each order goes by; no two documents have the same."""


class Register:
    """Reads which documents there are, for one reader at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def listed(
        self,
        acl: AclFilter,
        chosen: Chosen,
        instant: int,
        *,
        after: str = "",
        order: Order = Order.TITLE,
    ) -> Listing:
        """Return a page in this order; `after` goes on after one."""
        first, second = _KEYS[order]
        statement = _narrowed(_lines(acl, instant), chosen, instant)
        if after:
            statement = statement.where(tuple_(first, second) > tuple_(*_place(after)))
        statement = statement.add_columns(first.label("first"), second.label("second"))
        statement = statement.order_by(first, second).limit(PAGE + 1)
        async with self._database.transaction() as connection:
            rows = (await connection.execute(statement)).all()
        lines = tuple(to_line(row, instant) for row in rows[:PAGE])
        last = [rows[PAGE - 1].first, rows[PAGE - 1].second] if len(rows) > PAGE else None
        return Listing(lines, json.dumps(last) if last else None)

    async def tallies(self, acl: AclFilter, chosen: Chosen, instant: int) -> Tallies:
        """Count what fits, by status."""
        inner = _narrowed(_lines(acl, instant), chosen, instant).subquery()
        late = and_(inner.c.status == Status.APPROVED, inner.c.review_by < today(instant))
        counted = select(
            inner.c.status,
            func.count(),
            func.sum(case((late, 1), else_=0)),
            func.count(inner.c.waiting),
        ).group_by(inner.c.status)
        async with self._database.transaction() as connection:
            rows = (await connection.execute(counted)).all()
        by_status = {Status(row[0]): int(row[1]) for row in rows}
        overdue, waiting = (sum(int(row[at] or 0) for row in rows) for at in (2, 3))
        return Tallies(sum(by_status.values()), by_status, overdue, waiting)

    async def values(
        self, acl: AclFilter, chosen: Chosen, instant: int
    ) -> tuple[list[str], list[str]]:
        """Return the sources and the owners of what fits."""
        inner = _narrowed(_lines(acl, instant), chosen, instant).subquery()
        statement = select(inner.c.source, inner.c.owner).distinct()
        async with self._database.transaction() as connection:
            rows = (await connection.execute(statement)).all()
        return sorted({row.source for row in rows}), sorted({row.owner for row in rows} - {""})

    async def owners_of_due(self, until: date, instant: int) -> list[str]:
        """Return the owners of what is due for review by a day, whoever may read it.

        They are shown to nobody: each is found by them, and asked then with rights of their own.
        """
        every = select(versions.c.owner).join(documents, documents.c.id == versions.c.document_id)
        shown = every.where(documents.c.removed_at.is_(None), versions.c.published == 1)
        shown = shown.where(versions.c.id == _shown(instant), versions.c.owner != "")
        statement = _narrowed(shown, Chosen(due_until=until), instant).distinct()
        async with self._database.transaction() as connection:
            return sorted((await connection.execute(statement)).scalars())


async def every(
    connection: AsyncConnection, acl: AclFilter, chosen: Chosen, instant: int, limit: int
) -> list[Row[Any]]:
    """Return a row for each document that fits, by id; at most `limit`."""
    statement = _narrowed(_lines(acl, instant), chosen, instant).order_by(documents.c.id)
    return list((await connection.execute(statement.limit(limit))).all())


def today(instant: int) -> str:
    """Return the day of an instant, as days are kept."""
    return day_of(instant).isoformat()


def to_line(row: Row[Any], instant: int) -> Line:
    """Return the document in a row."""
    status = Status(row.status)
    is_late = row.review_by is not None and row.review_by < today(instant)
    return Line(
        document_id=row.document_id,
        version_id=row.id,
        number=row.number,
        title=row.title,
        kind=Kind(row.kind),
        source=row.source,
        uri=row.uri,
        status=status,
        owner=row.owner,
        review_by=to_date(row.review_by),
        waiting=row.waiting,
        is_overdue=is_late and status is Status.APPROVED,
    )


def _lines(acl: AclFilter, instant: int) -> Select[Any]:
    return (
        select(
            versions.c.document_id,
            versions.c.id,
            versions.c.number,
            versions.c.title,
            versions.c.kind,
            versions.c.owner,
            versions.c.review_by,
            versions.c.blob,
            documents.c.source,
            documents.c.uri,
            documents.c.published_id,
            _status(instant).label("status"),
            _waiting().label("waiting"),
        )
        .join(documents, documents.c.id == versions.c.document_id)
        .where(documents.c.removed_at.is_(None), versions.c.published == 1)
        .where(versions.c.id == _shown(instant), readable(acl))
    )


def _shown(instant: int) -> ColumnElement[int]:
    """Return the id of a document's version in force, else of its newest."""
    own = versions.alias("own")
    covers = and_(own.c.in_force_start <= instant, own.c.in_force_end > instant)
    latest = select(func.max(own.c.id)).where(own.c.document_id == documents.c.id)
    in_force = latest.where(own.c.published == 1, covers).scalar_subquery()
    return func.coalesce(in_force, documents.c.published_id)


def _waiting() -> ColumnElement[int | None]:
    """Return the number of a document's newest version, if that waits and another counts."""
    newest = versions.alias("newest")
    waits = and_(newest.c.in_force_start == NEVER, newest.c.ended_by.is_(None))
    one = select(newest.c.number).where(newest.c.id == documents.c.published_id, waits)
    return one.scalar_subquery()


def _status(instant: int) -> ColumnElement[str]:
    is_over = and_(versions.c.ended_by.is_not(None), versions.c.in_force_end <= instant)
    return case((is_over, versions.c.ended_by), else_=versions.c.declared)


def _narrowed(statement: Select[Any], chosen: Chosen, instant: int) -> Select[Any]:
    status = _status(instant)
    is_approved = status == Status.APPROVED.value
    named = {
        documents.c.source: chosen.source,
        versions.c.kind: chosen.kind,
        status: chosen.status,
        versions.c.owner: chosen.owner,
    }
    wanted = [column == str(value) for column, value in named.items() if value]
    listed = {documents.c.id: chosen.documents, versions.c.owner: chosen.owners}
    wanted += [column.in_(sorted(some)) for column, some in listed.items() if some is not None]
    wanted += [
        versions.c.title.ilike(Phrase(word).loose, escape=ESCAPE) for word in chosen.title.split()
    ]
    if chosen.is_overdue:
        wanted += [versions.c.review_by < today(instant), is_approved]
    if chosen.due_until:
        wanted += [versions.c.review_by <= chosen.due_until.isoformat(), is_approved]
    if chosen.waits:
        wanted.append(_waiting().is_not(None))
    return statement.where(*wanted)


def _place(after: str) -> tuple[str, str]:
    try:
        first, second = json.loads(after)
    except (ValueError, TypeError) as error:
        raise BadRequest("Expected the end of a page, got something else. List anew.") from error
    if not isinstance(first, str) or not isinstance(second, str):
        raise BadRequest("Expected the end of a page, got something else. List anew.")
    return first, second
