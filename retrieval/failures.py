"""What could not be taken in, and why: kept until the document succeeds or goes away."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select, update

from retrieval.database import Database
from retrieval.documents import now
from retrieval.tables import documents, failures, versions

WHOLE = "."
"""What stands for the source itself, where its last sync did not reach its end."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One document that was refused, in part or whole. `fingerprint` is of what was tried."""

    source: str
    uri: str
    outcome: str
    reason: str
    attempts: int
    failed_at: int
    fingerprint: str


class Failures:
    """The list that `pincite status` shows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self, source: str | None = None) -> list[Failure]:
        """Return every failure, or those of one source, by source and URI."""
        statement = select(failures).order_by(failures.c.source, failures.c.uri)
        if source is not None:
            statement = statement.where(failures.c.source == source)
        async with self._database.transaction() as connection:
            return [Failure(**row) for row in (await connection.execute(statement)).mappings()]

    async def some(self, source: str, *, after: str = "", limit: int = 100) -> list[Failure]:
        """Return documents of a source that failed, by URI, those beyond `after` first."""
        chosen = select(failures).where(
            failures.c.source == source, failures.c.uri > after, failures.c.uri != WHOLE
        )
        statement = chosen.order_by(failures.c.uri).limit(limit)
        async with self._database.transaction() as connection:
            return [Failure(**row) for row in (await connection.execute(statement)).mappings()]

    async def one(self, source: str, uri: str) -> Failure | None:
        """Return what is listed of one document, or of the source as a whole."""
        where = (failures.c.source == source, failures.c.uri == uri)
        async with self._database.transaction() as connection:
            row = (await connection.execute(select(failures).where(*where))).mappings().first()
            return Failure(**row) if row else None

    async def whole(self) -> dict[str, Failure]:
        """Return the sources whose last sync did not reach its end, and why."""
        statement = select(failures).where(failures.c.uri == WHOLE)
        async with self._database.transaction() as connection:
            rows = (await connection.execute(statement)).mappings()
            return {row["source"]: Failure(**row) for row in rows}

    async def by_source(self) -> dict[str, dict[str, int]]:
        """Return how many documents of each source failed, by outcome."""
        statement = (
            select(failures.c.source, failures.c.outcome, func.count())
            .where(failures.c.uri != WHOLE)
            .group_by(failures.c.source, failures.c.outcome)
            .order_by(failures.c.outcome)
        )
        found: dict[str, dict[str, int]] = {}
        async with self._database.transaction() as connection:
            for source, outcome, count in await connection.execute(statement):
                found.setdefault(source, {})[outcome] = count
        return found

    async def counts(self) -> dict[str, int]:
        """Return how many failures there are of each outcome."""
        statement = select(failures.c.outcome, func.count()).group_by(failures.c.outcome)
        async with self._database.transaction() as connection:
            return {str(outcome): count for outcome, count in await connection.execute(statement)}

    async def save(
        self, source: str, uri: str, outcome: str, reason: str, fingerprint: str
    ) -> None:
        """Record a failure, counting attempts at the same document."""
        where = (failures.c.source == source, failures.c.uri == uri)
        async with self._database.transaction() as connection:
            earlier = (await connection.execute(select(failures.c.attempts).where(*where))).scalar()
            await connection.execute(delete(failures).where(*where))
            await connection.execute(
                insert(failures).values(
                    source=source,
                    uri=uri,
                    outcome=outcome,
                    reason=reason,
                    attempts=(earlier or 0) + 1,
                    failed_at=now(),
                    fingerprint=fingerprint,
                )
            )

    async def forgive(self, source: str | None = None, uri: str | None = None) -> None:
        """Have what was refused or read in part read again, as if it had changed."""
        where = [] if source is None else [failures.c.source == source]
        where += [] if uri is None else [failures.c.uri == uri]
        partly = (
            select(documents.c.published_id)
            .join(
                failures,
                (failures.c.source == documents.c.source) & (failures.c.uri == documents.c.uri),
            )
            .where(failures.c.outcome == "partial", *where)
        )
        async with self._database.transaction() as connection:
            await connection.execute(
                update(versions).where(versions.c.id.in_(partly)).values(recipe="")
            )
            await connection.execute(update(failures).where(*where).values(fingerprint=""))

    async def clear(self, source: str, uris: Collection[str]) -> None:
        """Forget failures: the documents succeeded or are gone."""
        async with self._database.transaction() as connection:
            await connection.execute(
                delete(failures).where(failures.c.source == source, failures.c.uri.in_(uris))
            )
