"""Searching on PostgreSQL finds what it finds on SQLite: the same tests, another database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests import postgres
from tests.retrieval.search.test_finder import *  # noqa: F403 - every test there runs here as well
from tests.retrieval.search.test_saved import *  # noqa: F403
from tests.shelves import Shelves

pytestmark = pytest.mark.slow

# What these look at is SQLite's file, or a library of their own.
del test_counts_are_those_of_counting_what_one_reads  # noqa: F821
del test_removing_leaves_nothing_in_the_file  # noqa: F821


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
