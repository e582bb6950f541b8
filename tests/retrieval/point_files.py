"""A truth in a file, for tests in which another process must read it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import numpy as np

from retrieval.errors import Unavailable
from retrieval.index import Labels, Point
from retrieval.qdrant.rebuild import SourceSpec


def write_points(path: Path, points: Iterable[Point]) -> None:
    """Replace the truth in one step."""
    lines = [
        json.dumps({**asdict(each), "vector": each.vector.tolist()})
        for each in sorted(points, key=lambda each: each.id)
    ]
    fresh = path.with_suffix(".new")
    fresh.write_text("\n".join(lines))
    fresh.replace(path)


def spec(path: Path, gate: Path | None = None, piece: int = 1_000) -> SourceSpec:
    """Return how another process reads the truth; see `FilePoints`."""
    arguments = {"path": str(path), "gate": str(gate) if gate else None, "piece": piece}
    return SourceSpec("tests.retrieval.point_files:open_points", arguments)


def open_points(path: str, gate: str | None, piece: int) -> FilePoints:
    """Make the source that `spec` describes."""
    return FilePoints(Path(path), Path(gate) if gate else None, piece)


class FilePoints:
    """Reads the file anew for each piece; with a gate it waits until that many are allowed."""

    def __init__(self, path: Path, gate: Path | None, piece: int) -> None:
        self._path = path
        self._gate = gate
        self._piece = piece
        self._given = 0

    async def points(self, after_id: int, limit: int) -> list[Point]:
        """Return the next few points as the file has them now."""
        await asyncio.to_thread(self._wait)
        self._given += 1
        if self._gate:
            self._gate.with_suffix(".read").write_text(str(self._given))
        rows = [json.loads(line) for line in self._path.read_text().splitlines()]
        chosen = [row for row in rows if row["id"] > after_id][: min(limit, self._piece)]
        return [_to_point(row) for row in chosen]

    def _wait(self) -> None:
        while self._gate and int(self._gate.read_text() or 0) <= self._given:
            time.sleep(0.005)


class FailingPoints:
    """Raises at the first read."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def points(self, after_id: int, limit: int) -> list[Point]:
        """Raise what a broken truth raises."""
        raise self._error


def open_failing() -> FailingPoints:
    """Make a source that fails for a reason nobody foresaw."""
    return FailingPoints(RuntimeError("the truth is out of reach"))


def open_busy() -> FailingPoints:
    """Make a source that may succeed later."""
    return FailingPoints(Unavailable("the database is busy"))


def _to_point(row: dict[str, object]) -> Point:
    found = row["labels"]
    assert isinstance(found, dict)
    lists = {key: tuple(found[key]) for key in ("readers", "denied", "parties")}
    vector = np.asarray(row["vector"], dtype=np.float32)
    number = row["id"]
    assert isinstance(number, int)
    return Point(
        number, vector, str(row["context"]), str(row["text"]), Labels(**{**found, **lists})
    )
