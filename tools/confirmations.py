"""Confirmations in SQL: each waits five minutes for one word, and is taken once, whoever tries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, select

from retrieval.errors import NotFound
from retrieval.tool_tables import tool_calls as table
from tools.calls import Calls
from tools.confirmation import Standing
from tools.kept import Kept
from tools.tool import Asker


class Confirmations:
    """The calls that wait for a person's word, or waited for one."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def waiting(self, person: Asker) -> list[Kept]:
        """Return what waits and what they asked for or may confirm, the newest first."""
        return [each for each in await self.in_time() if each.asked.is_seen_by(person)]

    async def in_time(self) -> list[Kept]:
        """Return all that waits, the newest first."""
        in_time = table.c.expires > self._calls.clock()
        statement = select(table).where(_is_waiting() & in_time).order_by(table.c.number.desc())
        return await self._calls.opened(statement)

    async def overdue(self) -> list[Kept]:
        """Return what nobody answered in time and what was not noted as such, the oldest first."""
        is_late = table.c.expires <= self._calls.clock()
        statement = select(table).where(_is_waiting() & is_late).order_by(table.c.number)
        return await self._calls.opened(statement)

    async def get(self, confirmation_id: str, person: Asker) -> Kept:
        """Return a call that waits or waited for a word, for who asked for it or may confirm it.

        Raises:
            NotFound: there is none of this id for this person.
        """
        kept = await self.any(confirmation_id)
        if kept is None or not kept.asked.is_seen_by(person):
            raise NotFound("There is no such confirmation for you. Check the address.")
        return kept

    async def any(self, confirmation_id: str) -> Kept | None:
        """Return a call that waits or waited, whoever looks; None if there is none."""
        kept = await self._calls.one(confirmation_id)
        return kept if kept is not None and kept.asked.expires else None

    async def take(self, confirmation_id: str, *, by: str) -> bool:
        """Take a call that waits, to do it now; return whether it still waited, and was in time."""
        confirmer, instant = await self._calls.keys.subject(by), self._calls.clock()
        values = {
            "standing": Standing.DOING.value,
            "until": instant + self._calls.lease_seconds,
            "confirmed_by": confirmer.id,
        }
        in_time = _is_waiting() & (table.c.expires > instant)
        return await self._changed(confirmation_id, in_time, values)

    async def give_back(self, confirmation_id: str) -> bool:
        """Let a call wait again that was taken, and of which nothing was done yet."""
        values = {"standing": Standing.WAITING.value, "until": None, "confirmed_by": None}
        is_doing = table.c.standing == Standing.DOING.value
        return await self._changed(confirmation_id, is_doing, values)

    async def decline(self, confirmation_id: str, standing: Standing = Standing.DECLINED) -> bool:
        """Let a call wait no more; return whether it did."""
        values = {"standing": standing.value, "ended_at": self._calls.clock()}
        return await self._changed(confirmation_id, _is_waiting(), values)

    async def _changed(
        self, confirmation_id: str, condition: ColumnElement[bool], values: Mapping[str, Any]
    ) -> bool:
        return await self._calls.changed((table.c.id == confirmation_id) & condition, values)


def _is_waiting() -> ColumnElement[bool]:
    return table.c.standing == Standing.WAITING.value
