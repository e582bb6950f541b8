"""The library on PostgreSQL behaves as it does on SQLite: the same tests, another database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from retrieval.database import Database
from retrieval.errors import Unavailable
from tests import postgres
from tests.retrieval.test_census import *  # noqa: F403 - every test there runs here as well
from tests.retrieval.test_glass import *  # noqa: F403
from tests.retrieval.test_grants import *  # noqa: F403
from tests.retrieval.test_journal import *  # noqa: F403
from tests.retrieval.test_library import *  # noqa: F403
from tests.retrieval.test_stale_readers import *  # noqa: F403
from tests.shelves import Shelves

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with postgres.running() as url:
        yield url


@pytest.fixture
async def shelves(url: str, tmp_path: Path) -> AsyncIterator[Shelves]:
    shelves = Shelves(tmp_path, url)
    await postgres.emptied(shelves.database)
    yield shelves
    await shelves.database.close()


async def test_a_server_that_is_not_there_is_told() -> None:
    with pytest.raises(Unavailable, match="Expected to read and write the database"):
        await Database("postgresql://tester@127.0.0.1:1/nothing").migrate()
