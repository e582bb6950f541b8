"""The keywords of a text: which stems it has, and how much each weighs by BM25."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Terms = Callable[[str], Sequence[int]]
"""Text -> ids of its stems, stop words left out, as the keyword index has them."""


@dataclass(frozen=True, slots=True)
class Keywords:
    """`t` stems of a text: `ids` (t,) uint32 and BM25 `weights` (t,) float32, rarity left out."""

    ids: NDArray[np.uint32]
    weights: NDArray[np.float32]

    def to_bytes(self) -> bytes:
        """Return the ids, then the weights, little-endian."""
        return self.ids.astype("<u4").tobytes() + self.weights.astype("<f4").tobytes()

    @classmethod
    def from_bytes(cls, packed: bytes) -> Keywords:
        """Return what `to_bytes` packed."""
        half = len(packed) // 2
        return cls(np.frombuffer(packed[:half], "<u4"), np.frombuffer(packed[half:], "<f4"))


OfBody = Callable[[str], Keywords]
"""Heading path and passage -> their keywords."""
