"""Keeping the index fast: the embedded one is rebuilt in a child process when enough changed."""

from __future__ import annotations

from typing import Protocol

from retrieval.index import Put
from retrieval.journal import Journal
from retrieval.qdrant.edge import EdgeIndex
from retrieval.qdrant.rebuild import SourceSpec
from retrieval.qdrant.server import ServerIndex

_PAGE = 500


class Upkeep(Protocol):
    """How an index is kept in shape."""

    def is_due(self) -> bool:
        """Return whether a rebuild would make questions faster."""

    async def rebuild(self) -> int:
        """Build the index anew from the library; return how many points were written."""


class EdgeUpkeep:
    """Rebuilds in a child process; questions and changes go on meanwhile."""

    def __init__(self, index: EdgeIndex, database_url: str) -> None:
        self._index = index
        self._source = points_of(database_url)

    def is_due(self) -> bool:
        """Return whether enough points are not optimised."""
        return self._index.wants_rebuild()

    async def rebuild(self) -> int:
        """Build an optimised generation and swap it in."""
        return await self._index.rebuild(self._source)


class ServerUpkeep:
    """A Qdrant server optimises itself; a rebuild writes every point again."""

    def __init__(self, index: ServerIndex, journal: Journal) -> None:
        self._index = index
        self._journal = journal

    def is_due(self) -> bool:
        """Return False: the server sees to it."""
        return False

    async def rebuild(self) -> int:
        """Write every point again."""
        written = after = 0
        while points := await self._journal.points(after, _PAGE):
            await self._index.apply([Put(tuple(points))])
            written, after = written + len(points), points[-1].id
        return written


def points_of(database_url: str) -> SourceSpec:
    """Return how a child process reaches every point of the library."""
    return SourceSpec("retrieval.journal:open_points", {"url": database_url})
