"""Sources from the command line: what is done with them is on record, and first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from deploy.keeping import Keeper
from deploy.operations.indexing import add, remove, sync
from deploy.operations.operation import Event, Result
from retrieval.audit.event import Act
from retrieval.errors import Unavailable
from retrieval.stops import Stops
from tests.ingest.works import Works, works
from tests.retrieval.records import DISK_FULL, RememberingRecord

CANARY = "zebrafinch"


@dataclass
class Office:
    """The parts that these operations use, around a library of their own."""

    at: Works
    record: RememberingRecord
    folder: Path

    @property
    def parts(self) -> Any:
        """Return the parts as the operations take them."""
        stops = Stops(self.at.database, self.record)
        return SimpleNamespace(
            settings=SimpleNamespace(pincite_user="me"),
            record=self.record,
            stops=stops,
            sources=self.at.sources,
            failures=self.at.failures,
            pipeline=self.at.pipeline,
            keeper=Keeper(self.at.pipeline, self.at.sources, self.at.failures, stops, 300),
        )


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    folder = tmp_path / f"of-{CANARY}"
    folder.mkdir()
    (folder / "a.txt").write_text("The vault is in the cellar.")
    (tmp_path / "home").mkdir()
    async with works(tmp_path / "home") as at:
        yield Office(at, at.record, folder)


async def given(events: AsyncIterator[Event]) -> dict[str, Any]:
    every = [each async for each in events]
    assert isinstance(every[-1], Result)
    return every[-1].value


async def test_adding_is_on_record_without_paths_and_names_in_the_clear(office: Office) -> None:
    readers = ["group:legal", "user:ann", "user:me"]
    told = await given(
        add(
            office.parts,
            paths=[str(office.folder)],
            name="files",
            readers=readers,
            status="approved",
            owner=f"Mrs {CANARY}",
        )
    )

    assert told["sources"][0]["new"] == 1
    added = office.record.events[0]
    assert (added.act, added.actor, added.origin) == (Act.SOURCE, "operator", "command line")
    assert added.about == {
        "did": "add",
        "name": "files",
        "paths": 1,
        "options": {"status": "approved"},
        "readers": ["group:legal", "user", "user"],
    }
    assert added.concerns == ("ann", "me")
    assert added.words == {"paths": str(office.folder), "owner": f"Mrs {CANARY}"}
    assert not any(CANARY in repr(each.about) for each in office.record.events)
    assert [each.about["did"] for each in office.record.events[1:]] == ["sync", "store", "synced"]


async def test_nothing_is_added_synced_or_removed_that_cannot_be_noted(office: Office) -> None:
    office.record.fails = DISK_FULL
    with pytest.raises(Unavailable, match="disk is full"):
        await given(add(office.parts, paths=[str(office.folder)], name="files"))
    assert await office.at.sources.all() == []

    office.record.fails = None
    await given(add(office.parts, paths=[str(office.folder)], name="files"))
    (office.folder / "b.txt").write_text("The key is under the mat.")
    (office.folder / "a.txt").unlink()
    office.record.fails = DISK_FULL
    for operation in (sync(office.parts), remove(office.parts, source="files")):
        with pytest.raises(Unavailable, match="disk is full"):
            await given(operation)
    assert list(await office.at.texts()) == ["a.txt"]

    office.record.fails = None
    assert (await given(sync(office.parts)))["sources"][0]["removed"] == 1
    assert await given(remove(office.parts, source="files")) == {"source": "files", "removed": 1}
    assert [each.about["did"] for each in office.record.events[-3:]] == ["remove"] * 2 + ["purge"]
