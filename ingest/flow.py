"""Running stages of a pipeline at the same time without losing their order or their errors."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

T = TypeVar("T")
_Queue = asyncio.Queue[tuple[bool, Any]]


class Flow:
    """Stages that run at the same time: `async with` ends every one of them with its block."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Flow:
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def ahead(self, stage: AsyncIterator[T], most: int) -> AsyncIterator[T]:
        """Yield what `stage` yields while it runs up to `most` items ahead (0: without bound)."""
        queue = _Queue(most)
        self._tasks.append(asyncio.create_task(_fill(queue, stage)))
        return _drain(queue)


async def _fill(queue: _Queue, stage: AsyncIterator[Any]) -> None:
    try:
        async for item in stage:
            await queue.put((True, item))
        await queue.put((False, None))
    except Exception as error:  # handed to the reader of the queue, who raises it
        await queue.put((False, error))


async def _drain(queue: _Queue) -> AsyncIterator[Any]:
    while True:
        more, item = await queue.get()
        if more:
            yield item
        elif item is None:
            return
        else:
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
