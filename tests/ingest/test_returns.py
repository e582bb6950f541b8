"""What is deleted and made again: denials hold for it, grants and glass do not."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from connectors.connector import Found, Removed
from retrieval.access import Principal, acl_for
from retrieval.audit.event import Act
from retrieval.documents import Details, Scope, now
from retrieval.errors import NotFound, Unavailable
from retrieval.index import IndexQuery
from retrieval.people.directory import Directory
from retrieval.people.glass import Glasses
from retrieval.people.grants import Addition, Effect, Grants
from retrieval.people.people import Role
from tests.ingest.test_trail import FailingRecord, record_in, telling
from tests.ingest.works import Works, works
from tests.retrieval.edge_folders import MEMORY
from tests.retrieval.records import RememberingRecord

BOB = Principal.person("bob", ["staff"])
EVE = Principal.person("eve")
WORDS = "The vault is in the cellar."


@dataclass
class Cellar:
    """A watched folder that staff reads, with one file besides the one that comes and goes."""

    works: Works
    folder: Path

    @property
    def grants(self) -> Grants:
        return Grants(self.works.database, self.works.record)

    async def watch(self) -> None:
        await self.works.watch(self.folder, readers=["group:staff"])
        await self.works.sync()

    async def write(self, name: str = "a.txt") -> None:
        (self.folder / name).write_text(WORDS)
        await self.works.sync()

    async def delete(self, name: str = "a.txt") -> None:
        (self.folder / name).unlink()
        await self.works.sync()

    async def rename(self, name: str, to: str) -> None:
        (self.folder / name).rename(self.folder / to)
        await self.works.sync()

    async def add(self, effect: Effect, reader: str, **of: str) -> None:
        wanted = Addition(effect, reader, reason="An inquiry.", **of)  # type: ignore[arg-type]
        await self.grants.add(wanted, by="root", origin="test")
        await self.works.indexer.bring_along()

    async def document(self, name: str = "a.txt") -> str:
        return (await self.works.shelf.known("s"))[name].document_id

    async def reads(self, principal: Principal, name: str = "a.txt") -> bool:
        """Return whether somebody reads a file: opened, searched for and in the index alike."""
        document = await self.document(name)
        try:
            await self.works.library.version(document, None, principal=principal)
            opened = True
        except NotFound:
            opened = False
        listed = await self.works.library.all_versions(principal=principal)
        found = WORDS in await self.works.find("vault cellar", principal)
        assert opened == (document in {each.document_id for each in listed}) == found
        assert found == bool(await self._in_index(principal))
        return opened

    async def _in_index(self, principal: Principal) -> list[int]:
        """Return the passages with the words that the index finds by itself."""
        [vector] = await self.works.embedder.embed([WORDS])
        scope = Scope(as_of=now())
        query = IndexQuery(vector, WORDS, acl_for(principal), scope, 100)
        hits = {each.id for each in await self.works.index.query(query)}
        async with self.works.database.transaction() as connection:
            told = "SELECT id FROM passages WHERE text LIKE '%vault%'"
            ids = (await connection.exec_driver_sql(told)).scalars()
            return sorted(hits & set(ids))


@pytest.fixture
async def cellar(tmp_path: Path) -> AsyncIterator[Cellar]:
    with tempfile.TemporaryDirectory(dir=MEMORY) as home:
        async with works(Path(home)) as opened:
            (tmp_path / "stays.txt").write_text("Nothing to see.")
            (tmp_path / "a.txt").write_text(WORDS)
            made = Cellar(opened, tmp_path)
            await made.watch()
            yield made


async def test_a_denial_holds_for_what_is_deleted_and_made_again(cellar: Cellar) -> None:
    document = await cellar.document()
    assert await cellar.reads(BOB)
    await cellar.add(Effect.DENY, "user:bob", document_id=document)
    for _ in range(2):
        assert not await cellar.reads(BOB)
        await cellar.delete()
        [waiting] = await cellar.grants.all()
        assert (waiting.is_gone, waiting.place) == (True, "a.txt")
        await cellar.write()
        assert await cellar.document() == document
        [holding] = await cellar.grants.all()
        assert not holding.is_gone
    assert not await cellar.reads(BOB)

    await cellar.grants.remove(holding.id, by="root", origin="test")
    await cellar.works.indexer.bring_along()
    assert await cellar.reads(BOB)


async def test_it_holds_where_the_document_had_moved_to(cellar: Cellar) -> None:
    await cellar.rename("a.txt", "b.txt")
    document = await cellar.document("b.txt")
    await cellar.add(Effect.DENY, "user:bob", document_id=document)
    await cellar.delete("b.txt")
    await cellar.write("b.txt")

    assert await cellar.document("b.txt") != document
    assert not await cellar.reads(BOB, "b.txt")
    await cellar.rename("b.txt", "c.txt")
    assert not await cellar.reads(BOB, "c.txt")
    await cellar.write("b.txt")
    assert [each.document_id for each in await cellar.grants.all()] == [
        await cellar.document("c.txt")
    ]


async def test_a_denial_of_what_is_gone_can_be_taken_back(cellar: Cellar) -> None:
    await cellar.add(Effect.DENY, "user:bob", document_id=await cellar.document())
    await cellar.delete()
    [waiting] = await cellar.grants.all()
    await cellar.grants.remove(waiting.id, by="root", origin="test")
    await cellar.write()

    assert await cellar.grants.all() == []
    assert await cellar.reads(BOB)


async def test_a_grant_ends_with_its_document_on_record(cellar: Cellar) -> None:
    document = await cellar.document()
    await cellar.add(Effect.GRANT, "user:eve", document_id=document)
    await cellar.add(Effect.GRANT, "user:eve", document_id=await cellar.document("stays.txt"))
    assert await cellar.reads(EVE)
    record = record_in(cellar.works, RememberingRecord())
    await cellar.delete()

    assert [each.document_id for each in await cellar.grants.all()] == [
        await cellar.document("stays.txt")
    ]
    [ended] = [each for each in record.events if each.act is Act.PERMISSION]
    assert ended.about == {
        "do": "remove",
        "effect": "grant",
        "reader": "user",
        "source": "s",
        "document": document,
    }
    assert (ended.concerns, ended.actor) == (("eve",), "operator")
    await cellar.write()
    assert await cellar.document() == document
    assert not await cellar.reads(EVE)


async def test_a_grant_opens_nothing_that_lies_there_before_the_sync_is_over(
    cellar: Cellar,
) -> None:
    document = await cellar.document()
    await cellar.add(Effect.GRANT, "user:eve", document_id=document)
    record = record_in(cellar.works, RememberingRecord())

    class Swapped:
        async def changes(self, cursor: str, known: object) -> AsyncIterator[Removed | Found]:
            async def fetch() -> bytes:
                return WORDS.encode()

            yield Removed("a.txt")
            details = Details(title="a.txt", readers=frozenset({"group:staff"}))
            yield Found("a.txt", "a.txt", "", "new", details, frozenset(), None, fetch)

    await cellar.works.pipeline.sync("s", lambda _: Swapped(), lambda _: None)

    assert telling(record.events) == [
        (Act.SOURCE, "sync"),
        (Act.DELETE, "remove"),
        (Act.PERMISSION, "remove"),
        (Act.SOURCE, "store"),
        (Act.SOURCE, "synced"),
    ]
    assert await cellar.document() == document
    assert not await cellar.reads(EVE)
    assert await cellar.reads(BOB)


async def test_a_grant_that_cannot_be_noted_to_end_does_not_and_opens_nothing(
    cellar: Cellar,
) -> None:
    await cellar.add(Effect.GRANT, "user:eve", document_id=await cellar.document())
    for good in (2, 1):  # the sync, and at first the removal, are noted; then nothing is
        record_in(cellar.works, FailingRecord(good))
        if good == 2:
            (cellar.folder / "a.txt").unlink()
        with pytest.raises(Unavailable):
            await cellar.works.sync()
        assert len(await cellar.grants.all()) == 1
    record_in(cellar.works, RememberingRecord())
    await cellar.write()

    assert await cellar.grants.all() == []
    assert not await cellar.reads(EVE)


async def test_of_a_source_that_returns_denials_hold_and_grants_do_not(cellar: Cellar) -> None:
    document = await cellar.document()
    await cellar.add(Effect.DENY, "user:bob", source="s")
    await cellar.add(Effect.DENY, "user:eve", document_id=document)
    await cellar.add(Effect.GRANT, "user:eve", source="s")
    await cellar.add(Effect.GRANT, "group:temps", document_id=document)
    record = record_in(cellar.works, RememberingRecord())
    await cellar.works.pipeline.forget("s")

    told = [each.about for each in record.events if each.act is Act.PERMISSION]
    assert [(each["do"], each["effect"], each["reader"], each["document"]) for each in told] == [
        ("remove", "grant", "group:temps", document),
        ("remove", "grant", "user", None),
    ]
    listed = await cellar.grants.all()
    assert [(each.effect, each.reader, each.is_gone) for each in listed] == [
        (Effect.DENY, "user:bob", True),
        (Effect.DENY, "user:eve", True),
    ]
    await cellar.watch()
    assert not await cellar.reads(BOB)
    assert not await cellar.reads(EVE)
    assert not await cellar.reads(Principal.person("ann", ["temps"]))
    assert await cellar.reads(Principal.person("ann", ["staff"]))
    assert await cellar.works.library.all_versions(principal=EVE) == []


async def test_a_source_is_not_forgotten_where_its_grants_cannot_be_noted_to_end(
    cellar: Cellar,
) -> None:
    await cellar.add(Effect.GRANT, "user:eve", source="s")
    record_in(cellar.works, FailingRecord(2))
    with pytest.raises(Unavailable):
        await cellar.works.pipeline.forget("s")

    assert len(await cellar.grants.all()) == 1
    assert await cellar.works.sources.get("s")


async def test_glass_ends_with_its_document_and_stays_listed(cellar: Cellar) -> None:
    directory = Directory(cellar.works.database)
    await directory.add("root", roles=[Role.ADMIN])
    glasses = Glasses(cellar.works.database, cellar.works.record)
    document = await cellar.document()
    other = await cellar.document("stays.txt")
    for each in (document, other):
        await glasses.open("root", each, "Looking into a complaint.", 60, origin="test")
    assert (await directory.principal("root")).glass == {document, other}
    await cellar.delete()

    assert (await directory.principal("root")).glass == {other}
    assert [each.document_id for each in await glasses.all()] == [other, document]
    [kept] = await glasses.all(document_id=document)
    assert not kept.is_open(now())
    await cellar.write()
    assert (await directory.principal("root")).glass == {other}
    assert not await cellar.reads(await directory.principal("root"))
