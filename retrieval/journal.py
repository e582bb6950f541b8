"""What the index still has to learn from the library, in order.

Writers note a change in the same transaction that makes it. A note names a version and is
resolved to that version's present state when the index takes it, so repeating or skipping
ahead converges on the truth.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Row, Select, bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from retrieval.database import Database
from retrieval.documents import Stood
from retrieval.embedder import Vectors
from retrieval.governance.deciding import stood
from retrieval.index import Change, Drop, Index, Labels, Point, Put, Relabel
from retrieval.readership import NOBODY, Readership, readerships
from retrieval.tables import (
    documents,
    index_changes,
    index_positions,
    passages,
    vectors,
    versions,
)

_BATCH = 500


@dataclass(frozen=True, slots=True)
class _Note:
    position: int
    version_id: int
    action: str


class Journal:
    """Brings an index along with the library, and streams every point for a rebuild.

    `is_titled` is whether a passage's title is among its keywords; an evaluation may leave it out.
    """

    def __init__(self, database: Database, *, is_titled: bool = True) -> None:
        self._database = database
        self._is_titled = is_titled

    async def bring_along(self, index: Index, name: str) -> int:
        """Apply every change that the index called `name` has not taken yet; return how many.

        The position is saved after the index has acknowledged, so a crash repeats, never skips.
        An index without a position is new and is first filled with every point.
        """
        taken = 0 if await self._known(name) else await self._fill(index, name)
        while notes := await self._next(name):
            async for changes in self._changes(notes):
                await index.apply(changes)
            await self.mark(name, notes[-1].position)
            taken += len(notes)
        return taken

    async def points(self, after_id: int, limit: int) -> list[Point]:
        """Return up to `limit` points with an id above `after_id`, in order of id."""
        return await self._page(_points(), after_id, limit)

    async def count_foreign(self, model: str) -> int:
        """Return how many passages have a vector of another model than this."""
        statement = select(func.count()).select_from(vectors).where(vectors.c.model != model)
        async with self._database.transaction() as connection:
            return int((await connection.execute(statement)).scalar_one())

    async def foreign(self, model: str, limit: int) -> list[tuple[int, str]]:
        """Return up to `limit` passages with a vector of another model: id and embedded text."""
        statement = _points().where(vectors.c.model != model).order_by(passages.c.id)
        async with self._database.transaction() as connection:
            rows = (await connection.execute(statement.limit(limit))).all()
        return [
            (row.id, f"{context_of(row.title, json.loads(row.headings))}\n{row.text}")
            for row in rows
        ]

    async def save_vectors(self, model: str, ids: Sequence[int], rows: Vectors) -> None:
        """Overwrite the vectors of passages; row i belongs to ids[i]."""
        statement = (
            update(vectors)
            .where(vectors.c.passage_id == bindparam("of"))
            .values(model=bindparam("by"), vector=bindparam("is_now"))
        )
        values = [
            {"of": at, "by": model, "is_now": row.tobytes()}
            for at, row in zip(ids, np.ascontiguousarray(rows, np.float32), strict=True)
        ]
        async with self._database.transaction() as connection:
            await connection.execute(statement, values)

    async def count(self) -> int:
        """Return how many points an index should hold."""
        statement = select(func.count()).select_from(_points().subquery())
        async with self._database.transaction() as connection:
            return int((await connection.execute(statement)).scalar_one())

    async def newest(self) -> int:
        """Return the position of the newest note, 0 if there is none."""
        statement = select(func.coalesce(func.max(index_changes.c.id), 0))
        async with self._database.transaction() as connection:
            return int((await connection.execute(statement)).scalar_one())

    async def mark(self, name: str, position: int) -> None:
        """Say that the index called `name` holds everything noted up to `position`."""
        async with self._database.transaction() as connection:
            await connection.execute(
                delete(index_positions).where(index_positions.c.index_name == name)
            )
            await connection.execute(
                insert(index_positions).values(index_name=name, position=position)
            )

    async def _page(self, chosen: Select[Any], after_id: int, limit: int) -> list[Point]:
        statement = chosen.where(passages.c.id > after_id).order_by(passages.c.id).limit(limit)
        async with self._database.transaction() as connection:
            rows = (await connection.execute(statement)).all()
            labels = await _labels(connection, {row.version_id for row in rows})
        return [  # a version may have gone since the rows were read
            _to_point(row, labels[row.version_id], self._is_titled)
            for row in rows
            if row.version_id in labels
        ]

    async def _known(self, name: str) -> bool:
        statement = select(index_positions).where(index_positions.c.index_name == name)
        async with self._database.transaction() as connection:
            return (await connection.execute(statement)).first() is not None

    async def _fill(self, index: Index, name: str) -> int:
        position = await self.newest()
        filled, after = 0, 0
        while points := await self.points(after, _BATCH):
            await index.apply([Put(tuple(points))])
            filled, after = filled + len(points), points[-1].id
        await self.mark(name, position)
        return filled

    async def _next(self, name: str) -> list[_Note]:
        """Return the next notes, at most one batch."""
        reached = (
            select(index_positions.c.position)
            .where(index_positions.c.index_name == name)
            .scalar_subquery()
        )
        statement = (
            select(index_changes)
            .where(index_changes.c.id > func.coalesce(reached, 0))
            .order_by(index_changes.c.id)
            .limit(_BATCH)
        )
        async with self._database.transaction() as connection:
            rows = await connection.execute(statement)
            return [_Note(row.id, row.version_id, row.action) for row in rows]

    async def _changes(self, notes: Sequence[_Note]) -> AsyncIterator[list[Change]]:
        """Yield what the notes come to, a page of points at a time."""
        noted = {each.version_id for each in notes}
        async with self._database.transaction() as connection:
            labels = await _labels(connection, noted)
        put = {each.version_id for each in notes if each.action == "put"} & labels.keys()
        changes: list[Change] = [Drop(each) for each in sorted(noted - labels.keys())]
        changes += [Relabel(labels[each]) for each in sorted(labels.keys() - put)]
        if changes:
            yield changes
        after, chosen = 0, _points().where(passages.c.version_id.in_(put))
        while points := await self._page(chosen, after, _BATCH):
            yield [Put(tuple(points))]
            after = points[-1].id


async def note(connection: AsyncConnection, action: str, version_ids: Sequence[int]) -> None:
    """Note in the present transaction that the index must look at these versions again."""
    if version_ids:
        rows = [{"version_id": each, "action": action} for each in version_ids]
        await connection.execute(insert(index_changes), rows)


def _points() -> Select[Any]:
    return (
        select(passages, vectors.c.vector, versions.c.title)
        .join(vectors, vectors.c.passage_id == passages.c.id)
        .join(versions, versions.c.id == passages.c.version_id)
        .join(documents, documents.c.id == versions.c.document_id)
        .where(documents.c.removed_at.is_(None))
    )


async def _labels(connection: AsyncConnection, version_ids: set[int]) -> dict[int, Labels]:
    """Return the labels of those of the versions whose document still exists."""
    ids = sorted(version_ids)
    statement = (
        select(versions, documents.c.source)
        .join(documents, documents.c.id == versions.c.document_id)
        .where(documents.c.removed_at.is_(None), versions.c.id.in_(ids))
    )
    rows = (await connection.execute(statement)).all()
    named = await readerships(connection, ids)
    past = await stood(connection, [row.id for row in rows if row.has_past])
    return {
        row.id: _to_labels(row, named.get(row.id, NOBODY), past.get(row.id, ())) for row in rows
    }


def _to_labels(row: Row[Any], named: Readership, past: Sequence[Stood]) -> Labels:
    return Labels(
        document_id=row.document_id,
        version_id=row.id,
        source=row.source,
        kind=row.kind,
        declared=row.declared,
        ended_by=row.ended_by or "",
        start=row.in_force_start,
        end=row.in_force_end,
        readers=tuple(sorted(named.readers)),
        denied=tuple(sorted(named.denied)),
        parties=tuple(row.parties),
        past=tuple((each.start, each.end, each.status.value) for each in past),
    )


def _to_point(row: Row[Any], labels: Labels, is_titled: bool) -> Point:
    return Point(
        id=row.id,
        vector=np.frombuffer(row.vector, np.float32),
        context=context_of(row.title if is_titled else "", json.loads(row.headings)),
        text=row.text,
        labels=labels,
    )


def context_of(title: str, headings: Sequence[str]) -> str:
    """Return what stands in front of a passage when it is embedded and keyword-indexed."""
    return "\n".join(part for part in (title, " › ".join(headings)) if part)


def open_points(url: str) -> Journal:
    """Return the journal of the database at `url`, for a process that builds an index."""
    return Journal(Database(url))
