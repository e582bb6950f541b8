"""Carrying a call out: noted before, kept and noted after, and it ends when it is stopped.

Whoever waits may be cancelled; what was begun is brought to its end, and its end is on record.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import Protocol

from retrieval.errors import RetrievalError
from retrieval.halting import Deed, Stop, Work
from tools.calls import Calls
from tools.confirmation import Came, Done, Failed
from tools.kept import Asked, Ended
from tools.noting import Noting
from tools.running import Running
from tools.tool import Effect, Errand, Hand

LIMIT_SECONDS = 30.0
NOT_NOTED = "It could not be put on record, so it was not begun."

_log = logging.getLogger(__name__)


class Stops(Protocol):
    """What is stopped, as tools need to know it: `retrieval.stops.Stops`."""

    async def of(self, deed: Deed) -> Stop | None:
        """Return what stops this now; raise `Unavailable` if that cannot be told."""

    def standing(self, deed: Deed) -> Stop | None:
        """Return what stops this, as last seen."""

    def listening(self, told: Callable[[], None]) -> AbstractContextManager[None]:
        """Call `told` whenever something may have been stopped."""


class Carrying:
    """Carries out calls that were let through and claimed."""

    def __init__(
        self, calls: Calls, noting: Noting, stops: Stops, limit_seconds: float = LIMIT_SECONDS
    ) -> None:
        self._calls = calls
        self._noting = noting
        self._stops = stops
        self._limit_seconds = limit_seconds
        self._under_way: set[asyncio.Task[Came]] = set()

    async def carry(self, asked: Asked, hand: Hand, errand: Errand, *, again: bool = False) -> Came:
        """Carry out a claimed call, and return what came of it.

        Raises:
            Unavailable: it could not be put on record first, and was not begun; or a result that
                only tells something could not be put on record, and is not shown.
        """
        running = Running(hand, asked.call, errand, self._limit_seconds)
        doing = asyncio.create_task(self._carried(asked, running, again))
        self._under_way.add(doing)
        doing.add_done_callback(self._finished)
        try:
            return await asyncio.shield(doing)
        except asyncio.CancelledError:
            running.end()
            await asyncio.wait({doing})
            raise

    async def over(self) -> None:
        """Wait until nothing is being carried out any longer."""
        while self._under_way:
            await asyncio.wait(set(self._under_way))

    async def _carried(self, asked: Asked, running: Running, again: bool) -> Came:
        try:
            await self._noting.begun(asked, again=again)
        except RetrievalError:
            with suppress(RetrievalError):
                await self._calls.close(asked, Ended(told=NOT_NOTED, happened=False))
            raise
        look = self._looking(deed_of(asked), running)
        with self._stops.listening(look):
            look()
            ended = await running.ended()
        return await self.finish(asked, ended)

    async def finish(self, asked: Asked, ended: Ended) -> Came:
        """Keep what came of a call, note it, and return it.

        What changed something has happened, so that is told even if it cannot be noted now: the
        next `settle` notes it.
        """
        try:
            await self._calls.close(asked, ended)
            await self._noting.ended(asked, ended)
            await self._calls.told(asked.id)
        except RetrievalError as error:
            _log.error("The end of a call is not on record: %s.", type(error).__name__)
            if asked.effect is Effect.READS:
                raise
        return came_of(asked, ended)

    def _looking(self, deed: Deed, running: Running) -> Callable[[], None]:
        def look() -> None:
            if self._stops.standing(deed) is not None:
                running.end()

        return look

    def _finished(self, task: asyncio.Task[Came]) -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            task.exception()  # read, so that one nobody waits for is not reported as lost


def came_of(asked: Asked, ended: Ended) -> Came:
    """Return what came of a call, as it is told."""
    if ended.result is not None:
        return Done(asked.id, asked.call, ended.result)
    return Failed(asked.id, asked.call, ended.told, ended.happened)


def deed_of(asked: Asked) -> Deed:
    """Return the deed that a call is, by which it is stopped."""
    return Deed(Work.TOOL, user=asked.asker, tool=asked.call.tool, channel=asked.channel)
