"""The whole way in, with real parts and a hashed embedder, and questions to what came of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from connectors.registry import open_connector
from ingest.chunker import Chunker
from ingest.indexer import Indexer
from ingest.parser import SandboxedParser
from ingest.pipeline import Pipeline
from ingest.stores import Stores
from ingest.summary import Tally
from retrieval.access import Principal
from retrieval.blobs import Blobs
from retrieval.database import Database
from retrieval.documents import Scope, now
from retrieval.embedder import Vectors
from retrieval.failures import Failures
from retrieval.index import Index, Point
from retrieval.journal import Journal
from retrieval.library import Library
from retrieval.qdrant.bm25 import Words
from retrieval.qdrant.edge import EdgeIndex
from retrieval.ranking import Ranker
from retrieval.retriever import Retriever
from retrieval.sandbox import Sandbox
from retrieval.shelf import Shelf
from retrieval.sources import Sources
from tests.retrieval.hashed_embedder import HashedEmbedder
from tests.retrieval.records import RememberingRecord

ME = Principal.person("me")


class CountingEmbedder(HashedEmbedder):
    """Counts the texts it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    async def embed(self, texts: Sequence[str]) -> Vectors:
        self.count += len(texts)
        return await super().embed(texts)


class Works:
    """A library, an index and the pipeline that fills them from folders."""

    def __init__(self, home: Path, database: Database, index: Index) -> None:
        self.home, self.database, self.index = home, database, index
        self.blobs, self.shelf = Blobs(home / "blobs"), Shelf(database)
        self.journal, self.sources = Journal(database), Sources(database)
        self.failures, self.library = Failures(database), Library(database, self.blobs)
        self.embedder = CountingEmbedder()
        self.indexer = Indexer(self.journal, index)
        self.parser: Any = SandboxedParser(Sandbox({}))
        self.record: Any = RememberingRecord()
        self.pipeline = self.joined()

    def joined(self) -> Pipeline:
        """Return a pipeline of the parts as they are now."""
        stores = Stores(self.shelf, self.blobs, self.failures, self.sources, self.indexer)
        words = Words().of_body
        return Pipeline(stores, self.parser, Chunker(), self.embedder, words, self.record)

    async def watch(self, folder: Path, **options: Any) -> None:
        """Make the folder a source called `s`; without options, mine."""
        await self.sources.put("s", "files", str(folder), {"readers": ["user:me"], **options})

    async def sync(self) -> Tally:
        """Take in what changed."""
        return await self.pipeline.sync("s", open_connector, lambda _: None)

    async def find(
        self, words: str, principal: Principal = ME, as_of: int | None = None
    ) -> list[str]:
        """Return the texts found, best first."""
        retriever = Retriever(
            self.library, self.index, self.embedder, Ranker.load(Words().terms), Words().terms
        )
        scope = Scope(as_of=now() if as_of is None else as_of)
        found = await retriever.search(words, principal=principal, scope=scope, limit=50)
        return [each.passage.text for each in found]

    async def texts(self) -> dict[str, str]:
        """Return the newest text of every document that I may read, by URI."""
        newest = {each.uri: each for each in await self.library.all_versions(principal=ME)}
        return {
            uri: (await self.library.text(each, principal=ME)).text for uri, each in newest.items()
        }

    async def assert_in_step(self) -> None:
        """Assert that the index holds what the library does, point for point."""
        indexed = [_plain(each) async for each in self.index.scan()]
        stored = [_plain(each) for each in await self.journal.points(0, 100_000)]
        assert indexed == stored

    async def assert_tidy(self) -> None:
        """Assert that nothing is left over: nothing staged, no original nobody refers to."""
        async with self.database.transaction() as connection:
            for statement in _LEFT_OVER:
                assert (await connection.exec_driver_sql(statement)).all() == [], statement
            used = set((await connection.exec_driver_sql("SELECT blob FROM versions")).scalars())
        assert await self.blobs.names() == used


@asynccontextmanager
async def works(home: Path) -> AsyncIterator[Works]:
    """Open the parts in a folder, as at every start, and close them again."""
    database = Database(f"sqlite:///{home / 'library.db'}")
    await database.migrate()
    index = await EdgeIndex.open(
        home / "index", model=HashedEmbedder().name, dimension=HashedEmbedder().dimension
    )
    try:
        opened = Works(home, database, index)
        await opened.indexer.bring_along()
        yield opened
    finally:
        await index.close()
        await database.close()


_LEFT_OVER = (
    "SELECT id FROM versions WHERE published = 0",
    "SELECT id FROM documents WHERE published_id IS NULL OR removed_at IS NOT NULL",
    "SELECT id FROM passages WHERE version_id NOT IN (SELECT id FROM versions)",
    "SELECT passage_id FROM vectors WHERE passage_id NOT IN (SELECT id FROM passages)",
    "SELECT version_id FROM texts WHERE version_id NOT IN (SELECT id FROM versions)",
    "SELECT version_id FROM readers WHERE version_id NOT IN (SELECT id FROM versions)",
)


def _plain(point: Point) -> tuple[int, list[float], object]:
    return point.id, [round(float(each), 5) for each in point.vector], point.labels
