"""An empty database of each sort, for tests of people and what they come in with."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from retrieval.database import Database
from tests import postgres


@pytest.fixture(name="server", scope="module")
def run_server() -> Iterator[str]:
    with postgres.running() as url:
        yield url


@pytest.fixture(
    name="database", params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)]
)
async def open_database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    is_sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path}/people.db" if is_sqlite else request.getfixturevalue("server")
    database = Database(url)
    await (database.migrate() if is_sqlite else postgres.emptied(database))
    yield database
    await database.close()
