"""Taking turns at the model: so many at once, a few waiting, and nobody before everybody else.

Beyond that a request is refused at once, so that whoever is let in is answered in time. The next
turn is given to whoever has fewest under way, and among them to whoever has waited longest.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field

from assistant.model import Failing, Model, ModelFailed
from assistant.prompt import Prompt
from retrieval.errors import Busy

RETRY_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Room:
    """How many requests are under way at once, and how many wait: of all, and of one person.

    Who has waited for `longest_seconds` waits no more: then something else must answer.
    """

    at_once: int = 16
    waiting: int = 16
    waiting_each: int = 4
    longest_seconds: float = 5.0


@dataclass(eq=False, slots=True)
class _Waiting:
    asker: str
    turn: asyncio.Event = field(default_factory=asyncio.Event)


class TakingTurns:
    """A model at which people take turns."""

    def __init__(self, model: Model, room: Room | None = None) -> None:
        self._model = model
        self._room = room or Room()
        self._under_way: Counter[str] = Counter()
        self._waiting: list[_Waiting] = []

    @property
    def name(self) -> str:
        """Return the model's name."""
        return self._model.name

    @property
    def waiting(self) -> int:
        """Return how many wait for their turn."""
        return len(self._waiting)

    @property
    def under_way(self) -> int:
        """Return how many have their turn."""
        return self._under_way.total()

    async def complete(self, prompt: Prompt) -> AsyncGenerator[str, None]:
        """Yield the answer once it is this asker's turn; raise `Busy` at once if too many wait."""
        async with (
            self._turn_of(prompt.asker),
            aclosing(self._model.complete(prompt)) as pieces,
        ):
            async for piece in pieces:
                yield piece

    @asynccontextmanager
    async def _turn_of(self, asker: str) -> AsyncIterator[None]:
        if self._under_way.total() < self._room.at_once:
            self._under_way[asker] += 1
        else:
            await self._wait(asker)
        try:
            yield
        finally:
            self._leave(asker)

    async def _wait(self, asker: str) -> None:
        own = sum(each.asker == asker for each in self._waiting)
        if len(self._waiting) >= self._room.waiting or own >= self._room.waiting_each:
            raise Busy("More is asked than can be answered now.", RETRY_SECONDS)
        waiting = _Waiting(asker)
        self._waiting.append(waiting)
        try:
            async with asyncio.timeout(self._room.longest_seconds):
                await waiting.turn.wait()
        except (asyncio.CancelledError, TimeoutError) as error:
            if waiting.turn.is_set():
                self._leave(asker)
            else:
                self._waiting.remove(waiting)
            if isinstance(error, asyncio.CancelledError):
                raise
            raise ModelFailed(Failing.BUSY, "It was not its turn within the time.") from None

    def _leave(self, asker: str) -> None:
        """Give the place to whoever is next."""
        self._under_way[asker] -= 1
        if not self._under_way[asker]:
            del self._under_way[asker]
        if self._waiting:
            following = min(self._waiting, key=lambda each: self._under_way[each.asker])
            self._waiting.remove(following)
            self._under_way[following.asker] += 1
            following.turn.set()
