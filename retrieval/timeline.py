"""Which version counts when, and who may read it: derived from what the sources state.

A version counts from its effective date, or, if none is stated or the stated date did not
change with the content, from its arrival; a first version without a date has always counted.
It ends when its successor starts or after its expiry date, whichever comes first.

An older version is readable by those who may read it *and* the newest: opening a document
does not open its past, closing it closes its past.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from retrieval.access import EVERYONE
from retrieval.documents import ALWAYS, NEVER, InForce, Status, end_of, start_of
from retrieval.rows import to_date, to_in_force
from retrieval.tables import documents, readers, versions


async def settle(connection: AsyncConnection, document_ids: Collection[str]) -> set[int]:
    """Derive dates and readers of documents and of those they supersede.

    Returns the ids of the versions that changed.
    """
    every = {*document_ids, *await _predecessors(connection, document_ids)}
    published = await _published(connection, every)
    succeeded_at = await _succeeded_at(connection, published)
    dates: list[tuple[int, InForce]] = []
    names: dict[int, frozenset[str]] = {}
    for document_id, rows in published.items():
        counts = intervals(rows, succeeded_at.get(document_id, NEVER))
        for row, interval in zip(rows, counts, strict=True):
            if interval != to_in_force(row):
                dates.append((row.id, interval))
            names[row.id] = intersect(row.stated_readers, rows[-1].stated_readers)
    await _write_intervals(connection, dates)
    return {at for at, _ in dates} | await _write_readers(connection, names)


async def foresee(connection: AsyncConnection, version_ids: Sequence[int]) -> None:
    """Give staged first versions the dates and readers that they will have once published.

    So the index learns them with its points, and need not be told again at publishing.
    """
    first = select(versions).where(versions.c.id.in_(version_ids), versions.c.number == 1)
    rows = (await connection.execute(first)).all()
    dates = [(row.id, _interval(row, _start(row, None), NEVER)) for row in rows]
    await _write_intervals(connection, dates)
    await _write_readers(connection, {row.id: frozenset(row.stated_readers) for row in rows})


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


async def _published(
    connection: AsyncConnection, document_ids: Collection[str]
) -> dict[str, list[Row[Any]]]:
    """Return the published versions of each document that has any, in order of number."""
    statement = (
        select(versions)
        .where(versions.c.document_id.in_(document_ids), versions.c.published == 1)
        .order_by(versions.c.number)
    )
    found: dict[str, list[Row[Any]]] = {}
    for row in await connection.execute(statement):
        found.setdefault(row.document_id, []).append(row)
    return found


async def _predecessors(
    connection: AsyncConnection, document_ids: Collection[str]
) -> Sequence[str]:
    own = documents.alias()
    statement = (
        select(documents.c.id)
        .join(versions, versions.c.supersedes == documents.c.uri)
        .join(own, own.c.id == versions.c.document_id)
        .where(own.c.id.in_(document_ids), documents.c.source == own.c.source)
        .where(documents.c.id != own.c.id)
        .distinct()
    )
    return (await connection.execute(statement)).scalars().all()


async def _succeeded_at(
    connection: AsyncConnection, document_ids: Collection[str]
) -> dict[str, int]:
    """Return when the first version of a document that supersedes one of these starts."""
    own = documents.alias()
    statement = (
        select(versions, own.c.id.label("succeeded"))
        .join(documents, documents.c.id == versions.c.document_id)
        .join(own, own.c.uri == versions.c.supersedes)
        .where(own.c.id.in_(document_ids), documents.c.source == own.c.source)
        .where(documents.c.removed_at.is_(None), documents.c.id != own.c.id)
        .where(documents.c.published_id == versions.c.id)
    )
    starts: dict[str, int] = {}
    for row in await connection.execute(statement):
        starts[row.succeeded] = min(starts.get(row.succeeded, NEVER), _stated_start(row))
    return starts


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


async def _write_intervals(
    connection: AsyncConnection, dates: Sequence[tuple[int, InForce]]
) -> None:
    if not dates:
        return
    statement = (
        update(versions)
        .where(versions.c.id == bindparam("of"))
        .values(
            in_force_start=bindparam("starts"),
            in_force_end=bindparam("ends"),
            ended_by=bindparam("by"),
        )
    )
    values = [
        {
            "of": version_id,
            "starts": when.start,
            "ends": when.end,
            "by": when.ended_by.value if when.ended_by else None,
        }
        for version_id, when in dates
    ]
    await connection.execute(statement, values)


async def _write_readers(
    connection: AsyncConnection, names: Mapping[int, frozenset[str]]
) -> set[int]:
    """Write who may read each version; return the ids of those where that is new."""
    present: dict[int, set[str]] = {}
    statement = select(readers).where(readers.c.version_id.in_(names))
    for row in await connection.execute(statement):
        present.setdefault(row.version_id, set()).add(row.reader)
    changed = {at for at, wanted in names.items() if wanted != present.get(at, set())}
    if changed:
        await connection.execute(delete(readers).where(readers.c.version_id.in_(changed)))
    rows = [
        {"version_id": at, "reader": name} for at in sorted(changed) for name in sorted(names[at])
    ]
    if rows:
        await connection.execute(insert(readers), rows)
    return changed
