"""Records for tests: one that remembers what it is told, and can fail or hang."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from retrieval.audit.event import Act, Event
from retrieval.errors import Unavailable


class RememberingRecord:
    """Keeps events in a list. `fails` refuses them, `hangs` never answers; `before` is called
    with each event before it is kept."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.fails: Exception | None = None
        self.hangs = False
        self.before: Callable[[Event], None] = lambda event: None

    async def note(self, event: Event) -> int:
        if self.hangs:
            await asyncio.Event().wait()
        if self.fails:
            raise self.fails
        self.before(event)
        self.events.append(event)
        return len(self.events)

    @property
    def acts(self) -> list[Act]:
        return [each.act for each in self.events]


DISK_FULL = Unavailable("Expected to write the record, but the disk is full.")
