"""The index on a Qdrant server or cluster, for when one machine is outgrown.

`url` may also be ":memory:": qdrant-client's own pure Python index, exact and slow, the
reference that tests and benchmarks compare with.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import numpy as np
from qdrant_client import AsyncQdrantClient, models

from retrieval.errors import Damaged, Unavailable
from retrieval.index import Change, Drop, Hit, IndexQuery, Point, Put, Relabel
from retrieval.qdrant import points
from retrieval.qdrant.bm25 import Words
from retrieval.qdrant.client import MEMORY, ServerSettings, connect, translated
from retrieval.qdrant.collection import discard, prepare
from retrieval.qdrant.folder import Make
from retrieval.qdrant.fusion import fuse, ranked
from retrieval.qdrant.generation import make_of
from retrieval.qdrant.points import (
    DENSE,
    REINDEX,
    WORDS,
    Above,
    All,
    AnyOf,
    AtMost,
    Condition,
    Either,
    Holds,
    NoneOf,
    Ranking,
)

__all__ = ["MEMORY", "ServerIndex", "ServerSettings"]

_SLICE = 100
_PAGE = 500


class ServerIndex:
    """An `Index` in one collection. Made by `open`; many processes may share it."""

    def __init__(
        self, client: AsyncQdrantClient, name: str, dimension: int, settings: ServerSettings
    ) -> None:
        self.name = name
        self._client = client
        self._dimension = dimension
        self._settings = settings
        self._collection = settings.collection
        self._words = Words()

    @classmethod
    async def open(cls, settings: ServerSettings, *, model: str, dimension: int) -> ServerIndex:
        """Connect, and make the collection if there is none.

        Raises `Mismatch` if it was made with another model, `Unavailable` if the server does
        not answer, `Damaged` if the collection is not ours.
        """
        return await cls._open(settings, make_of(model, dimension), is_anew=False)

    @classmethod
    async def anew(cls, settings: ServerSettings, *, model: str, dimension: int) -> ServerIndex:
        """Connect and replace our collection by an empty one of another name: `pincite reindex`.

        Raises `Damaged` rather than delete a collection that is not ours.
        """
        return await cls._open(settings, make_of(model, dimension), is_anew=True)

    async def apply(self, changes: Sequence[Change]) -> None:
        """Make the changes, in order; each waits until the server has made it."""
        with translated(self._settings.url):
            for change in changes:
                await self._make(change)

    async def query(self, query: IndexQuery) -> list[Hit]:
        """Return the best points that readers and scope admit, best first."""
        points.check_limit(query.limit)
        ranking = self._settings.ranking
        depth = ranking.depth(query.limit)
        with translated(self._settings.url):
            lists = await asyncio.gather(
                ranked(lambda limit: self._nearest(query, limit), depth),
                ranked(lambda limit: self._alike(query, limit), depth),
            )
        return fuse(lists, ranking.fusion, query.limit)

    async def scan(self) -> AsyncIterator[Point]:
        """Yield every point in id order, with `context` and `text` empty."""
        page = await self._page(0)
        while page:
            for point in page:
                yield point
            page = await self._page(page[-1].id)

    async def count(self) -> int:
        """Return how many points there are."""
        with translated(self._settings.url):
            return (await self._client.count(self._collection)).count

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.close()

    @classmethod
    async def _open(cls, settings: ServerSettings, make: Make, *, is_anew: bool) -> ServerIndex:
        client = connect(settings)
        try:
            with translated(settings.url):
                if is_anew:
                    await discard(client, settings)
                name = await prepare(client, settings, make)
        except BaseException:
            await client.close()
            raise
        return cls(client, name, make.dimension, settings)

    async def _make(self, change: Change) -> None:
        ordering = models.WriteOrdering.MEDIUM
        where: dict[str, Any] = {
            "collection_name": self._collection,
            "wait": True,
            "ordering": ordering,
        }
        match change:
            case Put(given):
                for at in range(0, len(given), _SLICE):
                    structs = [self._struct(each) for each in given[at : at + _SLICE]]
                    _check_done(await self._client.upsert(points=structs, **where))
            case Relabel(labels):
                _check_done(
                    await self._client.overwrite_payload(
                        payload=points.to_payload(labels),
                        points=_filter(points.of_version(labels.version_id)),
                        **where,
                    )
                )
            case Drop(version_id):
                selector = models.FilterSelector(filter=_filter(points.of_version(version_id)))
                _check_done(await self._client.delete(points_selector=selector, **where))

    def _struct(self, point: Point) -> models.PointStruct:
        words = self._words.of_passage(point.context, point.text)
        vector: dict[str, Any] = {
            DENSE: points.floats(point.vector, self._dimension),
            WORDS: models.SparseVector(indices=words.indices, values=words.values),
        }
        return models.PointStruct(
            id=point.id, vector=vector, payload=points.to_payload(point.labels)
        )

    async def _nearest(self, query: IndexQuery, limit: int) -> list[Hit]:
        vector = points.floats(query.vector, self._dimension)
        seen = _filter(points.admitted(query.acl, query.scope))
        return await self._best(vector, DENSE, seen, await self._reach(seen), limit)

    async def _alike(self, query: IndexQuery, limit: int) -> list[Hit]:
        words = self._words.of_question(query.words)
        if not words.indices:
            return []
        vector = models.SparseVector(indices=words.indices, values=words.values)
        seen = _filter(points.admitted(query.acl, query.scope))
        return await self._best(vector, WORDS, seen, _params(query, self._settings.ranking), limit)

    async def _reach(self, seen: models.Filter) -> models.SearchParams | None:
        """Return how widely to search: all of what is admitted, if that is little."""
        if self._settings.url == MEMORY:
            return None  # exact in any case
        about = await self._client.count(self._collection, count_filter=seen, exact=False)
        if about.count <= self._settings.ranking.exact_up_to:
            return models.SearchParams(exact=True)
        return models.SearchParams(hnsw_ef=points.REACH)

    async def _best(
        self,
        vector: list[float] | models.SparseVector,
        using: str,
        seen: models.Filter,
        params: models.SearchParams | None,
        limit: int,
    ) -> list[Hit]:
        response = await self._client.query_points(
            self._collection,
            query=vector,
            using=using,
            query_filter=seen,
            search_params=params,
            limit=limit,
            with_payload=False,
        )
        return [Hit(_id(each.id), each.score) for each in response.points]

    async def _page(self, after: int) -> list[Point]:
        with translated(self._settings.url):
            records, _ = await self._client.scroll(
                self._collection,
                offset=after + 1,
                limit=_PAGE,
                with_payload=True,
                with_vectors=[DENSE],
            )
            return [_to_point(each) for each in records]


def _check_done(result: models.UpdateResult) -> None:
    if result.status is not models.UpdateStatus.COMPLETED:
        raise Unavailable(
            f"Expected the Qdrant server to have made the change, got {result.status.value!r}. "
            "It is busy; the change will be repeated."
        )


def _filter(condition: Condition) -> models.Filter:
    match condition:
        case All(parts):
            return models.Filter(must=[_part(each) for each in parts])
        case Either(parts):
            return models.Filter(should=[_part(each) for each in parts])
        case NoneOf(name, values):
            return models.Filter(must_not=[_part(AnyOf(name, values))])
        case _:
            return models.Filter(must=[_part(condition)])


def _part(
    condition: Condition,
) -> models.Filter | models.FieldCondition | models.NestedCondition:
    match condition:
        case Holds(name, part):
            nested = models.Nested(key=name, filter=_filter(part))
            return models.NestedCondition(nested=nested)
        case AnyOf(name, values):
            return models.FieldCondition(key=name, match=_match(values))
        case AtMost(name, value):
            return models.FieldCondition(key=name, range=models.Range(lte=value))
        case Above(name, value):
            return models.FieldCondition(key=name, range=models.Range(gt=value))
        case _:
            return _filter(condition)


def _match(values: tuple[str | int, ...]) -> models.MatchAny:
    numbers = [each for each in values if isinstance(each, int)]
    return models.MatchAny(any=numbers or [str(each) for each in values])


def _params(query: IndexQuery, ranking: Ranking) -> models.SearchParams | None:
    if not ranking.is_rarity_private:
        return None
    corpus = _filter(points.readable(query.acl))
    return models.SearchParams(idf=models.IdfCorpusParams(corpus=corpus))


def _to_point(record: models.Record) -> Point:
    if not isinstance(record.vector, dict) or record.payload is None:
        raise Damaged(f"Point {record.id} has no vector or no labels. {REINDEX}")
    vector = np.asarray(record.vector[DENSE], dtype=np.float32)
    return Point(_id(record.id), vector, "", "", points.to_labels(record.payload))


def _id(given: object) -> int:
    if not isinstance(given, int):
        raise Damaged(f"Expected a passage's number as a point's id, got {given!r}. {REINDEX}")
    return given
