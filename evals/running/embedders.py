"""Embedders for the libraries that a program makes one after another: each model is loaded once.

A sweep embeds the same passages again and again; one that remembers does so once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

import numpy as np

from deploy import opening
from deploy.settings import Settings
from retrieval.embedder import Embedder, Vectors
from retrieval.index import Vector

MOST: Final = 60_000
"""Texts remembered, about 100 MB of them."""
_DIGEST: Final = 16


class Embedders:
    """The embedders that settings name, opened at the first use."""

    def __init__(self, *, remembers: bool = False) -> None:
        self._remembers = remembers
        self._open: dict[tuple[str, str, str], Embedder] = {}

    async def of(self, settings: Settings) -> Embedder:
        """Return the embedder of these settings."""
        key = settings.embedding_key.get_secret_value()
        named = (settings.embedding_url, settings.embedding_model, key)
        if named not in self._open:
            embedder = await opening.open_embedder(settings)
            self._open[named] = Remembering(embedder) if self._remembers else embedder
        return self._open[named]


class Remembering:
    """An embedder that embeds a text once; the first `most` texts are remembered, then no more.

    What is taken in comes first, so it is what is remembered.
    """

    def __init__(self, embedder: Embedder, most: int = MOST) -> None:
        self.name, self.dimension = embedder.name, embedder.dimension
        self._embedder = embedder
        self._most = most
        self._known: dict[bytes, Vector] = {}

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one unit row per text, shape (len(texts), dimension), float32."""
        names = [_name_of(text) for text in texts]
        rows = {each: self._known[each] for each in names if each in self._known}
        new = {each: text for each, text in zip(names, texts, strict=True) if each not in rows}
        if new:
            vectors = await self._embedder.embed(list(new.values()))
            rows |= {each: row.copy() for each, row in zip(new, vectors, strict=True)}
            for each in list(new)[: max(self._most - len(self._known), 0)]:
                self._known[each] = rows[each]
        if not names:
            return np.zeros((0, self.dimension), np.float32)
        return np.stack([rows[each] for each in names])


def _name_of(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=_DIGEST).digest()
