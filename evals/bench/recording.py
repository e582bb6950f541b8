"""How long an event waits to be on record, and how fast the record is checked.

`python -m evals.bench.recording [FOLDER]`: as many callers at once as asked, each noting one
event after the other, as fast as it can ("busy") and at the pace of people ("paced": 50 callers,
one event a second each). Milliseconds, events a second. The folder says which disk.
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

_CALLERS = 50
_EACH = 200
_PACED_EACH = 5
_PEOPLE = 20
_SYNCS = 500
_QUESTION = "How much notice must be given to end the cold storage agreement with Oostermeer? "


async def bench(folder: Path, callers: int = _CALLERS, each: int = _EACH) -> dict[str, Any]:
    """Return the figures of a fresh record in `folder`."""
    record = await KeptRecord.open(folder)
    try:
        await asyncio.gather(*(record.note(_event(caller, 0)) for caller in range(callers)))
        paced = await _append(record, callers, _PACED_EACH, pause_seconds=1.0)
        busy = await _append(record, callers, each)
        alone = await _append(record, 1, each)
        started = time.perf_counter()
        verdict = [verdict async for verdict in record.verify()][-1]
        seconds = time.perf_counter() - started
        assert verdict.is_sound, verdict.findings
        return {
            "disk": _synced(folder / "probe"),
            "callers": callers,
            "paced": paced,
            "busy": busy,
            "alone": alone,
            "verified_events": verdict.checked,
            "verified_per_s": round(verdict.checked / seconds),
        }
    finally:
        await record.close()


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


def _synced(path: Path) -> dict[str, float]:
    """Return how long the disk itself takes for a page and a sync: no append can be faster."""
    taken: list[float] = []
    with path.open("wb", buffering=0) as file:
        for _ in range(_SYNCS):
            started = time.perf_counter()
            file.write(b"x" * 4096)
            os.fsync(file.fileno())
            taken.append(1_000 * (time.perf_counter() - started))
    return _spread(taken)


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
