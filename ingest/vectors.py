"""The vectors of drafts: a text that the library knows keeps its vector, the rest is embedded."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ingest.draft import Draft
from retrieval.embedder import Embedder, Vectors
from retrieval.shelf import Shelf
from retrieval.staging import digest_of

NONE: Vectors = np.zeros((0, 0), np.float32)


async def vectors_of(drafts: Sequence[Draft], shelf: Shelf, embedder: Embedder) -> list[Vectors]:
    """Return one array per draft with a row per chunk; what is new is embedded in one call."""
    texts = [draft.texts() for draft in drafts]
    reusable: dict[str, Vectors] = {}
    for draft in drafts:
        if draft.known:
            reusable |= await shelf.known_vectors(draft.known.document_id, embedder.name)
    wanted = sorted({text for each in texts for text in each if digest_of(text) not in reusable})
    fresh = dict(zip(wanted, await embedder.embed(wanted), strict=True)) if wanted else {}
    rows = [
        [fresh[text] if text in fresh else reusable[digest_of(text)] for text in each]
        for each in texts
    ]
    return [np.stack(each) if each else NONE for each in rows]
