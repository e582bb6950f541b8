"""What an administrator adds to the readers that a source states: grants, and denials that win.

Each names one reader, for a whole source or for one document and all its versions. It counts in
SQL when the call returns; the index follows by the journal. The record hears of it first.
A grant ends with its document or its source, a denial waits for it (see `lapsing.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

from sqlalchemy import RowMapping, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from retrieval import readership
from retrieval.access import reader
from retrieval.audit.event import Act, Event, Record
from retrieval.database import Database
from retrieval.documents import now
from retrieval.errors import BadRequest, NotFound
from retrieval.journal import note
from retrieval.people.lapsing import is_gone
from retrieval.people.reasons import legible
from retrieval.people.tables import grants
from retrieval.tables import documents, sources
from retrieval.timeline import settle

_LONGEST_REASON = 500
_PIECE = 500


class Effect(StrEnum):
    """What is added."""

    GRANT = readership.GRANT
    DENY = readership.DENY


@dataclass(frozen=True, slots=True)
class Addition:
    """One reader, let in or kept out. Without `document_id` it is of the whole source.

    Give `source`, `document_id` or both; the source of a document is looked up.
    """

    effect: Effect
    reader: str
    source: str = ""
    document_id: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Grant(Addition):
    """An addition as it is kept: its number, who made it and when.

    `place` is where the document lay when it was last removed, `is_gone` whether there is no such
    document or source now.
    """

    id: int = 0
    by: str = ""
    at: int = 0
    place: str | None = None
    is_gone: bool = False


class Grants:
    """The additions there are."""

    def __init__(self, database: Database, record: Record) -> None:
        self._database = database
        self._record = record

    async def all(self, source: str | None = None) -> list[Grant]:
        """Return every addition, or those of one source, oldest first."""
        statement = select(grants, is_gone().label("is_gone")).order_by(grants.c.id)
        if source is not None:
            statement = statement.where(grants.c.source == source)
        async with self._database.transaction() as connection:
            return [_to_grant(row) for row in (await connection.execute(statement)).mappings()]

    async def add(self, wanted: Addition, *, by: str, origin: str) -> Grant:
        """Let a reader in or keep one out, at once; the same again changes nothing.

        Raises `BadRequest` for a malformed reader, an unknown source or a reason that cannot be
        read, `NotFound` for an unknown document, `Unavailable` if it cannot be recorded.
        """
        reader(wanted.reader)
        reason = " ".join(wanted.reason.split())[:_LONGEST_REASON]
        if reason and not legible(reason):
            raise BadRequest("Expected a reason in letters or digits, got none that can be read.")
        async with self._database.transaction() as connection:
            source = await _source_of(connection, wanted)
        await self._note("add", wanted, source, by, origin, reason)
        values = {**asdict(wanted), "source": source, "effect": wanted.effect.value}
        values |= {"reason": reason, "by": by, "at": now()}
        async with self._database.transaction() as connection:
            await _source_of(connection, wanted)  # it may have been removed since
            present = await _same(connection, wanted, source)
            if present is None:
                added = insert(grants).values(**values).returning(grants)
                present = _to_grant((await connection.execute(added)).mappings().one())
                await _apply(connection, present)
        return present

    async def remove(self, grant_id: int, *, by: str, origin: str) -> Grant:
        """Take an addition back, at once, or raise `NotFound`."""
        chosen = grants.c.id == grant_id
        async with self._database.transaction() as connection:
            row = (await connection.execute(select(grants).where(chosen))).mappings().first()
        if row is None:
            raise NotFound(
                f"Expected the number of a grant, got {grant_id}. `pincite access list` lists them."
            )
        grant = _to_grant(row)
        await self._note("remove", grant, grant.source, by, origin, "")
        async with self._database.transaction() as connection:
            await connection.execute(delete(grants).where(chosen))
            await _apply(connection, grant)
        return grant

    async def _note(
        self, done: str, what: Addition, source: str, by: str, origin: str, reason: str
    ) -> None:
        kind, _, name = what.reader.partition(":")
        about = {
            "do": done,
            "effect": what.effect.value,
            "reader": kind if kind == "user" else what.reader,
            "source": source,
            "document": what.document_id,
        }
        words = {"reason": reason} if reason else {}
        person = (name,) if kind == "user" else ()  # a name must end when the person is erased
        await self._record.note(Event(Act.PERMISSION, by, origin, about, words, person))


async def _apply(connection: AsyncConnection, grant: Grant) -> None:
    """Derive anew who reads what the addition reaches, and tell the index."""
    for piece in await _reached(connection, grant):
        await note(connection, "relabel", sorted(await settle(connection, piece)))


async def _reached(connection: AsyncConnection, grant: Grant) -> list[Sequence[str]]:
    if grant.document_id is not None:
        return [[grant.document_id]]
    statement = select(documents.c.id).where(documents.c.source == grant.source)
    ids = (await connection.execute(statement.order_by(documents.c.id))).scalars().all()
    return [ids[at : at + _PIECE] for at in range(0, len(ids), _PIECE)]


async def _source_of(connection: AsyncConnection, wanted: Addition) -> str:
    """Return the source that an addition is of, or say that there is none."""
    if wanted.document_id is None:
        known = (await connection.execute(select(sources.c.name))).scalars().all()
        if wanted.source not in known:
            named = ", ".join(sorted(known)) or "none yet"
            raise BadRequest(
                f"Expected a source ({named}) or a document, got {wanted.source!r}. "
                "`pincite status` lists the sources."
            )
        return wanted.source
    held = select(documents.c.source).where(
        documents.c.id == wanted.document_id,
        documents.c.removed_at.is_(None),
        documents.c.published_id.is_not(None),
    )
    source = (await connection.execute(held)).scalar_one_or_none()
    if source is None or wanted.source not in ("", source):
        raise NotFound(
            f"Expected the id of a document, got {wanted.document_id!r}. It stands in the address "
            "of the document's page."
        )
    return str(source)


async def _same(connection: AsyncConnection, wanted: Addition, source: str) -> Grant | None:
    """Return the addition that says the same, if there is one."""
    statement = select(grants).where(
        grants.c.source == source,
        grants.c.document_id.is_not_distinct_from(wanted.document_id),
        grants.c.reader == wanted.reader,
        grants.c.effect == wanted.effect.value,
    )
    row = (await connection.execute(statement)).mappings().first()
    return _to_grant(row) if row else None


def _to_grant(row: RowMapping) -> Grant:
    return Grant(**{**row, "effect": Effect(row["effect"])})
