"""How long a model was at work for each question, where it writes for several at once.

A server batches: while it writes three answers, each of them has a third of its time. So the
shares of a run add up to the seconds in which the model was at work for the run at all.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Take = Callable[[float], None]
"""Told how many seconds more are one's own."""


class Sharing:
    """Shares the seconds that pass among all that are at work; `clock` only grows."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._at_work: list[Take] = []
        self._until = clock()

    @contextmanager
    def at_work(self, take: Take) -> Iterator[None]:
        """Give a share of the seconds in which the block runs."""
        self._settle()
        self._at_work.append(take)
        try:
            yield
        finally:
            self._settle()
            self._at_work.remove(take)

    def _settle(self) -> None:
        instant = self._clock()
        for take in self._at_work:
            take((instant - self._until) / len(self._at_work))
        self._until = instant
