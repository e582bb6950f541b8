"""The sources that an operator has added, and how far each has been synced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update

from retrieval.database import Database
from retrieval.documents import now
from retrieval.tables import sources


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """A configured source. `cursor` is the connector's own note of how far it came."""

    name: str
    connector: str
    location: str
    options: Mapping[str, Any]
    cursor: str
    synced_at: int | None


class Sources:
    """Where documents come from, as configured."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[SourceRecord]:
        """Return every source by name."""
        async with self._database.transaction() as connection:
            rows = await connection.execute(select(sources).order_by(sources.c.name))
            return [SourceRecord(**row) for row in rows.mappings()]

    async def get(self, name: str) -> SourceRecord | None:
        """Return one source as it stands now, or None."""
        async with self._database.transaction() as connection:
            rows = await connection.execute(select(sources).where(sources.c.name == name))
            found = rows.mappings().first()
            return SourceRecord(**found) if found else None

    async def put(
        self, name: str, connector: str, location: str, options: Mapping[str, Any]
    ) -> SourceRecord:
        """Add a source, or change the options of one; its cursor is kept."""
        async with self._database.transaction() as connection:
            present = (
                await connection.execute(select(sources).where(sources.c.name == name))
            ).first()
            values = {"connector": connector, "location": location, "options": dict(options)}
            if present is None:
                await connection.execute(insert(sources).values(name=name, cursor="", **values))
            else:
                await connection.execute(
                    update(sources).where(sources.c.name == name).values(**values)
                )
            row = await connection.execute(select(sources).where(sources.c.name == name))
            return SourceRecord(**row.mappings().one())

    async def save_cursor(self, name: str, cursor: str) -> None:
        """Record how far a source has been synced, after everything before it is stored."""
        async with self._database.transaction() as connection:
            await connection.execute(
                update(sources).where(sources.c.name == name).values(cursor=cursor, synced_at=now())
            )

    async def remove(self, name: str) -> None:
        """Forget a source; what was taken in from it is removed before."""
        async with self._database.transaction() as connection:
            await connection.execute(delete(sources).where(sources.c.name == name))
