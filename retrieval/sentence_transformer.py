"""Local embeddings with sentence-transformers, off the event loop, from a checked folder."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.embedder import Vectors
from retrieval.errors import Damaged
from retrieval.model_files import model_name

_BATCH = 32
_FEW = 4


class SentenceTransformerEmbedder:
    """A local model. Long lists and single questions have a thread and a tokenizer each.

    So a question never waits behind a batch of documents, and the tokenizer, which must not
    be used by two threads at once, never is. Weights are bfloat16 where the processor has it:
    twice as fast, at cosine 0.9999 to float32.
    """

    def __init__(self, folder: Path) -> None:
        self.name = model_name(folder)
        self._documents = _load(folder)
        self._questions = _load(folder)
        self.dimension = int(self._documents.get_embedding_dimension())
        self._document_thread = ThreadPoolExecutor(1, "embed-documents")
        self._question_thread = ThreadPoolExecutor(1, "embed-questions", _use_one_core)

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one unit row per text, shape (len(texts), dimension), float32."""
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        few = len(texts) <= _FEW
        thread = self._question_thread if few else self._document_thread
        model = self._questions if few else self._documents
        return await asyncio.get_running_loop().run_in_executor(thread, _encode, model, list(texts))


def _load(folder: Path) -> Any:
    os.environ["HF_HUB_OFFLINE"] = "1"
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


def _encode(model: Any, texts: list[str]) -> Vectors:
    rows = model.encode(texts, batch_size=_BATCH, show_progress_bar=False)
    found = np.asarray(rows, np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def _use_one_core() -> None:
    import torch

    torch.set_num_threads(1)
