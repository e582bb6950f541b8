"""Finding passages for one principal. READ FIRST: `Retriever.retrieve` is the story."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.access import Principal, acl_for
from retrieval.candidates import Candidates, Ints
from retrieval.documents import Passage, Scope
from retrieval.duplicates import without_duplicates
from retrieval.embedder import Embedder
from retrieval.index import Index, IndexQuery, Vector
from retrieval.keywords import Terms
from retrieval.library import Library
from retrieval.mention import Mention, find_mention
from retrieval.ranking import Ranker

CANDIDATES = 200


@dataclass(frozen=True, slots=True)
class Found:
    """A passage and how well it fits the question, comparable within one search only."""

    passage: Passage
    score: float


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What was found, best first, and what it was ranked by.

    `whole` and `rest` are unit vectors of the question and of `mention.rest`; `order` holds
    the rows of `candidates` that `found` lists.
    """

    found: tuple[Found, ...]
    whole: Vector
    rest: Vector
    mention: Mention
    candidates: Candidates
    order: Ints


class Retriever:
    """Embeds the question, asks the index, checks every hit in SQL again, ranks."""

    def __init__(
        self, library: Library, index: Index, embedder: Embedder, ranker: Ranker, terms: Terms
    ) -> None:
        self._library = library
        self._index = index
        self._embedder = embedder
        self._ranker = ranker
        self._terms = terms

    async def retrieve(
        self, question: str, *, principal: Principal, scope: Scope, limit: int
    ) -> Retrieved:
        """Return up to `limit` passages that the principal may read, best first."""
        whole = await self._vector(question)
        candidates = await self._candidates(question, whole, principal=principal, scope=scope)
        mention = find_mention(question, candidates.titles, self._terms)
        rest = whole if mention.rest == question else await self._vector(mention.rest)
        order, scores = self._ranker.order(rest, mention, candidates)
        kept = without_duplicates(order, candidates, limit)
        found = tuple(Found(candidates.passages[row], float(scores[row])) for row in kept)
        return Retrieved(found, whole, rest, mention, candidates, kept)

    async def search(
        self, question: str, *, principal: Principal, scope: Scope, limit: int
    ) -> list[Found]:
        """Return up to `limit` stretches to read, best first; neighbours are joined into one."""
        retrieved = await self.retrieve(question, principal=principal, scope=scope, limit=limit)
        return [
            Found(await self._library.stretch(run, principal=principal), score)
            for run, score in runs(retrieved.found)
        ]

    async def _vector(self, text: str) -> Vector:
        vector: Vector = (await self._embedder.embed([text]))[0]
        return vector

    async def _candidates(
        self, question: str, vector: Vector, *, principal: Principal, scope: Scope
    ) -> Candidates:
        query = IndexQuery(vector, question, acl_for(principal), scope, CANDIDATES)
        hits = await self._index.query(query)
        ids = [hit.id for hit in hits]
        return Candidates.of(
            hits, await self._library.candidates(ids, principal=principal, scope=scope)
        )


def runs(found: Sequence[Found]) -> list[tuple[list[Passage], float]]:
    """Return each passage with the neighbours that were found too, at its best rank.

    One neighbour on each side: what a person reads stays about one idea.
    """
    place = {(each.passage.version.id, each.passage.ordinal): each.passage for each in found}
    runs = []
    for each in found:
        version, ordinal = each.passage.version.id, each.passage.ordinal
        if (version, ordinal) not in place:
            continue
        near = (place.pop((version, at), None) for at in (ordinal - 1, ordinal, ordinal + 1))
        runs.append(([passage for passage in near if passage], each.score))
    return runs
