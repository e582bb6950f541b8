"""Local embeddings with sentence-transformers, off the event loop, from a checked folder."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.embedder import Vectors
from retrieval.errors import Damaged
from retrieval.model_files import model_name

_BATCH = 32
_FEW = 4
_LOADING = threading.Lock()


class SentenceTransformerEmbedder:
    """A local model. Long lists and single questions have a thread and a tokenizer each.

    So a question never waits behind a batch of documents, and the tokenizer, which must not
    be used by two threads at once, never is. Weights are bfloat16 where the processor has it:
    twice as fast, at cosine 0.9999 to float32.
    """

    def __init__(self, folder: Path) -> None:
        self.name = model_name(folder)
        self.dimension = _dimension(folder)
        self._documents = _Lane(folder, "embed-documents", _use_every_core)
        self._questions = _Lane(folder, "embed-questions", _use_one_core)

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one unit row per text, shape (len(texts), dimension), float32."""
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        lane = self._questions if len(texts) <= _FEW else self._documents
        return await lane.encode(list(texts))

    async def ready(self) -> None:
        """Load what questions need, so that the first one does not wait for it."""
        await self._questions.encode(["ready"])


class _Lane:
    """A thread with a model of its own, loaded in that thread at the first use."""

    def __init__(self, folder: Path, name: str, prepare: Callable[[], None]) -> None:
        self._folder = folder
        self._prepare = prepare
        self._thread = ThreadPoolExecutor(1, name)
        self._model: Any = None

    async def encode(self, texts: list[str]) -> Vectors:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._encode, texts)

    def _encode(self, texts: list[str]) -> Vectors:
        if self._model is None:
            with _LOADING:
                self._prepare()
                self._model = _load(self._folder)
        rows = self._model.encode(texts, batch_size=_BATCH, show_progress_bar=False)
        found = np.asarray(rows, np.float32)
        return found / np.linalg.norm(found, axis=1, keepdims=True)


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

    logging.disable_progress_bar()
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


def _use_one_core() -> None:
    import torch

    torch.set_num_threads(1)


def _use_every_core() -> None:
    import torch

    torch.set_num_threads(os.cpu_count() or 1)
