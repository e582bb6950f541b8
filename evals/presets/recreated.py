"""Other products' retrieval, re-created from their default settings: chunks, weights, nothing else.

Not the products: their parsers, prompts and rerankers are not here, and the embedder is the one
at hand, so that only what is set differs. Nobody is kept from reading anything: this is for open
corpora, in a scratch library.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from deploy.acting import principal_of
from deploy.parts import Parts
from evals.outcome import Outcome
from evals.presets.bm25 import Bm25
from evals.presets.recipe import Recipe
from evals.presets.splitting import split
from evals.running.asking import DEPTH, failed, question_of
from evals.running.rereading import place_of
from evals.running.scoring import RETRIEVAL
from evals.sets import GoldSpan
from evals.suites.case import Case, Gold, Suite
from evals.suites.corpus import name_of
from retrieval.access import Principal
from retrieval.documents import now
from retrieval.embedder import Embedder, Vectors
from retrieval.library import Library

_BATCH = 256


@dataclass(frozen=True, slots=True)
class Chunks:
    """Every chunk of a library: where it lies, its unit vector, and its words."""

    spans: tuple[GoldSpan, ...]
    vectors: Vectors
    words: Bm25


class RecreatedAsker:
    """Finds chunks as a recipe says; says nothing."""

    def __init__(self, parts: Parts, recipe: Recipe, chunks: Chunks, texts: dict[str, str]) -> None:
        self._parts = parts
        self._recipe = recipe
        self._chunks = chunks
        self._texts = texts

    async def ask(self, case: Case) -> Outcome:
        """Return what was retrieved for a case; what went wrong is in it, and never raised."""
        try:
            return await self._asked(case)
        except Exception as error:  # one case must not end a run of thousands
            return replace(failed(case, error), mode=RETRIEVAL)

    async def _asked(self, case: Case) -> Outcome:
        question = await question_of(self._parts, case)
        began = time.perf_counter()
        [vector] = await self._parts.embedder.embed([question.text])
        order = await asyncio.to_thread(self._order, vector, question.text)
        seconds = time.perf_counter() - began
        spans = (self._chunks.spans[row] for row in order)
        kept = [each for each in spans if each.doc_id not in case.excluded][:DEPTH]
        gold = [self._located(each) for each in case.expected.gold]
        return Outcome(
            case=case.id,
            refused="",
            mode=RETRIEVAL,
            said=(),
            named=(),
            retrieved=tuple(kept),
            gold=tuple(each for each in gold if each),
            notices=(),
            looked_for="",
            withheld=0,
            first_seconds=seconds,
            seconds=seconds,
        )

    def _order(self, vector: Vectors, question: str) -> list[int]:
        """Return the rows of the chunks found, best first."""
        share = self._recipe.words
        score = (1 - share) * (self._chunks.vectors @ vector)
        if share:
            score = score + share * self._chunks.words.scores(question)
        rows = np.argsort(-score, kind="stable")
        return [int(row) for row in rows if score[row] >= self._recipe.least]

    def _located(self, gold: Gold) -> GoldSpan | None:
        text = self._texts.get(gold.document)
        if text is None:
            return None
        if gold.start is not None and gold.end is not None:
            return GoldSpan(gold.document, gold.start, gold.end)
        place = place_of(gold.words, text) if gold.words else (0, len(text))
        return GoldSpan(gold.document, *place) if place else None


async def recreated(parts: Parts, recipe: Recipe, suites: Iterable[Suite]) -> RecreatedAsker:
    """Return who asks a library through the recipe; every document is cut and embedded here."""
    suites = list(suites)
    people: list[str | None] = [*sorted({name for each in suites for name in each.people})]
    principals = [await principal_of(parts, each) for each in people or [None]]
    titles, texts = await _read(parts.library, principals)
    cut = [
        (name, start, end)
        for name, text in texts.items()
        for start, end in await asyncio.to_thread(split, text, recipe)
    ]
    read = [
        (f"sourceDocument: {titles[name]}\n" if recipe.header else "") + texts[name][start:end]
        for name, start, end in cut
    ]
    chunks = Chunks(
        spans=tuple(GoldSpan(*each) for each in cut),
        vectors=await _embedded(parts.embedder, read),
        words=await asyncio.to_thread(Bm25.of, read),
    )
    wanted = {
        gold.document for each in suites for case in each.cases for gold in case.expected.gold
    }
    kept = {name: text for name, text in texts.items() if name in wanted}
    return RecreatedAsker(parts, recipe, chunks, kept)


async def _read(
    library: Library, principals: Iterable[Principal]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return title and text of every version in force that one of them may read, by name."""
    instant = now()
    titles: dict[str, str] = {}
    texts: dict[str, str] = {}
    for principal in principals:
        for each in await library.all_versions(principal=principal):
            if each.in_force.covers(instant) and name_of(each) not in texts:
                titles[name_of(each)] = each.title
                texts[name_of(each)] = (await library.text(each, principal=principal)).text
    return titles, dict(sorted(texts.items()))


async def _embedded(embedder: Embedder, texts: Sequence[str]) -> Vectors:
    parts = [await embedder.embed(texts[at : at + _BATCH]) for at in range(0, len(texts), _BATCH)]
    return np.concatenate(parts) if parts else np.zeros((0, embedder.dimension), np.float32)
