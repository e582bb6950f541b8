"""Killed at any moment, a sync loses nothing, doubles nothing and shows nothing by halves."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.ingest.works import works
from tests.retrieval.edge_folders import MEMORY

ROOT = Path(__file__).parents[2]
STEPS = (
    ("blobs", "put"),
    ("embedder", "embed"),
    ("shelf", "stage_all"),
    ("index", "apply"),
    ("journal", "mark"),
    ("shelf", "publish_all"),
    ("sources", "save_cursor"),
    ("shelf", "restrict"),
    ("shelf", "describe"),
    ("shelf", "move"),
    ("shelf", "remove"),
    ("blobs", "remove"),
    ("shelf", "purge"),
    ("record", "note"),
)
FUSES = [(*step, when) for step in STEPS for when in ("before", "after")]
KILLS = 300


class Nursery:
    """A process whose children sync and die."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.ingest.crashing_sync"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(
        self, world: World, fuse: tuple[Any, ...] | None = None, seconds: float | None = None
    ) -> dict[str, float]:
        """Sync once and return the child's exit code and how long it lived."""
        order = {
            "home": str(world.home),
            "folder": str(world.folder),
            "fuse": fuse,
            "seconds": seconds,
        }
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer: dict[str, float] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        """End it."""
        self._process.communicate()


class World:
    """A folder whose files come, change, move and go, and every text each has ever had."""

    def __init__(self, path: Path, seed: int) -> None:
        self.home, self.folder = path / "home", path / "folder"
        self.home.mkdir()
        (self.folder / "deep").mkdir(parents=True)
        self._random = random.Random(seed)
        self._round = 0
        self.states: dict[str, set[str]] = {}
        for number in range(24):
            self._write(f"{number:02d}.txt")

    def change(self) -> None:
        """Do a few things of each kind."""
        files = sorted(self.folder.rglob("*.txt"))
        self._random.shuffle(files)
        for path in files[:4]:
            self._write(path.relative_to(self.folder).as_posix())
        for path in files[4:6]:
            path.unlink()
        for number, path in enumerate(files[6:9]):
            target = self.folder / f"deep/{self._random.randrange(10**9)}-{number}.txt"
            path.rename(target)
            uri = target.relative_to(self.folder).as_posix()
            self.states[uri] = self.states[path.relative_to(self.folder).as_posix()]
        for _ in range(3):
            self._write(f"{self._random.randrange(10**9)}.txt")
        self._round += 1
        readers = ("['user:me']", "['user:me', 'group:sales']")[self._round % 2]
        rules = f"readers: {readers}\nowner: Owner {self._round}\n"
        (self.folder / "pincite.yaml").write_text(rules)

    def there(self) -> dict[str, str]:
        """Return the text of every file."""
        return {
            path.relative_to(self.folder).as_posix(): path.read_text()
            for path in self.folder.rglob("*.txt")
        }

    def _write(self, name: str) -> None:
        clauses = [
            f"Clause {number} of {name} says {self._random.randrange(10**9)}. " * 10
            for number in range(self._random.randint(1, 4))
        ]
        text = "\n\n".join(each.strip() for each in clauses)
        (self.folder / name).write_text(text)
        self.states.setdefault(name, set()).add(text)


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    opened = Nursery()
    yield opened
    opened.close()


@pytest.fixture
def path() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=MEMORY) as path:
        yield Path(path)


@pytest.mark.slow
async def test_killed_between_any_two_steps_nothing_is_lost(nursery: Nursery, path: Path) -> None:
    world = World(path, seed=1)
    await _settle(world, nursery)
    chosen = random.Random(os.urandom(8)).sample(FUSES, 8)
    for fuse in chosen:
        await _crash(world, nursery, fuse=(*fuse, 1))


@pytest.mark.slow
async def test_killed_at_any_moment_nothing_is_lost(nursery: Nursery, path: Path) -> None:
    world = World(path, seed=2)
    lasted = await _settle(world, nursery)
    for _ in range(4):
        await _crash(world, nursery, seconds=random.uniform(0.0, lasted))


@pytest.mark.deep
async def test_killed_three_hundred_times_nothing_is_lost(nursery: Nursery, path: Path) -> None:
    world = World(path, seed=3)
    lasted = await _settle(world, nursery)
    dice = random.Random(4)
    for number in range(KILLS):
        if number < 3 * len(FUSES):
            fuse = (*FUSES[number % len(FUSES)], 1 + number // len(FUSES))
            await _crash(world, nursery, fuse=fuse)
        else:
            await _crash(world, nursery, seconds=dice.uniform(0.0, lasted))


async def _settle(world: World, nursery: Nursery) -> float:
    """Take in the first state undisturbed; return how long a sync takes."""
    assert nursery.run(world)["code"] == 0
    await _check(world, is_synced=True)
    world.change()
    lasted = nursery.run(world)
    assert lasted["code"] == 0
    return lasted["seconds"]


async def _crash(
    world: World,
    nursery: Nursery,
    fuse: tuple[Any, ...] | None = None,
    seconds: float | None = None,
) -> None:
    world.change()
    ended = nursery.run(world, fuse, seconds)
    is_certain = fuse is not None and fuse[-1] == 1
    assert ended["code"] in ((-signal.SIGKILL,) if is_certain else (-signal.SIGKILL, 0)), fuse
    await _check(world, is_synced=False)
    assert nursery.run(world)["code"] == 0
    await _check(world, is_synced=True)


async def _check(world: World, is_synced: bool) -> None:
    async with works(world.home) as at:
        await at.assert_in_step()
        texts = await at.texts()
        assert all(text in world.states[uri] for uri, text in texts.items())
        if is_synced:
            assert texts == world.there()
            await at.assert_tidy()
            found = await at.find("what does the clause say")
            assert all(any(each in text for text in texts.values()) for each in found)
