"""A suite that asks the library at hand, run inside the server, which has that library open.

Questions are asked where all are, one at a time, and wait where others would have to: people come
first. What is measured of the answers is worked out in a thread of its own, and so are the files.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from deploy.parts import Parts
from evals.outcome import Outcome
from evals.presets.configuration import SERVED
from evals.running.acting import require_reading
from evals.running.asking import Asker, asking
from evals.running.result import Run, Stamp
from evals.running.run import Told, Work, run_suite
from evals.running.session import Session
from evals.running.stamping import code
from evals.suites.case import Case, Suite

T = TypeVar("T")


async def run_at_hand(parts: Parts, work: Work, told: Told, *, person: str) -> Run:
    """Ask a suite of the parts that are served, as this person, and return the run.

    Raises:
        BadSuite: tools are open to evaluations that change something.
    """
    require_reading(parts.workbench)
    await asyncio.to_thread(code)  # its first call reads every module
    async with asking(parts, [work.suite], runner=person) as asker:
        session = Session(AsPerson(asker, person), "", parts, SERVED)
        there = Across(session, asyncio.get_running_loop())
        return await _in_a_thread(run_suite(work, there, told))


@dataclass(frozen=True, slots=True)
class AsPerson:
    """Asks every case as one person; what is kept of the case does not say who that was."""

    asker: Asker
    person: str

    async def ask(self, case: Case) -> Outcome:
        """Return what came of a case."""
        return await self.asker.ask(replace(case, person=self.person))


@dataclass(frozen=True, slots=True)
class Across:
    """Whom a suite asks, from another thread than that of the parts."""

    session: Session
    loop: asyncio.AbstractEventLoop

    @property
    def asker(self) -> Asker:
        """Return whom to ask."""
        return self

    @property
    def corpus(self) -> str:
        """Return that this installation's own library is asked."""
        return self.session.corpus

    async def ask(self, case: Case) -> Outcome:
        """Return what came of a case."""
        return await across(self.session.asker.ask(case), self.loop)

    async def stamp(self, suite: Suite, seed: int) -> Stamp:
        """Return what a run of the suite is made with."""
        return await across(self.session.stamp(suite, seed), self.loop)


async def across(work: Coroutine[Any, Any, T], loop: asyncio.AbstractEventLoop) -> T:
    """Have work done by the loop of another thread, and return what comes of it."""
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, loop))


async def _in_a_thread(work: Coroutine[Any, Any, T]) -> T:
    """Do work in a loop of its own; cancelled, cancel it there and wait for its end."""
    begun: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    here = asyncio.get_running_loop()

    async def whole() -> T:
        task = asyncio.current_task()
        assert task is not None
        there = asyncio.get_running_loop()
        here.call_soon_threadsafe(begun.set_result, lambda: there.call_soon_threadsafe(task.cancel))
        return await work

    thread = asyncio.ensure_future(asyncio.to_thread(asyncio.run, whole()))
    try:
        return await asyncio.shield(thread)
    except asyncio.CancelledError:
        (await begun)()
        await asyncio.wait({thread})
        raise
