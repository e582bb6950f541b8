"""The stand-in that plays bytes: whatever a server, or something on the way, may answer."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from starlette.types import Send

from tests.models.standin import Received, StandIn, end, start, write

EVENTS = "text/event-stream; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Played:
    """One response. Without `ends` the connection breaks after the last write."""

    writes: Sequence[bytes] = ()
    status: int = 200
    kind: str = EVENTS
    headers: dict[str, str] = field(default_factory=dict)
    ends: bool = True
    delay_seconds: float = 0.0
    pause_seconds: float = 0.0


class Tape(StandIn):
    """Plays one response after the other; the last one stays."""

    def __init__(self, *played: Played) -> None:
        super().__init__()
        self._played = deque(played)
        self._lock = threading.Lock()

    def plays(self, *played: Played) -> None:
        """Set what is played next."""
        with self._lock:
            self._played = deque(played)

    async def respond(self, received: Received, send: Send) -> None:
        """Play the next response."""
        with self._lock:
            played = self._played.popleft() if len(self._played) > 1 else self._played[0]
        await asyncio.sleep(played.delay_seconds)
        await start(send, played.status, played.kind, played.headers)
        for each in played.writes:
            await write(send, each)
            await asyncio.sleep(played.pause_seconds)
        if played.ends:
            await end(send)
