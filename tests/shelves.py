"""Short ways to fill a library in tests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.blobs import Blobs
from retrieval.database import Database
from retrieval.documents import Details, Scope, Span, now
from retrieval.journal import Journal
from retrieval.keywords import Keywords
from retrieval.library import Library
from retrieval.shelf import Shelf
from retrieval.staging import Chunk, NewVersion

NO_WORDS = Keywords(np.zeros(0, np.uint32), np.zeros(0, np.float32))
EVERYONE = frozenset({"everyone"})


class Shelves:
    """A library in a folder, with the shelf that fills it."""

    def __init__(self, folder: Path, url: str = "") -> None:
        self.database = Database(url or f"sqlite:///{folder / 'library.db'}")
        self.blobs = Blobs(folder / "blobs")
        self.shelf = Shelf(self.database)
        self.library = Library(self.database, self.blobs)
        self.journal = Journal(self.database)

    async def put(self, uri: str, text: str = "Some words.", **details: Any) -> int:
        """Stage and publish a version and return its id."""
        version_id = await self.shelf.stage(await self.version(uri, text, **details))
        await self.shelf.publish(version_id)
        return version_id

    async def version(self, uri: str, text: str = "Some words.", **details: Any) -> NewVersion:
        """Return a version of one passage per line."""
        chunks = tuple(_chunks(text))
        stated = replace(Details(title=uri, readers=EVERYONE), **details)
        return NewVersion(
            source="folder",
            uri=uri,
            fingerprint=f"print of {text}",
            recipe="1",
            model="hashed",
            details=stated,
            own_details={},
            media_type="text/plain",
            blob=await self.blobs.put(text.encode()),
            text=text,
            blocks=((0, len(text), "text", 0),),
            pages=(),
            chunks=chunks,
            vectors=np.eye(len(chunks), 8, dtype=np.float32),
            keywords=(NO_WORDS,) * len(chunks),
            problems=(),
        )

    async def passage_ids(self) -> list[int]:
        """Return the number of every passage there is, staged or published."""
        return [each.id for each in await self.journal.points(0, 10_000)]

    async def document_id(self, uri: str) -> str:
        """Return the id of a published document."""
        return (await self.shelf.known("folder"))[uri].document_id


def today() -> Scope:
    """Return the scope of all that is in force now."""
    return Scope(as_of=now())


def _chunks(text: str) -> list[Chunk]:
    chunks, start = [], 0
    for ordinal, line in enumerate(text.split("\n")):
        end = start + len(line)
        chunks.append(Chunk(ordinal, start, end, None, (), line, (Span(start, end),)))
        start = end + 1
    return chunks
