"""Embedding again, after a change of model, what another model embedded."""

from __future__ import annotations

from collections.abc import AsyncIterator

from retrieval.embedder import Embedder
from retrieval.journal import Journal

_BATCH = 256


async def reembed(journal: Journal, embedder: Embedder) -> AsyncIterator[tuple[int, int]]:
    """Give every passage a vector of this model; yield (done, total) passages on the way.

    A crash loses nothing: the passages already done are not done again.
    """
    total = await journal.count_foreign(embedder.name)
    done = 0
    while passages := await journal.foreign(embedder.name, _BATCH):
        vectors = await embedder.embed([text for _, text in passages])
        await journal.save_vectors(embedder.name, [at for at, _ in passages], vectors)
        done += len(passages)
        yield done, total
