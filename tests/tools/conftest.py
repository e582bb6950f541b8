"""A workbench over an empty database, fresh for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from retrieval.database import Database
from tests.retrieval.people_databases import open_database, run_server
from tests.tools.benches import Bench

__all__ = ["open_database", "run_server"]


@pytest.fixture
async def bench(database: Database, tmp_path: Path) -> AsyncIterator[Bench]:
    bench = await Bench.open(database, tmp_path)
    yield bench
    await bench.close()
