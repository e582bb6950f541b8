"""Building a generation in a process of its own, from the truth.

Edge's `optimize` holds the GIL for minutes, so it never runs where anything is served: a
child streams every point from a source into a new folder, optimises it there and leaves.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from retrieval.errors import Damaged, Unavailable
from retrieval.index import Change, Drop, Point, Put, Relabel
from retrieval.qdrant.folder import Make

Progress = Callable[[int], None]
"""Called with the number of points read so far."""

_START = (
    "import json, sys; spec = json.loads(sys.stdin.readline()); sys.path[:] = spec['path']; "
    "from retrieval.qdrant.build import main; main(spec)"
)
_TAIL = 2_000
TRY_AGAIN = 75
"""The child's exit status when trying again later may succeed (sysexits.h: EX_TEMPFAIL)."""


class PointSource(Protocol):
    """Where every point can be read, in order of id."""

    async def points(self, after_id: int, limit: int) -> list[Point]:
        """Return up to `limit` points with an id above `after_id`; none means the end."""


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """How another process makes the source: `factory` is 'package.module:function'.

    The function is called with `arguments`, which must be plain JSON, and returns a
    `PointSource`.
    """

    factory: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


async def build(
    folder: Path, name: str, make: Make, source: SourceSpec, progress: Progress | None = None
) -> int:
    """Fill `folder` with an optimised generation; return how many points it holds.

    Cancelling kills the child. Raises `Unavailable` if the child was killed, else `Damaged`
    with its last words.
    """
    spec = {
        "path": sys.path,
        "folder": str(folder),
        "name": name,
        "make": asdict(make),
        "factory": source.factory,
        "arguments": dict(source.arguments),
    }
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _START),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        return await _follow(child, json.dumps(spec), progress)
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()


async def _follow(child: asyncio.subprocess.Process, spec: str, progress: Progress | None) -> int:
    assert child.stdin
    assert child.stdout
    assert child.stderr
    last_words = asyncio.create_task(child.stderr.read())
    try:
        child.stdin.write(f"{spec}\n".encode())
        done = 0
        async for line in child.stdout:
            done = int(line)
            if progress:
                progress(done)
        status = await child.wait()
        said = (await last_words).decode(errors="replace").strip()[-_TAIL:]
    finally:
        last_words.cancel()
    if status == 0:
        return done
    if status == TRY_AGAIN:
        raise Unavailable(f"The index could not be rebuilt now: {said}")
    if status < 0:
        raise Unavailable(
            f"Expected the rebuild of the index to finish, but it was ended by signal {-status} "
            "(9 is often: out of memory). The old index serves on; try again with memory free."
        )
    raise Damaged(f"Expected the rebuild of the index to finish, but it stopped: {said}")


class Memory:
    """The changes made since a rebuild began, up to `room` points."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._changes: list[Change] = []
        self.overrun = asyncio.Event()

    def add(self, changes: Sequence[Change]) -> None:
        """Remember the changes; past the room forget all and say so by `overrun`."""
        self._room -= sum(_weight(each) for each in changes)
        if self._room < 0:
            self._changes.clear()
            self.overrun.set()
        else:
            self._changes.extend(changes)

    def take(self) -> list[Change]:
        """Return what was remembered since the last call, in order."""
        taken, self._changes = self._changes, []
        return taken

    async def unless_overrun(self, building: Coroutine[Any, Any, int]) -> int:
        """Await a build, but give it up as soon as too much has changed to be remembered."""
        task = asyncio.create_task(building)
        overrun = asyncio.create_task(self.overrun.wait())
        try:
            await asyncio.wait((task, overrun), return_when=asyncio.FIRST_COMPLETED)
            self.check()
            return await task
        finally:
            overrun.cancel()
            task.cancel()
            await asyncio.gather(task, overrun, return_exceptions=True)

    def check(self) -> None:
        """Raise `Unavailable` if the rebuild must be given up."""
        if self.overrun.is_set():
            raise Unavailable(
                "Expected few changes while the index was rebuilt, but more came than can be "
                "remembered, or the index was closed. The old one serves on; rebuild again later."
            )


def _weight(change: Change) -> int:
    match change:
        case Put(points):
            return len(points)
        case Relabel() | Drop():
            return 1
