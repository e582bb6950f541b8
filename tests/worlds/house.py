"""The real parts, filled from a firm: library, index, retriever, assistant, grants and glass."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import delete, insert, select, update

from assistant.assistant import Assistant
from assistant.conversation_recall import History
from assistant.quotes import Quoter
from assistant.support import Support
from retrieval.access import EVERYONE, Principal, acl_for
from retrieval.audit.event import Event
from retrieval.blobs import Blobs
from retrieval.conversations import Conversations
from retrieval.database import Database
from retrieval.documents import Details, Page, Scope, Span, now
from retrieval.index import Drop, Index, IndexQuery
from retrieval.journal import Journal
from retrieval.library import Library
from retrieval.people.directory import LOCAL, Directory
from retrieval.people.glass import Glasses
from retrieval.people.grants import Addition, Effect, Grants
from retrieval.people.tables import groups, memberships, user_roles, users
from retrieval.qdrant.bm25 import Words
from retrieval.qdrant.edge import EdgeIndex
from retrieval.qdrant.server import MEMORY, ServerIndex, ServerSettings
from retrieval.ranking import Ranker
from retrieval.retriever import Retriever
from retrieval.shelf import Shelf
from retrieval.sources import MAX_AGE, Sources
from retrieval.staging import Chunk, NewVersion, document_id_of
from retrieval.tables import index_changes, sources, versions
from tests.assistant.remembered import Keys
from tests.retrieval.edge_folders import MEMORY as FAST
from tests.retrieval.hashed_embedder import HashedEmbedder
from tests.worlds.firm import Added, Document, Firm, Version

EMBEDDER = HashedEmbedder(64)
WORDS = Words()
REASON = "A court asked for it."
AGE_MINUTES = 10
_EMPTY: list[bytes] = []
_FILLED = ("documents", "sources", "grants", "glasses", "users", "groups", "conversations")


class KeepingRecord:
    """A record that keeps events in memory."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    async def note(self, event: Event) -> int:
        self.events.append(event)
        return len(self.events)


class House:
    """Everything that stands between a document and a person."""

    def __init__(self, home: Path, database: Database, index: Index) -> None:
        self.database, self.index = database, index
        self.blobs = Blobs(home / "blobs")
        self.shelf, self.journal = Shelf(database), Journal(database)
        self.library, self.sources = Library(database, self.blobs), Sources(database)
        self.record = KeepingRecord()
        self.directory = Directory(database)
        self.grants = Grants(database, self.record)
        self.glasses = Glasses(database, self.record)
        self.retriever = Retriever(
            self.library, index, EMBEDDER, Ranker.load(WORDS.terms), WORDS.terms
        )
        quoter = Quoter(EMBEDDER, WORDS.terms, Support.load())
        self.assistant = Assistant(self.retriever, quoter)
        self.conversations = Conversations(database, Keys())
        self.history = History(self.conversations, self.library)

    async def move_in(self, firm: Firm) -> None:
        """Fill the house with what the firm has."""
        for name in firm.stale:
            await self.sources.put(name, "remote", "there", {MAX_AGE: AGE_MINUTES})
        await self.age(firm)
        await self._people(firm.people)
        await self.regroup(firm)
        for round_ in range(3):
            due = [each for each in firm.documents if len(each.versions) > round_]
            await self.put((each, each.versions[round_]) for each in due)
        for added in firm.added:
            await self.add(added)
        for person, source, born in sorted(firm.glass):
            await self.open_glass(person, source, born)
        await self.follow()

    async def put(self, every: Iterable[tuple[Document, Version]]) -> None:
        """Stage and publish a version of each document."""
        made = [await self._new(*each) for each in every]
        await self.shelf.publish_all(await self.shelf.stage_all(made))

    async def follow(self) -> None:
        """Let the index follow the library."""
        await self.journal.bring_along(self.index, self.index.name)

    async def age(self, firm: Firm) -> None:
        """Make the sources as stale or fresh as the firm has them."""
        async with self.database.transaction() as connection:
            for name, is_stale in firm.stale.items():
                at = now() - (AGE_MINUTES + 1) * 60 * is_stale
                chosen = update(sources).where(sources.c.name == name)
                await connection.execute(chosen.values(synced_at=at))

    async def regroup(self, firm: Firm) -> None:
        """Put people and groups into the groups that the firm has them in."""
        there = [
            {"group": name, "member": each}
            for name in firm.groups
            for each in sorted(firm.groups[name])
        ]
        async with self.database.transaction() as connection:
            await connection.execute(delete(groups))
            made = [{"name": name, "created_at": 0} for name in firm.groups]
            await connection.execute(insert(groups), made)
            await connection.execute(
                insert(memberships), [{**each, "origin": LOCAL} for each in there]
            )

    async def add(self, added: Added) -> None:
        """Grant or deny as the firm does."""
        await self.grants.add(_addition(added), by="root", origin="test")

    async def take_back(self, added: Added) -> None:
        """Take a grant or a denial back."""
        wanted = _addition(added)
        [grant] = [
            each
            for each in await self.grants.all(wanted.source)
            if (each.effect, each.reader, each.document_id)
            == (wanted.effect, wanted.reader, wanted.document_id)
        ]
        await self.grants.remove(grant.id, by="root", origin="test")

    async def open_glass(self, person: str, source: str, born: str) -> None:
        """Break the glass over one document."""
        await self.glasses.open(person, document_id_of(source, born), REASON, 5, origin="test")

    async def close_glass(self, person: str, source: str, born: str) -> None:
        """End such a reading early."""
        for each in await self.glasses.all(document_id=document_id_of(source, born)):
            if each.user_name == person:
                await self.glasses.close(each.id, by=person, origin="test")

    async def principal(self, firm: Firm, person: str) -> Principal:
        """Return somebody as a request of theirs finds them."""
        principal = await self.directory.principal(person)
        names = {f"user:{person}", EVERYONE}
        assert principal.keys == names | {f"group:{each}" for each in firm.groups_of(person)}
        return principal

    async def asked_index(self, principal: Principal, scope: Scope) -> set[int]:
        """Return all that the index finds, before SQL looks at it again."""
        [vector] = await EMBEDDER.embed(["notice"])
        query = IndexQuery(vector, "notice", acl_for(principal), scope, 1_000)
        return {hit.id for hit in await self.index.query(query)}

    async def states(self) -> dict[int, tuple[str, int]]:
        """Return the document and the number of every version, by its id."""
        chosen = select(versions.c.id, versions.c.document_id, versions.c.number)
        async with self.database.transaction() as connection:
            rows = await connection.execute(chosen)
            return {row.id: (row.document_id, row.number) for row in rows}

    async def move_out(self) -> None:
        """Empty the house for the next firm."""
        async with self.database.transaction() as connection:
            ids = (await connection.execute(versions.select())).scalars().all()
            for table in _FILLED:
                await connection.exec_driver_sql(f'DELETE FROM "{table}"')
            await connection.execute(delete(index_changes))
        await self.index.apply([Drop(each) for each in ids])

    async def _people(self, names: Iterable[str]) -> None:
        async with self.database.transaction() as connection:
            for name in names:
                values = {"id": name, "name": name, "display": name, "created_at": 0}
                await connection.execute(insert(users).values(**values))
                await connection.execute(insert(user_roles).values(user_id=name, role="admin"))

    async def _new(self, document: Document, version: Version) -> NewVersion:
        chunks = tuple(_chunks(version.lines))
        details = Details(
            title=version.title,
            readers=frozenset(version.readers),
            denied=frozenset(version.denied),
            owner=f"owner of {version.canary}",
            parties=(f"party {version.canary}",),
            supersedes=version.supersedes,
        )
        return NewVersion(
            source=document.source,
            uri=document.uri,
            fingerprint=version.canary,
            recipe="1",
            model=EMBEDDER.name,
            details=details,
            own_details={},
            media_type="text/plain",
            blob=await self.blobs.put(version.text.encode()),
            text=version.text,
            blocks=((0, len(version.text), "text", 0),),
            pages=(Page(1, 0, len(version.text), 595.0, 842.0),),
            chunks=chunks,
            vectors=await EMBEDDER.embed([each.embedded_text(version.title) for each in chunks]),
            keywords=tuple(WORDS.of_body(each.body) for each in chunks),
            problems=(),
        )


@asynccontextmanager
async def house(kind: str) -> AsyncIterator[House]:
    """Open an empty house with the index of that kind: `edge` or `server`."""
    with tempfile.TemporaryDirectory(dir=FAST) as folder:
        home = Path(folder)
        database = await _library(home / "library.db")
        make = {"model": EMBEDDER.name, "dimension": EMBEDDER.dimension}
        index: Index
        if kind == "edge":
            index = await EdgeIndex.open(home / "index", **make)  # type: ignore[arg-type]
        else:
            index = await ServerIndex.open(ServerSettings(MEMORY), **make)  # type: ignore[arg-type]
        try:
            yield House(home, database, index)
        finally:
            await index.close()
            await database.close()


async def _library(path: Path) -> Database:
    """Return an empty library; its tables are made once and copied."""
    if _EMPTY:
        await asyncio.to_thread(path.write_bytes, _EMPTY[0])
        return Database(f"sqlite:///{path}")
    database = Database(f"sqlite:///{path}")
    await database.migrate()
    await database.close()
    _EMPTY.append(await asyncio.to_thread(path.read_bytes))
    return database


def batched(seeds: range, size: int = 10) -> list[range]:
    """Return the seeds in pieces: what was removed slows an index down that nobody optimises."""
    return [seeds[at : at + size] for at in range(0, len(seeds), size)]


def _addition(added: Added) -> Addition:
    document = None if added.born is None else document_id_of(added.source, added.born)
    return Addition(Effect(added.effect), added.reader, added.source, document, REASON)


def _chunks(lines: list[str]) -> Iterable[Chunk]:
    start = 0
    for ordinal, line in enumerate(lines):
        end = start + len(line)
        yield Chunk(ordinal, start, end, 1, (), line, (Span(start, end, 1),))
        start = end + 1
