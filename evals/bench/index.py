"""How fast and how exact the embedded index is: `python -m evals.bench.index [SIZE...]`.

For each size: questions before and after the rebuild and while it runs, for a principal who
may read everything and one who may read 1 %; time of filling, rebuilding and opening; memory;
recall of the 50 nearest against exact search; at 10,000 also the pure Python reference.
Milliseconds, MiB, fractions. All figures of one run are from one machine, hour and load.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from evals.bench.index_world import ALL, DIMENSION, FEW, World, source
from retrieval.index import Index, IndexQuery, Put
from retrieval.qdrant.edge import EdgeIndex, EdgeSettings
from retrieval.qdrant.points import Ranking
from retrieval.qdrant.server import MEMORY, ServerIndex, ServerSettings

_LIMIT = 50
_QUESTIONS = 200
_REFERENCE_UP_TO = 10_000
_MODEL = "bench"


async def bench(size: int, folder: Path) -> dict[str, Any]:
    """Return the figures for one size."""
    world = World(size)
    index = await _opened(folder)
    figures: dict[str, Any] = {"points": size}
    started = time.perf_counter()
    await _fill(index, world)
    figures["fill_s"] = _since(started)
    figures["as_filled"] = await _both(index, world)
    figures["rebuild"] = await _rebuild(index, world)
    figures["optimised"] = await _both(index, world)
    figures["recall_at_50"] = {
        "all": await _recall(index, world, is_few=False),
        "one_percent": await _recall(index, world, is_few=True),
    }
    await index.close()
    figures["shared_rarity"] = await _shared_rarity(folder, world)
    figures["memory"] = await _probe(folder)
    if size <= _REFERENCE_UP_TO:
        figures["reference"] = await _reference(world)
    return figures


async def _fill(index: Index, world: World) -> None:
    for number in range(world.size // 1_000):
        await index.apply([Put(tuple(world.batch(number)))])


async def _both(index: Index, world: World, count: int = _QUESTIONS) -> dict[str, Any]:
    return {
        "all": await _ask(index, world.questions(count, ALL, _LIMIT)),
        "one_percent": await _ask(index, world.questions(count, FEW, _LIMIT)),
    }


async def _ask(index: Index, questions: list[IndexQuery]) -> dict[str, float]:
    for each in questions[:10]:
        await index.query(each)
    return _spread([await _timed(index, each) for each in questions])


async def _timed(index: Index, question: IndexQuery) -> float:
    started = time.perf_counter()
    await index.query(question)
    return 1_000 * (time.perf_counter() - started)


async def _rebuild(index: EdgeIndex, world: World) -> dict[str, Any]:
    """Rebuild while one question follows the other; the last second holds the swap."""
    started = time.perf_counter()
    taken: list[float] = []
    rebuilding = asyncio.create_task(index.rebuild(source(world.size)))
    questions = world.questions(_QUESTIONS, ALL, _LIMIT)
    while not rebuilding.done():
        taken.append(await _timed(index, questions[len(taken) % _QUESTIONS]))
        await asyncio.sleep(0.02)
    await rebuilding
    return {"seconds": _since(started), "questions_meanwhile": _spread(taken)}


async def _recall(index: Index, world: World, *, is_few: bool) -> float:
    shares = []
    for question in world.questions(50, FEW if is_few else ALL, _LIMIT, words=False):
        came = {hit.id for hit in await index.query(question)}
        shares.append(len(came & world.nearest(question.vector, is_few, _LIMIT)) / _LIMIT)
    return round(float(np.mean(shares)), 4)


async def _shared_rarity(folder: Path, world: World) -> dict[str, Any]:
    """Ask with the rarity of words counted over all points, whoever asks."""
    index = await _opened(folder, EdgeSettings(ranking=Ranking(is_rarity_private=False)))
    figures = await _both(index, world)
    await index.close()
    return figures


async def _reference(world: World) -> dict[str, Any]:
    index = await ServerIndex.open(ServerSettings(MEMORY), model=_MODEL, dimension=DIMENSION)
    await _fill(index, world)
    figures = await _both(index, world, count=10)
    await index.close()
    return figures


async def _probe(folder: Path) -> dict[str, Any]:
    """Return what a fresh process needs to open the folder and answer."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "evals.bench.index", "--probe", str(folder)),
        stdout=asyncio.subprocess.PIPE,
    )
    figures: dict[str, Any] = json.loads((await child.communicate())[0])
    return figures


async def _probed(folder: Path) -> dict[str, Any]:
    before = _resident()
    started = time.perf_counter()
    index = await _opened(folder)
    opened = _since(started)
    await _both(index, World(1_000))
    after = _resident()
    await index.close()
    return {
        "open_s": opened,
        "private_mib": after["RssAnon"] - before["RssAnon"],
        "mapped_mib": after["RssFile"] - before["RssFile"],
    }


def _resident() -> dict[str, int]:
    lines = Path("/proc/self/status").read_text().splitlines()
    return {
        line.split(":")[0]: int(line.split()[1]) // 1_024 for line in lines if line[:3] == "Rss"
    }


async def _opened(folder: Path, settings: EdgeSettings | None = None) -> EdgeIndex:
    return await EdgeIndex.open(folder, model=_MODEL, dimension=DIMENSION, settings=settings)


def _spread(taken: list[float]) -> dict[str, float]:
    named = {"p50": 50, "p95": 95, "max": 100}
    return {name: round(float(np.percentile(taken, at)), 2) for name, at in named.items()}


def _since(started: float) -> float:
    return round(time.perf_counter() - started, 2)


def _table(figures: list[dict[str, Any]]) -> str:
    lines = [
        f"{'points':>8} {'state':<22} {'all p50':>9} {'all p95':>9} {'1% p50':>9} {'1% p95':>9}"
    ]
    for each in figures:
        for state in ("as_filled", "optimised", "shared_rarity", "reference"):
            if state in each:
                cells = [
                    each[state][who][at] for who in ("all", "one_percent") for at in ("p50", "p95")
                ]
                row = " ".join(f"{cell:>9.2f}" for cell in cells)
                lines.append(f"{each['points']:>8} {state:<22} {row}")
        rest = {key: each[key] for key in ("fill_s", "rebuild", "recall_at_50", "memory")}
        lines.append(f"{'':>8} {json.dumps(rest)}")
    return "\n".join(lines)


def main(arguments: list[str]) -> None:
    """Run for the sizes given, or 10,000, 50,000 and 200,000."""
    if arguments[:1] == ["--probe"]:
        print(json.dumps(asyncio.run(_probed(Path(arguments[1])))))
        return
    figures = []
    for size in [int(each) for each in arguments] or [10_000, 50_000, 200_000]:
        with tempfile.TemporaryDirectory() as folder:
            figures.append(asyncio.run(bench(size, Path(folder) / "index")))
    print(json.dumps(figures))
    print(_table(figures), file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
