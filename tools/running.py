"""One hand at work: within a time, and until a stop or whoever waits for it ends it."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

from tools.call import Call
from tools.kept import Ended
from tools.result import checked, line_of
from tools.tool import Effect, Errand, Hand, Result, ToolFailed

STOPPED = "It was stopped."
_LETS_GO_SECONDS = 1.0

_log = logging.getLogger(__name__)


class Running:
    """A call being carried out, once."""

    def __init__(self, hand: Hand, call: Call, errand: Errand, limit_seconds: float) -> None:
        self._hand = hand
        self._call = call
        self._errand = errand
        self._limit_seconds = limit_seconds
        self._is_change = hand.tool.effect is not Effect.READS
        self._is_begun = False
        self._end: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def end(self, why: str = STOPPED) -> None:
        """End it: what has not begun will not, what has begun is broken off."""
        if not self._end.done():
            self._end.set_result(why)

    async def ended(self) -> Ended:
        """Carry it out and return what came of it, however it ended."""
        if self._end.done():
            return Ended(told=self._end.result(), happened=False)
        task = asyncio.create_task(self._run())
        waited_for: set[asyncio.Future[Any]] = {task, self._end}
        try:
            await asyncio.wait(
                waited_for, timeout=self._limit_seconds, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            why = self._end.result() if self._end.done() else "It took too long."
            if not task.done():
                task.cancel()
                await asyncio.wait({task}, timeout=_LETS_GO_SECONDS)
        return self._came(task, why)

    async def _run(self) -> Result:
        self._is_begun = True
        own = json.loads(self._call.canonical)["arguments"]
        return checked(await self._hand.run(own, self._errand))

    def _came(self, task: asyncio.Task[Result], why: str) -> Ended:
        if not task.done() or task.cancelled():
            return Ended(told=why, happened=self._unknown() if self._is_begun else False)
        error = task.exception()
        if error is None:
            return Ended(task.result())
        if isinstance(error, ToolFailed):
            happened = self._unknown() if error.happened is None else error.happened
            return Ended(told=line_of(str(error)), happened=happened)
        _log.error("The tool %s failed: %s.", self._hand.tool.name, type(error).__name__)
        return Ended(told="The tool failed.", happened=self._unknown())

    def _unknown(self) -> bool | None:
        """Return what is known of a call that has begun: what only reads changed nothing."""
        return None if self._is_change else False
