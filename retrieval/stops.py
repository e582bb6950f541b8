"""What is stopped, here and in every other process, until somebody lets it go on.

A stop lies in SQL, so it outlives restarts. Every process looks there each second and before it
answers; while it cannot look, what a stop of everything ends is ended.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from sqlalchemy import delete, select

from retrieval.audit.event import Act, Event, Record
from retrieval.database import Database, insert_into
from retrieval.documents import now
from retrieval.errors import RetrievalError, Unavailable
from retrieval.halting import EVERYTHING, Deed, Sort, Stop, Target, target_of
from retrieval.people.tables import stops

LOOK_SECONDS = 1.0
TRUST_SECONDS = 3.0
_RECORD_WAITS_SECONDS = 2.0
_READ_WAITS_SECONDS = 2.0
_WRITE_WAITS_SECONDS = 15.0

_UNSURE = Stop(EVERYTHING, "What is stopped cannot be read from the database.", "pincite", 0)

Told = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Stopping:
    """What came of a stop: the one that stands, whether it is new, whether it is on record."""

    stop: Stop
    is_new: bool
    is_recorded: bool


class Stops:
    """Stops things, lets them go on, and tells who must know."""

    def __init__(
        self, database: Database, record: Record, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._record = record
        self._clock = clock
        self._seen: dict[Target, Stop] = {}
        self._seen_at = float("-inf")
        self._held: dict[Target, Stop] = {}
        self._listeners: list[Told] = []

    async def stop(self, target: Target, *, reason: str, by: str, origin: str) -> Stopping:
        """Stop something: here at once, everywhere within seconds.

        A record that cannot be written does not hold it up, and is told. What is stopped already
        stays as it was.

        Raises:
            Unavailable: it could not be kept: only this process has stopped, until it ends.
        """
        stop = Stop(target, reason, by, now())
        self._held[target] = stop
        self._tell()
        is_recorded = await self._noted(stop, origin)
        try:
            async with asyncio.timeout(_WRITE_WAITS_SECONDS):
                is_new = await self._keep(stop)
                await self._look()
        except (RetrievalError, TimeoutError) as error:
            raise Unavailable(
                f"Only this process has stopped {target}, and only until it ends: it could not be "
                f"kept in the database ({str(error) or 'no answer'}). Stop it again once that can "
                "be written, or end the server."
            ) from error
        self._held.pop(target, None)
        return Stopping(self._seen.get(target, stop), is_new, is_recorded)

    async def resume(self, target: Target, *, by: str, origin: str) -> bool:
        """Let something go on, and return whether it was stopped.

        Raises:
            Unavailable: the record or the database cannot be written: then it stays stopped.
        """
        await self._look()
        if target not in self._seen and target not in self._held:
            return False
        await self._record.note(_event(Act.RESUME, target, by, origin))
        async with self._database.transaction() as connection:
            await connection.execute(delete(stops).where(stops.c.scope == str(target)))
        self._held.pop(target, None)
        await self._look()
        return True

    async def listed(self) -> list[Stop]:
        """Return what is stopped now, the oldest first."""
        await self._look()
        return sorted(self._standing().values(), key=lambda each: (each.at, str(each.target)))

    async def of(self, deed: Deed) -> Stop | None:
        """Return what stops this now, after a look at the database.

        Raises:
            Unavailable: it cannot be told, so it must not be done.
        """
        try:
            async with asyncio.timeout(_READ_WAITS_SECONDS):
                await self._look()
        except (RetrievalError, TimeoutError) as error:
            raise Unavailable(
                "Expected to read what is stopped, but the database does not answer "
                f"({str(error) or 'too late'}). Nothing is done until that can be told."
            ) from error
        return self.standing(deed)

    def standing(self, deed: Deed) -> Stop | None:
        """Return what stops this as it was last seen; if that is too long ago, all is stopped."""
        for stop in self._standing().values():
            if stop.target.ends(deed):
                return stop
        is_old = self._clock() - self._seen_at > TRUST_SECONDS
        return _UNSURE if is_old and EVERYTHING.ends(deed) else None

    def shut(self) -> frozenset[str]:
        """Return the sources that no answer may rest on, as last seen."""
        return frozenset(each.name for each in self._standing() if each.sort is Sort.SOURCE)

    @contextmanager
    def listening(self, told: Told) -> Iterator[None]:
        """Call `told` whenever it has been looked what is stopped, or could not be."""
        self._listeners.append(told)
        try:
            yield
        finally:
            self._listeners.remove(told)

    async def until_stopped(self, deed: Deed) -> Stop:
        """Wait until this is stopped, and return by what."""
        stopped: asyncio.Future[Stop] = asyncio.get_running_loop().create_future()

        def look() -> None:
            stop = self.standing(deed)
            if stop is not None and not stopped.done():
                stopped.set_result(stop)

        with self.listening(look):
            look()
            return await stopped

    @asynccontextmanager
    async def watched(self, every_seconds: float = LOOK_SECONDS) -> AsyncIterator[None]:
        """Look every second, in the background, while the block runs."""
        await self._look()
        task = asyncio.create_task(self._watch(every_seconds))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _watch(self, every_seconds: float) -> None:
        """Look again and again; a look that hangs is waited for, not repeated."""
        looking: asyncio.Task[None] | None = None
        try:
            while True:
                looking = looking or asyncio.create_task(self._look())
                await asyncio.sleep(every_seconds)
                if not looking.done():
                    self._tell()
                    continue
                if looking.exception():
                    self._tell()
                looking = None
        finally:
            if looking is not None:
                looking.cancel()
                await asyncio.gather(looking, return_exceptions=True)

    async def _look(self) -> None:
        """Read what is stopped; of two looks at once, the one that began later counts."""
        began = self._clock()
        async with self._database.transaction() as connection:
            rows = (await connection.execute(select(stops))).all()
        if began < self._seen_at:
            return
        found = [Stop(target_of(row.scope), row.reason, row.by, row.at) for row in rows]
        self._seen = {each.target: each for each in found}
        self._seen_at = began
        self._tell()

    async def _keep(self, stop: Stop) -> bool:
        async with self._database.transaction() as connection:
            insert = insert_into(connection, stops)
            values = {"scope": str(stop.target), "reason": stop.reason, "by": stop.by}
            new = insert.values(**values, at=stop.at).on_conflict_do_nothing()
            return (await connection.execute(new.returning(stops.c.scope))).first() is not None

    async def _noted(self, stop: Stop, origin: str) -> bool:
        event = _event(Act.STOP, stop.target, stop.by, origin, {"reason": stop.reason})
        try:
            async with asyncio.timeout(_RECORD_WAITS_SECONDS):
                await self._record.note(event)
        except Exception:  # whatever is wrong with the record, stopping is the safe direction
            return False
        return True

    def _standing(self) -> dict[Target, Stop]:
        return {**self._held, **self._seen}

    def _tell(self) -> None:
        for told in tuple(self._listeners):
            told()


def _event(
    act: Act, target: Target, by: str, origin: str, words: Mapping[str, str] | None = None
) -> Event:
    """Return what is put on record; a person's name stands where it can be erased."""
    if target.sort is Sort.USER:
        return Event(act, by, origin, {"target": target.sort.value}, words or {}, (target.name,))
    return Event(act, by, origin, {"target": str(target)}, words or {})
