"""The embedded index: Qdrant Edge in this process, one process to a folder.

Calls run in threads, yet every Edge call holds the GIL while it lasts (measured, see
`shard.py`): 1 to 10 ms for a question on an optimised index, 0.2 ms per point for a change.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from retrieval.errors import Unavailable
from retrieval.index import Change, Hit, IndexQuery, Point, Put
from retrieval.qdrant.folder import Folder, check_room, size_of
from retrieval.qdrant.fusion import fuse, ranked
from retrieval.qdrant.generation import Generation, make_of, new_name, open_folder
from retrieval.qdrant.points import Ranking, check_limit
from retrieval.qdrant.rebuild import Memory, Progress, SourceSpec, build
from retrieval.qdrant.shard import Shard

_PAGE = 500
_ROUNDS = 3
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class EdgeSettings:
    """How the index ranks and when it asks to be rebuilt. Counts are points.

    `remembered` bounds what may change while a rebuild runs: it is kept in memory. New points
    are refused when less than `least_free_bytes` of disk are left.
    """

    ranking: Ranking = field(default_factory=Ranking)
    rebuild_after: int = 10_000
    rebuild_after_share: float = 0.1
    remembered: int = 50_000
    least_free_bytes: int = 256 << 20


class EdgeIndex:
    """An `Index` in a folder of this machine. Made by `open`."""

    def __init__(self, folder: Folder, generation: Generation, settings: EdgeSettings) -> None:
        self._folder = folder
        self._generation = generation
        self._settings = settings
        self._askers = ThreadPoolExecutor(2, "index-query")
        self._writer = ThreadPoolExecutor(1, "index-write")
        self._writing = asyncio.Lock()
        self._rebuilding = asyncio.Lock()
        self._memory: Memory | None = None
        self._is_closed = False

    @classmethod
    async def open(
        cls, path: Path, *, model: str, dimension: int, settings: EdgeSettings | None = None
    ) -> EdgeIndex:
        """Open the folder, making it if there is none.

        Raises `Locked` if another process has it, `Mismatch` if it was made with another
        model, `Damaged` if it cannot be read, `Unavailable` if it cannot be written.
        """
        make = make_of(model, dimension)
        folder, generation = await asyncio.to_thread(open_folder, path, make)
        return cls(folder, generation, settings or EdgeSettings())

    @property
    def name(self) -> str:
        """A name that lasts as long as what the index holds: a folder made anew has another."""
        return self._generation.manifest.name

    async def apply(self, changes: Sequence[Change]) -> None:
        """Make the changes, in order; they outlive a power cut when this returns."""
        async with self._writing:
            self._check_open()
            if any(isinstance(each, Put) for each in changes):
                check_room(self._folder.path, self._settings.least_free_bytes)
            if self._memory is not None:
                self._memory.add(changes)
            await self._write(lambda: self._generation.change(changes))

    async def query(self, query: IndexQuery) -> list[Hit]:
        """Return the best points that readers and scope admit, best first."""
        check_limit(query.limit)
        ranking = self._settings.ranking
        depth = ranking.depth(query.limit)
        near = await ranked(
            lambda limit: self._ask(lambda shard: shard.nearest(query, ranking, limit)), depth
        )
        alike = await ranked(
            lambda limit: self._ask(lambda shard: shard.alike(query, ranking, limit)), depth
        )
        return fuse((near, alike), ranking.fusion, query.limit)

    async def scan(self) -> AsyncIterator[Point]:
        """Yield every point in id order, with `context` and `text` empty."""
        page = await self._page(0)
        while page:
            for point in page:
                yield point
            page = await self._page(page[-1].id)

    async def count(self) -> int:
        """Return how many points there are."""
        return await self._ask(lambda shard: shard.count())

    def wants_rebuild(self) -> bool:
        """Return whether enough changed since the last rebuild to slow questions down."""
        share = int(self._settings.rebuild_after_share * self._generation.manifest.built)
        is_idle = not self._rebuilding.locked() and not self._is_closed
        return is_idle and self._generation.fresh > max(self._settings.rebuild_after, share)

    async def rebuild(self, source: SourceSpec, progress: Progress | None = None) -> int:
        """Build an optimised generation from the truth and swap it in while questions go on.

        Returns how many points the child read. Raises `Unavailable` if a rebuild runs, if too
        much changed meanwhile or if the child was killed: the old generation serves on.
        """
        self._check_open()
        if self._rebuilding.locked():
            raise Unavailable("Expected no rebuild to run, but one does: wait for it to finish.")
        async with self._rebuilding:
            needed = await asyncio.to_thread(size_of, self._generation.path)
            check_room(self._folder.path, self._settings.least_free_bytes + needed)
            memory = self._memory = Memory(self._settings.remembered)
            try:
                self._check_open()
                return await self._rebuild(source, progress, memory)
            finally:
                self._memory = None
                await asyncio.to_thread(self._folder.sweep)

    async def close(self) -> None:
        """Let questions on their way end, flush and let go of the folder."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._memory is not None:
            self._memory.overrun.set()
        async with self._rebuilding, self._writing:
            await self._retire(self._generation)
            self._folder.release()
            self._askers.shutdown(wait=False)
            self._writer.shutdown(wait=False)

    async def _rebuild(self, source: SourceSpec, progress: Progress | None, memory: Memory) -> int:
        manifest, fresh = self._generation.manifest, self._folder.new_build()
        making = build(fresh, manifest.name, manifest.make, source, progress)
        count = await memory.unless_overrun(making)
        generation = await self._write(lambda: Generation.load(self._folder.adopt(fresh)))
        old = self._generation
        try:
            await self._take_over(generation, memory)
        finally:
            await self._retire(old if self._generation is generation else generation)
        return count

    async def _take_over(self, generation: Generation, memory: Memory) -> None:
        """Bring a built generation up to the present and make it the one that counts."""
        for _ in range(_ROUNDS):
            await self._replay(generation, memory)
        async with self._writing:
            await self._replay(generation, memory)
            memory.check()
            await self._write(lambda: self._switch(generation))

    async def _replay(self, generation: Generation, memory: Memory) -> None:
        changes = memory.take()
        await self._write(lambda: generation.change(changes))

    def _switch(self, generation: Generation) -> None:
        """Switch folder and memory in one go of the writer: nobody can be cancelled between."""
        self._folder.choose(generation.path)
        self._generation = generation

    async def _retire(self, generation: Generation) -> None:
        await generation.idle.wait()
        await self._write(generation.shard.close)

    async def _page(self, after: int) -> list[Point]:
        return await self._ask(lambda shard: shard.scan(after, _PAGE))

    async def _ask(self, question: Callable[[Shard], _T]) -> _T:
        self._check_open()
        with self._generation.in_use() as shard:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._askers, question, shard)

    async def _write(self, work: Callable[[], _T]) -> _T:
        """Run in the one thread that writes, so that a cancelled caller cannot disturb order."""
        return await asyncio.get_running_loop().run_in_executor(self._writer, work)

    def _check_open(self) -> None:
        if self._is_closed:
            raise Unavailable("Expected an open index, but it was closed: the server is stopping.")


async def reindex(
    path: Path, *, model: str, dimension: int, source: SourceSpec, progress: Progress | None = None
) -> tuple[str, int]:
    """Make the index of a folder that nobody has open anew, whatever state it is in.

    Returns the index's new name and how many points it holds. The way out of `Mismatch` and
    `Damaged`; killed half-way it leaves the folder as it was.
    """
    folder = await asyncio.to_thread(Folder.claim, path)
    try:
        fresh, name = folder.new_build(), new_name()
        try:
            count = await build(fresh, name, make_of(model, dimension), source, progress)
            folder.choose(folder.adopt(fresh))
        finally:
            await asyncio.to_thread(shutil.rmtree, fresh, ignore_errors=True)
        await asyncio.to_thread(folder.sweep)
    finally:
        folder.release()
    return name, count
