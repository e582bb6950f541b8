"""Folders and openings for tests of the embedded index."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from retrieval.qdrant.edge import EdgeIndex, EdgeSettings
from tests.contracts.index_contract import EMBEDDER


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder in memory where there is such a place: Edge waits for the disk a lot."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as path:
        yield Path(path)


async def opened(path: Path, settings: EdgeSettings | None = None) -> EdgeIndex:
    """Open the index in a folder for the hashed embedder."""
    return await EdgeIndex.open(
        path, model=EMBEDDER.name, dimension=EMBEDDER.dimension, settings=settings
    )
