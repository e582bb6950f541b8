"""Doing a thing once by its key, where the far system knows no keys or forgets them."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from hashlib import sha256

from tools.tool import Errand, Result, ToolFailed

MOST_REMEMBERED = 1_000
_TRIED = "This was tried before, and whether it was done is not known: look there."

Look = Callable[[], Awaitable[Result | None]]
"""Return what was done with this key, None if nothing is found."""


def mark_of(errand: Errand) -> str:
    """Return what a thing made for this errand is marked with: figures and letters."""
    return sha256(f"{errand.asker.principal.name}\n{errand.key}".encode()).hexdigest()[:32]


@dataclass(slots=True)
class _Attempt:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    result: Result | None = None
    is_unknown: bool = False


class Once:
    """Remembers what came of recent errands, and looks in the far system for older ones.

    `is_sure` says that looking finds whatever was done. Without it, an errand that may have been
    done is not done again: the asker has to look.
    """

    def __init__(self, *, is_sure: bool) -> None:
        self._is_sure = is_sure
        self._known: OrderedDict[str, _Attempt] = OrderedDict()

    async def do(self, errand: Errand, look: Look, act: Callable[[], Awaitable[Result]]) -> Result:
        """Return what was done for this errand before, else what `act` does now.

        Raises:
            ToolFailed: it failed; `happened` is None if nobody knows whether it was done.
        """
        attempt = self._attempt(mark_of(errand))
        async with attempt.lock:
            attempt.is_unknown = attempt.is_unknown or errand.is_again
            if attempt.result is None:
                attempt.result = await self._looked(attempt, look)
            if attempt.result is None:
                attempt.result = await self._act(attempt, act)
            return attempt.result

    async def _looked(self, attempt: _Attempt, look: Look) -> Result | None:
        try:
            found = await look()
        except ToolFailed as failed:
            if attempt.is_unknown:
                raise ToolFailed(f"{failed} {_TRIED}", happened=None) from None
            raise
        if found is None and attempt.is_unknown and not self._is_sure:
            raise ToolFailed(_TRIED, happened=None)
        return found

    async def _act(self, attempt: _Attempt, act: Callable[[], Awaitable[Result]]) -> Result:
        attempt.is_unknown = True
        try:
            return await act()
        except ToolFailed as failed:
            attempt.is_unknown = failed.happened is not False
            raise

    def _attempt(self, mark: str) -> _Attempt:
        attempt = self._known.setdefault(mark, _Attempt())
        self._known.move_to_end(mark)
        while len(self._known) > MOST_REMEMBERED:
            self._known.popitem(last=False)
        return attempt
