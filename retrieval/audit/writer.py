"""Group commit: whatever waits to be noted is appended in one transaction."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from retrieval.audit.chain import Chain, Change
from retrieval.audit.checkpoint import Checkpoint
from retrieval.audit.entry import Draft
from retrieval.audit.event import Event
from retrieval.audit.outside import Outside
from retrieval.errors import Damaged, Refused, RetrievalError, Unavailable

_MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class _Waiting:
    draft: Draft
    change: Change | None
    number: asyncio.Future[int] = field(repr=False)


class Writer:
    """One task that appends, for as many callers as there are.

    A checkpoint follows at most `seconds` after an entry; the chain itself signs after so many.
    """

    def __init__(self, chain: Chain, outside: Outside, seconds: float) -> None:
        self._chain = chain
        self._outside = outside
        self._seconds = seconds
        self._queue: list[_Waiting] = []
        self._is_time_to_sign = False
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._storing: set[asyncio.Task[bool]] = set()
        self._has_testified = False
        self._is_closed = False

    async def note(self, event: Event, change: Change | None = None) -> int:
        """Return the number of the entry once it is on the disk.

        Raises:
            Refused: the event is not JSON, or `change` refused; nothing was stored.
            Unavailable: it could not be stored.
        """
        if self._is_closed:
            raise Unavailable("Expected an open record to note this in, but it is closed.")
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._queue.append(_Waiting(Draft.of(event), change, future))
        self._wake()
        return await future

    async def close(self) -> None:
        """Append what waits, sign, and store what was signed."""
        self._is_closed = True
        if self._timer:
            self._timer.cancel()
        self._is_time_to_sign = True
        self._wake()
        if self._task:
            await self._task
        if self._storing:
            await asyncio.wait(self._storing)

    def _wake(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._drain())

    async def _drain(self) -> None:
        while self._queue or self._is_time_to_sign:
            if self._queue:
                await self._append(self._taken())
            if self._is_time_to_sign:
                self._is_time_to_sign = False
                await self._sign()
        if not self._chain.is_signed and self._timer is None and not self._is_closed:
            self._timer = asyncio.get_running_loop().call_later(self._seconds, self._on_time)

    def _taken(self) -> list[_Waiting]:
        """Take what can share a transaction: an entry that changes something else goes alone."""
        count = 0
        while count < min(len(self._queue), _MOST_AT_ONCE) and not self._queue[count].change:
            count += 1
        batch = self._queue[: max(count, 1)]
        del self._queue[: len(batch)]
        return batch

    async def _append(self, batch: list[_Waiting]) -> None:
        try:
            entries, due = await self._chain.append([each.draft for each in batch], batch[0].change)
        except Refused as error:
            _fail(batch, error)
        except RetrievalError as error:
            if isinstance(error, Damaged):
                self._testify()
            _fail(batch, Unavailable(f"What cannot be put on record is not done. {error}"))
        except BaseException:
            _fail(batch, Unavailable("What cannot be put on record is not done. Try again."))
            raise
        else:
            for waiting, entry in zip(batch, entries, strict=True):
                if not waiting.number.done():
                    waiting.number.set_result(entry.number)
            self._keep(due)

    async def _sign(self) -> None:
        try:
            checkpoint = await self._chain.sign()
        except RetrievalError:  # the next entry or the next minute signs again
            return
        if checkpoint:
            self._keep([checkpoint])

    def _testify(self) -> None:
        """Store outside what this process knows of a chain that was changed since, once."""
        if not self._has_testified:
            self._has_testified = True
            self._keep(self._chain.witness())

    def _on_time(self) -> None:
        self._timer = None
        self._is_time_to_sign = True
        self._wake()

    def _keep(self, checkpoints: list[Checkpoint]) -> None:
        """Store checkpoints outside while the next entries are appended already."""
        if checkpoints:
            task = asyncio.create_task(self._outside.store(checkpoints))
            self._storing.add(task)
            task.add_done_callback(self._storing.discard)


def _fail(batch: list[_Waiting], error: RetrievalError) -> None:
    for waiting in batch:
        if not waiting.number.done():
            waiting.number.set_exception(error)
