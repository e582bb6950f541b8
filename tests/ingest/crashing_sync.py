"""A process that syncs a folder with the real parts, each time in a child that may be killed.

It reads a line of JSON per run, `{"home", "folder", "fuse", "seconds"}`, and answers with how
the child ended and how long it took. A fuse `[part, method, "before" or "after", n]` kills the
child at the n-th call; `seconds` kills it from outside. Forking spares every child the imports.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from ingest.chunker import Chunker
from ingest.parsed import Block, BlockKind, Parsed
from tests.ingest.works import Works, works


def main() -> None:
    """Serve runs until standard input ends."""
    Chunker().chunk(Parsed("Words.", (Block(0, 6, BlockKind.TEXT),)))  # imports what it needs
    for line in sys.stdin:
        print(json.dumps(_run(json.loads(line))), flush=True)


def _run(order: dict[str, Any]) -> dict[str, float]:
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        try:
            asyncio.run(_sync(Path(order["home"]), Path(order["folder"]), order["fuse"]))
            os._exit(0)
        finally:
            os._exit(1)
    killed_at = started + order["seconds"] if order["seconds"] is not None else None
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            code = os.waitstatus_to_exitcode(status)
            return {"code": code, "seconds": time.monotonic() - started}
        if killed_at and time.monotonic() >= killed_at:
            os.kill(child, signal.SIGKILL)
            killed_at = None
        time.sleep(0.001)


async def _sync(home: Path, folder: Path, fuse: list[Any] | None) -> None:
    async with works(home) as at:
        await at.watch(folder)
        if fuse:
            _light(at, *fuse)
        await at.sync()


def _light(at: Works, part: str, method: str, when: str, left: int) -> None:
    """Replace a method by one that kills this process at the n-th call."""
    owner = getattr(at, part)
    real = getattr(owner, method)

    async def fused(*arguments: Any) -> Any:
        nonlocal left
        left -= 1
        if left == 0 and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        value = await real(*arguments)
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return value

    setattr(owner, method, fused)


if __name__ == "__main__":
    main()
