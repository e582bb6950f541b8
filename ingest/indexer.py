"""Bringing the index along with the library, one caller at a time."""

from __future__ import annotations

import asyncio

from retrieval.index import Index
from retrieval.journal import Journal


class Indexer:
    """Applies to the index what the library's journal says it has not taken yet."""

    def __init__(self, journal: Journal, index: Index) -> None:
        self._journal = journal
        self._index = index
        self._one_at_a_time = asyncio.Lock()

    async def bring_along(self) -> int:
        """Apply what the index lacks; return how many changes that were."""
        async with self._one_at_a_time:
            return await self._journal.bring_along(self._index, self._index.name)
