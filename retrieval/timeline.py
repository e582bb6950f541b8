"""Which version counts when, and who may read it: derived from what the sources state.

A version counts from its effective date, or, if none is stated or the stated date did not
change with the content, from its arrival; a first version without a date has always counted.
It ends when its successor starts or after its expiry date, whichever comes first.

An older version is readable by those who may read it *and* the newest: opening a document
does not open its past, closing it closes its past.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from retrieval.access import EVERYONE
from retrieval.documents import ALWAYS, NEVER, InForce, Status, end_of, start_of
from retrieval.rows import to_date, to_in_force
from retrieval.tables import documents, readers, versions


async def settle(connection: AsyncConnection, document_id: str) -> set[int]:
    """Derive dates and readers of a document and of those it supersedes.

    Returns the ids of the versions that changed.
    """
    changed = await _settle_one(connection, document_id)
    for predecessor in await _predecessors(connection, document_id):
        changed |= await _settle_one(connection, predecessor)
    return changed


async def foresee(connection: AsyncConnection, version_id: int) -> None:
    """Give a staged first version the dates and readers that it will have once published.

    So the index learns them with its points, and need not be told again at publishing.
    """
    statement = select(versions).where(versions.c.id == version_id, versions.c.number == 1)
    row = (await connection.execute(statement)).first()
    if row is not None:
        await _write_interval(connection, row.id, _interval(row, _start(row, None), NEVER))
        await _write_readers(connection, row.id, frozenset(row.stated_readers))


def intersect(stated: Iterable[str], current: Iterable[str]) -> frozenset[str]:
    """Return the readers named by both sides, where `everyone` names all."""
    one, other = frozenset(stated), frozenset(current)
    if EVERYONE in one:
        return other
    return one if EVERYONE in other else one & other


def intervals(rows: Sequence[Row[Any]], succeeded_at: int) -> list[InForce]:
    """Return when each of a document's versions counts; `rows` are in order of number."""
    starts = [_start(row, rows[at - 1] if at else None) for at, row in enumerate(rows)]
    ends = [*starts[1:], succeeded_at]
    return [_interval(row, start, end) for row, start, end in zip(rows, starts, ends, strict=True)]


async def _settle_one(connection: AsyncConnection, document_id: str) -> set[int]:
    rows = await _published(connection, document_id)
    if not rows:
        return set()
    changed = set()
    succeeded_at = await _succeeded_at(connection, document_id)
    for row, interval in zip(rows, intervals(rows, succeeded_at), strict=True):
        if interval != to_in_force(row):
            await _write_interval(connection, row.id, interval)
            changed.add(row.id)
        names = intersect(row.stated_readers, rows[-1].stated_readers)
        if await _write_readers(connection, row.id, names):
            changed.add(row.id)
    return changed


async def _published(connection: AsyncConnection, document_id: str) -> Sequence[Row[Any]]:
    statement = (
        select(versions)
        .where(versions.c.document_id == document_id, versions.c.published == 1)
        .order_by(versions.c.number)
    )
    return (await connection.execute(statement)).all()


async def _predecessors(connection: AsyncConnection, document_id: str) -> list[str]:
    own = documents.alias()
    statement = (
        select(documents.c.id)
        .join(versions, versions.c.supersedes == documents.c.uri)
        .join(own, own.c.id == versions.c.document_id)
        .where(own.c.id == document_id, documents.c.source == own.c.source)
        .where(documents.c.id != document_id)
        .distinct()
    )
    return list((await connection.execute(statement)).scalars())


async def _succeeded_at(connection: AsyncConnection, document_id: str) -> int:
    """Return when the first version of a document that supersedes this one starts."""
    own = documents.alias()
    statement = (
        select(versions)
        .join(documents, documents.c.id == versions.c.document_id)
        .join(own, own.c.uri == versions.c.supersedes)
        .where(own.c.id == document_id, documents.c.source == own.c.source)
        .where(documents.c.removed_at.is_(None), documents.c.id != document_id)
        .where(documents.c.published_id == versions.c.id)
    )
    rows = (await connection.execute(statement)).all()
    return min((_stated_start(row) for row in rows), default=NEVER)


def _start(row: Row[Any], previous: Row[Any] | None) -> int:
    if previous is None:
        return start_of(day) if (day := to_date(row.effective_from)) else ALWAYS
    if row.effective_from == previous.effective_from:
        return int(row.added_at)
    return _stated_start(row)


def _stated_start(row: Row[Any]) -> int:
    day = to_date(row.effective_from)
    return start_of(day) if day else int(row.added_at)


def _interval(row: Row[Any], start: int, succeeded_at: int) -> InForce:
    expires = to_date(row.expires_on)
    expired_at = end_of(expires) if expires else NEVER
    if succeeded_at < NEVER and succeeded_at <= expired_at:
        return InForce(start, succeeded_at, Status.SUPERSEDED)
    if expired_at < NEVER:
        return InForce(start, expired_at, Status.EXPIRED)
    return InForce(start, NEVER, None)


async def _write_interval(connection: AsyncConnection, version_id: int, when: InForce) -> None:
    await connection.execute(
        update(versions)
        .where(versions.c.id == version_id)
        .values(
            in_force_start=when.start,
            in_force_end=when.end,
            ended_by=when.ended_by.value if when.ended_by else None,
        )
    )


async def _write_readers(
    connection: AsyncConnection, version_id: int, names: frozenset[str]
) -> bool:
    present = select(readers.c.reader).where(readers.c.version_id == version_id)
    if names == frozenset((await connection.execute(present)).scalars()):
        return False
    await connection.execute(delete(readers).where(readers.c.version_id == version_id))
    if names:
        rows = [{"version_id": version_id, "reader": name} for name in sorted(names)]
        await connection.execute(insert(readers), rows)
    return True
