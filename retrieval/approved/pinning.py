"""Which passages characters of a version lie in: ids alone, reading goes by the library."""

from __future__ import annotations

from sqlalchemy import select

from retrieval.database import Database
from retrieval.tables import passages


class Pinning:
    """Finds passages by place."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def at(self, version_id: int, start: int, end: int) -> list[int]:
        """Return the ids of the passages that share characters with this stretch, in order."""
        meets = (passages.c.start < end) & (passages.c.end > start)
        chosen = select(passages.c.id).where(passages.c.version_id == version_id, meets)
        async with self._database.transaction() as connection:
            found = await connection.execute(chosen.order_by(passages.c.ordinal))
            return list(found.scalars())
