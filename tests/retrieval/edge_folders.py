"""Folders and openings for tests of the embedded index."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from retrieval.qdrant.edge import EdgeIndex, EdgeSettings
from tests.contracts.index_contract import EMBEDDER

MEMORY = Path("/dev/shm") if Path("/dev/shm").is_dir() else None
"""A place in memory where the system has one: Edge waits for the disk a lot."""


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return an empty folder."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as path:
        yield Path(path)


async def opened(path: Path, settings: EdgeSettings | None = None) -> EdgeIndex:
    """Open the index in a folder for the hashed embedder."""
    return await EdgeIndex.open(
        path, model=EMBEDDER.name, dimension=EMBEDDER.dimension, settings=settings
    )


def names(path: Path) -> list[str]:
    """Return the generations and builds in a folder."""
    return sorted(each.name for each in path.glob("*-*"))
