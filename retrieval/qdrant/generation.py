"""An open generation of the embedded index, and how the first one is made.

Everything but `in_use` blocks; `edge.py` calls it from threads.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from retrieval.index import Change
from retrieval.qdrant.bm25 import Words
from retrieval.qdrant.folder import Folder, Make, Manifest, read_manifest, write_manifest
from retrieval.qdrant.points import SCHEMA
from retrieval.qdrant.shard import Shard

_FLUSH_AFTER = 5_000


class Generation:
    """A shard with its manifest, the questions on their way in it and what is not optimised.

    `fresh` counts the points that came, moved or left since the generation was built.
    """

    def __init__(self, path: Path, shard: Shard, manifest: Manifest) -> None:
        self.path = path
        self.shard = shard
        self.manifest = manifest
        self.fresh = max(shard.count() - manifest.built, 0)
        self.idle = asyncio.Event()
        self.idle.set()
        self._asking = 0
        self._unflushed = 0

    @classmethod
    def load(cls, path: Path) -> Generation:
        """Open a generation as it was left."""
        manifest = read_manifest(path)
        return cls(path, Shard.load(path / "shard", manifest.make.dimension, Words()), manifest)

    def change(self, changes: Sequence[Change]) -> None:
        """Make the changes, in order, and force them to disk."""
        touched = sum(self.shard.change(each) for each in changes)
        self.shard.sync()
        self.fresh += touched
        self._unflushed += touched
        if self._unflushed >= _FLUSH_AFTER:
            self.shard.flush()
            self._unflushed = 0

    @contextmanager
    def in_use(self) -> Iterator[Shard]:
        """Lend the shard to a question; `idle` is set when no question has it."""
        self._asking += 1
        self.idle.clear()
        try:
            yield self.shard
        finally:
            self._asking -= 1
            if not self._asking:
                self.idle.set()


def make_of(model: str, dimension: int) -> Make:
    """Return what this code makes an index with, given the embedding model."""
    return Make(model, dimension, Words().name, SCHEMA)


def new_name() -> str:
    """Return a name that no other index has."""
    return f"edge-{uuid.uuid4().hex[:12]}"


def open_folder(path: Path, make: Make) -> tuple[Folder, Generation]:
    """Claim the folder and open the generation that counts, making it if the folder is new."""
    folder = Folder.claim(path)
    try:
        chosen = folder.current() or _found(folder, make)
        make.check(read_manifest(chosen).make, str(path))
        generation = Generation.load(chosen)
        folder.sweep()
    except BaseException:
        folder.release()
        raise
    return folder, generation


def _found(folder: Folder, make: Make) -> Path:
    """Make the first, empty generation; a crash half-way leaves what `sweep` removes."""
    folder.sweep()
    fresh = folder.new_build()
    Shard.create(fresh / "shard", make.dimension, Words()).close()
    write_manifest(fresh, Manifest(new_name(), make))
    return folder.found(fresh)
