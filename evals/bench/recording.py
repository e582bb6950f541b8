"""How long an event waits to be on record, and how fast the record is checked.

`python -m evals.bench.recording [FOLDER]`: one caller alone; many at the pace of people ("paced":
50 callers, one event a second each); and many who each note one event after the other as fast as
they can ("busy": then everybody waits for a batch of everybody else's). In the same run the disk
alone is timed: no append can be faster than a page and a sync. `to_disk` is p99 over the disk's
p99. Milliseconds, events a second. The folder says which disk.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.audit.event import Act, Event
from retrieval.audit.record import KeptRecord

BOUND_P99_MS = 5.0
_CALLERS = 50
_EACH = 200
_PACED_EACH = 5
_PEOPLE = 20
_SYNCS = 200
_QUESTION = "How much notice must be given to end the cold storage agreement with Oostermeer? "


async def bench(folder: Path, callers: int = _CALLERS, each: int = _EACH) -> dict[str, Any]:
    """Return the figures of a fresh record in `folder`."""
    record = await KeptRecord.open(folder)
    disk: list[float] = []
    ways = {
        "alone": (1, each, 0.0),
        "paced": (callers, _PACED_EACH, 1.0),
        "busy": (callers, each, 0.0),
    }
    taken = {}
    try:
        await asyncio.gather(*(record.note(_event(caller, 0)) for caller in range(callers)))
        for name, way in ways.items():
            disk += await asyncio.to_thread(_synced, folder / "probe")
            taken[name] = await _append(record, *way)
        disk += await asyncio.to_thread(_synced, folder / "probe")
        verified = await _verified(record)
    finally:
        await record.close()
    bare = _spread(disk)
    return {
        "bound_p99_ms": BOUND_P99_MS,
        "disk": bare,
        "callers": callers,
        **{name: _beside(figures, bare) for name, figures in taken.items()},
        **verified,
    }


def _beside(figures: dict[str, float], disk: dict[str, float]) -> dict[str, Any]:
    p99 = figures["p99_ms"]
    to_disk = round(p99 / disk["p99_ms"], 2)
    return {**figures, "to_disk": to_disk, "is_within_bound": p99 <= BOUND_P99_MS}


async def _verified(record: KeptRecord) -> dict[str, int]:
    started = time.perf_counter()
    verdict = [verdict async for verdict in record.verify()][-1]
    seconds = time.perf_counter() - started
    assert verdict.is_sound, verdict.findings
    return {
        "verified_events": verdict.checked,
        "verified_per_s": round(verdict.checked / seconds),
    }


async def _append(
    record: KeptRecord, callers: int, each: int, pause_seconds: float = 0.0
) -> dict[str, float]:
    taken: list[float] = []

    async def call(caller: int) -> None:
        for number in range(each):
            await asyncio.sleep(pause_seconds * ((caller + 1) / callers if not number else 1))
            started = time.perf_counter()
            await record.note(_event(caller, number))
            taken.append(1_000 * (time.perf_counter() - started))

    started = time.perf_counter()
    await asyncio.gather(*(call(caller) for caller in range(callers)))
    seconds = time.perf_counter() - started
    return {**_spread(taken), "events_per_s": round(len(taken) / seconds)}


def _synced(path: Path) -> list[float]:
    """Return how long the disk itself takes for a page and a sync."""
    taken: list[float] = []
    with path.open("wb", buffering=0) as file:
        for _ in range(_SYNCS):
            started = time.perf_counter()
            file.write(b"x" * 4096)
            os.fsync(file.fileno())
            taken.append(1_000 * (time.perf_counter() - started))
    return taken


def _spread(taken: list[float]) -> dict[str, float]:
    p50, p99 = np.percentile(taken, [50, 99])
    return {"p50_ms": round(float(p50), 2), "p99_ms": round(float(p99), 2)}


def _event(caller: int, number: int) -> Event:
    found: list[Any] = [{"document": f"{i:032x}", "version": i, "passage": i} for i in range(5)]
    return Event(
        Act.ASK,
        f"person-{caller % _PEOPLE}",
        "web 10.1.2.3",
        {"found": found, "number": number},
        {"question": _QUESTION},
    )


def main(arguments: list[str]) -> None:
    """Print the figures for a folder on the disk in question."""
    with tempfile.TemporaryDirectory(dir=arguments[0] if arguments else None) as folder:
        print(json.dumps(asyncio.run(bench(Path(folder))), indent=2))


if __name__ == "__main__":
    main(sys.argv[1:])
