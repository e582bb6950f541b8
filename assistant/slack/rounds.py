"""Looking again and again while something goes on, whatever goes wrong in one look."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

_log = logging.getLogger(__name__)


@asynccontextmanager
async def again_and_again(
    look: Callable[[], Awaitable[None]], seconds: float, failed: str, *, first_seconds: float = 0.0
) -> AsyncIterator[None]:
    """Look after `first_seconds` and then every `seconds` while the block runs.

    A look that fails is told as `failed`, and the next one comes all the same.
    """
    looking = asyncio.create_task(_look_on(look, seconds, failed, first_seconds))
    try:
        yield
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


async def _look_on(
    look: Callable[[], Awaitable[None]], seconds: float, failed: str, first_seconds: float
) -> None:
    await asyncio.sleep(first_seconds)
    while True:
        try:
            await look()
        except Exception as error:  # nobody else would look from then on
            _log.warning("%s: %s.", failed, type(error).__name__)
        await asyncio.sleep(seconds)
