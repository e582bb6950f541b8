"""What tools gave, for whoever asked for it and nobody else."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from retrieval.tool_tables import tool_calls as table
from tools.calls import Calls
from tools.confirmation import Standing
from tools.kept import Kept


class Results:
    """The results that are kept with the calls they came of."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def of(self, call_ids: Iterable[str], *, person: str) -> list[Kept]:
        """Return those of the calls that this person asked for and that gave them something."""
        wanted = sorted(set(call_ids))
        statement = select(table).where(
            table.c.id.in_(wanted), table.c.standing == Standing.DONE.value
        )
        kept = await self._calls.opened(statement) if wanted else []
        return [each for each in kept if each.asked.asker == person and _result(each) is not None]


def _result(kept: Kept) -> object:
    return kept.ended.result if kept.ended else None
