"""What is old goes: not too soon, not what is held, and not so that it looks like tampering."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from retrieval.audit import entry
from retrieval.audit.retention import DEFAULT_DAYS, check_retention
from retrieval.errors import BadRequest, Damaged
from tests.retrieval.audit.trails import database_of, event, exported, fill, opened, verdict_of


class Clock:
    """The instant that events are dated with."""

    def __init__(self) -> None:
        self.at = 1_000

    def __call__(self) -> int:
        return self.at


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    clock = Clock()
    monkeypatch.setattr(entry, "now", clock)
    return clock


@pytest.mark.parametrize(
    ("days", "profile"), [(30, "standard"), (183, "standard"), (2191, "hipaa"), (-1, "standard")]
)
def test_too_short_a_retention_is_refused(days: int, profile: str) -> None:
    with pytest.raises(BadRequest, match=f"got {days}"):
        check_retention(days, profile)


@pytest.mark.parametrize(
    ("days", "profile"), [(184, "standard"), (DEFAULT_DAYS, "standard"), (2192, "hipaa")]
)
def test_enough_is_accepted(days: int, profile: str) -> None:
    assert check_retention(days, profile) == days


def test_an_unknown_profile_is_told() -> None:
    with pytest.raises(BadRequest, match="hipaa, standard"):
        check_retention(400, "lax")


async def test_what_is_old_goes_up_to_a_checkpoint(tmp_path: Path, clock: Clock) -> None:
    async with opened(tmp_path, every_entries=10) as record:
        await fill(record, 25)
        clock.at = 2_000
        await fill(record, 25, start=25)

        assert await record.prune(before=1_000) == 0
        assert await record.prune(before=2_000) == 20
        verdict = await verdict_of(record)
        assert (verdict.is_sound, verdict.first, verdict.last) == (True, 21, 51)
        assert next(each["number"] for each in await exported(record)) == 21
        assert await record.prune(before=2_000) == 0

    async with opened(tmp_path, every_entries=10) as record:
        assert (await verdict_of(record)).is_sound
        assert await record.prune(before=9_000) == 32, "everything up to the last checkpoint"
        verdict = await verdict_of(record)
        assert (verdict.is_sound, verdict.first) == (True, 53)


async def test_what_goes_leaves_no_trace_in_the_file(tmp_path: Path, clock: Clock) -> None:
    async with opened(tmp_path, every_entries=10) as record:
        await record.note(event(about={"document": "an-old-document"}))
        await fill(record, 19)
        clock.at = 2_000
        await fill(record, 5)
        await record.prune(before=2_000)

    content = database_of(tmp_path)
    assert b"an-old-document" not in content


async def test_a_held_person_keeps_all_from_their_first_entry(tmp_path: Path, clock: Clock) -> None:
    async with opened(tmp_path, every_entries=5) as record:
        await fill(record, 12)
        await record.note(event(actor="dan", concerns=("Zoe",)))
        await fill(record, 12)
        await record.hold("Zoe", "a case")
        clock.at = 2_000
        await fill(record, 5)

        assert await record.prune(before=2_000) == 10
        assert (await verdict_of(record)).first == 11
        await record.release("Zoe")
        assert await record.prune(before=2_000) == 15
        assert (await verdict_of(record)).is_sound


async def test_nothing_is_pruned_from_a_record_that_was_changed(
    tmp_path: Path, clock: Clock
) -> None:
    async with opened(tmp_path, every_entries=10) as record:
        await fill(record, 25)
        with closing(sqlite3.connect(tmp_path / "audit.db")) as connection, connection:
            connection.execute("UPDATE audit_events SET act = 'stop' WHERE number = 3")

        with pytest.raises(Damaged, match="entry 3"):
            await record.prune(before=2_000)
        assert (await verdict_of(record)).first == 1


async def test_deleting_the_oldest_by_hand_is_found(tmp_path: Path, clock: Clock) -> None:
    async with opened(tmp_path, every_entries=10) as record:
        await fill(record, 25)
        clock.at = 2_000
        await fill(record, 25, start=25)
        await record.prune(before=2_000)
        with closing(sqlite3.connect(tmp_path / "audit.db")) as connection, connection:
            connection.execute("DELETE FROM audit_events WHERE number <= 30")

        [finding] = (await verdict_of(record)).findings
        assert (finding.first, finding.last) == (1, 30)
        assert "no signed anchor" in finding.problem
