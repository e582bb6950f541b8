"""Which version counts when, and who may read it: derived from what the sources state.

A version counts from its effective date, or, if none is stated or the stated date did not
change with the content, from its arrival; a first version without a date has always counted.
It ends when its successor starts or after its expiry date, whichever comes first.

A document of another name succeeds only where all who may read the old one may read it too:
otherwise it would tell of itself to those who may not know of it. An administrator who breaks the
glass over the old one learns that it was succeeded, and not by what: to read it as if it were in
force would mislead them. What people decide about status is added in `governance/standing.py`. Who
may read an older version is derived in `readership.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from retrieval.documents import NEVER, start_of
from retrieval.governance.counting import Counting, counting, write_counts
from retrieval.governance.deciding import UNDECIDED, decided
from retrieval.readership import NOBODY, Readership, additions, derived, stated, write
from retrieval.rows import to_date
from retrieval.tables import documents, versions

_PIECE = 500


async def hold(connection: AsyncConnection, document_ids: Collection[str]) -> None:
    """Have nobody else settle these documents until this transaction ends.

    SQLite has one writer at a time anyway, and takes no notice.
    """
    if connection.dialect.name == "sqlite":
        return
    listed = sorted(set(document_ids))
    for start in range(0, len(listed), _PIECE):
        piece = documents.c.id.in_(listed[start : start + _PIECE])
        held = select(documents.c.id).where(piece).order_by(documents.c.id).with_for_update()
        await connection.execute(held)


async def settle(connection: AsyncConnection, document_ids: Collection[str]) -> set[int]:
    """Derive dates, status, owner and readers of documents and of those they supersede.

    Returns the ids of the versions that changed.
    """
    every = {*document_ids, *await _predecessors(connection, document_ids)}
    published = await _published(connection, every)
    successors = await _successors(connection, published)
    added = await additions(connection, {*published, *(row.document_id for _, row in successors)})
    succeeded_at = _succeeded_at(published, successors, added)
    said = await decided(connection, published)
    counts: list[Counting] = []
    names: dict[int, Readership] = {}
    for document_id, rows in published.items():
        what = said.get(document_id, UNDECIDED)
        counts += counting(rows, what, succeeded_at.get(document_id, NEVER))
        names |= derived(rows, added.get(document_id, NOBODY))
    rows_by_id = {row.id: row for rows in published.values() for row in rows}
    return await write_counts(connection, counts, rows_by_id) | await write(connection, names)


async def foresee(connection: AsyncConnection, version_ids: Sequence[int]) -> None:
    """Give staged first versions the dates, status and readers that they will have once published.

    So the index learns them with its points, and need not be told again at publishing.
    """
    first = select(versions).where(versions.c.id.in_(version_ids), versions.c.number == 1)
    rows = (await connection.execute(first)).all()
    documents_of = {row.document_id for row in rows}
    said = await decided(connection, documents_of)
    counts = [
        each
        for row in rows
        for each in counting([row], said.get(row.document_id, UNDECIDED), NEVER)
    ]
    await write_counts(connection, counts, {row.id: row for row in rows})
    added = await additions(connection, documents_of)
    names = {row.id: stated(row).joined(added.get(row.document_id, NOBODY)) for row in rows}
    await write(connection, names)


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
) -> list[tuple[str, Row[Any]]]:
    """Return the newest versions that say they supersede one of these, each with that one's id.

    In two statements, each by an index: as one join of documents with documents SQLite takes
    half a minute for 500 of 20,000.
    """
    own = (documents.c.id, documents.c.source, documents.c.uri)
    there = await connection.execute(select(*own).where(documents.c.id.in_(document_ids)))
    named = {(row.source, row.uri): row.id for row in there}
    newest = (
        select(versions, documents.c.source)
        .join(documents, documents.c.published_id == versions.c.id)
        .where(versions.c.supersedes.in_(sorted({uri for _, uri in named})))
        .where(documents.c.removed_at.is_(None))
    )
    found = [
        (named.get((row.source, row.supersedes), row.document_id), row)
        for row in await connection.execute(newest)
    ]
    return [(succeeded, row) for succeeded, row in found if succeeded != row.document_id]


def _succeeded_at(
    published: Mapping[str, Sequence[Row[Any]]],
    successors: Sequence[tuple[str, Row[Any]]],
    added: Mapping[str, Readership],
) -> dict[str, int]:
    """Return when the first successor that all readers of a document may read starts."""
    starts: dict[str, int] = {}
    for succeeded, row in successors:
        newest = published[succeeded][-1]
        readers = stated(newest).joined(added.get(succeeded, NOBODY))
        if readers.is_within(stated(row).joined(added.get(row.document_id, NOBODY))):
            starts[succeeded] = min(starts.get(succeeded, NEVER), _stated_start(row))
    return starts


def _stated_start(row: Row[Any]) -> int:
    day = to_date(row.effective_from)
    return start_of(day) if day else int(row.added_at)
