"""What is kept, counted for the metrics: from SQL, so not at every look."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable

from assistant.metrics import Held, Metrics, Trouble
from retrieval.census import Census
from retrieval.errors import RetrievalError
from retrieval.failures import Failures
from retrieval.sources import Sources
from retrieval.stops import Stops

EVERY_SECONDS = 30.0
_WAITS_SECONDS = 5.0


class Survey:
    """Gives out the metrics, with what is kept as it stood at most `EVERY_SECONDS` ago."""

    def __init__(
        self,
        metrics: Metrics,
        sources: Sources,
        census: Census,
        failures: Failures,
        stops: Stops,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._metrics = metrics
        self._sources = sources
        self._census = census
        self._failures = failures
        self._stops = stops
        self._clock = clock
        self._next = float("-inf")
        self._one = asyncio.Lock()

    async def exposition(self) -> bytes:
        """Return every figure in Prometheus' text format, whether or not SQL can be read."""
        async with self._one:
            if self._clock() >= self._next:
                self._metrics.surveyed(await self._held())
                self._next = self._clock() + EVERY_SECONDS
        return self._metrics.exposition()

    async def _held(self) -> Held | None:
        """Return what is kept, or None if that cannot be read now."""
        try:
            async with asyncio.timeout(_WAITS_SECONDS):
                return await self._counted()
        except (RetrievalError, TimeoutError):
            return None

    async def _counted(self) -> Held:
        totals = await self._census.totals()
        sources = await self._sources.all()
        synced = [each.synced_at for each in sources if each.synced_at is not None]
        troubles: Counter[Trouble] = Counter()
        for outcome, count in (await self._failures.counts()).items():
            troubles[_trouble_of(outcome)] += count
        return Held(
            documents=totals.documents,
            passages=totals.passages,
            troubles=troubles,
            sources=len(sources),
            never_synced=len(sources) - len(synced),
            oldest_sync=min(synced, default=None),
            stops=Counter(each.target.sort for each in await self._stops.listed()),
        )


def _trouble_of(outcome: str) -> Trouble:
    return Trouble(outcome) if outcome in set(Trouble) else Trouble.OTHER
