"""Who reads a version: what its source states and what an administrator added, made one.

An older version is readable by those who may read it *and* the newest: opening a document
does not open its past, closing it closes its past. A denial of the newest holds for its past.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Table, delete, insert, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from retrieval.access import EVERYONE
from retrieval.people.tables import grants
from retrieval.tables import denied, documents, readers

GRANT = "grant"
DENY = "deny"
_PIECE = 500


@dataclass(frozen=True, slots=True)
class Readership:
    """The names that may read, and the names that may not whatever else lets them."""

    readers: frozenset[str] = frozenset()
    denied: frozenset[str] = frozenset()

    def joined(self, other: Readership) -> Readership:
        """Return what both sides name together."""
        return Readership(self.readers | other.readers, self.denied | other.denied)

    def under(self, newest: Readership) -> Readership:
        """Return who reads an older version, given who reads the newest."""
        return Readership(intersect(self.readers, newest.readers), self.denied | newest.denied)

    def is_within(self, other: Readership) -> bool:
        """Return whether, by name, all who may read this may read the other too."""
        covers = EVERYONE in other.readers or self.readers <= other.readers
        return covers and other.denied <= self.denied


NOBODY = Readership()


def intersect(one: Iterable[str], other: Iterable[str]) -> frozenset[str]:
    """Return the readers named by both sides, where `everyone` names all."""
    ours, theirs = frozenset(one), frozenset(other)
    if EVERYONE in ours:
        return theirs
    return ours if EVERYONE in theirs else ours & theirs


def stated(row: Row[Any]) -> Readership:
    """Return what the source states in a row of `versions`."""
    return Readership(frozenset(row.stated_readers), frozenset(row.stated_denied))


def derived(rows: Sequence[Row[Any]], added: Readership) -> dict[int, Readership]:
    """Return who reads each version of a document; `rows` of `versions` in order of number."""
    merged = {row.id: stated(row).joined(added) for row in rows}
    newest = merged[rows[-1].id]
    return {at: each.under(newest) for at, each in merged.items()}


async def additions(
    connection: AsyncConnection, document_ids: Collection[str]
) -> dict[str, Readership]:
    """Return what administrators added to the readers of each document that has any such."""
    reaches = grants.c.document_id.is_(None) | (grants.c.document_id == documents.c.id)
    statement = (
        select(documents.c.id, grants.c.reader, grants.c.effect)
        .join(grants, (grants.c.source == documents.c.source) & reaches)
        .where(documents.c.id.in_(document_ids))
    )
    named: dict[str, Readership] = {}
    for row in await connection.execute(statement):
        one = frozenset((row.reader,))
        more = Readership(denied=one) if row.effect == DENY else Readership(readers=one)
        named[row.id] = named.get(row.id, NOBODY).joined(more)
    return named


async def readerships(
    connection: AsyncConnection, version_ids: Sequence[int]
) -> dict[int, Readership]:
    """Return who reads each version, as written; a version without any names is left out."""
    allowed: dict[int, set[str]] = {}
    refused: dict[int, set[str]] = {}
    for start in range(0, len(version_ids), _PIECE):
        piece = version_ids[start : start + _PIECE]
        both = union_all(_names(readers, False, piece), _names(denied, True, piece))
        for version_id, name, is_denial in await connection.execute(both):
            (refused if is_denial else allowed).setdefault(version_id, set()).add(name)
    return {
        at: Readership(frozenset(allowed.get(at, ())), frozenset(refused.get(at, ())))
        for at in allowed.keys() | refused.keys()
    }


async def write(connection: AsyncConnection, wanted: Mapping[int, Readership]) -> set[int]:
    """Write who reads each version; return the ids of those where that is new."""
    present = await readerships(connection, sorted(wanted))
    changed = sorted(at for at, each in wanted.items() if each != present.get(at, NOBODY))
    for table in (readers, denied):
        if present.keys() & set(changed):
            await connection.execute(delete(table).where(table.c.version_id.in_(changed)))
        rows = [
            {"version_id": at, "reader": name}
            for at in changed
            for name in sorted(wanted[at].readers if table is readers else wanted[at].denied)
        ]
        if rows:
            await connection.execute(insert(table), rows)
    return set(changed)


def _names(table: Table, is_denial: bool, version_ids: Sequence[int]) -> Any:
    columns = (table.c.version_id, table.c.reader, literal(is_denial))
    return select(*columns).where(table.c.version_id.in_(version_ids))
