"""Stops on PostgreSQL behave as they do on SQLite: the same tests, another database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import text

from retrieval.database import Database
from tests import postgres
from tests.retrieval.test_stops import *  # noqa: F403 - every test there runs here as well

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres.running() as url:
        yield url


@pytest.fixture
def url(server: str) -> str:
    return server


@pytest.fixture
async def database(server: str) -> AsyncIterator[Database]:
    database = Database(server)
    async with database.transaction() as connection:
        await connection.execute(text("DROP SCHEMA public CASCADE"))
        await connection.execute(text("CREATE SCHEMA public"))
    await database.migrate()
    yield database
    await database.close()
