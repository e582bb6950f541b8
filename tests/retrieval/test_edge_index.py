"""The embedded index keeps the contract."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from retrieval.index import Index
from retrieval.qdrant.edge import EdgeIndex
from tests.contracts.index_contract import EMBEDDER, IndexContract


async def opened(folder: Path) -> EdgeIndex:
    """Open the index in a folder for the hashed embedder."""
    return await EdgeIndex.open(folder, model=EMBEDDER.name, dimension=EMBEDDER.dimension)


class TestEdgeIndex(IndexContract):
    @pytest.fixture
    async def index(self, tmp_path: Path) -> AsyncIterator[Index]:
        index = await opened(tmp_path / "index")
        yield index
        await index.close()
