"""The library as the indexing hand writes it: stage a version, publish it whole, remove it.

A staged version is invisible. Publishing flips it in one transaction, together with the
entry in the journal that brings the index along, so a crash leaves either the old state or
the new one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Select, bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from retrieval.database import Database
from retrieval.documents import Details, now
from retrieval.embedder import Vectors
from retrieval.journal import note
from retrieval.people.glass import close_all
from retrieval.people.lapsing import Lapsed, end, lapsed, remember
from retrieval.readership import Readership, stated
from retrieval.rows import to_details
from retrieval.staging import NewVersion, detail_values, stage_versions
from retrieval.tables import documents, passages, vectors, versions
from retrieval.timeline import hold, settle


@dataclass(frozen=True, slots=True)
class Known:
    """What the library last took in of a document: enough to tell whether it changed.

    `recipe` names how the text was made: another recipe means the content must be read again.
    """

    document_id: str
    fingerprint: str
    blob: str
    recipe: str
    details: Details
    own_details: Mapping[str, str]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Numbered:
    """A version by its document and its number."""

    document_id: str
    number: int


@dataclass(frozen=True, slots=True)
class Doomed:
    """What `purge` would delete: removed documents, and versions that were never published."""

    document_ids: tuple[str, ...]
    unpublished: int


class Shelf:
    """Where the indexing hand puts documents and takes them away."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def known(self, source: str) -> dict[str, Known]:
        """Return what is published of a source, by URI."""
        statement = (
            select(versions, documents.c.uri)
            .join(versions, versions.c.id == documents.c.published_id)
            .where(documents.c.source == source, documents.c.removed_at.is_(None))
        )
        async with self._database.transaction() as connection:
            rows = (await connection.execute(statement)).all()
        return {
            row.uri: Known(
                row.document_id,
                row.fingerprint,
                row.blob,
                row.recipe,
                to_details(row),
                row.own_details,
                tuple(row.problems),
            )
            for row in rows
        }

    async def known_vectors(self, document_id: str, model: str) -> dict[str, Vectors]:
        """Return the vectors of a document's passages by digest of their embedded text."""
        statement = (
            select(vectors.c.digest, vectors.c.vector)
            .join(passages, passages.c.id == vectors.c.passage_id)
            .join(versions, versions.c.id == passages.c.version_id)
            .where(versions.c.document_id == document_id, vectors.c.model == model)
        )
        async with self._database.transaction() as connection:
            rows = (await connection.execute(statement)).all()
        return {row.digest: np.frombuffer(row.vector, np.float32) for row in rows}

    async def stage(self, new: NewVersion) -> int:
        """Store a version where nobody sees it yet, and return its id.

        Versions of this document that an earlier crash left staged are swept away first.
        """
        [version_id] = await self.stage_all([new])
        return version_id

    async def stage_all(self, every: Sequence[NewVersion]) -> list[int]:
        """Store versions of different documents in one transaction, and return their ids."""
        async with self._database.transaction() as connection:
            return await stage_versions(connection, every)

    async def numbered(self, version_ids: Sequence[int]) -> list[Numbered]:
        """Return which versions these ids are of, staged or published, in the same order."""
        own = (versions.c.id, versions.c.document_id, versions.c.number)
        async with self._database.transaction() as connection:
            rows = await connection.execute(select(*own).where(versions.c.id.in_(version_ids)))
            found = {row.id: Numbered(row.document_id, row.number) for row in rows}
        return [found[at] for at in version_ids]

    async def stated(self, document_ids: Collection[str]) -> dict[str, Readership]:
        """Return what is published of who reads these documents, as their source states it."""
        statement: Select[Any] = (
            select(versions.c.document_id, versions.c.stated_readers, versions.c.stated_denied)
            .join(documents, documents.c.published_id == versions.c.id)
            .where(documents.c.id.in_(document_ids))
        )
        async with self._database.transaction() as connection:
            rows = (await connection.execute(statement)).all()
        return {row.document_id: stated(row) for row in rows}

    async def publish(self, version_id: int) -> None:
        """Make a staged version visible and settle which version counts when."""
        await self.publish_all([version_id])

    async def publish_all(self, version_ids: Sequence[int]) -> None:
        """Make staged versions of different documents visible, all in one transaction."""
        async with self._database.transaction() as connection:
            published = versions.c.id.in_(version_ids)
            await connection.execute(update(versions).where(published).values(published=1))
            rows = await connection.execute(
                select(versions.c.document_id, versions.c.id).where(published)
            )
            newest = {row.document_id: row.id for row in rows}
            await hold(connection, newest)
            await _point_at(connection, newest)
            changed = await settle(connection, newest)
            await note(connection, "relabel", sorted(changed))

    async def describe(self, known: Known, details: Details, fingerprint: str) -> None:
        """Change what is said of a document (readers, status, dates, ...), not its content."""
        published = select(documents.c.published_id).where(documents.c.id == known.document_id)
        async with self._database.transaction() as connection:
            await hold(connection, [known.document_id])
            await connection.execute(
                update(versions)
                .where(versions.c.id == published.scalar_subquery())
                .values(fingerprint=fingerprint, **detail_values(details))
            )
            changed = await settle(connection, [known.document_id])
            every = await _version_ids(connection, known.document_id)
            await note(connection, "relabel", sorted(changed | set(every)))

    async def restrict(self, known: Known, names: frozenset[str], denied: frozenset[str]) -> None:
        """Change who may read a document, at once; what else the source says is looked at again."""
        published = select(documents.c.published_id).where(documents.c.id == known.document_id)
        async with self._database.transaction() as connection:
            await hold(connection, [known.document_id])
            await connection.execute(
                update(versions)
                .where(versions.c.id == published.scalar_subquery())
                .values(stated_readers=sorted(names), stated_denied=sorted(denied), fingerprint="")
            )
            changed = await settle(connection, [known.document_id])
            await note(connection, "relabel", sorted(changed))

    async def move(self, document_id: str, uri: str) -> None:
        """Give a document its new URI; its id, versions and permalinks stay."""
        async with self._database.transaction() as connection:
            here = select(documents.c.source).where(documents.c.id == document_id)
            await connection.execute(
                delete(documents).where(
                    documents.c.source == here.scalar_subquery(),
                    documents.c.uri == uri,
                    documents.c.removed_at.is_not(None),
                )
            )
            await connection.execute(
                update(documents).where(documents.c.id == document_id).values(uri=uri)
            )

    async def remove(self, document_id: str) -> None:
        """Take a document out of sight at once, and end glass; `purge` forgets it for good."""
        async with self._database.transaction() as connection:
            await hold(connection, [document_id])
            await close_all(connection, document_id)
            await remember(connection, document_id)
            await connection.execute(
                update(documents).where(documents.c.id == document_id).values(removed_at=now())
            )
            changed = await settle(connection, [document_id])
            await note(connection, "drop", await _version_ids(connection, document_id))
            await note(connection, "relabel", sorted(changed))

    async def condemned(self, source: str) -> list[str]:
        """Return the blobs that only what `purge` would delete refers to."""
        gone = _gone(source)
        async with self._database.transaction() as connection:
            if (await connection.execute(gone.limit(1))).first() is None:
                return []
            own = select(versions.c.blob).where(versions.c.id.in_(gone))
            used = select(versions.c.blob).where(versions.c.id.not_in(gone))
            return sorted((await connection.execute(own.except_(used))).scalars())

    async def doomed(self, source: str) -> Doomed:
        """Return what `purge` would delete."""
        statement = _gone(source).add_columns(documents.c.id, documents.c.removed_at)
        async with self._database.transaction() as connection:
            rows = (await connection.execute(statement)).all()
        removed = {row[1] for row in rows if row.removed_at is not None}
        staged = sum(row.removed_at is None for row in rows)
        return Doomed(tuple(sorted(removed)), staged)

    async def lapsed(self, source: str) -> list[Lapsed]:
        """Return the grants of a source's documents that are removed: they must end."""
        async with self._database.transaction() as connection:
            return await lapsed(connection, source)

    async def end(self, every: Sequence[Lapsed]) -> None:
        """End such grants; nobody could read by them any more."""
        async with self._database.transaction() as connection:
            await end(connection, [each.id for each in every])

    async def purge(self, source: str) -> None:
        """Delete a source's removed documents, and versions that a crash left staged.

        Denials of them stay, for when they return, and so does what tells of broken glass.
        """
        async with self._database.transaction() as connection:
            staged = _gone(source).where(versions.c.published == 0)
            await note(connection, "drop", list((await connection.execute(staged)).scalars()))
            await connection.execute(delete(versions).where(versions.c.id.in_(_gone(source))))
            left = select(versions.c.document_id)
            await connection.execute(
                delete(documents).where(
                    documents.c.source == source,
                    documents.c.removed_at.is_not(None) | documents.c.published_id.is_(None),
                    documents.c.id.not_in(left),
                )
            )


def _gone(source: str) -> Select[Any]:
    """Return the ids of a source's versions that no reader can come to see any more."""
    return (
        select(versions.c.id)
        .join(documents, documents.c.id == versions.c.document_id)
        .where(
            documents.c.source == source,
            documents.c.removed_at.is_not(None) | (versions.c.published == 0),
        )
    )


async def _point_at(connection: AsyncConnection, newest: Mapping[str, int]) -> None:
    """Make these the versions that count as their documents' newest."""
    if newest:
        await connection.execute(
            update(documents)
            .where(documents.c.id == bindparam("of"))
            .values(published_id=bindparam("newest")),
            [{"of": document_id, "newest": at} for document_id, at in newest.items()],
        )


async def _version_ids(connection: AsyncConnection, document_id: str) -> list[int]:
    statement = select(versions.c.id).where(versions.c.document_id == document_id)
    return list((await connection.execute(statement)).scalars())
