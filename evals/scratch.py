"""A whole library in a folder that goes away, for programs that train and check.

What is measured and trained on goes through the product's own parts, joined as they always
are: this module and `evals.bench` are the only ones here that reach up to where that is done.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.acting import enrol
from deploy.choices import Choices
from deploy.operations.indexing import add
from deploy.parts import Parts
from deploy.settings import Settings
from deploy.terminal import follow, show_sync
from evals.retrieval import ANYBODY, Corpus, Search, everything
from evals.running.far import Ledger, standing_in
from evals.suites.far_answers import FarAnswer
from pincite import join
from retrieval.embedder import Embedder
from retrieval.errors import Unavailable
from retrieval.retriever import Found

_TRIES: Final = 4
_PAUSE_SECONDS: Final = 2.0
_NOWHERE_ELSE: Final = {
    **dict.fromkeys(("database_url", "index_url", "audit_url"), ""),
    "audit_checkpoints": None,
    "tools_policy": None,
}
"""What a library in a folder must not share with the installation's own: its record, its tools."""

_CREDENTIAL: Final = "stood in for"


@dataclass(frozen=True, slots=True)
class Bench:
    """Tools for a library in a folder: by this policy, with far systems that are stood in for.

    They say what `answers` has, and what reaches them is in the `ledger`.
    """

    policy: Path
    ledger: Ledger
    answers: tuple[FarAnswer, ...] = ()


@asynccontextmanager
async def taken_in(
    paths: Sequence[Path],
    *,
    readers: Sequence[str] = (),
    people: Mapping[str, Sequence[str]] | None = None,
    settings: Settings | None = None,
    choices: Choices | None = None,
    embedder: Embedder | None = None,
    bench: Bench | None = None,
) -> AsyncIterator[Parts]:
    """Take files or folders in, lend the parts, and forget everything.

    `readers` is for sources that do not say themselves; `people` are names with their groups.
    Of `settings` the embedding model and the limits of parsing count, not where things lie; an
    embedder that is open already is used instead of the one that they name. There are no tools but
    those of `bench`.

    A machine at its limits cannot see in time that nothing is stopped: then it is tried again.

    Raises:
        Unavailable: not every source could be taken in; a file that is refused is told only.
    """
    with tempfile.TemporaryDirectory(prefix="pincite-scratch-") as folder:
        here = {"pincite_home": Path(folder), **_NOWHERE_ELSE}
        here |= {"tools_policy": bench.policy} if bench else {}
        own = (settings or Settings()).model_copy(update=here)
        equip = standing_in(bench.ledger, bench.answers) if bench else None
        async with join(own, choices, embedder, equip) as parts:
            await enrol(parts.directory, people or {})
            await _connect(parts, [*(people or {}), own.pincite_user])
            await _take_in(parts, [str(path) for path in paths], list(readers) or None)
            yield parts


async def _take_in(parts: Parts, names: list[str], readers: list[str] | None) -> None:
    for left in reversed(range(_TRIES)):
        done = await follow(add(parts, paths=names, readers=readers))
        if not done["stopped"] or not left:
            break
        await asyncio.sleep(_PAUSE_SECONDS)
    show_sync(done)
    if done["stopped"]:
        raise Unavailable(
            f"Expected to take in {', '.join(done['stopped'])}, but could not see that nothing is "
            "stopped. Is the machine overloaded? Try again."
        )


async def _connect(parts: Parts, people: Sequence[str]) -> None:
    """Give people a credential at each far system that is stood in for."""
    tools = parts.workbench.tools.values() if parts.workbench else ()
    for system in sorted({each.system for each in tools if each.system}):
        for person in dict.fromkeys(people):
            assert parts.workbench
            await parts.workbench.secrets.set(person, system, _CREDENTIAL, origin="evaluation")


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
