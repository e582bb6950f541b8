"""How often Slack may be called: about one message a second and channel, and what it says itself.

https://docs.slack.dev/apis/web-api/rate-limits: limits hold for each method and workspace; messages
are limited for each channel. Who has to wait waits in order, and nothing is left out.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from typing import Final

from assistant.slack.errors import SlackBusy

PATIENCE_SECONDS: Final = 120.0
_BETWEEN_MESSAGES_SECONDS: Final = 1.0
_MESSAGES: Final = frozenset({"chat.postMessage", "chat.startStream"})
_MOST_REMEMBERED: Final = 1024


class Pace:
    """Says when the next call may be made, in one workspace."""

    def __init__(
        self,
        *,
        patience_seconds: float = PATIENCE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._patience = patience_seconds
        self._clock = clock
        self._sleep = sleep
        self._next: dict[str, float] = {}
        self._held: dict[tuple[str, str], float] = {}

    async def turn(self, method: str, channel: str, since: float) -> None:
        """Wait until the method may be called; `since` is when its caller began, by `now`.

        Raises:
            SlackBusy: that would be later than anybody waits.
        """
        slot = self._clock()
        if method in _MESSAGES:
            slot = max(slot, self._next.get(channel, slot))
            self._refuse_late(method, slot, since)
            self._next[channel] = slot + _BETWEEN_MESSAGES_SECONDS
            self._forget_old()
        while (at := max(slot, self._held.get(_key(method, channel), slot))) > self._clock():
            self._refuse_late(method, at, since)
            await self._sleep(at - self._clock())

    def hold(self, method: str, channel: str, seconds: float) -> None:
        """Note that Slack lets nobody in for so long."""
        key = _key(method, channel)
        self._held[key] = max(self._held.get(key, 0.0), self._clock() + seconds)

    async def rest(self, method: str, seconds: float, since: float) -> None:
        """Wait for so long before the same is tried again.

        Raises:
            SlackBusy: that would be later than anybody waits.
        """
        self._refuse_late(method, self._clock() + seconds, since)
        await self._sleep(seconds)

    def now(self) -> float:
        """Return the time by which all this is measured."""
        return self._clock()

    def _refuse_late(self, method: str, at: float, since: float) -> None:
        if at > since + self._patience:
            raise SlackBusy(method, max(1, math.ceil(at - self._clock())))

    def _forget_old(self) -> None:
        now = self._clock()
        if len(self._next) > _MOST_REMEMBERED:
            self._next = {name: at for name, at in self._next.items() if at > now}
        if len(self._held) > _MOST_REMEMBERED:
            self._held = {name: at for name, at in self._held.items() if at > now}


def _key(method: str, channel: str) -> tuple[str, str]:
    return method, channel if method in _MESSAGES else ""
