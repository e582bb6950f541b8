"""How much the library holds, for operators: counts by source, never contents."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import distinct, func, select

from retrieval.database import Database
from retrieval.tables import documents, passages, readers, versions


@dataclass(frozen=True, slots=True)
class Count:
    """What the library holds of one source. `closed` documents have no readers at all."""

    source: str
    documents: int
    versions: int
    passages: int
    closed: int


@dataclass(frozen=True, slots=True)
class Totals:
    """What the library holds of all sources."""

    documents: int
    passages: int


class Census:
    """Counts what is published."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def by_source(self) -> list[Count]:
        """Return the counts of every source that has documents, by name."""
        parts = select(func.count()).where(passages.c.version_id == versions.c.id)
        statement = (
            select(
                documents.c.source,
                func.count(distinct(documents.c.id)),
                func.count(versions.c.id),
                func.sum(parts.scalar_subquery()),
            )
            .join(versions, versions.c.document_id == documents.c.id)
            .where(documents.c.removed_at.is_(None), versions.c.published == 1)
            .group_by(documents.c.source)
            .order_by(documents.c.source)
        )
        async with self._database.transaction() as connection:
            rows = (await connection.execute(statement)).all()
            closed = {str(name): count for name, count in await connection.execute(_CLOSED)}
        return [
            Count(source, own, states, int(held), closed.get(source, 0))
            for source, own, states, held in rows
        ]

    async def totals(self) -> Totals:
        """Return the counts of what is published and was not removed."""
        kept = documents.c.removed_at.is_(None)
        whole = select(func.count()).where(kept, documents.c.published_id.is_not(None))
        parts = (
            select(func.count())
            .select_from(passages)
            .join(versions, versions.c.id == passages.c.version_id)
            .join(documents, documents.c.id == versions.c.document_id)
            .where(kept, versions.c.published == 1)
        )
        async with self._database.transaction() as connection:
            counted = [(await connection.execute(each)).scalar_one() for each in (whole, parts)]
        return Totals(*counted)

    async def holds(self, source: str, uri: str, blob: str) -> bool:
        """Return whether what is published at a URI was made of this original.

        Of an export it is enough that a record in it is there.
        """
        at = (documents.c.uri == uri) & (versions.c.blob == blob)
        below = documents.c.uri.startswith(f"{uri}#", autoescape=True)
        statement = (
            select(documents.c.id)
            .join(versions, versions.c.id == documents.c.published_id)
            .where(documents.c.source == source, documents.c.removed_at.is_(None), at | below)
            .limit(1)
        )
        async with self._database.transaction() as connection:
            return (await connection.execute(statement)).first() is not None

    async def digest(self) -> str:
        """Return a short hash of what is published: which documents, of what content, when.

        Two libraries that were made of the same files have the same.
        """
        columns = (
            documents.c.id,
            versions.c.number,
            versions.c.blob,
            versions.c.title,
            versions.c.stated_readers,
            versions.c.stated_denied,
            versions.c.effective_from,
            versions.c.expires_on,
        )
        statement = (
            select(*columns)
            .join(versions, versions.c.document_id == documents.c.id)
            .where(documents.c.removed_at.is_(None), versions.c.published == 1)
            .order_by(documents.c.id, versions.c.number)
        )
        told = hashlib.sha256()
        async with self._database.transaction() as connection:
            for row in await connection.execute(statement):
                told.update(repr(tuple(row)).encode())
        return told.hexdigest()[:12]

    async def blobs(self) -> list[str]:
        """Return the name of every original that a version was made from."""
        statement = select(versions.c.blob).distinct().order_by(versions.c.blob)
        async with self._database.transaction() as connection:
            return list((await connection.execute(statement)).scalars())


_CLOSED = (
    select(documents.c.source, func.count())
    .where(
        documents.c.removed_at.is_(None),
        documents.c.published_id.is_not(None),
        documents.c.published_id.not_in(select(readers.c.version_id)),
    )
    .group_by(documents.c.source)
)
