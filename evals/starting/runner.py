"""How what is wanted is run: beside the server, or inside it. READ FIRST: `ready` is the story.

A suite that brings its documents is asked in a scratch library of a process of its own. One that
asks the library at hand is asked inside the server, because nobody else can open that library now,
and as whoever starts it: a figure tells something of the documents that a case rests on, so nobody
has cases asked as others here. At the command line, where one owns the files anyway, one may.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from deploy.choices import SERVED as SERVED_CHOICES
from deploy.parts import Parts
from deploy.settings import Settings
from evals.presets.configuration import Configuration, configuration_of
from evals.running.run import Told
from evals.starting.at_hand import run_at_hand
from evals.starting.bench import Start
from evals.starting.beside import Beside
from evals.starting.making import judged, suite_for, work_of
from evals.starting.order import Order
from evals.starting.wanted import Wanted
from evals.suites.case import Suite
from evals.suites.corpus import corpus_of
from retrieval.errors import BadRequest

Lend = Callable[[], Awaitable[Parts]]
"""Return the parts that are served once they are there."""


@dataclass(frozen=True, slots=True)
class Runner:
    """Makes runs ready that somebody wants."""

    settings: Settings
    lend: Lend
    beside: Beside = field(default_factory=Beside)

    async def ready(self, wanted: Wanted, person: str) -> Start:
        """Return what runs it, once it is clear that it can be.

        Raises:
            BadRequest: it cannot be run here; the message says how else.
        """
        suite = await asyncio.to_thread(suite_for, wanted, self.settings.home)
        if await asyncio.to_thread(corpus_of, suite):
            return lambda told: self.beside.run(Order(self.settings, wanted), told)
        _require_as_served(suite, configuration_of(wanted.configuration))
        _require_own(suite, person)
        return lambda told: self._at_hand(wanted, suite, told, person)

    async def _at_hand(self, wanted: Wanted, suite: Suite, told: Told, person: str) -> str:
        work = work_of(wanted, suite, self.settings.home, at_once=1)
        run = await run_at_hand(await self.lend(), work, told, person=person)
        return (await asyncio.to_thread(judged, wanted, work, run, self.settings.home)).id


def _require_as_served(suite: Suite, configuration: Configuration) -> None:
    own = configuration.with_settings(suite.configuration)
    if own.settings or own.recipe or own.judge or own.choices != SERVED_CHOICES:
        raise BadRequest(
            f"Expected `served` for {suite.name}, which asks this library as it is served, got "
            "settings of its own. Stop the server and run it at the command line."
        )


def _require_own(suite: Suite, person: str) -> None:
    others = {each.person for each in suite.cases if each.person} - {person}
    if others:
        raise BadRequest(
            f"Expected cases that you ask yourself, got {len(others)} other people in "
            f"{suite.name}: figures would tell what they may read. Run it at the command line, "
            "while the server is stopped."
        )
