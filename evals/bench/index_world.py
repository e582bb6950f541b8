"""Made-up points for the index benchmark: clustered vectors, words as rare as in real text."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from retrieval.access import AclFilter, Principal, acl_for
from retrieval.documents import ALWAYS, NEVER, Kind, Scope
from retrieval.index import IndexQuery, Labels, Point, Vector
from retrieval.qdrant.rebuild import SourceSpec

DIMENSION = 384
NOW = 1_700_000_000
ALL = acl_for(Principal.person("ann", ["all"]))
FEW = acl_for(Principal.person("bob", ["few"]))
_BATCH = 1_000
_CLUSTERS = 500
_SPREAD = 0.9
_VOCABULARY = 60_000
_WORDS_PER_PASSAGE = 70
_WORDS_PER_QUESTION = 10
_POINTS_PER_VERSION = 40
_FEW = 100


class World:
    """`size` points, the same for the same size; a `PointSource`. One version in 100 is `few`'s."""

    def __init__(self, size: int) -> None:
        self.size = size

    async def points(self, after_id: int, limit: int) -> list[Point]:
        """Return the points of one batch."""
        return self.batch(after_id // _BATCH) if after_id < self.size else []

    def batch(self, number: int) -> list[Point]:
        """Return points `number` * 1,000 + 1 and the 999 after it."""
        vectors = self.vectors(number)
        words = np.random.default_rng([2, number]).choice(
            _VOCABULARY, (_BATCH, _WORDS_PER_PASSAGE), p=_rarity()
        )
        first = number * _BATCH + 1
        return [
            Point(first + at, vectors[at], "", _text(words[at]), labels_of(first + at))
            for at in range(_BATCH)
        ]

    def vectors(self, number: int) -> NDArray[np.float32]:
        """Return the unit vectors of one batch, shape (1000, 384)."""
        return _unit(np.random.default_rng([1, number]), _BATCH)

    def questions(
        self, count: int, acl: AclFilter, limit: int, words: bool = True
    ) -> list[IndexQuery]:
        """Return hybrid questions, or with `words` false questions by vector alone."""
        random = np.random.default_rng(3)
        vectors = _unit(random, count)
        texts = random.choice(_VOCABULARY, (count, _WORDS_PER_QUESTION), p=_rarity())
        return [
            IndexQuery(vector, _text(text) if words else "", acl, Scope(NOW), limit)
            for vector, text in zip(vectors, texts, strict=True)
        ]

    def nearest(self, vector: Vector, is_few: bool, limit: int) -> set[int]:
        """Return the ids of the nearest points by exact search."""
        best: list[tuple[float, int]] = []
        for number in range(self.size // _BATCH):
            first = number * _BATCH + 1
            scores = _kept(self, number) @ vector
            ids = [i for i in range(_BATCH) if not is_few or _is_few(first + i)]
            best += [(float(scores[i]), first + i) for i in ids]
        return {each for _, each in sorted(best, reverse=True)[:limit]}


def source(size: int) -> SourceSpec:
    """Return how another process makes the same world."""
    return SourceSpec("evals.bench.index_world:World", {"size": size})


def labels_of(point_id: int) -> Labels:
    """Return the labels of a point."""
    version = point_id // _POINTS_PER_VERSION
    return Labels(
        document_id=f"document-{version}",
        version_id=version,
        source=f"source-{version % 5}",
        kind=list(Kind)[version % 4],
        declared="approved",
        ended_by="",
        start=ALWAYS,
        end=NEVER,
        readers=("group:all", "group:few") if _is_few(point_id) else ("group:all",),
        denied=(),
        parties=(f"party-{version % 50}",),
    )


def _is_few(point_id: int) -> bool:
    return (point_id // _POINTS_PER_VERSION) % _FEW == 0


def _unit(random: np.random.Generator, count: int) -> NDArray[np.float32]:
    chosen = _centres()[random.integers(0, _CLUSTERS, count)]
    rows = chosen + _SPREAD * random.normal(size=(count, DIMENSION))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows.astype(np.float32)


def _text(words: NDArray[np.int64]) -> str:
    return " ".join(f"w{word}" for word in words)


@cache
def _centres() -> NDArray[np.float64]:
    return np.random.default_rng(0).normal(size=(_CLUSTERS, DIMENSION))


@cache
def _rarity() -> NDArray[np.float64]:
    weights: NDArray[np.float64] = np.arange(1, _VOCABULARY + 1, dtype=np.float64) ** -1.05
    weights /= weights.sum()
    return weights


@cache
def _kept(world: World, number: int) -> NDArray[np.float32]:
    return world.vectors(number)
