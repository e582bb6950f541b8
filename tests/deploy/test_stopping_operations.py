"""Stopping from the command line, as operations."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deploy.operations.operation import Event, Result
from deploy.operations.stopping import NoRecord, alone, resume, stop
from deploy.operations.stopping import listed as stopped
from retrieval.audit.event import Act
from retrieval.database import Database
from retrieval.errors import BadRequest, Unavailable
from retrieval.sources import Sources
from retrieval.stops import Stops
from tests.retrieval.records import DISK_FULL, RememberingRecord


@dataclass
class StoppableParts:
    stops: Stops
    sources: Sources
    record: RememberingRecord
    url: str


@pytest.fixture
async def parts(tmp_path: Path) -> AsyncIterator[StoppableParts]:
    url = f"sqlite:///{tmp_path / 'library.db'}"
    database = Database(url)
    await database.migrate()
    record = RememberingRecord()
    sources = Sources(database)
    await sources.put("My Files", "files", "/somewhere", {})
    yield StoppableParts(Stops(database, record), sources, record, url)
    await database.close()


async def given(events: AsyncIterator[Event]) -> dict[str, Any]:
    [result] = [each async for each in events]
    assert isinstance(result, Result)
    return result.value


async def test_what_is_stopped_is_listed_until_it_goes_on(parts: StoppableParts) -> None:
    told = await given(stop(parts, target="everything", reason=" leak "))
    assert (told["target"], told["was_stopped_already"], told["recorded"]) == (
        "everything",
        False,
        True,
    )
    [listed] = await stopped(parts)
    assert (listed["target"], listed["reason"], listed["by"]) == ("everything", "leak", "operator")
    assert (await given(stop(parts, target="everything", reason="x")))["was_stopped_already"]
    told = await given(resume(parts, target="everything"))
    assert told == {"target": "everything", "was_stopped": True, "stops": []}
    assert not (await given(resume(parts, target="everything")))["was_stopped"]
    assert parts.record.acts == [Act.STOP, Act.STOP, Act.RESUME]


async def test_a_stop_that_is_not_on_record_says_so(parts: StoppableParts) -> None:
    parts.record.fails = DISK_FULL
    told = await given(stop(parts, target="user:ann", reason="x"))
    assert told["recorded"] is False
    assert [each["target"] for each in told["stops"]] == ["user:ann"]


async def test_a_source_must_be_one(parts: StoppableParts) -> None:
    with pytest.raises(BadRequest, match=r"Expected a source \(My Files\).*Nothing was stopped"):
        await given(stop(parts, target="source:My File", reason="x"))
    told = await given(stop(parts, target="source:My Files", reason="x"))
    assert [each["target"] for each in told["stops"]] == ["source:My Files"]


@pytest.mark.parametrize(
    ("target", "reason", "expected"),
    [
        ("all", "x", "Expected everything"),
        ("answers", "  ", "Expected a reason"),
        ("answers", "\u2800", "Expected a reason"),
    ],
)
async def test_slips_are_told_and_nothing_is_stopped(
    parts: StoppableParts, target: str, reason: str, expected: str
) -> None:
    with pytest.raises(BadRequest, match=expected):
        await given(stop(parts, target=target, reason=reason))
    assert await stopped(parts) == []


async def test_a_server_is_stopped_past_it(parts: StoppableParts) -> None:
    async with alone(parts.url, RememberingRecord()) as past:
        await given(stop(past, target="answers", reason="It hangs."))
    [listed] = await stopped(parts)
    assert (listed["target"], listed["reason"]) == ("answers", "It hangs.")


async def test_without_a_record_things_are_stopped_and_not_resumed(parts: StoppableParts) -> None:
    async with alone(parts.url, NoRecord("The disk is full.")) as past:
        assert (await given(stop(past, target="answers", reason="x")))["recorded"] is False
        with pytest.raises(Unavailable, match="The disk is full"):
            await given(resume(past, target="answers"))
    assert [each["target"] for each in await stopped(parts)] == ["answers"]
