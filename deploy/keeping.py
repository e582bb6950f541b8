"""What keeps sources in step while a server runs: one sync at a time, seen by whoever asks.

Rounds, commands and pages come here, so that each sees what the others have begun. Why a sync did
not reach its end is listed among the failures, and forgotten when the next one begins.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Collection, Mapping

from assistant.keeping import Going
from connectors.registry import open_connector
from deploy.failing import foreseen
from ingest.pipeline import Pipeline
from ingest.summary import Report, Tally
from retrieval.audit.record import OPERATOR, Desk
from retrieval.documents import now
from retrieval.errors import BadRequest, RetrievalError
from retrieval.failures import WHOLE, Failures
from retrieval.halting import Deed, Work
from retrieval.sources import SourceRecord, Sources
from retrieval.stops import Stops

log = logging.getLogger("pincite")


def _unheard(_: Tally) -> None:
    """Nobody is told how far a sync is."""


class Keeper:
    """Syncs sources every `every_seconds`, next at `next_at`, None where there are no rounds."""

    def __init__(
        self,
        pipeline: Pipeline,
        sources: Sources,
        failures: Failures,
        stops: Stops,
        every_seconds: int,
    ) -> None:
        self._pipeline = pipeline
        self._sources = sources
        self.failures = failures
        self._stops = stops
        self.next_at: int | None = None
        self.every_seconds = every_seconds
        self._going: dict[str, Going] = {}
        self._queued: list[str] = []
        self._wanted: dict[str, Desk] = {}
        self._next: tuple[str, ...] = ()
        self._turn = asyncio.Lock()
        self._working: asyncio.Task[None] | None = None

    @property
    def under_way(self) -> Mapping[str, Going]:
        """Return the syncs that go on, by source."""
        return self._going

    @property
    def waiting(self) -> Collection[str]:
        """Return the sources whose turn comes."""
        return {*self._queued, *self._wanted, *self._next} - self._going.keys()

    async def sync(
        self, source: SourceRecord, report: Report = _unheard, desk: Desk = OPERATOR
    ) -> Tally | None:
        """Take in what changed at a source; None if it is stopped, before or meanwhile.

        Raises:
            ConnectorError: the source cannot be read; that is listed as its failure.
            Unavailable: it cannot be noted or stored; the next sync goes on there.
        """
        deed = Deed(Work.SYNC, source=source.name)
        if await self._stops.of(deed):
            return None
        work = asyncio.create_task(self._in_turn(source, report, desk))
        stop = asyncio.create_task(self._stops.until_stopped(deed))
        try:
            await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
            return await work if work.done() else None
        finally:
            for each in (work, stop):
                each.cancel()
            await asyncio.gather(work, stop, return_exceptions=True)

    async def ask(self, source: str, desk: Desk) -> None:
        """Have a source looked at as soon as it is its turn; asked twice is once.

        Raises:
            BadRequest: it is not there, or it is stopped.
        """
        await self._require(source)
        self._wanted.setdefault(source, desk)
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work())

    async def retry(self, source: str, uri: str | None, desk: Desk) -> None:
        """Have what could not be taken in read again: one document, or all that failed.

        Raises:
            BadRequest: it is not there, it is stopped, or no such document failed.
        """
        await self._require(source)
        if uri is not None and await self.failures.one(source, uri) is None:
            raise BadRequest(
                "Expected a document that could not be taken in, got one that is not listed now. "
                "It may have been taken in meanwhile: reload the page."
            )
        await self.failures.forgive(source, uri)
        await self.ask(source, desk)

    async def close(self) -> None:
        """End what was asked for, and return when it has ended."""
        self._wanted.clear()
        if self._working is not None:
            self._working.cancel()
            await asyncio.gather(self._working, return_exceptions=True)

    async def _require(self, source: str) -> None:
        if await self._sources.get(source) is None:
            raise BadRequest(f"Expected a source, got {source[:80]!r}. Nothing was synced.")
        stop = await self._stops.of(Deed(Work.SYNC, source=source))
        if stop is not None:
            raise BadRequest(
                f"Expected a source that may be synced, got {source}, which is stopped. Resume "
                f"{stop.target} first."
            )

    async def _work(self) -> None:
        """Sync what is wanted, one after the other; what fails is listed and keeps none back."""
        while self._wanted:
            name = next(iter(self._wanted))
            desk = self._wanted.pop(name)  # asked again meanwhile, it is looked at once more
            self._next = (name,)
            try:
                source = await self._sources.get(name)
                if source is not None:
                    await self.sync(source, desk=desk)
            except Exception as error:  # listed as the source's failure; the next one is synced
                log.warning("a sync that was asked for failed: %s", type(error).__name__)
            finally:
                self._next = ()

    async def _in_turn(self, source: SourceRecord, report: Report, desk: Desk) -> Tally:
        self._queued.append(source.name)
        try:
            async with self._turn:
                return await self._seen(source, report, desk)
        finally:
            self._queued.remove(source.name)

    async def _seen(self, source: SourceRecord, report: Report, desk: Desk) -> Tally:
        """Sync a source while all can see how far it is, and list why it did not end well."""
        going = self._going[source.name] = Going(source.name, now())

        def step(tally: Tally) -> None:
            going.done, going.seen = tally.done, tally.seen
            report(tally)

        try:
            await self.failures.clear(source.name, [WHOLE])
            return await self._pipeline.sync(source.name, open_connector, step, desk)
        except Exception as error:
            known = foreseen(error)
            why = str(known) if known else f"It failed in an unforeseen way: {type(error).__name__}"
            with contextlib.suppress(RetrievalError):  # what went wrong first is what is told
                await self.failures.save(source.name, WHOLE, "unreachable", why, "")
            raise
        finally:
            del self._going[source.name]
