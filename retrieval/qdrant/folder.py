"""The index folder: who owns it, which generation counts, and what each was made with.

    <folder>/lock               held with flock by the one process that owns the folder
    <folder>/current            names the generation that counts; replaced by a rename
    <folder>/gen-000001/        manifest.json and shard/
    <folder>/build-…/           a generation that is not finished; swept at the next open

A crash at any point leaves the old generation or the new one; `current` decides.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import IO

from retrieval.errors import Damaged, Locked, Mismatch, RetrievalError, Unavailable
from retrieval.qdrant.points import REINDEX


@dataclass(frozen=True, slots=True)
class Make:
    """What an index was made with. Vectors of different makes cannot be compared."""

    model: str
    dimension: int
    words: str
    schema: int

    def check(self, found: Make, place: str) -> None:
        """Raise `Mismatch` if what was found at `place` is of another make."""
        for each in fields(self):
            expected, came = getattr(self, each.name), getattr(found, each.name)
            if expected != came:
                raise Mismatch(
                    f"Expected an index with {each.name} {expected!r}, but {place} was made with "
                    f"{came!r}. {REINDEX} Or set the earlier {each.name} again."
                )


@dataclass(frozen=True, slots=True)
class Manifest:
    """A generation's make, how many points it was built with, and the index's lasting name."""

    name: str
    make: Make
    built: int = 0


class Folder:
    """An index folder that this process owns."""

    def __init__(self, path: Path, lock: IO[bytes]) -> None:
        self.path = path
        self._lock = lock

    @classmethod
    def claim(cls, path: Path) -> Folder:
        """Take the folder for this process, or raise `Locked`."""
        with disk(path):
            path.mkdir(parents=True, exist_ok=True)
            lock = (path / "lock").open("ab")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.close()
            raise Locked(
                f"Expected to be the only process that uses the index in {path}, but another one "
                "holds it. Use that one (`pincite serve` answers the other commands), or stop it."
            ) from error
        return cls(path, lock)

    def release(self) -> None:
        """Let another process have the folder."""
        self._lock.close()

    def current(self) -> Path | None:
        """Return the generation that counts, or None in a new folder."""
        pointer = self.path / "current"
        with disk(self.path):
            name = pointer.read_text().strip() if pointer.exists() else ""
            others = sorted(self.path.glob("gen-*"))
        chosen = self.path / name
        if name and chosen in others:
            return chosen
        if not others:
            return None
        raise Damaged(
            f"Expected {pointer} to name a generation, got {name!r}; there are "
            f"{', '.join(each.name for each in others)}. {REINDEX}"
        )

    def new_build(self) -> Path:
        """Return an empty folder to build a generation in."""
        build = self.path / f"build-{uuid.uuid4().hex}"
        with disk(self.path):
            build.mkdir()
        return build

    def adopt(self, build: Path) -> Path:
        """Give a finished build its number; it does not count yet."""
        numbers = [
            int(each.name[4:]) for each in self.path.glob("gen-*") if each.name[4:].isdigit()
        ]
        adopted = self.path / f"gen-{max(numbers, default=0) + 1:06d}"
        with disk(self.path):
            build.rename(adopted)
            _fsync(self.path)
        return adopted

    def found(self, build: Path) -> Path:
        """Make a finished build the first generation.

        The pointer is written before the name exists: a crash between the two looks like a new
        folder, never like one that lost its pointer.
        """
        first = self.path / "gen-000001"
        self.choose(first)
        return self.adopt(build)

    def choose(self, generation: Path) -> None:
        """Make a generation the one that counts, in one step."""
        with disk(self.path):
            write_durably(self.path / "current", generation.name)

    def sweep(self) -> None:
        """Delete every generation but the one that counts, and every unfinished build."""
        kept = self.current()
        for each in (*self.path.glob("gen-*"), *self.path.glob("build-*")):
            if each != kept:
                shutil.rmtree(each, ignore_errors=True)


def read_manifest(generation: Path) -> Manifest:
    """Return a generation's manifest, or raise `Damaged`."""
    path = generation / "manifest.json"
    try:
        found = json.loads(path.read_text())
        return Manifest(str(found["name"]), Make(**found["make"]), int(found["built"]))
    except PermissionError as error:
        raise Unavailable(f"Expected to read {path}: {error.strerror}. Check its owner.") from error
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise Damaged(f"Expected a manifest in {path}, but: {error}. {REINDEX}") from error


def write_manifest(generation: Path, manifest: Manifest) -> None:
    """Write a generation's manifest durably."""
    with disk(generation):
        write_durably(generation / "manifest.json", json.dumps(asdict(manifest), indent=1))


def write_durably(path: Path, text: str) -> None:
    """Replace a file's content: after a power cut it holds the old text or the new."""
    fresh = path.with_name(f"{path.name}.new")
    with fresh.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    _fsync(path.parent)


def size_of(path: Path) -> int:
    """Return how many bytes of disk a folder takes; Edge's files are mostly holes."""
    with disk(path):
        return sum(each.stat().st_blocks * 512 for each in path.rglob("*"))


def check_room(path: Path, least_bytes: int) -> None:
    """Raise `Unavailable` when the disk is nearly full.

    Edge writes through memory maps: on a full disk the system would end the process instead of
    reporting an error.
    """
    with disk(path):
        free = shutil.disk_usage(path).free
    if free < least_bytes:
        raise Unavailable(
            f"Expected at least {least_bytes >> 20} MiB free for the index in {path}, got "
            f"{free >> 20} MiB. Make room; what could not be indexed is taken up again by itself."
        )


@contextmanager
def disk(path: Path) -> Iterator[None]:
    """Turn the system's errors about files into `Unavailable`."""
    try:
        yield
    except RetrievalError:
        raise
    except OSError as error:
        raise Unavailable(
            f"Expected to read and write {path}, but: {error.strerror or error}. Check that this "
            "account owns the folder and that the disk has room, then try again."
        ) from error


def _fsync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
