"""Whom a suite asks: the library that it brings, the one at hand, or a pipeline to compare with.

Suites that bring the same corpus and people, run with the same configuration, share one scratch
library: `groups` says which.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.choices import SERVED
from deploy.control import is_running
from deploy.parts import Parts
from deploy.settings import Settings
from evals.errors import BadSuite
from evals.judging.believed import Believed
from evals.judging.judge import Judge, Pinned, open_judge
from evals.presets.configuration import Configuration
from evals.presets.recreated import recreated
from evals.running.acting import require_reading
from evals.running.asking import Asker, asking
from evals.running.embedders import Embedders
from evals.running.far import Ledger
from evals.running.result import Stamp
from evals.running.stamping import stamp_of
from evals.scratch import Bench, taken_in
from evals.suites.case import Suite
from evals.suites.corpus import DEMO, corpus_of
from evals.suites.far_answers import read_answers
from retrieval.errors import Unavailable

FOLDER: Final = "evaluations"
"""Where a home keeps what evaluations leave."""
JUDGES: Final = "judges"

Join = Callable[[Settings], AbstractAsyncContextManager[Parts]]


@dataclass(frozen=True, slots=True)
class Session:
    """Parts that are open, and who asks them."""

    asker: Asker
    corpus: str
    parts: Parts
    configuration: Configuration

    async def stamp(self, suite: Suite, seed: int) -> Stamp:
        """Return what a run of the suite is made with."""
        return await stamp_of(suite, self.configuration, self.parts, seed)


@dataclass(frozen=True, slots=True)
class Group:
    """Suites that ask the same library with the same configuration."""

    suites: tuple[Suite, ...]
    configuration: Configuration

    @property
    def corpus(self) -> str:
        """Return the name of what they bring, "" if they ask the library at hand."""
        return ", ".join(
            each if each == DEMO else Path(each).name for each in self.suites[0].corpus
        )


def groups(suites: Sequence[Suite], configuration: Configuration) -> list[Group]:
    """Return the suites in the order of their first, each with its own settings below."""
    found: dict[str, Group] = {}
    for suite in suites:
        own = configuration.with_settings(suite.configuration)
        tools = (suite.tools, suite.answers)
        key = repr((suite.corpus, sorted(suite.people.items()), tools, own))
        earlier = found[key].suites if key in found else ()
        found[key] = Group((*earlier, suite), own)
    return list(found.values())


@asynccontextmanager
async def opened(
    group: Group, settings: Settings, join: Join, embedders: Embedders | None = None
) -> AsyncIterator[Session]:
    """Lend whom the suites of a group ask; `embedders` embed what they bring.

    Raises:
        BadSuite: its corpus is not there, or the library at hand cannot be had like that, or has
            tools open to evaluations that change something.
        Unavailable: a server has the library at hand.
    """
    chosen = group.configuration.settings_over(settings)
    ledger = Ledger() if group.configuration.recipe or group.suites[0].corpus else None
    if ledger is not None:
        lent = await _of_corpus(group, chosen, embedders or Embedders(), ledger)
    else:
        lent = await _at_hand(group, chosen, join)
    async with lent as parts:
        if ledger is None:
            require_reading(parts.workbench)
        if group.configuration.recipe:
            asker: Asker = await recreated(parts, group.configuration.recipe, group.suites)
            yield Session(asker, group.corpus, parts, group.configuration)
            return
        judged = _judge(group.configuration.judge, settings)
        async with judged as judge, asking(parts, group.suites, judge, ledger=ledger) as asker:
            yield Session(asker, group.corpus, parts, group.configuration)


def _judge(pinned: Pinned | None, settings: Settings) -> AbstractAsyncContextManager[Judge | None]:
    """Return how the judge is lent, if there is one; raise `BadSuite` if it was never measured."""
    if pinned is None:
        return nullcontext()
    Believed(settings.home / FOLDER / JUDGES).of(pinned)
    return open_judge(pinned, settings)


async def _of_corpus(
    group: Group, settings: Settings, embedders: Embedders, ledger: Ledger
) -> AbstractAsyncContextManager[Parts]:
    suite = group.suites[0]
    paths = corpus_of(suite)
    if not paths:
        raise BadSuite(
            f"Configuration {group.configuration.name} re-creates another product, which takes "
            f"documents in anew. Expected a suite that brings a corpus, got {suite.name}."
        )
    return taken_in(
        paths,
        readers=() if suite.people else ("everyone",),
        people=suite.people,
        settings=settings,
        choices=group.configuration.choices,
        embedder=await embedders.of(settings),
        bench=bench_of(suite, ledger),
    )


def bench_of(suite: Suite, ledger: Ledger) -> Bench | None:
    """Return the tools that a suite brings, None if it brings none.

    Raises:
        BadSuite: what their far systems say is not what was expected.
    """
    if not suite.tools:
        return None
    answers = read_answers(Path(suite.answers)) if suite.answers else ()
    return Bench(Path(suite.tools), ledger, answers)


async def _at_hand(
    group: Group, settings: Settings, join: Join
) -> AbstractAsyncContextManager[Parts]:
    if group.configuration.choices != SERVED:
        raise BadSuite(
            f"Configuration {group.configuration.name} cuts or finds documents otherwise than they "
            "were taken in here. Expected a suite that brings a corpus, got "
            f"{group.suites[0].name}, which asks the library at hand."
        )
    if await is_running(settings.home):
        raise Unavailable(
            f"Expected the library in {settings.home} (PINCITE_HOME) to be free, but a server has "
            "it open. Stop `pincite serve` for as long as the suite runs, or give the suite a "
            "`corpus` of its own."
        )
    return join(settings)
