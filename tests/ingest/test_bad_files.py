"""Whatever a file is, it ends indexed, in part with a reason, or refused with a reason."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest
import pytest_asyncio

from ingest.errors import FileRefused, Unreadable
from ingest.parser import PRELOAD, TASKS, SandboxedParser
from retrieval.confinement import Limits
from retrieval.sandbox import Sandbox
from tests.ingest.bad_files import damaged_files, forged_files, good_files

pytestmark = pytest.mark.asyncio(loop_scope="module")

WALL_SECONDS = 20.0
FORGED = dict(forged_files())
BENCH = Path(os.environ.get("PINCITE_BENCH_DATA", "/nonexistent")) / "documents"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def parser() -> AsyncIterator[SandboxedParser]:
    limits = Limits(wall_seconds=WALL_SECONDS, memory_bytes=512 << 20)
    async with Sandbox(TASKS, limits=limits, preload=PRELOAD) as sandbox:
        yield SandboxedParser(sandbox)


async def outcome(parser: SandboxedParser, name: str, raw: bytes) -> str:
    """Read a file and return how it ended; whatever else happens is a failure of the test."""
    try:
        reading = await parser.parse(raw, "", name)
    except FileRefused as refused:
        return "refused" if str(refused) else pytest.fail("no reason was given")
    text, blocks = reading.parsed.text, reading.parsed.blocks
    assert text.strip()
    assert "\x00" not in text
    assert all(one.end <= other.start for one, other in pairwise(blocks))
    assert all(0 <= block.start < block.end <= len(text) for block in blocks)
    return "partial" if reading.parsed.problems else "indexed"


async def test_good_files_are_indexed(parser: SandboxedParser) -> None:
    ends = {name: await outcome(parser, name, raw) for name, raw in good_files()}
    assert set(ends.values()) == {"indexed"}, ends


@pytest.mark.parametrize("name", FORGED)
async def test_forged_files_end_with_a_reason(parser: SandboxedParser, name: str) -> None:
    await outcome(parser, name, FORGED[name])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("empty.pdf", "empty"),
        ("locked.pdf", "password"),
        ("scan.pdf", "ocr"),
        ("zip bomb.docx", "unpacks to far more"),
        ("many members.docx", "20,001 came"),
        ("words.pdf", "its name says PDF"),
        ("picture.pdf", "a picture"),
        ("program.docx", "a program"),
        ("deep.json", "nested too deeply"),
    ],
)
async def test_the_reason_names_what_is_wrong(
    parser: SandboxedParser, name: str, said: str
) -> None:
    with pytest.raises(FileRefused, match=said):
        await parser.parse(FORGED[name], "", name)


async def test_no_file_of_the_machine_is_drawn_in(parser: SandboxedParser) -> None:
    try:
        reading = await parser.parse(FORGED["external entity.docx"], "", "x.docx")
    except Unreadable:
        return
    assert "root:" not in reading.parsed.text


async def test_damaged_files_end_with_a_reason(parser: SandboxedParser) -> None:
    ends = Counter([await outcome(parser, *file) for file in damaged_files(6)])
    assert ends.total() == 60


@pytest.mark.deep
async def test_three_thousand_damaged_files_end_with_a_reason(parser: SandboxedParser) -> None:
    ends = Counter([await outcome(parser, *file) for file in damaged_files(300, seed=11)])
    assert ends.total() == 3000


@pytest.mark.deep
@pytest.mark.skipif(not BENCH.exists(), reason="PINCITE_BENCH_DATA is not set")
async def test_every_file_written_by_others_ends_with_a_reason(parser: SandboxedParser) -> None:
    with (BENCH / "manifest.jsonl").open() as manifest:
        names = [json.loads(line)["file"] for line in manifest]
    ends = Counter([await outcome(parser, name, (BENCH / name).read_bytes()) for name in names])
    assert ends.total() == len(names)
    assert ends["indexed"] > 0.65 * len(names)
