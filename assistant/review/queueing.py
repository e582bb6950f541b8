"""Cases are written behind the answers: nobody waits for it, and nothing fails by it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Sequence
from typing import Protocol

from assistant.review.lately import Lately
from assistant.review.outcome import Outcome, conflicting, reported, to_review
from retrieval.errors import RetrievalError
from retrieval.review.case import Matter

MOST_WAITING = 1_000
WAITS_SECONDS = (1.0, 5.0, 30.0)
_PATIENCE_SECONDS = 20.0
_CLOSING_SECONDS = 30.0

_log = logging.getLogger(__name__)


class Kept(Protocol):
    """Where cases are kept."""

    async def open(self, matter: Matter) -> int | None:
        """Keep a matter and return the number of its case; None if there is no room for it."""


class Queueing:
    """Takes what becomes of questions, and writes a case where somebody should look.

    Where that fails it is tried again, after each of `waits` seconds; then the case is left out,
    which the log says. `close` writes what still waits.
    """

    def __init__(self, cases: Kept, lately: Lately, waits: Sequence[float] = WAITS_SECONDS) -> None:
        self._cases = cases
        self._lately = lately
        self._waits = waits
        self._waiting: deque[Matter] = deque()
        self._writing: Matter | None = None
        self._task: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()

    def ended(self, outcome: Outcome) -> None:
        """Take note of an outcome; never fails and never waits."""
        try:
            if told := reported(outcome):
                self._lately.keep(told)
            for matter in filter(None, (to_review(outcome), conflicting(outcome))):
                self._append(matter)
        except Exception as error:  # an answer must not fail because a case of it cannot be made
            _left_out(error)

    def forget(self, person: str) -> None:
        """Let go of all that waits or is remembered of a person: they were erased."""
        self._lately.forget(person)
        self._waiting = deque(each for each in self._waiting if each.asker != person)
        if self._writing is not None and self._writing.asker == person:
            self._writing = None

    async def close(self) -> None:
        """Write what still waits, with no pause between tries; after a while, give up."""
        self._closing.set()
        if self._task is None:
            return
        await asyncio.wait({self._task}, timeout=_CLOSING_SECONDS)
        if not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task})
            _log.error("Cases for review were left out: %d still waited.", len(self._waiting) + 1)

    def _append(self, matter: Matter) -> None:
        if len(self._waiting) >= MOST_WAITING:
            self._waiting.popleft()
            _log.error("A case for review was left out: too many wait to be written.")
        self._waiting.append(matter)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._write())

    async def _write(self) -> None:
        while self._waiting:
            self._writing = matter = self._waiting.popleft()
            for wait in (*self._waits, None):
                if self._writing is not matter:  # who asked was erased between two tries
                    break
                try:
                    async with asyncio.timeout(_PATIENCE_SECONDS):
                        if await self._cases.open(matter) is None:
                            _log.warning("A case for review was left out: holds fill the queue.")
                    break
                except (RetrievalError, TimeoutError) as error:
                    if wait is None:
                        _left_out(error)
                        break
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._closing.wait(), wait)
                except Exception as error:  # the next case may still be written
                    _left_out(error)
                    break


def _left_out(error: Exception) -> None:
    """Say that a case was lost, without a word of it."""
    _log.error("A case for review was left out: %s.", type(error).__name__)
