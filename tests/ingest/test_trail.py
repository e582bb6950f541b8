"""What a sync changes is on record before it is done, and what cannot be is not done."""

from __future__ import annotations

import json
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from connectors.connector import Reached
from connectors.errors import SourceDown
from connectors.registry import open_connector
from ingest.trail import Change, Trail, told_readers
from retrieval.access import Principal
from retrieval.audit.event import Act, Event
from retrieval.audit.reading import Choice
from retrieval.audit.record import OPERATOR, SCHEDULE, KeptRecord
from retrieval.errors import Unavailable
from retrieval.readership import Readership
from tests.ingest.works import ME, Works, works
from tests.retrieval.edge_folders import MEMORY
from tests.retrieval.records import DISK_FULL, RememberingRecord

CANARY = "zebrafinch"
BOB = Principal.person("bob", ["sales"])
SAID = {
    "new": 0,
    "updated": 0,
    "described": 0,
    "moved": 0,
    "removed": 0,
    "unchanged": 0,
    "passages": 0,
    "refused": 0,
    "partial": 0,
    "unreachable": 0,
}


class FailingRecord(RememberingRecord):
    """Refuses every event after the first `good` ones."""

    def __init__(self, good: int) -> None:
        super().__init__()
        self.good = good

    async def note(self, event: Event) -> int:
        if len(self.events) >= self.good:
            raise DISK_FULL
        return await super().note(event)


class LookingRecord(RememberingRecord):
    """Looks at the library each time something is noted, before it is."""

    def __init__(self, at: Works) -> None:
        super().__init__()
        self._at = at
        self.seen: list[Seen] = []

    async def note(self, event: Event) -> int:
        self.seen.append(await look(self._at))
        return await super().note(event)


@dataclass(frozen=True)
class Seen:
    """Which versions, by document, somebody may read."""

    mine: frozenset[tuple[str, int]]
    bobs: frozenset[str]


@dataclass
class Noted:
    """What events said would happen."""

    removed: set[str] = field(default_factory=set)
    opened: set[str] = field(default_factory=set)
    stored: set[tuple[str, int]] = field(default_factory=set)
    moved: set[str] = field(default_factory=set)
    described: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, events: list[Event]) -> Noted:
        noted = cls()
        for event in events:
            about: Any = event.about
            documents = set(about.get("documents", ()))
            match event.act, about.get("did"), about.get("do"):
                case Act.DELETE, "remove", _:
                    noted.removed |= documents
                case Act.PERMISSION, _, "add" if about["effect"] == "grant":
                    noted.opened |= documents
                case Act.SOURCE, "store", _:
                    told = about["versions"]
                    noted.stored |= {(each["document"], each["version"]) for each in told}
                case Act.SOURCE, "move", _:
                    noted.moved |= documents
                case Act.SOURCE, "describe", _:
                    noted.described |= documents
        return noted


@pytest.fixture
def home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=MEMORY) as path:
        yield Path(path)


@pytest.fixture
async def at(home: Path, tmp_path: Path) -> AsyncIterator[Works]:
    async with works(home) as opened:
        (tmp_path / "in").mkdir()
        await opened.watch(tmp_path / "in")
        yield opened


async def look(at: Works) -> Seen:
    mine = await at.library.all_versions(principal=ME)
    bobs = await at.library.all_versions(principal=BOB)
    return Seen(
        frozenset((each.document_id, each.number) for each in mine),
        frozenset(each.document_id for each in bobs),
    )


async def uris(at: Works) -> dict[str, str]:
    return {each.uri: each.document_id for each in await at.library.all_versions(principal=ME)}


def record_in(at: Works, record: RememberingRecord) -> RememberingRecord:
    """Have what comes next noted there."""
    at.record = record
    at.pipeline = at.joined()
    return record


def fill(folder: Path) -> None:
    """Write the first state of a folder."""
    for name in ("goes", "stays", "grows", "wanders"):
        text = f"The {name} clause of the {CANARY} says so."
        (folder / f"{name}-{CANARY}.txt").write_text(text)


def change(folder: Path) -> None:
    """Do one thing of each kind."""
    (folder / f"goes-{CANARY}.txt").unlink()
    (folder / f"grows-{CANARY}.txt").write_text(f"The {CANARY} has grown.")
    (folder / f"comes-{CANARY}.txt").write_text(f"The {CANARY} has come.")
    (folder / f"wanders-{CANARY}.txt").rename(folder / f"wandered-{CANARY}.txt")
    rules = f"readers: ['user:me', 'group:sales']\nowner: The {CANARY}\n"
    (folder / "pincite.yaml").write_text(rules)


def telling(events: list[Event]) -> list[tuple[Act, str]]:
    return [(each.act, str(each.about.get("did") or each.about.get("do"))) for each in events]


async def test_a_sync_says_what_arrives_and_how_it_ended(at: Works, tmp_path: Path) -> None:
    fill(tmp_path / "in")
    record = record_in(at, RememberingRecord())
    await at.sync()
    held = await uris(at)

    began, stored, ended = record.events
    assert (began.act, began.about) == (Act.SOURCE, {"did": "sync", "source": "s"})
    versions = stored.about["versions"]
    assert isinstance(versions, list)
    assert stored.about == {"did": "store", "source": "s", "versions": versions}
    assert Noted.of([stored]).stored == {(each, 1) for each in held.values()}
    counts = {"did": "synced", "source": "s", "whole": True, "new": 4, "passages": 4}
    assert ended.about == SAID | counts
    assert {(each.actor, each.origin) for each in record.events} == {("operator", "command line")}
    assert not any(each.words or each.concerns for each in record.events)


async def test_a_sync_says_each_kind_of_change_once(at: Works, tmp_path: Path) -> None:
    fill(tmp_path / "in")
    await at.sync()
    before = await uris(at)
    change(tmp_path / "in")
    record = record_in(at, RememberingRecord())
    await at.sync()

    assert sorted(telling(record.events)) == sorted(
        [
            (Act.SOURCE, "sync"),
            (Act.SOURCE, "move"),
            (Act.PERMISSION, "add"),
            (Act.DELETE, "remove"),
            (Act.SOURCE, "store"),
            (Act.SOURCE, "describe"),
            (Act.DELETE, "purge"),
            (Act.SOURCE, "synced"),
        ]
    )
    of = {uri.partition("-")[0]: at for uri, at in before.items()}
    after = await uris(at)
    came = after[f"comes-{CANARY}.txt"]
    noted = Noted.of(record.events)
    assert noted.removed == {of["goes"]}
    assert noted.moved == {of["wanders"]}
    assert noted.opened == {of["stays"], of["grows"], of["wanders"]}
    assert noted.stored == {(of["grows"], 2), (of["wanders"], 2), (came, 1)}
    assert noted.described == {of["stays"]}
    [purged] = [each for each in record.events if each.about.get("did") == "purge"]
    assert purged.about["documents"] == [of["goes"]]
    counts = {"new": 1, "updated": 2, "described": 1, "moved": 1, "removed": 1, "passages": 3}
    assert record.events[-1].about == SAID | counts | {
        "did": "synced",
        "source": "s",
        "whole": True,
    }


async def test_nothing_that_a_document_says_or_is_called_stands_in_the_clear(
    at: Works, tmp_path: Path
) -> None:
    fill(tmp_path / "in")
    record = record_in(at, RememberingRecord())
    await at.sync()
    change(tmp_path / "in")
    (tmp_path / "in" / f"broken-{CANARY}.pdf").write_bytes(b"%PDF-1.4 no")
    await at.sync()
    await at.pipeline.forget("s")

    assert [each for each in record.events if CANARY in repr(each)] == []
    ended = [each.about for each in record.events if each.about.get("did") == "synced"]
    assert (ended[-1]["refused"], len(ended)) == (1, 2)


async def test_whoever_is_let_in_or_kept_out_is_told_as_a_grant_is(
    at: Works, tmp_path: Path
) -> None:
    fill(tmp_path / "in")
    await at.sync()
    rules = "readers: ['group:sales', 'user:ann']\ndenied: ['user:eve', 'group:temps']\n"
    (tmp_path / "in" / "pincite.yaml").write_text(rules)
    record = record_in(at, RememberingRecord())
    await at.sync()

    told = [each for each in record.events if each.act is Act.PERMISSION]
    assert [
        (each.about["do"], each.about["effect"], each.about["readers"], each.concerns)
        for each in told
    ] == [
        ("add", "grant", ["group:sales", "user"], ("ann",)),
        ("remove", "grant", ["user"], ("me",)),
        ("add", "deny", ["group:temps", "user"], ("eve",)),
    ]
    assert {len(each.about["documents"]) for each in told} == {4}  # type: ignore[arg-type]
    assert {each.about["source"] for each in told} == {"s"}


async def test_where_readers_are_not_known_any_more_it_is_told(at: Works, tmp_path: Path) -> None:
    (tmp_path / "in" / "deep").mkdir()
    fill(tmp_path / "in" / "deep")
    fill(tmp_path / "in")
    await at.sync()
    (tmp_path / "in" / "deep" / "pincite.yaml").write_text("readers: [ann")
    record = record_in(at, RememberingRecord())
    await at.sync()

    [told] = [each for each in record.events if each.act is Act.PERMISSION]
    assert (told.about["do"], told.about["readers"], told.concerns) == ("remove", ["user"], ("me",))
    assert len(told.about["documents"]) == 4  # type: ignore[arg-type]
    assert len(await at.texts()) == 4


async def test_everything_is_on_record_before_it_can_be_seen(at: Works, tmp_path: Path) -> None:
    fill(tmp_path / "in")
    record = LookingRecord(at)
    record_in(at, record)
    await at.sync()
    change(tmp_path / "in")
    await at.sync()
    await at.pipeline.forget("s")

    assert await uris(at) == {}
    record.seen.append(await look(at))
    for upto in range(len(record.seen) - 1):
        told = Noted.of(record.events[: upto + 1])
        was, seen = record.seen[upto], record.seen[upto + 1]
        assert seen.mine - was.mine <= told.stored
        assert {at for at, _ in was.mine - seen.mine} <= told.removed
        stored_new = {at for at, number in told.stored if number == 1}
        assert seen.bobs - was.bobs <= told.opened | stored_new


@pytest.mark.parametrize("good", range(9))
async def test_what_cannot_be_noted_is_not_done_and_the_next_run_goes_on(
    at: Works, tmp_path: Path, good: int
) -> None:
    fill(tmp_path / "in")
    await at.sync()
    before, blobs = await look(at), await at.blobs.names()
    change(tmp_path / "in")
    record = record_in(at, FailingRecord(good))
    is_last = good == 8
    if is_last:
        await at.sync()
        assert len(record.events) == 8
    else:
        with pytest.raises(Unavailable, match="disk is full"):
            await at.sync()

    after, told = await look(at), Noted.of(record.events)
    assert {at for at, _ in before.mine - after.mine} <= told.removed
    assert after.mine - before.mine <= told.stored
    assert after.bobs <= told.opened | {at for at, _ in told.stored}
    if "purge" not in [did for _, did in telling(record.events)]:
        assert blobs <= await at.blobs.names()
    record_in(at, RememberingRecord())
    await at.sync()
    assert sorted(name.partition("-")[0] for name in await at.texts()) == [
        "comes",
        "grows",
        "stays",
        "wandered",
    ]
    assert len((await look(at)).bobs) == 4
    await at.assert_in_step()
    await at.assert_tidy()


@pytest.mark.parametrize("good", range(3))
async def test_a_source_is_forgotten_on_record_or_not_at_all(
    at: Works, tmp_path: Path, good: int
) -> None:
    fill(tmp_path / "in")
    await at.sync()
    held = set((await uris(at)).values())
    record = record_in(at, FailingRecord(good))
    if good < 2:
        with pytest.raises(Unavailable, match="disk is full"):
            await at.pipeline.forget("s")
        assert await at.sources.get("s")
        assert len(await at.blobs.names()) == 4
        assert len(await at.texts()) == (4 if good == 0 else 0)
        record_in(at, record := RememberingRecord())
    await at.pipeline.forget("s")

    assert record.acts[-1] is Act.DELETE
    assert set(record.events[-1].about["documents"]) == held  # type: ignore[arg-type]
    assert (await at.sources.all(), await at.blobs.names()) == ([], set())
    await at.assert_tidy()


async def test_what_a_crash_left_staged_is_swept_on_record(at: Works, tmp_path: Path) -> None:
    fill(tmp_path / "in")
    record = record_in(at, FailingRecord(1))
    with pytest.raises(Unavailable):
        await at.sync()
    assert (len(record.events), await at.texts()) == (1, {})
    record = record_in(at, FailingRecord(1))
    with pytest.raises(Unavailable):
        await at.sync()
    record = record_in(at, RememberingRecord())
    await at.sync()

    swept = record.events[1]
    assert (swept.act, swept.about) == (
        Act.DELETE,
        {"did": "sweep", "source": "s", "versions": 4},
    )
    assert len(await at.texts()) == 4


async def test_a_set_is_one_event(at: Works, tmp_path: Path) -> None:
    for number in range(120):
        (tmp_path / "in" / f"{number}.txt").write_text(f"Words about topic {number}.")
    record = record_in(at, RememberingRecord())
    await at.sync()
    assert telling(record.events) == [
        (Act.SOURCE, "sync"),
        (Act.SOURCE, "store"),
        (Act.SOURCE, "synced"),
    ]
    for number in range(119):
        (tmp_path / "in" / f"{number}.txt").unlink()
    await at.sync()

    assert telling(record.events[3:]) == [
        (Act.SOURCE, "sync"),
        (Act.DELETE, "remove"),
        (Act.DELETE, "purge"),
        (Act.SOURCE, "synced"),
    ]
    assert len(record.events[4].about["documents"]) == 119  # type: ignore[arg-type]


async def test_a_large_set_is_told_in_pieces() -> None:
    record = RememberingRecord()
    trail = Trail(record, OPERATOR, "s")
    names = [f"{number:03d}" for number in range(401)]
    await trail.removes(names)
    told = [each.about["documents"] for each in record.events]
    assert [each for piece in told for each in piece] == names  # type: ignore[union-attr]
    assert [len(each) for each in told] == [200, 200, 1]  # type: ignore[arg-type]
    record.events.clear()
    everybody = Readership(frozenset(f"user:{name}" for name in names))
    await trail.permits([Change("d", Readership(), everybody)])
    assert [name for each in record.events for name in each.concerns] == names
    record.events.clear()
    await trail.permits([Change("d", everybody, everybody)])
    await trail.removes([])
    assert record.events == []


async def test_a_sync_that_breaks_off_says_so(at: Works) -> None:
    class Down:
        async def changes(self, cursor: str, known: Any) -> AsyncIterator[Reached]:
            raise SourceDown("the line was cut")
            yield Reached("")

    record = record_in(at, RememberingRecord())
    with pytest.raises(SourceDown):
        await at.pipeline.sync("s", lambda _: Down(), lambda _: None)
    assert record.events[-1].about == SAID | {"did": "synced", "source": "s", "whole": False}


async def test_what_the_schedule_does_is_in_its_name(at: Works, tmp_path: Path) -> None:
    fill(tmp_path / "in")
    record = record_in(at, RememberingRecord())
    await at.pipeline.sync("s", open_connector, lambda _: None, SCHEDULE)
    await at.pipeline.forget("s", SCHEDULE)
    assert {(each.actor, each.origin) for each in record.events} == {("schedule", "schedule")}


def test_people_are_not_named_in_the_clear() -> None:
    assert told_readers(["user:bob", "everyone", "user:ann", "group:legal"]) == (
        ["everyone", "group:legal", "user", "user"],
        ("ann", "bob"),
    )


async def test_the_kept_record_tells_the_life_of_a_document(
    at: Works, tmp_path: Path, home: Path
) -> None:
    record = await KeptRecord.open(home / "audit")
    at.record = record
    at.pipeline = at.joined()
    fill(tmp_path / "in")
    await at.sync()
    document = (await uris(at))[f"goes-{CANARY}.txt"]
    rules = "readers: ['user:me', 'group:sales']"
    (tmp_path / "in" / "pincite.yaml").write_text(rules)
    await at.sync()
    change(tmp_path / "in")
    await at.sync()

    told = [each async for each in record.export(Choice(document=document))]
    assert [
        (each["act"], each["about"].get("did") or each["about"]["do"], each["actor"])
        for each in told
        if each["act"] != Act.EXPORT
    ] == [
        ("source", "store", "operator"),
        ("permission", "add", "operator"),
        ("delete", "remove", "operator"),
        ("delete", "purge", "operator"),
    ]
    verdict = [each async for each in record.verify()][-1]
    assert verdict.is_sound
    await record.close()
    kept = everything_in(home / "audit")
    assert CANARY.encode() not in kept
    assert json.dumps(document).encode() in kept


def everything_in(folder: Path) -> bytes:
    return b"".join(each.read_bytes() for each in sorted(folder.rglob("*")) if each.is_file())
