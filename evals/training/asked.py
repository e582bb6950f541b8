"""Questions put to the product's own retriever, for the ranker to be trained on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from deploy.parts import Parts
from evals.measures import characters
from evals.retrieval import ANYBODY, everything
from evals.sets import GoldSpan, Query, read_queries
from evals.training.made import library_of, share_of
from retrieval.candidates import Floats, Ints
from retrieval.documents import Scope
from retrieval.keywords import Terms
from retrieval.mention import WORD, stem
from retrieval.qdrant.bm25 import Words
from retrieval.ranking import features
from retrieval.related import Related
from retrieval.retriever import CANDIDATES, Retrieved

GRADES: Final = 4


@dataclass(frozen=True, slots=True)
class Example:
    """One question's `n` candidates: features (n, 5), grade 0..4 and place of each passage.

    `rest` is the question without the document's name, `stems` (a,) its different stems;
    `term_ids` (t,) are the stems of all passages in one row, `rows` (t,) whose they are.
    """

    query: Query
    is_as_asked: bool
    rest: str
    stems: Ints
    features: Floats
    grade: Ints
    spans: tuple[GoldSpan, ...]
    texts: tuple[str, ...]
    term_ids: NDArray[np.uint32]
    rows: NDArray[np.int32]

    @property
    def document(self) -> str:
        """Return the name of the document that answers."""
        return self.query.gold[0].doc_id

    def related(self, table: Related) -> Floats:
        """Return what related words add by this table, shape (n,)."""
        return table.scores(self.stems, self.term_ids, self.rows, len(self.grade))


async def examples_of(
    data: Path, name: str, *, half: int | None = None, is_reworded: bool = False
) -> list[Example]:
    """Ask the questions of a set, or those about half of its documents.

    If `is_reworded`, each is asked in three wordings: as it is; without the document's name, of
    that document alone; as bare keywords.
    """
    queries = [
        each
        for each in read_queries(data / name / "queries.jsonl")
        if each.is_answerable and each.gold and half in (None, share_of(each.gold[0].doc_id, 2))
    ]
    async with library_of(data, name) as parts:
        return [example async for example in _examples(parts, queries, is_reworded)]


async def _examples(
    parts: Parts, queries: Sequence[Query], is_reworded: bool
) -> AsyncIterator[Example]:
    versions = await parts.library.all_versions(principal=ANYBODY)
    documents = {each.uri.partition("#")[2]: each.document_id for each in versions}
    terms = Words().terms
    for query in queries:
        asked = await _asked(parts, query.text)
        yield _example(query, asked, is_as_asked=True)
        if is_reworded:
            alone = frozenset({documents[query.gold[0].doc_id]})
            inside = await _asked(parts, asked.mention.rest, alone)
            yield _example(query, inside, is_as_asked=False)
            keywords = await _asked(parts, _keywords(query.text, terms))
            yield _example(query, keywords, is_as_asked=False)


async def _asked(parts: Parts, text: str, documents: frozenset[str] = frozenset()) -> Retrieved:
    scope = Scope(as_of=everything().as_of, documents=documents)
    return await parts.retriever.retrieve(text, principal=ANYBODY, scope=scope, limit=CANDIDATES)


def _keywords(text: str, terms: Terms) -> str:
    return " ".join(word.group() for word in WORD.finditer(text) if stem(word.group(), terms))


def _example(query: Query, retrieved: Retrieved, *, is_as_asked: bool) -> Example:
    candidates = retrieved.candidates
    spans = tuple(
        GoldSpan(each.version.uri.partition("#")[2], each.start, each.end)
        for each in candidates.passages
    )
    shares = [characters.precision_at(1, [span], query.gold) for span in spans]
    grade = np.round(GRADES * np.array(shares)).astype(np.int64)
    return Example(
        query=query,
        is_as_asked=is_as_asked,
        rest=retrieved.mention.rest,
        stems=retrieved.mention.asked,
        features=features(retrieved.rest, retrieved.mention, candidates),
        grade=grade,
        spans=spans,
        texts=tuple(candidates.passages[int(row)].text for row in np.flatnonzero(grade)),
        term_ids=candidates.term_ids.astype(np.uint32),
        rows=candidates.rows().astype(np.int32),
    )
