"""Embeddings from a server that speaks the OpenAI `/v1/embeddings` protocol."""

from __future__ import annotations

from collections.abc import Sequence

import httpx
import numpy as np

from retrieval.embedder import Vectors
from retrieval.errors import Damaged, Unavailable

_BATCH = 64


class RemoteEmbedder:
    """A model behind HTTP. Nothing is sent anywhere but to the address given."""

    def __init__(self, client: httpx.AsyncClient, model: str, dimension: int) -> None:
        self.name = model
        self.dimension = dimension
        self._client = client

    @classmethod
    async def connect(cls, url: str, model: str, key: str = "") -> RemoteEmbedder:
        """Return an embedder for `model` at `url`, its dimension learnt from a first request."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        client = httpx.AsyncClient(base_url=url, headers=headers, timeout=60, trust_env=False)
        probe = cls(client, model, 0)
        return cls(client, model, int((await probe._request(["dimension"])).shape[1]))

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one unit row per text, shape (len(texts), dimension), float32."""
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        rows = np.zeros((len(texts), self.dimension), np.float32)
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            rows[batch] = await self._request([texts[at] for at in batch])
        return rows

    async def _request(self, texts: list[str]) -> Vectors:
        try:
            reply = await self._client.post(
                "/v1/embeddings", json={"model": self.name, "input": texts}
            )
            reply.raise_for_status()
        except httpx.HTTPError as error:
            raise Unavailable(
                f"Expected embeddings from {self._client.base_url}, got: "
                f"{error or type(error).__name__}. Check EMBEDDING_URL and that the server runs."
            ) from error
        return self._rows(reply, len(texts))

    def _rows(self, reply: httpx.Response, expected: int) -> Vectors:
        try:
            entries = sorted(reply.json()["data"], key=lambda entry: entry["index"])
            rows = np.array([entry["embedding"] for entry in entries], np.float32)
        except (ValueError, KeyError, TypeError) as error:
            raise self._bad("something that is not an embeddings reply") from error
        lengths = np.linalg.norm(rows, axis=1, keepdims=True) if rows.ndim == 2 else np.zeros(1)
        if rows.ndim != 2 or rows.shape[0] != expected:
            raise self._bad(f"an array of shape {rows.shape}")
        if self.dimension and rows.shape[1] != self.dimension:
            raise self._bad(f"vectors of dimension {rows.shape[1]}")
        if not np.isfinite(rows).all() or (lengths == 0).any():
            raise self._bad("vectors that are not finite or have no length")
        return rows / lengths

    def _bad(self, came: str) -> Damaged:
        wanted = f"of dimension {self.dimension}" if self.dimension else "of one dimension"
        return Damaged(
            f"Expected one vector {wanted} per text from {self._client.base_url} for model "
            f"{self.name}, got {came}. Check EMBEDDING_URL and EMBEDDING_MODEL."
        )
