"""The date: today's, and the one as of which is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from retrieval.documents import day_of, now
from tools.call import Json
from tools.tool import Effect, Errand, Result, Tool

TOOL: Final = Tool(
    name="today",
    says="Tell today's date, and the date as of which is asked.",
    fields={},
    effect=Effect.READS,
)


class Today:
    """Tells the date (UTC). `clock` gives the present instant."""

    def __init__(self, clock: Callable[[], int] = now) -> None:
        self._clock = clock

    @property
    def tool(self) -> Tool:
        """Return what it is."""
        return TOOL

    async def run(self, arguments: Mapping[str, Json], errand: Errand) -> Result:
        """Return both dates, in one sentence where they are the same."""
        today, asked = day_of(self._clock()), day_of(errand.as_of)
        told = f"Today is {_told(today)}."
        if asked != today:
            told += f" What is asked counts as of {_told(asked)}."
        return Result("Today", told)


def _told(day: date) -> str:
    return f"{day:%A}, {day.day} {day:%B %Y}"
