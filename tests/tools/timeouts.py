"""Time limits that are over when a test says so, however fast the machine is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

PATIENT_SECONDS = 60


class Timeouts:
    """Stands in for `asyncio.timeout`, or for what else makes such a limit."""

    def __init__(self, make: Callable[[float], asyncio.Timeout] = asyncio.timeout) -> None:
        self._made: list[tuple[float, asyncio.Timeout]] = []
        self._make = make

    def __call__(self, given: float) -> asyncio.Timeout:
        """Make a limit, and remember of what."""
        self._made.append((given, made := self._make(given)))
        return made

    def pass_by(self, given: float | None = None) -> None:
        """Have the last limit that was made, or the last that was made of this, be over now."""
        chosen = [each for of, each in self._made if given in (None, of)]
        chosen[-1].reschedule(asyncio.get_running_loop().time())
