"""Whatever is done to the record by whoever can write its database is found, and where."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from retrieval.audit.entry import GENESIS
from retrieval.audit.outside import Outside
from retrieval.audit.verification import Verdict, verify
from retrieval.database import Database
from retrieval.errors import Unavailable
from tests.retrieval.audit.attacks import attack
from tests.retrieval.audit.trails import event, fill, opened, verdict_of

ENTRIES = 43
EVERY = 8


@pytest.fixture
async def records(tmp_path: Path) -> tuple[Path, Path]:
    """Two installations with the same sort of record."""
    for name in ("ours", "other"):
        async with opened(tmp_path / name, every_entries=EVERY) as record:
            await fill(record, ENTRIES)
    return tmp_path / "ours", tmp_path / "other"


async def verified(folder: Path) -> Verdict:
    database = Database(f"sqlite:///{folder / 'audit.db'}")
    verdicts = verify(database, Outside(folder / "checkpoints.jsonl"))
    verdict = [each async for each in verdicts][-1]
    await database.close()
    return verdict


async def missed(records: tuple[Path, Path], seeds: range) -> list[str]:
    ours, other = records
    copy = ours.parent / "copy"
    misses = []
    for seed in seeds:
        done = attack(ours, copy, other, seed)
        verdict = await verified(copy)
        shutil.rmtree(copy)
        if not any(each.first <= done.where <= each.last for each in verdict.findings):
            misses.append(f"{seed}: {done} {verdict.findings}")
    return misses


async def test_a_record_left_alone_is_sound(records: tuple[Path, Path]) -> None:
    for folder in records:
        verdict = await verified(folder)
        assert verdict.is_sound
        assert (verdict.first, verdict.last, verdict.checked) == (1, ENTRIES, ENTRIES)
        assert verdict.checkpoints == ENTRIES // EVERY + 1


async def test_every_change_is_found_where_it_is(records: tuple[Path, Path]) -> None:
    assert await missed(records, range(300)) == []


@pytest.mark.deep
async def test_every_change_of_ten_thousand_is_found(records: tuple[Path, Path]) -> None:
    assert await missed(records, range(10_000)) == []


@pytest.mark.parametrize("kept", [0, 2, 4])
async def test_a_running_process_remembers_what_it_appended_before_it_was_signed(
    tmp_path: Path, kept: int
) -> None:
    async with opened(tmp_path) as record:
        await fill(record, 5)
        with closing(sqlite3.connect(tmp_path / "audit.db")) as connection, connection:
            connection.execute("DELETE FROM audit_events WHERE number > ?", (kept,))
            last = "coalesce((SELECT max(digest) FROM audit_events WHERE number = ?), ?)"
            connection.execute(
                f"UPDATE audit_head SET number = ?, digest = {last}", (kept, kept, GENESIS)
            )
        for number in range(2):
            with pytest.raises(Unavailable, match="replaced or cut off"):
                await record.note(event(number))

    async with opened(tmp_path) as record:
        assert "cut off" in (await verdict_of(record)).findings[0].problem
        await fill(record, 7)
        assert not (await verdict_of(record)).is_sound
