"""Handlers that only note what they are told; they can be made slow, or to fail."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from assistant.slack.event import Asked, Member, Place
from assistant.slack.handlers import Edit, Pressed


@dataclass
class Noting:
    """`failing` is how many of the next calls fail; `gate` holds every call until it is set."""

    asked: list[Asked] = field(default_factory=list)
    presses: list[Pressed] = field(default_factory=list)
    panes: list[tuple[Place, Member, str]] = field(default_factory=list)
    edits: list[tuple[Place, str, str]] = field(default_factory=list)
    deletions: list[tuple[Place, str]] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    memberships: list[tuple[str, str]] = field(default_factory=list)
    people: list[tuple[str, str]] = field(default_factory=list)
    failing: int = 0
    failure: Exception = field(default_factory=lambda: RuntimeError("out of order"))
    gate: asyncio.Event | None = None

    @property
    def everything(self) -> list[object]:
        """Return all that came."""
        others = (self.gone, self.memberships, self.people)
        lists = (self.asked, self.presses, self.panes, self.edits, self.deletions)
        return [each for one in (*lists, *others) for each in one]

    async def _go(self) -> None:
        if self.gate:
            await self.gate.wait()
        if self.failing > 0:
            self.failing -= 1
            raise self.failure

    async def arrived(self, asked: Asked) -> None:
        await self._go()
        self.asked.append(asked)

    async def pressed(self, pressed: Pressed) -> None:
        await self._go()
        self.presses.append(pressed)

    async def opened_pane(self, place: Place, member: Member, viewing: str) -> None:
        await self._go()
        self.panes.append((place, member, viewing))

    async def changed(self, edit: Edit) -> None:
        await self._go()
        self.edits.append((edit.place, edit.ts, edit.text))

    async def deleted(self, place: Place, ts: str, *, is_fresh: bool) -> None:
        await self._go()
        self.deletions.append((place, ts))

    async def left(self, team: str) -> None:
        await self._go()
        self.gone.append(team)

    async def membership_changed(self, team: str, channel: str) -> None:
        await self._go()
        self.memberships.append((team, channel))

    async def person_changed(self, team: str, user: str) -> None:
        await self._go()
        self.people.append((team, user))
