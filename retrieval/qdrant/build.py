"""The child that builds a generation: read every point, optimise, leave.

Its standard input holds one line, the specification, and stays open as long as the parent
lives; its standard output gets the number of points so far, one per line.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import importlib
import os
import signal
import sys
from pathlib import Path
from typing import Any, TextIO

from retrieval.errors import RetrievalError, Unavailable
from retrieval.index import Put
from retrieval.qdrant.bm25 import Words
from retrieval.qdrant.folder import Make, Manifest, write_manifest
from retrieval.qdrant.rebuild import TRY_AGAIN, PointSource
from retrieval.qdrant.shard import Shard

_BATCH = 1_000
_NICENESS = 15
_PR_SET_PDEATHSIG = 1


def main(spec: dict[str, Any]) -> None:
    """Build the generation that the specification asks for."""
    _die_with_parent()
    report = _keep_stdout()
    os.nice(_NICENESS)
    try:
        asyncio.run(_build(spec, report))
    except RetrievalError as error:
        print(error, file=sys.stderr)
        sys.exit(TRY_AGAIN if isinstance(error, Unavailable) else 1)


async def _build(spec: dict[str, Any], report: TextIO) -> None:
    folder, make = Path(spec["folder"]), Make(**spec["make"])
    shard = Shard.create(folder / "shard", make.dimension, Words())
    count = await _fill(shard, _source(spec["factory"], spec["arguments"]), report)
    shard.flush()
    shard.optimize()
    shard.close()
    write_manifest(folder, Manifest(spec["name"], make, count))


async def _fill(shard: Shard, source: PointSource, report: TextIO) -> int:
    count = after = 0
    while batch := await source.points(after, _BATCH):
        shard.change(Put(tuple(batch)))
        count, after = count + len(batch), batch[-1].id
        print(count, file=report, flush=True)
    return count


def _source(factory: str, arguments: dict[str, Any]) -> PointSource:
    module, _, function = factory.partition(":")
    source: PointSource = getattr(importlib.import_module(module), function)(**arguments)
    return source


def _keep_stdout() -> TextIO:
    """Keep standard output for the count; whatever else prints goes to standard error."""
    report = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return report


def _die_with_parent() -> None:
    """Ask Linux to kill this process when its parent dies: `optimize` hears nothing else."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
