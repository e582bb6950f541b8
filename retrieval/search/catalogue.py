"""What one may read, as search counts and lists it: whole sets, one statement each."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, Text, and_, case, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from retrieval.access import AclFilter
from retrieval.database import Database
from retrieval.documents import Kind, Status, end_of, start_of
from retrieval.search.choice import UNDATED, Choice, Entry, Facet
from retrieval.search.phrase import ESCAPE, GAPS, Phrase
from retrieval.search.readable import readable
from retrieval.search.wanted import Wanted
from retrieval.tables import documents, passages, standings, texts, versions

_PIECE: Final = 500
_REMEMBERED: Final = 4_096
_MARK: Final = "\x01"
_KINDS: Final = {each.value: each for each in Kind}
_STATUSES: Final = {each.value: each for each in Status}


@dataclass(frozen=True, slots=True)
class Listed:
    """A version as it is listed. `begins` orders by when it counts from, latest highest.

    `came` is when it arrived, or came into force if that was later.
    """

    id: int
    document_id: str
    title: str
    begins: int
    came: int
    characters: int
    entry: Entry


@dataclass(frozen=True, slots=True)
class Place:
    """Where a passage lies; `text` is empty unless it was asked for."""

    id: int
    version_id: int
    start: int
    end: int
    text: str


class Catalogue:
    """Reads the library's tables for one reader at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def entries(self, acl: AclFilter, as_of: int) -> list[Entry]:
        """Return every version that may be read and stands or has ended at an instant, counted."""
        inner = _versions(acl, as_of).subquery()
        statement = select(*(inner.c[name] for name in _PROPERTIES))
        async with self._database.transaction() as connection:
            rows = (await connection.execute(statement)).all()
        return await asyncio.to_thread(_grouped, rows)

    async def listed(
        self, acl: AclFilter, as_of: int, wanted: Wanted, choice: Choice
    ) -> list[Listed]:
        """Return the versions that have the days, and what of `choice` SQL can tell.

        Of titles and phrases only what cannot have them is left out: check them on the text.
        """
        statement = _versions(acl, as_of).add_columns(
            versions.c.id,
            versions.c.document_id,
            versions.c.added_at,
            versions.c.in_force_start,
            versions.c.characters,
        )
        async with self._database.transaction() as connection:
            like = _like(connection)
            narrowed = [*_days(wanted), *_chosen(choice)]
            narrowed += [like(versions.c.title, Phrase(each).loose) for each in wanted.titles]
            statement = statement.where(*narrowed)
            if wanted.phrases:
                statement = statement.join(texts, texts.c.version_id == versions.c.id)
                found = [_may_have(Phrase(each), like) for each in wanted.phrases]
                statement = statement.where(*found)
            rows = (await connection.execute(statement)).all()
        return await asyncio.to_thread(lambda: [_listed(row) for row in rows])

    async def has_new(self, acl: AclFilter, as_of: int, since: int, choice: Choice) -> bool:
        """Return whether any version came after an instant that has what SQL can tell of `choice`.

        Of thousands that came before it, none is read.
        """
        came = or_(versions.c.added_at > since, versions.c.in_force_start > since)
        statement = _versions(acl, as_of).where(came, *_chosen(choice)).limit(1)
        async with self._database.transaction() as connection:
            return (await connection.execute(statement)).first() is not None

    async def latest(self, acl: AclFilter, as_of: int) -> int:
        """Return when the last version that may be read arrived or came into force, else 0."""
        inner = _versions(acl, as_of).add_columns(versions.c.added_at, versions.c.in_force_start)
        stands = inner.where(versions.c.in_force_start <= as_of).subquery()
        last = select(func.max(stands.c.added_at), func.max(stands.c.in_force_start))
        async with self._database.transaction() as connection:
            added, begun = (await connection.execute(last)).one()
        return max(added or 0, begun or 0)

    async def texts(self, version_ids: Sequence[int]) -> dict[int, str]:
        """Return the stored texts of versions."""
        statement = select(texts.c.version_id, texts.c.text)
        async with self._database.transaction() as connection:
            rows = await _chunked(connection, statement, texts.c.version_id, version_ids)
        return {row.version_id: row.text for row in rows}

    async def places(
        self, version_ids: Sequence[int], *, with_text: bool, is_first_only: bool
    ) -> dict[int, list[Place]]:
        """Return where the passages of versions lie, in order, or the first of each alone."""
        columns = [passages.c[name] for name in ("id", "version_id", "ordinal", "start", "end")]
        statement = select(*columns, *([passages.c.text] if with_text else []))
        if is_first_only:
            statement = statement.where(passages.c.ordinal == 0)
        async with self._database.transaction() as connection:
            rows = await _chunked(connection, statement, passages.c.version_id, version_ids)
        found: dict[int, list[Place]] = {}
        for row in sorted(rows, key=lambda row: (row.version_id, row.ordinal)):
            text = row.text if with_text else ""
            place = Place(row.id, row.version_id, row.start, row.end, text)
            found.setdefault(row.version_id, []).append(place)
        return found


_PROPERTIES: Final = ("kind", "standing", "source", "owner", "year", "parties")
"""What an entry is made of, in the order in which `_versions` selects it first."""


def _versions(acl: AclFilter, as_of: int) -> Select[Any]:
    covers = and_(versions.c.in_force_start <= as_of, versions.c.in_force_end > as_of)
    is_over = versions.c.in_force_end <= as_of
    earlier = and_(standings.c.start <= as_of, standings.c.end > as_of)
    stood = select(standings.c.status).where(standings.c.version_id == versions.c.id, earlier)
    has_stood = and_(versions.c.has_past == 1, versions.c.in_force_start > as_of)
    standing = case(
        (covers, versions.c.declared),
        (is_over, versions.c.ended_by),
        (has_stood, stood.scalar_subquery()),
        else_=None,
    )
    return (
        select(
            versions.c.kind,
            standing.label("standing"),
            documents.c.source,
            versions.c.owner,
            func.substr(versions.c.effective_from, 1, 4).label("year"),
            cast(versions.c.parties, Text).label("parties"),
            versions.c.effective_from,
            versions.c.title,
        )
        .join(documents, documents.c.id == versions.c.document_id)
        .where(versions.c.published == 1, documents.c.removed_at.is_(None))
        .where(standing.is_not(None), readable(acl))
    )


def _days(wanted: Wanted) -> list[ColumnElement[bool]]:
    """Return that a version counts from a day between two, or arrived then where it has none."""
    day, added, bounds = versions.c.effective_from, versions.c.added_at, []
    if wanted.after:
        arrived = day.is_(None) & (added >= start_of(wanted.after))
        bounds.append(or_(day >= wanted.after.isoformat(), arrived))
    if wanted.before:
        arrived = day.is_(None) & (added < end_of(wanted.before))
        bounds.append(or_(day <= wanted.before.isoformat(), arrived))
    return bounds


def _chosen(choice: Choice) -> list[ColumnElement[bool]]:
    columns = {
        Facet.KIND: versions.c.kind,
        Facet.SOURCE: documents.c.source,
        Facet.OWNER: versions.c.owner,
    }
    return [
        column.in_(sorted(some))
        for facet, column in columns.items()
        if (some := choice.of(facet)) is not None
    ]


def _may_have(phrase: Phrase, like: Any) -> ColumnElement[bool]:
    """Return that a text may have a phrase.

    Where its words do not stand as they were typed, gaps are made spaces, and several of them one:
    a mark after each, then each that a space follows goes with it, then the marks. That takes far
    longer, so it is left to those texts.
    """
    squeezed: ColumnElement[str] = texts.c.text
    for gap in GAPS[1:]:
        squeezed = func.replace(squeezed, gap, " ")
    for old, new in ((" ", f" {_MARK}"), (f"{_MARK} ", ""), (_MARK, "")):
        squeezed = func.replace(squeezed, old, new)
    loose, plainly = like(texts.c.text, phrase.loose), like(texts.c.text, phrase.tight)
    if phrase.loose == phrase.tight:
        return and_(loose)
    return and_(loose, or_(plainly, like(squeezed, phrase.tight)))


def _like(connection: AsyncConnection) -> Any:
    """Return a test against a pattern that takes no notice of case: SQLite's own takes none."""
    is_sqlite = connection.dialect.name == "sqlite"

    def matches(column: Any, pattern: str) -> ColumnElement[bool]:
        test = column.like if is_sqlite else column.ilike
        found: ColumnElement[bool] = test(pattern, escape=ESCAPE)
        return found

    return matches


def _grouped(rows: Iterable[Row[Any]]) -> list[Entry]:
    """Count what is the same in every property: quicker than a database that sorts for it."""
    return [_entry(each, number) for each, number in Counter(map(tuple, rows)).items()]


def _entry(properties: Sequence[Any], count: int = 1) -> Entry:
    """Return an entry of `_PROPERTIES`, in their order."""
    kind, standing, source, owner, year, parties = properties
    status, named = _STATUSES[standing], _parties(parties)
    return Entry(_KINDS[kind], status, source, owner, year or UNDATED, named, count)


@lru_cache(maxsize=_REMEMBERED)
def _parties(written: str) -> tuple[str, ...]:
    """Return parties as they are kept: many documents have the same."""
    return tuple(json.loads(written))


@lru_cache(maxsize=_REMEMBERED)
def _start_of(day: str) -> int:
    """Return the first instant of a day as it is kept: many documents have the same."""
    return start_of(date.fromisoformat(day))


def _listed(row: Row[Any]) -> Listed:
    day = row.effective_from
    begins = _start_of(day) if day else row.added_at
    came, entry = max(row.added_at, row.in_force_start), _entry(row[: len(_PROPERTIES)])
    return Listed(row.id, row.document_id, row.title, begins, came, row.characters, entry)


async def _chunked(
    connection: AsyncConnection, statement: Select[Any], column: Any, values: Sequence[Any]
) -> list[Row[Any]]:
    found: list[Row[Any]] = []
    for start in range(0, len(values), _PIECE):
        piece = values[start : start + _PIECE]
        found += (await connection.execute(statement.where(column.in_(piece)))).all()
    return found
