"""Running stages of a pipeline at the same time without losing their order or their errors."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import TypeVar

T = TypeVar("T")


async def ahead(stage: AsyncIterator[T], most: int) -> AsyncGenerator[T, None]:
    """Yield what `stage` yields while it runs up to `most` items ahead (0: without bound)."""
    queue: asyncio.Queue[tuple[bool, T | BaseException | None]] = asyncio.Queue(most)

    async def run() -> None:
        try:
            async for item in stage:
                await queue.put((True, item))
            await queue.put((False, None))
        except Exception as error:  # handed to the reader of the queue, who raises it
            await queue.put((False, error))

    task = asyncio.create_task(run())
    try:
        while True:
            more, item = await queue.get()
            if more:
                yield item  # type: ignore[misc]
            elif isinstance(item, BaseException):
                raise item
            else:
                return
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def gathered(
    stage: AsyncIterator[T], weigh: Callable[[T], int], enough: int
) -> AsyncIterator[list[T]]:
    """Yield lists of items that together weigh `enough` or a little more; the last may be light."""
    held: list[T] = []
    total = 0
    async for item in stage:
        held.append(item)
        total += weigh(item)
        if total >= enough:
            yield held
            held, total = [], 0
    if held:
        yield held
