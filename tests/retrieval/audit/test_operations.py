"""What the operator's commands do with the record."""

from __future__ import annotations

import json
import sqlite3
import stat
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from assistant.review.review import Review
from deploy.operations import record as operations
from deploy.operations.operation import Progress, Result
from retrieval.audit.record import KeptRecord
from retrieval.blobs import Blobs
from retrieval.conversation_turn import Turn
from retrieval.conversations import Conversations
from retrieval.database import Database
from retrieval.drafts.drafts import Drafts
from retrieval.errors import BadRequest, NotFound, Unavailable
from retrieval.library import Library
from retrieval.review.cases import Cases
from retrieval.search.saved import SavedSearches
from tests.retrieval.audit.trails import fill, opened


@dataclass(frozen=True, slots=True)
class RecordAlone:
    """Of all the parts, those that these operations use."""

    record: KeptRecord
    conversations: Conversations
    review: Review
    saved: SavedSearches
    workbench: None = None


@pytest.fixture
async def parts(tmp_path: Path) -> AsyncIterator[Any]:
    database = Database(f"sqlite:///{tmp_path / 'library.db'}")
    await database.migrate()
    async with opened(tmp_path / "audit") as record:
        await fill(record, 6)
        library = Library(database, Blobs(tmp_path))
        review = Review.over(Cases(database, record), Drafts(database, record), library, record)
        saved = SavedSearches(database, record)
        yield RecordAlone(record, Conversations(database, record), review, saved)
    await database.close()


async def result_of(events: AsyncIterator[Any]) -> dict[str, Any]:
    *progress, last = [each async for each in events]
    assert all(isinstance(each, Progress) for each in progress)
    assert isinstance(last, Result)
    json.dumps(last.value)
    return last.value


async def test_verify_tells_that_all_is_well_or_where_it_is_not(parts: Any, tmp_path: Path) -> None:
    assert (await result_of(operations.audit_verify(parts)))["is_sound"] is True
    with closing(sqlite3.connect(tmp_path / "audit/audit.db")) as connection, connection:
        connection.execute("UPDATE audit_events SET body = body || ' ' WHERE number = 4")

    told = await result_of(operations.audit_verify(parts))
    assert told["is_sound"] is False
    assert (told["findings"][0]["first"], told["findings"][0]["last"]) == (4, 4)


async def test_export_gives_a_period_of_whole_days(parts: Any) -> None:
    today = datetime.now(UTC).date().isoformat()
    assert len((await result_of(operations.audit_export(parts, since=today)))["events"]) >= 6
    assert (await result_of(operations.audit_export(parts, until="2020-01-01")))["events"] == []
    told = await result_of(operations.audit_export(parts, person="ann", document="document-3"))
    assert [each["number"] for each in told["events"] if each["act"] != "export"] == [4]


@pytest.mark.parametrize("day", ["yesterday", "2026-13-01", "1.1.2026"])
async def test_a_day_that_is_none_is_told(parts: Any, day: str) -> None:
    with pytest.raises(BadRequest, match="YYYY-MM-DD"):
        await result_of(operations.audit_export(parts, since=day))


async def test_export_into_a_file_is_for_its_owner_and_replaces_nothing(
    parts: Any, tmp_path: Path
) -> None:
    file = tmp_path / "export.jsonl"
    told = await result_of(operations.audit_export(parts, person="bob", file=str(file)))

    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert told == {"events": len(lines), "file": str(file)}
    assert [each["number"] for each in lines] == [2, 5, 7]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(Unavailable, match="not there yet"):
        await result_of(operations.audit_export(parts, person="bob", file=str(file)))


async def test_an_export_that_fails_leaves_no_file(parts: Any, tmp_path: Path) -> None:
    file = tmp_path / "export.jsonl"
    with pytest.raises(NotFound):
        await result_of(operations.audit_export(parts, person="nobody", file=str(file)))

    assert not file.exists()


async def test_too_much_to_print_is_told(parts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "_MOST_INLINE", 3)
    with pytest.raises(BadRequest, match="Name a file"):
        await result_of(operations.audit_export(parts))


async def test_erasing_a_person_deletes_their_conversations_unless_a_hold_forbids(
    parts: Any,
) -> None:
    kept = parts.conversations
    for number, person in enumerate(("ann", "bob"), 1):
        turn = Turn(f"{number:032x}", 1_000, "What is the notice?")
        await kept.keep(f"{number:032x}", turn, person=person)
        await parts.saved.keep("Notice", "q=notice", person=person)
    await result_of(operations.audit_hold(parts, "ann", "a case"))
    with pytest.raises(BadRequest, match="legal hold"):
        await result_of(operations.audit_erase(parts, "ann"))
    assert len(await kept.own(person="ann")) == 1
    await result_of(operations.audit_release(parts, "ann"))
    told = await result_of(operations.audit_erase(parts, "ann"))
    assert told["conversations"] == 1
    assert await kept.own(person="ann") == []
    assert len(await kept.own(person="bob")) == 1
    assert await parts.saved.own(person="ann") == []
    assert len(await parts.saved.own(person="bob")) == 1


async def test_hold_release_and_erase(parts: Any) -> None:
    with pytest.raises(BadRequest, match="reason"):
        await result_of(operations.audit_hold(parts, "ann", " "))
    assert (await result_of(operations.audit_hold(parts, "ann", "a case")))["event"] == 7
    with pytest.raises(BadRequest, match="legal hold"):
        await result_of(operations.audit_erase(parts, "ann"))
    await result_of(operations.audit_release(parts, "ann"))
    told = await result_of(operations.audit_erase(parts, "ann"))

    events = (await result_of(operations.audit_export(parts)))["events"]
    assert "ann" not in {each["actor"] for each in events}
    assert told["pseudonym"] in {each["actor"] for each in events}
    assert [each["act"] for each in events][-4:] == ["hold", "release", "erase", "export"]
