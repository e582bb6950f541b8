"""Stops on PostgreSQL behave as they do on SQLite: the same tests, another database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

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
    database = await postgres.emptied(Database(server))
    yield database
    await database.close()
