"""The passages that one index query gave, as arrays that ranking and support work on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from retrieval.documents import Passage, Version
from retrieval.index import Hit, Vector
from retrieval.keywords import Keywords

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage with its unit vector and the keywords of its body, as the library keeps them.

    Of two hundred candidates a search shows twenty, so the passage itself is made on demand.
    """

    version: Version
    vector: Vector
    keywords: Keywords
    make: Callable[[], Passage]


class Passages(Sequence[Passage]):
    """The candidates' passages, each made when it is first looked at."""

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self._candidates = candidates
        self._made: dict[int, Passage] = {}

    @overload
    def __getitem__(self, at: int) -> Passage: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[Passage]: ...

    def __getitem__(self, at: int | slice) -> Passage | Sequence[Passage]:
        """Return the passage of a row."""
        if isinstance(at, slice):
            return Passages(self._candidates[at])
        if at not in self._made:
            self._made[at] = self._candidates[at].make()
        return self._made[at]

    def __len__(self) -> int:
        """Return how many candidates there are."""
        return len(self._candidates)


@dataclass(frozen=True, slots=True)
class Candidates:
    """`n` passages of `m` versions. Row i of each array is passage i."""

    passages: Sequence[Passage]
    vectors: NDArray[np.float32]
    """(n, d), unit length: of title, heading path and passage."""
    fused: Floats
    """(n,), the score that the index gave."""
    document: Ints
    """(n,), 0..m-1"""
    term_ids: Ints
    """(t,), keyword terms of heading path and passage, all passages in one row."""
    term_weights: Floats
    """(t,), their BM25 weights, rarity left out."""
    term_ends: Ints
    """(n,), where each passage's terms end in the two above."""
    titles: tuple[str, ...]
    """(m,)"""

    @classmethod
    def of(cls, hits: Sequence[Hit], readable: Mapping[int, Candidate]) -> Candidates:
        """Return the hits that may be read, in their order."""
        seen = [readable[hit.id] for hit in hits if hit.id in readable]
        versions = [each.version for each in seen]
        titles = {version.id: version.title for version in versions}
        numbers = {version_id: number for number, version_id in enumerate(titles)}
        return cls(
            passages=Passages(seen),
            vectors=np.stack([each.vector for each in seen]) if seen else _NO_VECTORS,
            fused=np.array([hit.score for hit in hits if hit.id in readable], np.float64),
            document=np.array([numbers[version.id] for version in versions], np.int64),
            term_ids=_joined([each.keywords.ids for each in seen]).astype(np.int64),
            term_weights=_joined([each.keywords.weights for each in seen]).astype(np.float64),
            term_ends=np.cumsum([len(each.keywords.ids) for each in seen], dtype=np.int64),
            titles=tuple(titles.values()),
        )

    def rows(self) -> Ints:
        """Return for each term the row of its passage, shape (t,)."""
        return np.repeat(np.arange(len(self.fused)), np.diff(self.term_ends, prepend=0))


def _joined(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.zeros(0)


_NO_VECTORS = np.zeros((0, 0), np.float32)
