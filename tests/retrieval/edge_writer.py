"""A process that writes point after point and says each number once it is acknowledged."""

from __future__ import annotations

import asyncio
import resource
import signal
import sys
from pathlib import Path

from retrieval.errors import RetrievalError
from retrieval.index import Put
from tests.contracts.index_contract import point
from tests.retrieval.edge_folders import opened


def main() -> None:
    """Write from a number on, for ever; 'limited' may only write small files."""
    path, first = Path(sys.argv[1]), sys.argv[2]
    if first == "limited":
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
    try:
        asyncio.run(_write(path, 1 if first == "limited" else int(first)))
    except RetrievalError as error:
        sys.exit(f"{type(error).__name__}: {error}")


async def _write(path: Path, number: int) -> None:
    index = await opened(path)
    while True:
        await index.apply([Put((await point(number, f"text {number}"),))])
        print(number, flush=True)
        number += 1
