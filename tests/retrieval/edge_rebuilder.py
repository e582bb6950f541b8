"""A process that rebuilds an index again and again until it is killed."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests.retrieval.edge_folders import opened
from tests.retrieval.point_files import spec


def main() -> None:
    """Rebuild for ever."""
    asyncio.run(_rebuild(Path(sys.argv[1]), Path(sys.argv[2])))


async def _rebuild(path: Path, truth: Path) -> None:
    index = await opened(path)
    while True:
        await index.rebuild(spec(truth, piece=50))
