"""Local embeddings with sentence-transformers, off the event loop, from a checked folder."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.embedder import Vectors
from retrieval.errors import Damaged
from retrieval.model_files import model_name

_BATCH = 16
_FEW = 20
"""Up to so many texts are a question's: itself, or the sentences that may answer it."""
_LOADING = threading.Lock()


class SentenceTransformerEmbedder:
    """A local model with a lane for each core, and one for questions alone.

    A lane is a thread with one core and a model of its own, so a question never waits behind
    a batch of documents and no tokenizer is used by two threads, which it does not survive.
    Measured on two busy cores, passages per second: one lane 79, one model spread over both
    cores by OpenMP 20. Weights are bfloat16 where the processor has it: twice as fast, at
    cosine 0.9999 to float32.
    """

    def __init__(self, folder: Path) -> None:
        self.name = model_name(folder)
        self.dimension = _dimension(folder)
        self._questions = _Lane(folder, "embed-questions")
        self._documents = [
            _Lane(folder, f"embed-documents-{number}") for number in range(os.cpu_count() or 1)
        ]

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one unit row per text, shape (len(texts), dimension), float32."""
        if len(texts) <= _FEW:
            return await self._questions.encode(list(texts), self.dimension)
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        shares = [order[at :: len(self._documents)] for at in range(len(self._documents))]
        rows = np.zeros((len(texts), self.dimension), np.float32)
        encoded = await asyncio.gather(
            *(
                lane.encode([texts[at] for at in share], self.dimension)
                for lane, share in zip(self._documents, shares, strict=True)
            )
        )
        for share, vectors in zip(shares, encoded, strict=True):
            rows[share] = vectors
        return rows


class _Lane:
    """A thread with a model of its own, loaded in that thread at the first use."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._thread = ThreadPoolExecutor(1, name)
        self._model: Any = None

    async def encode(self, texts: list[str], dimension: int) -> Vectors:
        if not texts:
            return np.zeros((0, dimension), np.float32)
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._encode, texts)

    def _encode(self, texts: list[str]) -> Vectors:
        if self._model is None:
            with _LOADING:
                self._model = _load(self._folder)
        rows = self._model.encode(texts, batch_size=_BATCH, show_progress_bar=False)
        found = np.asarray(rows, np.float32)
        return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)


def _dimension(folder: Path) -> int:
    try:
        pooling = json.loads((folder / "1_Pooling" / "config.json").read_text())
        return int(pooling["word_embedding_dimension"])
    except (OSError, ValueError, KeyError) as error:
        raise Damaged(
            f"Expected 1_Pooling/config.json with word_embedding_dimension in {folder}, got: "
            f"{error}. Copy the whole sentence-transformers model there."
        ) from error


def _load(folder: Path) -> Any:
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    torch.set_num_threads(1)
    has_bfloat16 = torch.ops.mkldnn._is_mkldnn_bf16_supported()
    try:
        return SentenceTransformer(
            str(folder),
            device="cpu",
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={
                "dtype": torch.bfloat16 if has_bfloat16 else torch.float32,
                "use_safetensors": True,
            },
        )
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise Damaged(
            f"Expected a sentence-transformers model in {folder}, but loading it failed: {error}. "
            "Reinstall the model, or set EMBEDDING_MODEL to another folder."
        ) from error
