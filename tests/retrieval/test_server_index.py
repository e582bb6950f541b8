"""The index on a server keeps the contract (against qdrant-client's own memory)."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from retrieval.index import Index
from retrieval.qdrant.server import MEMORY, ServerIndex, ServerSettings
from tests.contracts.index_contract import EMBEDDER, IndexContract


class TestServerIndex(IndexContract):
    @pytest.fixture
    async def index(self) -> AsyncIterator[Index]:
        index = await ServerIndex.open(
            ServerSettings(MEMORY), model=EMBEDDER.name, dimension=EMBEDDER.dimension
        )
        yield index
        await index.close()
