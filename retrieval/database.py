"""The SQL database: SQLite by default, Postgres by changing one URL. Foreign errors end here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import URL, Connection, Table, create_engine, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from retrieval.errors import BadRequest, Damaged, Mismatch, RetrievalError, Unavailable

_ASYNC_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg"}
_MIGRATIONS = Path(__file__).with_name("migrations")
_DAMAGE = ("malformed", "not a database", "corrupt", "disk image")


class Database:
    """One engine and its transactions.

    `log_pages` is how long SQLite's log grows before a commit also carries it over to the file.
    """

    def __init__(self, url: str, *, log_pages: int = 1000) -> None:
        self.url = _async_url(url)
        self._engine: AsyncEngine = create_async_engine(self.url, hide_parameters=True)
        if self.url.get_backend_name() == "sqlite":
            prepare = partial(_prepare_sqlite, log_pages=log_pages)
            event.listen(self._engine.sync_engine, "connect", prepare)

    async def migrate(self, migrations: Path = _MIGRATIONS) -> None:
        """Bring the tables to the present shape. Safe to call at every start."""
        with translated():
            try:
                await asyncio.to_thread(_upgrade, self.url, migrations)
            except CommandError as error:
                raise Mismatch(
                    f"Expected a library of this version of Pincite or an older one, but: {error}. "
                    "A newer one made it: run that one, or restore an earlier backup."
                ) from error

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """Run one transaction: committed when the block ends, rolled back when it raises."""
        with translated():
            async with self._engine.begin() as connection:
                yield connection

    async def check(self) -> None:
        """Raise `Damaged` if the database reports damage of its own."""
        if self.url.get_backend_name() != "sqlite":
            return
        async with self.transaction() as connection:
            told = (await connection.execute(text("PRAGMA quick_check(1)"))).scalar_one()
        if told != "ok":
            raise _named(f"malformed: {told}")

    async def close(self) -> None:
        """Return every connection."""
        await self._engine.dispose()


def insert_into(connection: AsyncConnection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Return an insert that can say what a conflict means, for the database at hand."""
    is_sqlite = connection.dialect.name == "sqlite"
    return sqlite.insert(table) if is_sqlite else postgresql.insert(table)


@contextmanager
def all_or_none(url: URL) -> Iterator[Connection]:
    """Lend the one connection of a migration, whose changes to tables count together or not at all.

    Left to itself, SQLite's Python driver commits each table on its own: killed half-way, the
    next start would find some of them. With its transactions off and ours begun, it is all or none.
    """
    engine = create_engine(url, poolclass=NullPool)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _leave_transactions_to_us)
        event.listen(engine, "begin", _begin)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def translated() -> Iterator[None]:
    """Turn SQLAlchemy's errors into ours."""
    try:
        yield
    except RetrievalError:
        raise
    except DBAPIError as error:
        cause = str(error.orig).strip() or type(error.orig).__name__
        raise _named(cause) from error
    except PoolTimeout as error:
        raise _named("every connection to it is taken") from error
    except SQLAlchemyError as error:
        raise Damaged(
            f"The database does not have the shape expected: {error}. Run `pincite doctor`."
        ) from error


def _named(cause: str) -> RetrievalError:
    if any(word in cause for word in _DAMAGE):
        return Damaged(
            f"Expected a sound database, but it reports: {cause}. Stop the server and run "
            "`pincite doctor`; restore from a backup if it confirms the damage."
        )
    return Unavailable(
        f"Expected to read and write the database, but it reports: {cause}. Check free space, "
        "permissions and, for a server, that it is reachable; then try again."
    )


def _async_url(url: str) -> URL:
    try:
        parsed = make_url(url)
        driver = _ASYNC_DRIVERS[parsed.get_backend_name()]
    except (ArgumentError, KeyError) as error:
        scheme = url.split(":", 1)[0][:30]
        raise BadRequest(
            "Expected DATABASE_URL as sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME, "
            f"got one that starts with {scheme!r}."
        ) from error
    return parsed.set(drivername=driver)


def _prepare_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry, *, log_pages: int) -> None:
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=10000",
        f"wal_autocheckpoint={log_pages}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _leave_transactions_to_us(connection: Any, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _upgrade(url: URL, migrations: Path) -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations))
    config.attributes["url"] = url.set(drivername=_sync_driver(url))
    command.upgrade(config, "head")


def _sync_driver(url: URL) -> str:
    return "sqlite" if url.get_backend_name() == "sqlite" else "postgresql+psycopg"
