"""The sources that an operator has added, and how far each has been synced.

What a source says about readers is believed for a time after a sync that reached its end; then
the source is shut and nobody reads what came from it. How long, its option `MAX_AGE` says in
minutes, null for ever. Without the option a folder is believed for ever: it lies here, whoever
changes its readers runs the sync, and `pincite add` run once must go on working. What another
system tells is believed for an hour, because people lose their rights there unseen.

As what new versions arrive, the option `NEW_VERSIONS` says: as the source declares them, as drafts
that wait for somebody to approve them, or as approved. `OVERDUE` says what becomes of an approved
document whose day of review has passed: it is marked, or it expires.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from retrieval.database import Database
from retrieval.documents import now
from retrieval.errors import BadRequest
from retrieval.people.lapsing import Lapsed, end_all, lapsing
from retrieval.tables import sources

MAX_AGE = "readers_max_age_minutes"
REMOTE_MAX_AGE_MINUTES = 60
NEW_VERSIONS = "new_versions"
OVERDUE = "overdue"
EXPIRES = "expires"
_ARRIVE_AS = ("declared", "draft", "approved")
_WHEN_OVERDUE = ("marked", EXPIRES)
_LOCAL = frozenset({"files"})
_SKEW_SECONDS = 300
"""How far ahead another machine's clock may be before its sync is not believed."""


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
        _check_age(options)
        _check_word(options, NEW_VERSIONS, _ARRIVE_AS)
        _check_word(options, OVERDUE, _WHEN_OVERDUE)
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

    async def lapsing(self, name: str) -> list[Lapsed]:
        """Return the grants that end when this source is removed."""
        async with self._database.transaction() as connection:
            return await lapsing(connection, name)

    async def remove(self, name: str) -> None:
        """Forget a source and its grants, not its denials: they hold again if it returns.

        What was taken in from it is removed before.
        """
        async with self._database.transaction() as connection:
            await end_all(connection, name)
            await connection.execute(delete(sources).where(sources.c.name == name))


async def shut_sources(
    connection: AsyncConnection, instant: int, remote_minutes: int | None = REMOTE_MAX_AGE_MINUTES
) -> frozenset[str]:
    """Return the sources whose readers are too old to be believed at this instant.

    `remote_minutes` is the limit of sources in other systems that state none; None is for ever.
    """
    rows = await connection.execute(select(sources))
    return frozenset(row.name for row in rows if _is_shut(row, instant, remote_minutes))


async def arrivals(connection: AsyncConnection, names: Set[str]) -> dict[str, str]:
    """Return as what new versions arrive, of those of the sources whose configuration says it."""
    statement = select(sources.c.name, sources.c.options).where(sources.c.name.in_(sorted(names)))
    said = {row.name: row.options.get(NEW_VERSIONS) for row in await connection.execute(statement)}
    return {name: as_ for name, as_ in said.items() if as_ in _ARRIVE_AS[1:]}


async def expiring(connection: AsyncConnection) -> list[str]:
    """Return the sources whose approved documents expire when their review is overdue."""
    rows = await connection.execute(select(sources.c.name, sources.c.options))
    return sorted(row.name for row in rows if row.options.get(OVERDUE) == EXPIRES)


def _is_shut(row: Row[Any], instant: int, remote_minutes: int | None) -> bool:
    usual = None if row.connector in _LOCAL else remote_minutes
    minutes = row.options.get(MAX_AGE, usual)
    if minutes is None:
        return False
    if row.synced_at is None or not _is_age(minutes):
        return True
    return not -_SKEW_SECONDS <= instant - row.synced_at <= minutes * 60


def _check_age(options: Mapping[str, Any]) -> None:
    minutes = options.get(MAX_AGE)
    if minutes is not None and not _is_age(minutes):
        raise BadRequest(
            f"Expected {MAX_AGE} as a whole number of minutes, 1 or more, got {minutes!r}. Leave "
            "it out for the usual limit."
        )


def _check_word(options: Mapping[str, Any], name: str, words: Sequence[str]) -> None:
    said = options.get(name, words[0])
    if said not in words:
        raise BadRequest(f"Expected {name} as one of {', '.join(words)}; got {str(said)[:80]!r}.")


def _is_age(minutes: object) -> bool:
    return isinstance(minutes, int) and not isinstance(minutes, bool) and minutes >= 1
