"""Which version counts when, and who may read it: derived from what the sources state.

A version counts from its effective date, or, if none is stated or the stated date did not
change with the content, from its arrival; a first version without a date has always counted.
It ends when its successor starts or after its expiry date, whichever comes first.

A document of another name succeeds only where all who may read the old one may read it too:
otherwise it would tell of itself to those who may not know of it. An administrator who breaks the
glass over the old one learns that it was succeeded, and not by what: to read it as if it were in
force would mislead them. Who may read an older version is derived in `readership.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from retrieval.documents import ALWAYS, NEVER, InForce, Status, end_of, start_of
from retrieval.readership import NOBODY, Readership, additions, derived, stated, write
from retrieval.rows import to_date, to_in_force
from retrieval.tables import documents, versions


async def settle(connection: AsyncConnection, document_ids: Collection[str]) -> set[int]:
    """Derive dates and readers of documents and of those they supersede.

    Returns the ids of the versions that changed.
    """
    every = {*document_ids, *await _predecessors(connection, document_ids)}
    published = await _published(connection, every)
    successors = await _successors(connection, published)
    added = await additions(connection, {*published, *(row.document_id for row in successors)})
    succeeded_at = _succeeded_at(published, successors, added)
    dates: list[tuple[int, InForce]] = []
    names: dict[int, Readership] = {}
    for document_id, rows in published.items():
        counts = intervals(rows, succeeded_at.get(document_id, NEVER))
        for row, interval in zip(rows, counts, strict=True):
            if interval != to_in_force(row):
                dates.append((row.id, interval))
        names |= derived(rows, added.get(document_id, NOBODY))
    await _write_intervals(connection, dates)
    return {at for at, _ in dates} | await write(connection, names)


async def foresee(connection: AsyncConnection, version_ids: Sequence[int]) -> None:
    """Give staged first versions the dates and readers that they will have once published.

    So the index learns them with its points, and need not be told again at publishing.
    """
    first = select(versions).where(versions.c.id.in_(version_ids), versions.c.number == 1)
    rows = (await connection.execute(first)).all()
    dates = [(row.id, _interval(row, _start(row, None), NEVER)) for row in rows]
    await _write_intervals(connection, dates)
    added = await additions(connection, {row.document_id for row in rows})
    names = {row.id: stated(row).joined(added.get(row.document_id, NOBODY)) for row in rows}
    await write(connection, names)


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


async def _successors(
    connection: AsyncConnection, document_ids: Collection[str]
) -> Sequence[Row[Any]]:
    """Return the newest versions that say they supersede one of these; `succeeded` is that one."""
    own = documents.alias()
    statement = (
        select(versions, own.c.id.label("succeeded"))
        .join(documents, documents.c.id == versions.c.document_id)
        .join(own, own.c.uri == versions.c.supersedes)
        .where(own.c.id.in_(document_ids), documents.c.source == own.c.source)
        .where(documents.c.removed_at.is_(None), documents.c.id != own.c.id)
        .where(documents.c.published_id == versions.c.id)
    )
    return (await connection.execute(statement)).all()


def _succeeded_at(
    published: Mapping[str, Sequence[Row[Any]]],
    successors: Sequence[Row[Any]],
    added: Mapping[str, Readership],
) -> dict[str, int]:
    """Return when the first successor that all readers of a document may read starts."""
    starts: dict[str, int] = {}
    for row in successors:
        newest = published[row.succeeded][-1]
        readers = stated(newest).joined(added.get(row.succeeded, NOBODY))
        if readers.is_within(stated(row).joined(added.get(row.document_id, NOBODY))):
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
