"""Every benchmark, in order: `make bench`, or `pincite eval bench SIZE…` for other sizes."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from deploy.settings import Settings
from evals.bench import (
    acknowledging,
    deciding,
    index,
    overload,
    recording,
    safety,
    searching,
    starting,
    taking_in,
    web_pages,
)
from evals.bench.ports import free_port
from pincite import join

SIZES = (10_000, 50_000, 200_000)
_SERVED = 50_000


async def run(sizes: list[int]) -> dict[str, Any]:
    """Run every benchmark, each in a folder of its own."""
    figures: dict[str, Any] = {"searching": []}
    with tempfile.TemporaryDirectory(prefix="pincite-bench-") as folder:
        top = Path(folder)
        files = top / "files"
        files.mkdir()
        async with join(Settings(pincite_home=top / "taking-in")) as parts:
            figures["taking_in"] = await taking_in.bench(parts, files)
        figures["recording"] = await recording.bench(top / "record")
        figures["deciding"] = deciding.bench()
        figures["overload"] = await overload.bench(top / "overload")
        figures["acknowledging"] = await acknowledging.bench(top / "slack")
        figures["safety"] = [await safety.bench(top / "small")]
        figures["web_pages"] = await web_pages.bench(top / "pages", max(sizes) // 10)
        _say("web pages timed")
        for size in sizes:
            home = top / f"library-{size}"
            async with join(Settings(pincite_home=home)) as parts:
                figures["searching"].append(await searching.bench(parts, size))
            _say(f"{size} passages searched")
            if size == _SERVED or len(sizes) == 1:
                figures["starting"] = await starting.bench(home, free_port())
            if size == max(sizes):
                figures["safety"].append(await safety.bench(home))
        figures["index"] = [await index.bench(size, top / f"index-{size}") for size in sizes]
    return figures


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
