"""A register of contracts in a SQL database, reached as the asker where the database knows people.

PostgreSQL: the asker's own login, so its grants and row policies count; the server has no account
there. SQLite knows nobody: there a column names who may read each row, and it is part of every
statement. Both may be used. Statements are made of configured names and bound parameters alone.
"""

from __future__ import annotations

import re
from asyncio import timeout
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import (
    URL,
    ColumnClause,
    ColumnElement,
    Date,
    Row,
    Select,
    TableClause,
    column,
    insert,
    make_url,
    select,
    table,
    update,
)
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from retrieval.documents import now
from retrieval.errors import BadRequest
from tools.box.register import MOST_LISTED, Change, Record, Records
from tools.once import mark_of
from tools.tool import Errand, ToolFailed

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
_ALLOWED: Final = {"sslmode", "sslrootcert"}
_SECONDS: Final = 10
_MOST_VALUE: Final = 2_000
_PROPOSAL: Final = (
    "id",
    "record",
    "field",
    "value",
    "reason",
    "proposer",
    "proposed_at",
    "withdrawn_at",
)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the register keeps what. `shown` are columns by what people call them.

    `reader` is a column with a reader name (`group:legal`); a row for each of them if there are
    several. `proposals` is a table with the columns id (its key), record, field, value, reason,
    proposer, proposed_at and withdrawn_at (instants). `changeable` are some of `shown`.
    """

    table: str
    id: str
    title: str
    expires: str
    shown: Mapping[str, str] = field(default_factory=dict)
    reader: str = ""
    proposals: str = ""
    changeable: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        names = [self.id, self.title, self.expires, *self.shown.values()]
        names += [each for each in (self.reader,) if each]
        names += [part for each in (self.table, self.proposals) if each for part in each.split(".")]
        for each in names:
            if not _NAME.fullmatch(each):
                raise BadRequest(
                    "Expected tables and columns by names of letters, figures and underscores, "
                    f"got {each[:80]!r}."
                )
        if not set(self.changeable) <= set(self.shown) or (self.changeable and not self.proposals):
            raise BadRequest(
                "Expected `changeable` to name some of `shown`, and `proposals` a table for them."
            )


class SqlRegister:
    """A register in a database. `url` has no name and no password in it."""

    def __init__(self, name: str, url: str, layout: Layout) -> None:
        self.name = name
        self._url = _checked(url, layout)
        self._layout = layout
        self._is_postgres = self._url.get_backend_name() == "postgresql"
        self._id, self._reader = _column(layout.id), _column(layout.reader)
        self._expires = column(layout.expires, Date)
        self._shown = [_column(each) for each in (layout.title, *layout.shown.values())]
        self._records = _table(layout.table)
        self._proposals = _table(layout.proposals or "none", *map(_column, _PROPOSAL))

    @property
    def system(self) -> str:
        """Return the database's name where the asker needs a login, else ""."""
        return self.name if self._is_postgres else ""

    @property
    def changeable(self) -> tuple[str, ...]:
        """Return the fields that a change may be proposed of."""
        return self._layout.changeable

    async def record(self, id: str, errand: Errand) -> Record:  # noqa: A002
        """Return a record with its values."""
        async with self._connected(errand, reads=True) as connection:
            return self._read(await self._one(connection, id, errand))

    async def expiring(self, first: date, last: date, errand: Errand) -> Records:
        """Return what expires from `first` to `last`."""
        statement = (
            self._readable(select(self._id, self._expires, self._shown[0]), errand)
            .where(self._expires.between(first, last))
            .distinct()
            .order_by(self._expires, self._id)
            .limit(MOST_LISTED + 1)
        )
        async with self._connected(errand, reads=True) as connection:
            rows = (await connection.execute(statement)).all()
        listed = tuple(Record(_text(row[0]), _text(row[2]), row[1]) for row in rows[:MOST_LISTED])
        return Records(listed, len(rows) <= MOST_LISTED)

    async def proposed(self, errand: Errand) -> str:
        """Return the id of the proposal that was made for this errand, "" if there is none."""
        ours = self._proposals.c.id == mark_of(errand)
        async with self._connected(errand, reads=True) as connection:
            found = await connection.execute(select(self._proposals.c.id).where(ours))
            return str(found.scalar() or "")

    async def propose(self, change: Change, errand: Errand) -> str:
        """Make a proposal, once for the errand; return its id."""
        proposal = mark_of(errand)
        values = {
            "id": proposal,
            "record": change.record,
            "field": change.field,
            "value": change.value,
            "reason": change.reason,
            "proposer": errand.asker.principal.name,
            "proposed_at": now(),
        }
        async with self._connected(errand, reads=False) as connection:
            await self._one(connection, change.record, errand)
            try:
                await connection.execute(insert(self._proposals).values(values))
            except IntegrityError:  # its id is its key, so it may be there already
                await connection.rollback()
                found = await connection.execute(
                    select(self._proposals.c.id).where(self._proposals.c.id == proposal)
                )
                if found.first() is None:
                    raise ToolFailed(f"{self.name} did not take the proposal as it was.") from None
        return proposal

    async def withdraw(self, proposal: str, errand: Errand) -> None:
        """Withdraw a proposal of the asker's; again, it changes nothing."""
        columns = self._proposals.c
        own = (columns.id == proposal) & (columns.proposer == errand.asker.principal.name)
        async with self._connected(errand, reads=False) as connection:
            found = await connection.execute(select(columns.id).where(own))
            if found.first() is None:
                raise ToolFailed(f"{self.name} has no such proposal of yours.")
            still = own & columns.withdrawn_at.is_(None)
            await connection.execute(
                update(self._proposals).where(still).values({"withdrawn_at": now()})
            )

    async def _one(self, connection: AsyncConnection, id: str, errand: Errand) -> Row[Any]:  # noqa: A002
        columns = select(self._id, self._expires, *self._shown)
        statement = self._readable(columns, errand).where(self._id == id)
        row: Row[Any] | None = (await connection.execute(statement.limit(1))).first()
        if row is None:
            raise ToolFailed(f"{self.name} has no such record that you may see.")
        return row

    def _readable(self, statement: Select[Any], errand: Errand) -> Select[Any]:
        """Return the statement about those records that the asker may read."""
        statement = statement.select_from(self._records)
        if not self._layout.reader:
            return statement
        named: ColumnElement[bool] = self._reader.in_(sorted(errand.asker.principal.keys))
        return statement.where(named)

    def _read(self, row: Row[Any]) -> Record:
        number, expires, title, *shown = tuple(row)
        values = dict(zip(self._layout.shown, map(_text, shown), strict=True))
        return Record(_text(number), _text(title), expires, values)

    @asynccontextmanager
    async def _connected(self, errand: Errand, *, reads: bool) -> AsyncIterator[AsyncConnection]:
        """Lend a connection of the asker's for one transaction; foreign errors end here."""
        engine = create_async_engine(
            self._url_of(errand, reads=reads),
            poolclass=NullPool,
            hide_parameters=True,
            connect_args=_arguments(reads) if self._is_postgres else {},
        )
        is_ending = False
        try:
            async with timeout(_SECONDS), engine.connect() as connection:
                yield connection
                is_ending = not reads
                await connection.commit()
        except (DBAPIError, SQLAlchemyError, OSError, ValueError) as error:
            raise self._failed(error, None if is_ending else False) from None
        finally:
            await engine.dispose()

    def _url_of(self, errand: Errand, *, reads: bool) -> URL:
        if not self._is_postgres:
            if not Path(str(self._url.database)).is_file():
                raise self._failed(FileNotFoundError(), False)
            path = quote(str(self._url.database))
            query = {"mode": "ro" if reads else "rw", "uri": "true"}
            return URL.create("sqlite+aiosqlite", database=f"file:{path}", query=query)
        person, _, password = errand.secret.partition(":")
        if not person or not password:
            raise ToolFailed(
                f"Expected your own login at {self.name} as NAME:PASSWORD, got "
                f"{'another form' if errand.secret else 'none'}. Connect your account at "
                f"{self.name} first."
            )
        return self._url.set(username=person, password=password)

    def _failed(self, error: Exception, happened: bool | None) -> ToolFailed:
        state = getattr(getattr(error, "orig", None), "sqlstate", "") or ""
        if state == "42501":
            return ToolFailed(f"Your account at {self.name} may not do this.")
        ending = "look there before you try again" if happened is None else "nothing was done"
        return ToolFailed(
            f"Expected to reach {self.name}, got {type(error).__name__}; {ending}. If it goes on, "
            f"connect your account at {self.name} again.",
            happened=happened,
        )


def _arguments(reads: bool) -> dict[str, Any]:
    """Return what a connection to PostgreSQL is opened with."""
    options = f"-c statement_timeout={_SECONDS * 1_000}"
    if reads:
        options += " -c default_transaction_read_only=on"
    return {"options": options, "connect_timeout": _SECONDS}


def _column(name: str) -> ColumnClause[Any]:
    return column(name)


def _table(name: str, *columns: Any) -> TableClause:
    schema, _, last = name.rpartition(".")
    return table(last, *columns, schema=schema or None)


def _text(value: Any) -> str:
    return "" if value is None else str(value)[:_MOST_VALUE]


def _checked(url: str, layout: Layout) -> URL:
    drivers = {"postgresql": "postgresql+psycopg", "sqlite": "sqlite+aiosqlite"}
    try:
        parsed = make_url(url)
        parsed = parsed.set(drivername=drivers[parsed.get_backend_name()])
    except (ArgumentError, KeyError):
        raise BadRequest(
            "Expected a register at postgresql://HOST/NAME or sqlite:///PATH, got another address."
        ) from None
    if parsed.username or parsed.password:
        raise BadRequest(
            "Expected the address of a register without a name and a password: people reach it "
            "with their own."
        )
    is_sqlite = parsed.get_backend_name() == "sqlite"
    needed = parsed.database if is_sqlite else parsed.host and parsed.database
    if not needed or not set(parsed.query) <= (set() if is_sqlite else _ALLOWED):
        raise BadRequest(
            "Expected a register at postgresql://HOST/NAME, with sslmode and sslrootcert at most, "
            "or at sqlite:///PATH."
        )
    if is_sqlite and not layout.reader:
        raise BadRequest("Expected `reader`, a column with who may read each row, for SQLite.")
    return parsed
