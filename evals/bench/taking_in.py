"""How much the whole pipeline costs beside the embedding alone: text files in, one run.

The same passages are embedded once on their way from files through parsing, chunking, SQL and
the index, and once alone, in as large batches as the pipeline uses. A machine does not run
evenly, so both take turns. The figure is the ratio of the sums.
"""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

from deploy.operations.indexing import add
from deploy.parts import Parts
from deploy.terminal import follow

_BATCH = 512
_ROUNDS = 3
_FILES = 180
_PARAGRAPHS = 40


async def bench(parts: Parts, folder: Path) -> dict[str, Any]:
    """Return passages per second of both, and pipeline / bare."""
    await parts.embedder.embed(["warm"] * 64)
    passages, whole, bare = 0, 0.0, 0.0
    for seed in range(_ROUNDS):
        files = folder / str(seed)
        files.mkdir()
        write_files(files, seed)
        started = time.perf_counter()
        await follow(add(parts, paths=[str(files)], readers=["everyone"]))
        whole += time.perf_counter() - started
        texts = await _texts(parts, passages)
        started = time.perf_counter()
        for at in range(0, len(texts), _BATCH):
            await parts.embedder.embed(texts[at : at + _BATCH])
        bare += time.perf_counter() - started
        passages += len(texts)
    return {
        "passages": passages,
        "pipeline_per_s": round(passages / whole, 1),
        "bare_per_s": round(passages / bare, 1),
        "ratio": round(bare / whole, 3),
    }


async def _texts(parts: Parts, after: int) -> list[str]:
    """Return what was embedded of every passage but the first `after`."""
    every = await parts.journal.foreign("no model", await parts.journal.count())
    return [text for _, text in every[after:]]


def write_files(folder: Path, seed: int, count: int = _FILES) -> None:
    """Write contracts' worth of made-up sentences; the seed makes every run the same."""
    generator = random.Random(seed)  # noqa: S311 - not for secrets
    for number in range(count):
        paragraphs = [_paragraph(generator, clause) for clause in range(1, _PARAGRAPHS + 1)]
        (folder / f"agreement-{number:02}.txt").write_text("\n\n".join(paragraphs) + "\n")


def _paragraph(generator: random.Random, clause: int) -> str:
    sentences = [_sentence(generator) for _ in range(generator.randint(2, 5))]
    return f"{clause}.{generator.randint(1, 9)} " + " ".join(sentences)


def _sentence(generator: random.Random) -> str:
    words = [generator.choice(_WORDS) for _ in range(generator.randint(9, 26))]
    return " ".join(words).capitalize() + "."


_WORDS = """
the supplier customer shall deliver notice party agreement written days within after before
payment invoice term of to and or in for by with may not unless termination liability cap
amount schedule service level credit audit records data personal security breach remedy
insurance warehouse chamber temperature vehicle driver route pallet storage release batch
product authority approval consent reasonable material breach thirty sixty ninety annual
""".split()  # noqa: SIM905 - words read better as text
