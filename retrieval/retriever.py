"""Finding passages for one principal. READ FIRST: `Retriever.retrieve` is the story."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.access import Principal, acl_for
from retrieval.documents import Passage, Scope
from retrieval.embedder import Embedder
from retrieval.index import Index, IndexQuery
from retrieval.library import Library

CANDIDATES = 150


@dataclass(frozen=True, slots=True)
class Found:
    """A passage and how well it fits the question, comparable within one search only."""

    passage: Passage
    score: float


class Retriever:
    """Embeds the question, asks the index, checks every hit in SQL again, ranks."""

    def __init__(self, library: Library, index: Index, embedder: Embedder) -> None:
        self._library = library
        self._index = index
        self._embedder = embedder

    async def retrieve(
        self, question: str, *, principal: Principal, scope: Scope, limit: int
    ) -> list[Found]:
        """Return up to `limit` passages that the principal may read, best first."""
        [vector] = await self._embedder.embed([question])
        hits = await self._index.query(
            IndexQuery(vector, question, acl_for(principal), scope, CANDIDATES)
        )
        passages = await self._library.passages(
            [hit.id for hit in hits], principal=principal, scope=scope
        )
        return _distinct([Found(passages[hit.id], hit.score) for hit in hits if hit.id in passages])[
            :limit
        ]


def _distinct(found: Sequence[Found]) -> list[Found]:
    """Keep the best of passages that say the same, word for word but for space and case."""
    seen: set[str] = set()
    kept = []
    for each in found:
        words = " ".join(each.passage.text.lower().split())
        if words not in seen:
            seen.add(words)
            kept.append(each)
    return kept
