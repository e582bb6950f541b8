"""Pieces of a reply in batches: the first at once, the next no sooner than a while after."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import TypeVar

Piece = TypeVar("Piece")


async def paced(
    pieces: AsyncGenerator[Piece, None],
    every_seconds: float,
    is_shown: Callable[[Piece], bool] = lambda _: True,
) -> AsyncGenerator[list[Piece], None]:
    """Yield the pieces in batches, at least so many seconds after one of which any `is_shown`.

    What is left comes at once when the last piece has come. What goes wrong is raised when it
    does: what came just before it is not yielded any more. Close it (`contextlib.aclosing`) when
    nobody takes the batches any longer.
    """
    came: list[Piece] = []
    news = asyncio.Event()

    async def read() -> None:
        async with aclosing(pieces):
            async for piece in pieces:
                came.append(piece)
                news.set()

    reading = asyncio.create_task(read())
    reading.add_done_callback(lambda _: news.set())
    try:
        while True:
            await news.wait()
            news.clear()
            is_last = reading.done()
            if is_last:
                reading.result()
            batch = came[:]
            came.clear()
            if batch:
                yield batch
            if is_last:
                return
            if any(map(is_shown, batch)):
                await asyncio.wait({reading}, timeout=every_seconds)
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
