"""The vector index: one small protocol, filled from the library and rebuildable from it.

What a principal may not read moves nothing in the answer: not which points come, not their
order, not their scores.

A point is one passage. Its id is the passage's id in the library, so an index rebuilt from
the library is the same point for point.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.access import AclFilter
from retrieval.documents import Scope

Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Labels:
    """What a point can be filtered by: the same for all passages of one version.

    `past` is how it stood until `start`, each as (start, end, status); empty unless a decision
    changed that.
    """

    document_id: str
    version_id: int
    source: str
    kind: str
    declared: str
    ended_by: str
    start: int
    end: int
    readers: tuple[str, ...]
    denied: tuple[str, ...]
    parties: tuple[str, ...]
    past: tuple[tuple[int, int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Point:
    """One passage as the index holds it.

    `vector` is the unit embedding of context and text, shape (dimension,), float32.
    `context` is the title and heading path, `text` the passage; both are keyword-indexed.
    """

    id: int
    vector: Vector = field(repr=False)
    context: str
    text: str
    labels: Labels


@dataclass(frozen=True, slots=True)
class Put:
    """Insert or overwrite points."""

    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Relabel:
    """Overwrite the labels of every point of one version."""

    labels: Labels


@dataclass(frozen=True, slots=True)
class Drop:
    """Remove every point of one version."""

    version_id: int


Change = Put | Relabel | Drop


@dataclass(frozen=True, slots=True)
class IndexQuery:
    """A hybrid question: its vector, its words, and who may see what."""

    vector: Vector
    words: str
    acl: AclFilter
    scope: Scope
    limit: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A point found: fused score (higher is better, only comparable within one query)."""

    id: int
    score: float


class Index(Protocol):
    """Where passages are found. Every change is durable and idempotent once `apply` returns."""

    @property
    def name(self) -> str:
        """Return a name that lasts as long as what the index holds."""

    async def apply(self, changes: Sequence[Change]) -> None:
        """Make the changes, in order; raise `Unavailable` or `Damaged` if that fails."""

    async def query(self, query: IndexQuery) -> list[Hit]:
        """Return the best points that readers and scope admit, best first."""

    def scan(self) -> AsyncIterator[Point]:
        """Yield every point in id order, with `context` and `text` empty: for comparison."""

    async def count(self) -> int:
        """Return how many points there are."""

    async def close(self) -> None:
        """Flush and let go of the folder or connection."""
