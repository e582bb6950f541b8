"""Saved searches: each its person's own, sealed with their key, and when they last looked.

Nobody else's can be opened: it looks like one that is not there. Erasing a person destroys the
key. A legal hold wins: what a held person removes is no longer shown, and kept.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from retrieval.audit.subject import Subject
from retrieval.conversations import Keys
from retrieval.database import Database
from retrieval.documents import now
from retrieval.errors import BadRequest, NotFound
from retrieval.search.saved_tables import saved_searches as table

MOST_SAVED: Final = 100
LONGEST_NAME: Final = 120
_PIECE: Final = 500


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A search that somebody keeps. `asked` is the query string of the search page."""

    id: str
    name: str = field(repr=False)
    asked: str = field(repr=False)
    saved_at: int
    opened_at: int


class SavedSearches:
    """Every search that is kept, for one person at a time."""

    def __init__(self, database: Database, keys: Keys) -> None:
        self._database = database
        self._keys = keys

    async def keep(self, name: str, asked: str, *, person: str) -> str:
        """Keep a search, looked at now, and return its id.

        Raises:
            BadRequest: the person keeps `MOST_SAVED` already.
        """
        owner, saved_id, instant = await self._keys.subject(person), secrets.token_hex(16), now()
        sealed = owner.seal(_written(name, asked), _context(saved_id))
        values: dict[str, Any] = {"id": saved_id, "owner": owner.id, "sealed": sealed}
        values |= {"saved_at": instant, "opened_at": instant}
        theirs = select(table.c.id).where(_is_shown(owner))
        async with self._database.transaction() as connection:
            if len((await connection.execute(theirs)).all()) >= MOST_SAVED:
                raise BadRequest(
                    f"Expected at most {MOST_SAVED} saved searches, got one more. Remove one first."
                )
            await connection.execute(insert(table).values(**values))
        return saved_id

    async def own(self, *, person: str) -> list[SavedSearch]:
        """Return a person's searches, the latest saved first."""
        owner = await self._keys.subject(person)
        newest = table.c.saved_at.desc(), table.c.id
        async with self._database.transaction() as connection:
            listed = select(table).where(_is_shown(owner)).order_by(*newest)
            rows = (await connection.execute(listed)).all()
        return _unsealed(owner, rows)

    async def one(self, saved_id: str, *, person: str) -> SavedSearch:
        """Return a search of this person's, or raise `NotFound`."""
        owner = await self._keys.subject(person)
        async with self._database.transaction() as connection:
            chosen = select(table).where(_is_shown(owner), table.c.id == saved_id)
            found = _unsealed(owner, (await connection.execute(chosen)).all())
        if not found:
            raise _not_found()
        return found[0]

    async def look(self, saved_id: str, *, person: str) -> SavedSearch:
        """Return a search as it was last looked at, and note that it is looked at now."""
        saved = await self.one(saved_id, person=person)
        await self._change(saved_id, person, opened_at=now())
        return saved

    async def rename(self, saved_id: str, name: str, *, person: str) -> None:
        """Give a search of this person's another name, or raise `NotFound`."""
        saved = await self.one(saved_id, person=person)
        owner = await self._keys.subject(person)
        sealed = owner.seal(_written(name, saved.asked), _context(saved_id))
        await self._change(saved_id, person, sealed=sealed)

    async def remove(self, saved_id: str, *, person: str) -> None:
        """Remove a search of this person's; under a legal hold it is kept, but not shown.

        Raises:
            NotFound: there is none of this id that is theirs.
        """
        owner = await self._keys.subject(person)
        if owner.id in (await self._keys.standing()).held:
            await self._change(saved_id, person, removed_at=now())
            return
        theirs = delete(table).where(_is_shown(owner), table.c.id == saved_id)
        async with self._database.transaction() as connection:
            await _for_good(connection)
            if not (await connection.execute(theirs)).rowcount:
                raise _not_found()

    async def tidy(self) -> int:
        """Delete what erased people saved, and what was removed under a hold that has ended."""
        standing = await self._keys.standing()
        chosen = select(table.c.id, table.c.owner).where(table.c.removed_at.is_not(None))
        async with self._database.transaction() as connection:
            rows = (await connection.execute(chosen)).all()
            over = [row.id for row in rows if row.owner not in standing.held]
            await _for_good(connection)
            gone = await _delete(connection, table.c.id, over)
            return gone + await _delete(connection, table.c.owner, standing.erased)

    async def forget(self, owners: Iterable[str]) -> int:
        """Delete every search of people who were erased, by pseudonym; return how many."""
        async with self._database.transaction() as connection:
            await _for_good(connection)
            return await _delete(connection, table.c.owner, owners)

    async def _change(self, saved_id: str, person: str, **values: Any) -> None:
        owner = await self._keys.subject(person)
        statement = update(table).where(_is_shown(owner), table.c.id == saved_id).values(**values)
        async with self._database.transaction() as connection:
            if not (await connection.execute(statement)).rowcount:
                raise _not_found()


def _is_shown(owner: Subject) -> ColumnElement[bool]:
    return (table.c.owner == owner.id) & table.c.removed_at.is_(None)


def _written(name: str, asked: str) -> str:
    return json.dumps({"name": name[:LONGEST_NAME], "asked": asked})


def _unsealed(owner: Subject, rows: Iterable[Row[Any]]) -> list[SavedSearch]:
    """Return the searches that this key opens; no other could be read."""
    found = []
    for row in rows:
        written = owner.unseal(row.sealed, _context(row.id))
        if written is not None:
            values = json.loads(written)
            found.append(
                SavedSearch(row.id, values["name"], values["asked"], row.saved_at, row.opened_at)
            )
    return found


def _context(saved_id: str) -> str:
    return f"saved search {saved_id}"


async def _delete(connection: AsyncConnection, column: Any, values: Iterable[str]) -> int:
    wanted, gone = sorted(values), 0
    for at in range(0, len(wanted), _PIECE):
        piece = delete(table).where(column.in_(wanted[at : at + _PIECE]))
        gone += (await connection.execute(piece)).rowcount
    return gone


async def _for_good(connection: AsyncConnection) -> None:
    """Have what is deleted overwritten: SQLite would leave it in the file."""
    if connection.dialect.name == "sqlite":
        await connection.exec_driver_sql("PRAGMA secure_delete=ON")


def _not_found() -> NotFound:
    return NotFound("There is no such saved search of yours. Check the address.")
