"""What could not be taken in, and why: kept until the document succeeds or goes away."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select, update

from retrieval.database import Database
from retrieval.documents import now
from retrieval.tables import documents, failures, versions


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

    async def forgive(self, source: str | None = None) -> None:
        """Have what was refused or read in part read again, as if it had changed."""
        where = [] if source is None else [failures.c.source == source]
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
