"""What `doctor` looks at, looked at in a running server: each part in a task of its own.

A part that hangs keeps no other from being looked at, and nobody from being answered.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

from assistant.checkup import Look, PartState
from deploy.doctor import Doctor
from deploy.failing import foreseen
from deploy.settings import Settings
from retrieval.audit.record import KeptRecord
from retrieval.database import Database
from retrieval.documents import now
from retrieval.embedder import Embedder
from retrieval.errors import BadRequest
from retrieval.index import Index
from retrieval.journal import Journal

PATIENCE_SECONDS = 120.0
_LONG = frozenset({"originals", "database"})
"""They read all that is kept, which may take long and is no fault."""

Looks = Mapping[str, Callable[[], Awaitable[str]]]


class Checkup:
    """Looks at parts when it is asked to, and remembers since when each has been as it is."""

    def __init__(self, looks: Looks, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._looks = looks
        self._patience_seconds = patience_seconds
        self._found = {part: Look(part, PartState.UNSEEN) for part in looks}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def looks(self) -> Sequence[Look]:
        """Return how each part stood when it was last looked at."""
        return [
            Look(part, PartState.LOOKING, each.found, each.at, each.since)
            if part in self._tasks
            else each
            for part, each in self._found.items()
        ]

    def begin(self, parts: Collection[str] = ()) -> None:
        """Begin to look at these parts, or at all; what is being looked at goes on.

        Raises:
            BadRequest: there is no such part.
        """
        for part in parts:
            if part not in self._looks:
                known = ", ".join(self._looks)
                raise BadRequest(f"Expected a part ({known}), got {part[:40]!r}.")
        for part in parts or self._looks:
            if part not in self._tasks:
                task = self._tasks[part] = asyncio.create_task(self._look(part))
                task.add_done_callback(functools.partial(self._ended, part))

    def _ended(self, part: str, _: asyncio.Task[None]) -> None:
        self._tasks.pop(part, None)

    async def close(self) -> None:
        """End what is being looked at."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _look(self, part: str) -> None:
        state, found = await self._seen(part)
        before, instant = self._found[part], now()
        since = before.since if before.state is state else instant
        self._found[part] = Look(part, state, found, instant, since)

    async def _seen(self, part: str) -> tuple[PartState, str]:
        try:
            async with asyncio.timeout(None if part in _LONG else self._patience_seconds):
                found = await self._looks[part]()
        except TimeoutError:
            seconds = f"{self._patience_seconds:g}"
            return PartState.WRONG, f"Expected an answer within {seconds} seconds, got none."
        except OSError as error:
            return PartState.WRONG, f"It cannot be reached or read: {error.strerror or error}."
        except Exception as error:  # whatever one part does, it is told and the others go on
            known = foreseen(error)
            told = (
                str(known) if known else f"It failed in an unforeseen way: {type(error).__name__}."
            )
            return PartState.WRONG, told
        state = PartState.NOTE if found.startswith("Note: ") else PartState.SOUND
        return state, found.removeprefix("Note: ")


def looks_of(
    settings: Settings,
    database: Database,
    record: KeptRecord,
    embedder: Embedder,
    index: Index,
    journal: Journal,
) -> Looks:
    """Return what is looked at in a server: what it has open is used as it is."""

    async def served() -> str:
        return "this server answers"

    async def noted() -> str:
        newest = await record.newest()
        return f"event {newest} is the newest; whether all are sound, the record's page checks"

    async def embeds() -> str:
        [vector] = await embedder.embed(["a short question"])
        return f"{embedder.name}, {len(vector)} dimensions, answers"

    async def indexed() -> str:
        points, expected = await index.count(), await journal.count()
        if points != expected:
            return (
                f"Note: {points} points where the library has {expected} passages. While sources "
                "are synced they may differ; else run `pincite reindex`"
            )
        return f"{points} points, as many as the library has passages"

    own = {"server": served, "record": noted, "embedding model": embeds, "index": indexed}
    return Doctor(settings).looks(database) | own
