"""A whole library in a folder that goes away, for programs that train and check.

What is measured and trained on goes through the product's own parts, joined as they always
are: this module and `evals.bench` are the only ones here that reach up to where that is done.
"""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from deploy.acting import enrol
from deploy.choices import Choices
from deploy.operations.indexing import add
from deploy.parts import Parts
from deploy.settings import Settings
from deploy.terminal import follow, show_sync
from evals.retrieval import ANYBODY, Corpus, Search, everything
from pincite import join
from retrieval.errors import Unavailable
from retrieval.retriever import Found


@asynccontextmanager
async def taken_in(
    paths: Sequence[Path],
    *,
    readers: Sequence[str] = (),
    people: Mapping[str, Sequence[str]] | None = None,
    settings: Settings | None = None,
    choices: Choices | None = None,
) -> AsyncIterator[Parts]:
    """Take files or folders in, lend the parts, and forget everything.

    `readers` is for sources that do not say themselves; `people` are names with their groups.
    Of `settings` the embedding model and the limits of parsing count, not where things lie.

    Raises:
        Unavailable: not every source could be taken in; a file that is refused is told only.
    """
    with tempfile.TemporaryDirectory(prefix="pincite-scratch-") as folder:
        here = {
            "pincite_home": Path(folder),
            "database_url": "",
            "index_url": "",
        }
        async with join((settings or Settings()).model_copy(update=here), choices) as parts:
            await enrol(parts.directory, people or {})
            names = [str(path) for path in paths]
            done = await follow(add(parts, paths=names, readers=list(readers) or None))
            show_sync(done)
            if done["stopped"]:
                raise Unavailable(
                    f"Expected to take in {', '.join(done['stopped'])}, but could not see that "
                    "nothing is stopped. Is the machine overloaded? Try again."
                )
            yield parts


def searchable(settings: Settings) -> Corpus:
    """Return how an evaluation indexes a corpus and searches it, with these settings."""

    @asynccontextmanager
    async def opened(corpus: Path) -> AsyncIterator[Search]:
        async with taken_in([corpus], readers=["everyone"], settings=settings) as parts:

            async def search(question: str, limit: int) -> list[Found]:
                retrieved = await parts.retriever.retrieve(
                    question, principal=ANYBODY, scope=everything(), limit=limit
                )
                return list(retrieved.found)

            yield search

    return opened
