"""Running stages of a pipeline at the same time without losing their order or their errors."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, TypeVar

S = TypeVar("S")
T = TypeVar("T")
_Queue = asyncio.Queue[tuple[bool, Any]]


class Flow:
    """Stages that run at the same time: `async with` ends every one of them with its block."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> Flow:
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def ahead(self, stage: AsyncIterator[T], most: int) -> AsyncIterator[T]:
        """Yield what `stage` yields while it runs up to `most` items ahead (0: without bound)."""
        queue = _Queue(most)
        self._begin(_fill(queue, stage))
        return _drain(queue)

    def handfuls(self, stage: AsyncIterator[T], most: int) -> AsyncIterator[list[T]]:
        """Yield what `stage` has yielded by then, at most so many at once; more is not awaited."""
        queue = _Queue(most)
        self._begin(_fill(queue, stage))
        return _handfuls(queue)

    def mapped(
        self, stage: AsyncIterator[T], work: Callable[[T], Coroutine[Any, Any, S]], most: int
    ) -> AsyncIterator[S]:
        """Yield what `work` makes of each item, in order, `most` of them under way at once."""
        slots = asyncio.Semaphore(most)
        return _results(self.ahead(self._begun(stage, work, slots), 0), slots)

    async def _begun(
        self,
        stage: AsyncIterator[T],
        work: Callable[[T], Coroutine[Any, Any, S]],
        slots: asyncio.Semaphore,
    ) -> AsyncIterator[asyncio.Task[S]]:
        await slots.acquire()
        async for item in stage:
            yield self._begin(work(item))
            await slots.acquire()

    def _begin(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # looked at: one failure is raised, a second is no news


async def _fill(queue: _Queue, stage: AsyncIterator[Any]) -> None:
    try:
        async for item in stage:
            await queue.put((True, item))
        await queue.put((False, None))
    except Exception as error:  # handed to the reader of the queue, who raises it
        await queue.put((False, error))


async def _results(
    tasks: AsyncIterator[asyncio.Task[T]], slots: asyncio.Semaphore
) -> AsyncIterator[T]:
    async for task in tasks:
        result = await task
        slots.release()
        yield result


async def _drain(queue: _Queue) -> AsyncIterator[Any]:
    while True:
        more, item = await queue.get()
        if more:
            yield item
        elif item is None:
            return
        else:
            raise item


async def _handfuls(queue: _Queue) -> AsyncIterator[list[Any]]:
    more = True
    while more:
        held = []
        more, item = await queue.get()
        while more:
            held.append(item)
            if queue.empty():
                break
            more, item = queue.get_nowait()
        if held:
            yield held
    if item is not None:
        raise item


async def gathered(
    stage: AsyncIterator[T], weigh: Callable[[T], int], enough: int
) -> AsyncIterator[list[T]]:
    """Yield lists of items that together weigh `enough` or a little more; the last may be light.

    What came before a failure is yielded before the failure is raised.
    """
    held: list[T] = []
    total = 0
    failure: Exception | None = None
    try:
        async for item in stage:
            held.append(item)
            total += weigh(item)
            if total >= enough:
                yield held
                held, total = [], 0
    except Exception as error:  # raised again below, after what came before it
        failure = error
    if held:
        yield held
    if failure:
        raise failure
