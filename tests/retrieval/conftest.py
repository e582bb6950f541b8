"""A library and its index changes, fresh for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.shelves import Shelves


@pytest.fixture
async def shelves(tmp_path: Path) -> AsyncIterator[Shelves]:
    shelves = Shelves(tmp_path)
    await shelves.database.migrate()
    yield shelves
    await shelves.database.close()
