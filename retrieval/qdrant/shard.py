"""One Qdrant Edge shard: our changes and questions in its dialect, its errors in ours.

Everything here blocks. Measured on qdrant-edge-py 0.9.0: every call (load, update, query,
scroll, flush, optimize, close) holds the GIL from start to end, so changes go in by small
slices and `optimize` runs in a process of its own (`build.py`).

An update is in Edge's log when it returns and survives kill -9, but Edge forces nothing to
disk before `flush`, which at 200,000 points holds the GIL for seconds. `sync` therefore
forces the log alone: fsync releases the GIL.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import qdrant_edge as edge

from retrieval.access import AclFilter
from retrieval.errors import Damaged, RetrievalError, Unavailable
from retrieval.index import Change, Drop, Hit, IndexQuery, Point, Put, Relabel
from retrieval.qdrant import points
from retrieval.qdrant.bm25 import Words
from retrieval.qdrant.points import DENSE, REACH, WORDS, Bars, Condition, Ranking
from retrieval.qdrant.shard_filter import filter_of

_SLICE = 64
_LOOKS = 20
"""How often the log is listed anew because a piece of it was renamed."""
_OUTSIDE = (
    "WouldBlock",
    "No space left",
    "Permission denied",
    "Read-only",
    "Too many open files",
    "File too large",
)
"""What Edge says when the cause lies outside its files."""


class Shard:
    """A folder of points. One thread at a time may change it; any may ask."""

    def __init__(self, raw: edge.EdgeShard, folder: Path, dimension: int, words: Words) -> None:
        self._raw = raw
        self._folder = folder
        self._dimension = dimension
        self._words = words
        self._is_indexed = False

    @classmethod
    def create(cls, folder: Path, dimension: int, words: Words) -> Shard:
        """Make an empty shard in a folder that does not exist yet."""
        with translated(folder):
            raw = edge.EdgeShard.create(str(folder), _config(dimension))
        return cls(raw, folder, dimension, words)

    @classmethod
    def load(cls, folder: Path, dimension: int, words: Words) -> Shard:
        """Open a shard as it was left, replaying what its log holds."""
        with translated(folder):
            return cls(edge.EdgeShard.load(str(folder)), folder, dimension, words)

    def change(self, change: Change) -> int:
        """Make one change and return how many points it touched; repeating it changes nothing."""
        if not self._is_indexed:
            self._make_indexes()
        touched = self._touched(change)
        with translated(self._folder):
            for operation in self._operations(change):
                self._raw.update(operation)
        return touched

    def sync(self) -> None:
        """Force the log to disk: what was changed before now outlives a power cut.

        Edge makes the next piece of its log ahead, in a thread of its own, and then renames it.
        What is renamed meanwhile holds no change yet; it is forced by its new name all the same.
        """
        log = self._folder / "wal"
        with translated(self._folder):
            for looks_left in reversed(range(_LOOKS)):
                try:
                    for path in log.iterdir():
                        _fsync(path)
                    break
                except FileNotFoundError:
                    if not looks_left:
                        raise
            _fsync(log)

    def nearest(self, query: IndexQuery, ranking: Ranking, limit: int) -> list[Hit]:
        """Return the points nearest by meaning that readers and scope admit, best first."""
        vector = points.floats(query.vector, self._dimension)
        seen = self._admitted(query, self._bars(query.acl))
        with translated(self._folder):
            about = self._raw.count(edge.CountRequest(exact=False, filter=seen))
        is_exact = about <= ranking.exact_up_to
        params = edge.SearchParams(exact=True) if is_exact else edge.SearchParams(hnsw_ef=REACH)
        return self._best(edge.Query.Nearest(vector, using=DENSE), seen, params, limit)

    def alike(self, query: IndexQuery, ranking: Ranking, limit: int) -> list[Hit]:
        """Return the points nearest by words that readers and scope admit, best first."""
        words = self._words.of_question(query.words)
        if not words.indices:
            return []
        bars = self._bars(query.acl)
        seen = self._admitted(query, bars)
        corpus = filter_of(points.readable(query.acl, bars)) if ranking.is_rarity_private else None
        params = edge.SearchParams(idf=edge.IdfParams(corpus))
        return self._best(edge.Query.Nearest(words, using=WORDS), seen, params, limit)

    def scan(self, after: int, limit: int) -> list[Point]:
        """Return up to `limit` points with an id above `after`, in order of id."""
        request = edge.ScrollRequest(
            offset=after + 1, limit=limit, with_payload=True, with_vector=[DENSE]
        )
        with translated(self._folder):
            records, _ = self._raw.scroll(request)
        return [_to_point(each) for each in records]

    def count(self) -> int:
        """Return how many points there are."""
        with translated(self._folder):
            return self._raw.info().points_count

    def optimize(self) -> None:
        """Build graph and indexes. Holds the GIL for minutes: never where anything is served."""
        with translated(self._folder):
            self._raw.optimize()

    def flush(self) -> None:
        """Force everything to disk and empty the log."""
        with translated(self._folder):
            self._raw.flush()

    def close(self) -> None:
        """Flush and let go of the folder. Afterwards every call raises `Damaged`."""
        with translated(self._folder):
            self._raw.close()

    def _make_indexes(self) -> None:
        """Make the payload indexes that are missing.

        Left to the first change, because each waits for the disk (100 ms measured) and a new
        installation should start at once.
        """
        with translated(self._folder):
            made = self._raw.info().payload_schema
            for name, how in _schemas():
                if name not in made:
                    self._raw.update(edge.UpdateOperation.create_field_index(name, how))
        self._is_indexed = True

    def _touched(self, change: Change) -> int:
        match change:
            case Put(given):
                return len(given)
            case Relabel(labels):
                version_id = labels.version_id
            case Drop(version_id):
                pass
        with translated(self._folder):
            return self._raw.count(
                edge.CountRequest(filter=filter_of(points.of_version(version_id)))
            )

    def _operations(self, change: Change) -> Iterator[edge.UpdateOperation]:
        make = edge.UpdateOperation
        match change:
            case Put(given):
                for at in range(0, len(given), _SLICE):
                    yield make.upsert_points(
                        [self._point(each) for each in given[at : at + _SLICE]]
                    )
            case Relabel(labels):
                yield make.overwrite_payload_by_filter(
                    filter_of(points.of_version(labels.version_id)), points.to_payload(labels)
                )
            case Drop(version_id):
                yield make.delete_points_by_filter(filter_of(points.of_version(version_id)))

    def _point(self, point: Point) -> edge.Point:
        vectors: dict[str, list[float] | edge.SparseVector | list[list[float]]] = {
            DENSE: points.floats(point.vector, self._dimension),
            WORDS: self._words.of_passage(point.context, point.text),
        }
        return edge.Point(point.id, vectors, points.to_payload(point.labels))

    def _bars(self, acl: AclFilter) -> Bars:
        """Return what does keep points from the principal.

        A condition less is faster: 7 ms against 15 to 22 for rarity at 200,000 points.
        """
        shut = (each for each in acl.shut if self._has(points.shut_in(acl, each)))
        return Bars(self._has(points.denied_to(acl)), frozenset(shut))

    def _admitted(self, query: IndexQuery, bars: Bars) -> edge.Filter:
        """Return the filter of a question; of how points stood before only where any did."""
        has_past = self._has(points.stood(query.scope))
        return filter_of(points.admitted(query.acl, query.scope, bars, has_past=has_past))

    def _has(self, condition: Condition) -> bool:
        """Return whether any point fits."""
        request = edge.ScrollRequest(limit=1, filter=filter_of(condition))
        with translated(self._folder):
            return bool(self._raw.scroll(request)[0])

    def _best(
        self, query: edge.Query, seen: edge.Filter, params: edge.SearchParams, limit: int
    ) -> list[Hit]:
        request = edge.QueryRequest(limit, query=query, filter=seen, params=params)
        with translated(self._folder):
            found = self._raw.query(request)
        return [Hit(int(each.id), float(each.score)) for each in found]


@contextmanager
def translated(folder: Path) -> Iterator[None]:
    """Turn Edge's errors, all of them bare `Exception` or a Rust panic, into ours."""
    try:
        yield
    except RetrievalError:
        raise
    except BaseException as error:
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise _named(error, folder) from error
        raise


def _named(error: BaseException, folder: Path) -> RetrievalError:
    said = str(error).strip() or type(error).__name__
    if any(sign in said for sign in _OUTSIDE):
        return Unavailable(
            f"The index could not use {folder}: {said}. Check that this account may write there, "
            "that the disk has room and that no other process uses the folder, then try again."
        )
    return Damaged(
        f"Expected a sound index in {folder}, but: {said}. Nothing is lost: stop the server and "
        "run `pincite reindex`, which makes the index anew from the library."
    )


def _config(dimension: int) -> edge.EdgeConfig:
    return edge.EdgeConfig(
        vectors={DENSE: edge.EdgeVectorParams(size=dimension, distance=edge.Distance.Cosine)},
        sparse_vectors={WORDS: edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf)},
        hnsw_config=edge.HnswIndexConfig(m=16, ef_construct=128, full_scan_threshold=10_000),
    )


def _schemas() -> Iterator[tuple[str, edge.KeywordIndexParams | edge.IntegerIndexParams]]:
    """Yield the payload indexes: words mapped from disk, instants in memory.

    Measured at 200,000 points against all in memory: a question that reads all 8 ms instead of
    10 to 12, opening 0.4 s instead of 0.6, and less memory.
    """
    mapped = edge.Memory.Cached
    for name in points.KEYWORDS:
        is_tenant = True if name == points.TENANT else None
        yield name, edge.KeywordIndexParams(is_tenant=is_tenant, memory=mapped)
    for name in points.LOOKUPS:
        yield name, edge.IntegerIndexParams(lookup=True, range=False, memory=mapped)
    for name in points.RANGES:
        yield name, edge.IntegerIndexParams(lookup=False, range=True)


def _to_point(record: edge.Record) -> Point:
    vectors = record.vector
    if not isinstance(vectors, dict) or record.payload is None:
        raise Damaged(f"Point {record.id} has no vector or no labels: run `pincite reindex`.")
    vector = np.asarray(vectors[DENSE], dtype=np.float32)
    return Point(int(record.id), vector, "", "", points.to_labels(record.payload))


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
