"""Several processes keep one chain; killed, or out of space, they keep what they promised."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.retrieval.audit.trails import event, exported, opened, verdict_of

ROOT = Path(__file__).parents[3]


def appending(folder: Path, name: str, count: int, most_bytes: int = 0) -> subprocess.Popen[str]:
    command = (sys.executable, "-m", "tests.retrieval.audit.appending")
    return subprocess.Popen(
        [*command, str(folder), name, str(count), str(most_bytes)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


async def test_two_processes_keep_one_chain(tmp_path: Path) -> None:
    async with opened(tmp_path):
        pass
    processes = [appending(tmp_path, name, 20) for name in ("ann", "bob")]
    numbers = [set(map(int, each.communicate(timeout=300)[0].split())) for each in processes]

    assert [each.returncode for each in processes] == [0, 0]
    assert numbers[0] | numbers[1] == set(range(1, 201))
    assert not numbers[0] & numbers[1]
    async with opened(tmp_path) as record:
        assert (await verdict_of(record)).is_sound
        by_ann = {each["number"] for each in await exported(record, person="ann")}
        assert by_ann == numbers[0]


@pytest.mark.parametrize("kills", [3, pytest.param(40, marks=pytest.mark.deep)])
async def test_killed_it_has_every_entry_it_acknowledged(tmp_path: Path, kills: int) -> None:
    chance = random.Random(kills)
    acknowledged: set[int] = set()
    for _ in range(kills):
        process = appending(tmp_path, "ann", 1_000_000)
        assert process.stdout
        for _ in range(chance.randint(1, 400)):
            acknowledged.add(int(process.stdout.readline()))
        os.kill(process.pid, signal.SIGKILL)
        with process.stdout as said:  # which has read on, so that a pipe alone has not the rest
            rest = said.read().splitlines(keepends=True)
        process.wait()
        acknowledged |= {int(line) for line in rest if line.endswith("\n")}

    async with opened(tmp_path) as record:
        verdict = await verdict_of(record)
        assert verdict.is_sound, verdict.findings
        present = {each["number"] for each in await exported(record)}
        assert acknowledged <= present
        assert await record.note(event()) == verdict.last + 2, "after the export"


def test_a_full_disk_is_told_and_left_behind(tmp_path: Path) -> None:
    process = appending(tmp_path, "ann", 0, most_bytes=300_000)
    full, again = process.communicate(timeout=300)[0].splitlines()

    _, noted, is_told = full.split()
    assert is_told == "True"
    _, number, last, is_sound = again.split()
    assert int(number) == int(last) == int(noted) + 1
    assert is_sound == "True"
