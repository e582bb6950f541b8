"""A fake embedder that keeps likeness: texts that share words have vectors that point alike."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

import numpy as np

from retrieval.embedder import Vectors

_WORD = re.compile(r"\w+")


class HashedEmbedder:
    """Counts words in hashed buckets; deterministic, instant, needs no model."""

    def __init__(self, dimension: int = 64) -> None:
        self.name = f"hashed-words-{dimension}"
        self.dimension = dimension

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one unit row per text, shape (len(texts), dimension), float32."""
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in _WORD.findall(text.casefold()) or [""]:
                row[zlib.crc32(word.encode()) % self.dimension] += 1.0
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        return rows
