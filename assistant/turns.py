"""Taking turns at the model: so many at once, a few waiting, and nobody before everybody else.

The next turn is given to whoever has fewest under way, and among them round and round: so whoever
waits with one question sees at most one of each other person's go first.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace

from assistant.model import Failing, Model, ModelFailed
from assistant.prompt import Prompt
from retrieval.errors import Busy

RETRY_SECONDS = 5
_REMEMBERED = 32


@dataclass(frozen=True, slots=True)
class Room:
    """How many requests are under way at once, and how many wait at most.

    No more are to wait than will have their turn in about `fair_seconds`. Who has waited for
    `longest_seconds` all the same waits no more: then something else must answer.
    """

    at_once: int = 16
    waiting: int = 16
    fair_seconds: float = 1.5
    longest_seconds: float = 5.0


@dataclass(eq=False, slots=True)
class Waiting:
    """One request that waits for its turn."""

    asker: str
    turn: asyncio.Event = field(default_factory=asyncio.Event)


class Rotation:
    """Who waits. Whoever came first is first, and after a turn last of all who wait."""

    def __init__(self) -> None:
        self._rows: dict[str, deque[Waiting]] = {}

    def __len__(self) -> int:
        return sum(len(each) for each in self._rows.values())

    def add(self, waiting: Waiting) -> None:
        """Let somebody wait, behind their own."""
        self._rows.setdefault(waiting.asker, deque()).append(waiting)

    def remove(self, waiting: Waiting) -> None:
        """Let somebody go who has had no turn."""
        row = self._rows[waiting.asker]
        row.remove(waiting)
        if not row:
            del self._rows[waiting.asker]

    def take(self, under_way: Counter[str]) -> Waiting:
        """Return who is next, and let them wait no longer."""
        asker = min(self._rows, key=lambda each: under_way[each])
        row = self._rows.pop(asker)
        following = row.popleft()
        if row:
            self._rows[asker] = row
        return following


class TakingTurns:
    """A model at which people take turns; `clock` gives seconds that only grow."""

    def __init__(
        self, model: Model, room: Room | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._model = model
        self._room = room or Room()
        self._clock = clock
        self._under_way: Counter[str] = Counter()
        self._waiting = Rotation()
        self._turns = 0
        self._turn_seconds = 0.0

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

    def room(self) -> Room:
        """Return the room there is at the pace of the last turns: fewer wait where each is long."""
        if not self._turn_seconds or not self._room.waiting:
            return self._room
        fair = int(self._room.fair_seconds * self._room.at_once / self._turn_seconds)
        return replace(self._room, waiting=min(max(fair, 1), self._room.waiting))

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
        began = self._clock()
        try:
            yield
        finally:
            self._took(self._clock() - began)
            self._leave(asker)

    async def _wait(self, asker: str) -> None:
        if len(self._waiting) >= self._room.waiting:
            raise Busy("More is asked than can be answered now.", RETRY_SECONDS)
        waiting = Waiting(asker)
        self._waiting.add(waiting)
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

    def _took(self, seconds: float) -> None:
        """Note how long a turn was: the mean is that of about the last thirty."""
        self._turns = min(self._turns + 1, _REMEMBERED)
        self._turn_seconds += (seconds - self._turn_seconds) / self._turns

    def _leave(self, asker: str) -> None:
        """Give the place to whoever is next."""
        self._under_way[asker] -= 1
        if not self._under_way[asker]:
            del self._under_way[asker]
        if len(self._waiting):
            following = self._waiting.take(self._under_way)
            self._under_way[following.asker] += 1
            following.turn.set()
