"""A scratch library for measuring: the real parts, in a folder that goes away."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from deploy.operations.indexing import add
from deploy.parts import Parts
from deploy.settings import Settings
from deploy.terminal import follow, show_sync
from evals.retrieval import ANYBODY, Corpus, Search, everything
from retrieval.retriever import Found

Join = Callable[[Settings], AbstractAsyncContextManager[Parts]]


def corpus_opener(settings: Settings, join: Join) -> Corpus:
    """Return how an evaluation indexes a corpus and searches it, with these settings."""

    @asynccontextmanager
    async def opened(corpus: Path, scratch: Path) -> AsyncIterator[Search]:
        home = {"pincite_home": scratch, "database_url": "", "index_url": ""}
        async with join(settings.model_copy(update=home)) as parts:
            show_sync(await follow(add(parts, paths=[str(corpus)], readers=["everyone"])))

            async def search(question: str, limit: int) -> list[Found]:
                retrieved = await parts.retriever.retrieve(
                    question, principal=ANYBODY, scope=everything(), limit=limit
                )
                return list(retrieved.found)

            yield search

    return opened
