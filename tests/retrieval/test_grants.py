"""What administrators add to the readers that sources state."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from retrieval.access import Principal
from retrieval.audit.event import Act, Event
from retrieval.documents import Status, now
from retrieval.errors import BadRequest, NotFound, Unavailable
from retrieval.people.grants import Addition, Effect, Grants
from retrieval.sources import Sources
from retrieval.staging import document_id_of
from tests.shelves import Shelves

ANN = Principal.person("ann", ["legal"])
BOB = Principal.person("bob")
LEGAL = frozenset({"group:legal"})


class KeptRecord:
    """A record that keeps events in memory, until it is told to fail."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.fails = False

    async def note(self, event: Event) -> int:
        if self.fails:
            raise Unavailable("the record cannot be written")
        self.events.append(event)
        return len(self.events)


@dataclass
class Office:
    """A library with one source, its grants and their record."""

    shelves: Shelves
    grants: Grants
    record: KeptRecord

    async def grant(self, reader: str, **more: str) -> int:
        return await self._add(Effect.GRANT, reader, **more)

    async def deny(self, reader: str, **more: str) -> int:
        return await self._add(Effect.DENY, reader, **more)

    async def take_back(self, number: int) -> None:
        await self.grants.remove(number, by="root", origin="test")

    async def titles(self, principal: Principal) -> list[str]:
        listed = await self.shelves.library.all_versions(principal=principal)
        return [each.title for each in listed]

    async def _add(self, effect: Effect, reader: str, **more: str) -> int:
        wanted = Addition(effect, reader, **{"reason": "They  asked.", **more})
        return (await self.grants.add(wanted, by="root", origin="test")).id


@pytest.fixture
async def office(shelves: Shelves) -> Office:
    await Sources(shelves.database).put("folder", "files", "there", {})
    record = KeptRecord()
    return Office(shelves, Grants(shelves.database, record), record)


async def test_a_grant_lets_a_reader_in_and_ends_when_it_is_taken_back(office: Office) -> None:
    await office.shelves.put("a.txt", readers=LEGAL)
    number = await office.grant("user:bob", source="folder")
    assert await office.titles(BOB) == ["a.txt"]

    await office.take_back(number)

    assert await office.titles(BOB) == []
    assert await office.titles(ANN) == ["a.txt"]


async def test_a_denial_wins_over_readers_and_grants(office: Office) -> None:
    await office.shelves.put("a.txt")
    await office.grant("user:bob", source="folder")
    await office.deny("user:bob", source="folder")

    assert await office.titles(BOB) == []
    assert await office.titles(ANN) == ["a.txt"]


async def test_what_is_of_one_document_reaches_no_other(office: Office) -> None:
    await office.shelves.put("a.txt", readers=LEGAL)
    await office.shelves.put("b.txt", readers=LEGAL)
    await office.grant("user:bob", document_id=await office.shelves.document_id("a.txt"))
    await office.deny("user:ann", document_id=await office.shelves.document_id("b.txt"))

    assert await office.titles(BOB) == ["a.txt"]
    assert await office.titles(ANN) == ["a.txt"]


async def test_what_is_of_a_source_reaches_what_comes_later(office: Office) -> None:
    await office.grant("user:bob", source="folder")
    await office.deny("group:legal", source="folder")
    staged = await office.shelves.shelf.stage(await office.shelves.version("a.txt", readers=LEGAL))
    [point] = await office.shelves.journal.points(0, 10)
    assert (point.labels.readers, point.labels.denied) == (
        ("group:legal", "user:bob"),
        ("group:legal",),
    )

    await office.shelves.shelf.publish(staged)

    assert await office.titles(BOB) == ["a.txt"]
    assert await office.titles(ANN) == []


async def test_what_the_source_says_anew_does_not_undo_it(office: Office) -> None:
    await office.shelves.put("a.txt", "One.", readers=LEGAL)
    await office.deny("user:ann", source="folder")
    await office.shelves.put("a.txt", "Two.", readers=frozenset({"user:ann", "user:bob"}))

    assert await office.titles(ANN) == []
    known = (await office.shelves.shelf.known("folder"))["a.txt"]
    await office.shelves.shelf.restrict(known, frozenset({"user:ann"}), frozenset())
    assert await office.titles(ANN) == []


async def test_the_index_is_told(office: Office) -> None:
    await office.shelves.put("a.txt", readers=LEGAL)
    before = await office.shelves.journal.newest()
    await office.deny("user:ann", source="folder")

    [point] = await office.shelves.journal.points(0, 10)
    assert point.labels.denied == ("user:ann",)
    assert await office.shelves.journal.newest() > before


async def test_saying_the_same_again_changes_nothing(office: Office) -> None:
    await office.shelves.put("a.txt", readers=LEGAL)
    document = await office.shelves.document_id("a.txt")
    for more in ({"source": "folder"}, {"document_id": document}):
        assert await office.grant("user:bob", **more) == await office.grant("user:bob", **more)

    assert [each.document_id for each in await office.grants.all()] == [None, document]


async def test_it_is_listed_with_who_and_why(office: Office) -> None:
    await office.deny("group:interns", source="folder")

    [listed] = await office.grants.all("folder")

    assert (listed.effect, listed.reader, listed.source) == ("deny", "group:interns", "folder")
    assert (listed.by, listed.reason) == ("root", "They asked.")
    assert listed.at <= now()
    assert await office.grants.all("another") == []


async def test_the_record_hears_of_it_first(office: Office) -> None:
    await office.shelves.put("a.txt", readers=LEGAL)
    number = await office.grant("user:bob", source="folder")
    await office.take_back(number)

    added, removed = office.record.events
    assert (added.act, added.actor, added.origin) == (Act.PERMISSION, "root", "test")
    assert (added.about["reader"], added.concerns) == ("user", ("bob",))
    assert added.words == {"reason": "They asked."}
    assert [each.about["do"] for each in (added, removed)] == ["add", "remove"]
    number = await office.grant("user:bob", source="folder")

    office.record.fails = True
    with pytest.raises(Unavailable):
        await office.take_back(number)
    with pytest.raises(Unavailable):
        await office.deny("user:bob", source="folder")
    assert await office.titles(BOB) == ["a.txt"]


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        (Addition(Effect.GRANT, "bob", "folder"), BadRequest),
        (Addition(Effect.GRANT, "user:bob", "no-such-source"), BadRequest),
        (Addition(Effect.GRANT, "user:bob"), BadRequest),
        (Addition(Effect.GRANT, "user:bob", document_id="no-such-document"), NotFound),
    ],
)
async def test_refuses_what_cannot_be_meant(
    office: Office, wanted: Addition, error: type[Exception]
) -> None:
    with pytest.raises(error, match="Expected"):
        await office.grants.add(wanted, by="root", origin="test")
    assert office.record.events == []


async def test_refuses_the_document_of_another_source_and_an_unknown_number(office: Office) -> None:
    await office.shelves.put("a.txt")
    document = await office.shelves.document_id("a.txt")
    wanted = Addition(Effect.GRANT, "user:bob", "another", document)
    with pytest.raises(NotFound, match="id of a document"):
        await office.grants.add(wanted, by="root", origin="test")
    with pytest.raises(NotFound, match="number of a grant"):
        await office.take_back(404)


async def test_a_source_that_is_forgotten_takes_its_grants_along_and_no_denial(
    office: Office,
) -> None:
    sources = Sources(office.shelves.database)
    await sources.put("other", "files", "there", {})
    granted = await office.grant("user:bob", source="folder")
    denied = await office.deny("user:bob", source="folder")
    kept = await office.grant("user:bob", source="other")
    assert [each.id for each in await sources.lapsing("folder")] == [granted]
    await sources.remove("folder")

    listed = await office.grants.all()
    assert [(each.id, each.is_gone) for each in listed] == [(denied, True), (kept, False)]
    await office.take_back(denied)
    assert [each.id for each in await office.grants.all()] == [kept]


async def test_what_a_document_leaves_behind_holds_when_it_returns(office: Office) -> None:
    shelf = office.shelves.shelf
    await office.shelves.put("first.txt")
    document = await office.shelves.document_id("first.txt")
    await shelf.move(document, "a.txt")
    denied = await office.deny("user:bob", document_id=document)
    granted = await office.grant("user:eve", document_id=document)
    assert await shelf.lapsed("folder") == []
    await shelf.remove(document)
    [ending] = await shelf.lapsed("folder")
    assert (ending.id, ending.reader, ending.document_id) == (granted, "user:eve", document)
    await shelf.end([ending])
    await shelf.purge("folder")

    [waiting] = await office.grants.all()
    assert (waiting.id, waiting.place, waiting.is_gone) == (denied, "a.txt", True)
    await office.shelves.put("b.txt")
    await office.shelves.put("a.txt")
    assert await office.titles(BOB) == ["b.txt"]
    assert await office.titles(ANN) == ["a.txt", "b.txt"]
    assert await office.shelves.document_id("a.txt") != document
    [point] = [each for each in await office.shelves.journal.points(0, 10) if each.labels.denied]
    assert point.labels.denied == ("user:bob",)
    [holding] = await office.grants.all()
    assert (holding.document_id, holding.is_gone) == (
        await office.shelves.document_id("a.txt"),
        False,
    )
    await office.take_back(denied)
    assert await office.titles(BOB) == ["a.txt", "b.txt"]


async def test_a_denial_of_what_is_there_goes_to_nothing_else(office: Office) -> None:
    await office.shelves.put("a.txt")
    document = await office.shelves.document_id("a.txt")
    denied = await office.deny("user:bob", document_id=document)
    await office.shelves.shelf.remove(document)
    await office.shelves.put("a.txt", "New.")
    await office.shelves.shelf.move(document, "b.txt")
    await office.shelves.put("a.txt", "Another.")

    [kept] = await office.grants.all()
    assert (kept.id, kept.document_id, kept.place) == (denied, document, "a.txt")
    assert [each.uri for each in await office.shelves.library.all_versions(principal=BOB)] == [
        "a.txt"
    ]


@pytest.mark.parametrize("reason", ["\u2800" * 10, "\u200b", "..."])
async def test_refuses_a_reason_that_nobody_can_read(office: Office, reason: str) -> None:
    with pytest.raises(BadRequest, match="letters or digits"):
        await office.grant("user:bob", source="folder", reason=reason)
    assert (office.record.events, await office.grants.all()) == ([], [])


async def test_refuses_what_was_never_published(office: Office) -> None:
    await office.shelves.shelf.stage(await office.shelves.version("staged.txt"))
    document = document_id_of("folder", "staged.txt")
    with pytest.raises(NotFound, match="id of a document"):
        await office.grant("user:bob", document_id=document)


async def test_what_is_removed_while_it_is_noted_is_not_opened(office: Office) -> None:
    await office.shelves.put("a.txt")
    document = await office.shelves.document_id("a.txt")

    class Removing(KeptRecord):
        async def note(self, event: Event) -> int:
            await office.shelves.shelf.remove(document)
            return await super().note(event)

    office.grants = Grants(office.shelves.database, Removing())
    with pytest.raises(NotFound, match="id of a document"):
        await office.grant("user:bob", document_id=document)
    assert await office.grants.all() == []


async def test_more_documents_than_one_piece_are_all_reached(office: Office) -> None:
    every = [await office.shelves.version(f"{at}.txt", readers=LEGAL) for at in range(1_003)]
    for at in range(0, len(every), 300):
        staged = await office.shelves.shelf.stage_all(every[at : at + 300])
        await office.shelves.shelf.publish_all(staged)

    await office.deny("user:ann", source="folder")

    assert await office.titles(ANN) == []


async def test_a_successor_counts_only_where_all_readers_of_the_old_may_read_it(
    office: Office,
) -> None:
    await office.shelves.put("old.txt", readers=LEGAL)
    await office.shelves.put("new.txt", readers=frozenset({"user:bob"}), supersedes="old.txt")
    assert await _status(office, "old.txt") is Status.APPROVED

    number = await office.grant("group:legal", source="folder")
    assert await _status(office, "old.txt") is Status.SUPERSEDED
    document = await office.shelves.document_id("new.txt")
    await office.deny("user:eve", document_id=document)
    assert await _status(office, "old.txt") is Status.APPROVED
    await office.deny("user:eve", source="folder")
    assert await _status(office, "old.txt") is Status.SUPERSEDED
    await office.take_back(number)
    assert await _status(office, "old.txt") is Status.APPROVED


async def _status(office: Office, uri: str) -> Status:
    document = await office.shelves.document_id(uri)
    version = await office.shelves.library.version(document, 1, principal=ANN)
    return version.status_at(now())
