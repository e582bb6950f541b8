"""Grants that end with what they are of; denials wait for it.

A document that is deleted and made again is the same to whoever was denied it. A denial holds for
it again, since it only ever closes; a grant would open it to somebody with nobody saying so. So a
grant ends when its document or its source is removed, on record like any other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from retrieval.people.tables import grants
from retrieval.readership import DENY, GRANT
from retrieval.tables import documents, sources

_PIECE = 500


@dataclass(frozen=True, slots=True)
class Lapsed:
    """A grant that is about to end: its number, whom it lets in, and to which document."""

    id: int
    reader: str
    document_id: str | None


async def remember(connection: AsyncConnection, document_id: str) -> None:
    """Have the denials of a document that is being removed know where it lay."""
    here = select(documents.c.uri).where(documents.c.id == document_id).scalar_subquery()
    chosen = (grants.c.document_id == document_id) & (grants.c.effect == DENY)
    await connection.execute(update(grants).where(chosen).values(place=here))


async def rebind(connection: AsyncConnection, fresh: Mapping[str, tuple[str, str]]) -> None:
    """Have denials of what lay where these new documents lie hold for them.

    `fresh` has the source and the URI of each, by its id. That id is another one than before
    where a document had moved, and only denials of what is not there now are given to it.
    """
    by_place = {place: document_id for document_id, place in fresh.items()}
    for start in range(0, len(by_place), _PIECE):
        uris = [uri for _, uri in list(by_place)[start : start + _PIECE]]
        own = (grants.c.id, grants.c.source, grants.c.place)
        waiting = select(*own).where(grants.c.place.in_(uris), ~_is_document_there())
        for row in (await connection.execute(waiting)).all():
            if document_id := by_place.get((row.source, row.place)):
                bound = update(grants).where(grants.c.id == row.id)
                await connection.execute(bound.values(document_id=document_id))


async def lapsed(connection: AsyncConnection, source: str) -> list[Lapsed]:
    """Return a source's grants of documents that are removed, by their numbers."""
    chosen = grants.c.document_id.is_not(None) & is_gone()
    return await _chosen(connection, source, chosen)


async def lapsing(connection: AsyncConnection, source: str) -> list[Lapsed]:
    """Return every grant that ends when this source is removed, by their numbers."""
    return await _chosen(connection, source)


async def end(connection: AsyncConnection, numbers: Sequence[int]) -> None:
    """Delete the grants of these numbers; who reads what is still there is derived elsewhere."""
    for start in range(0, len(numbers), _PIECE):
        chosen = grants.c.id.in_(numbers[start : start + _PIECE])
        await connection.execute(delete(grants).where(chosen))


async def end_all(connection: AsyncConnection, source: str) -> None:
    """Delete every grant of a source, and no denial."""
    chosen = (grants.c.source == source) & (grants.c.effect == GRANT)
    await connection.execute(delete(grants).where(chosen))


def is_gone() -> ColumnElement[bool]:
    """Return whether what a row of `grants` is of is not there now."""
    source = exists().where(sources.c.name == grants.c.source)
    return ~source | (grants.c.document_id.is_not(None) & ~_is_document_there())


def _is_document_there() -> ColumnElement[bool]:
    own = documents.c.id == grants.c.document_id
    return exists().where(own, documents.c.removed_at.is_(None))


async def _chosen(
    connection: AsyncConnection, source: str, *more: ColumnElement[bool]
) -> list[Lapsed]:
    own = (grants.c.id, grants.c.reader, grants.c.document_id)
    statement = select(*own).where(grants.c.source == source, grants.c.effect == GRANT, *more)
    return [Lapsed(*row) for row in await connection.execute(statement.order_by(grants.c.id))]
