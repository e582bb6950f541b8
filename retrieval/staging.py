"""Writing a version's rows where nobody sees them yet."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from retrieval.documents import Details, Page, Span, now
from retrieval.embedder import Vectors
from retrieval.journal import context_of, note
from retrieval.keywords import Keywords
from retrieval.rows import from_date
from retrieval.tables import documents, pages, passages, texts, vectors, versions
from retrieval.timeline import foresee


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage to be: `page` is the number of the page it starts on."""

    ordinal: int
    start: int
    end: int
    page: int | None
    headings: tuple[str, ...]
    text: str
    sentences: tuple[Span, ...]

    @property
    def body(self) -> str:
        """Return heading path and text, a line each: what ranking counts keywords in."""
        return "\n".join(part for part in (" › ".join(self.headings), self.text) if part)

    def embedded_text(self, title: str) -> str:
        """Return what is embedded: title, heading path and text, a line each."""
        return "\n".join((context_of(title, self.headings), self.text))


@dataclass(frozen=True, slots=True)
class NewVersion:
    """Everything about a version before it has an id.

    `vectors` and `keywords` have one row per chunk; `own_details` is what the content says of
    itself.
    """

    source: str
    uri: str
    fingerprint: str
    recipe: str
    model: str
    details: Details
    own_details: Mapping[str, str]
    media_type: str
    blob: str
    text: str
    blocks: tuple[tuple[int, int, str, int], ...]
    pages: tuple[Page, ...]
    chunks: tuple[Chunk, ...]
    vectors: Vectors
    keywords: tuple[Keywords, ...]
    problems: tuple[str, ...]


async def stage_version(connection: AsyncConnection, new: NewVersion) -> int:
    """Write a version and all that belongs to it, unpublished, and return its id."""
    document_id = await _document_row(connection, new)
    await _drop_staged(connection, document_id)
    version_id = await _version_row(connection, document_id, new)
    await _content_rows(connection, version_id, new)
    await foresee(connection, version_id)
    await note(connection, "put", [version_id])
    return version_id


def document_id_of(source: str, uri: str) -> str:
    """Return the id for a document first seen here; it keeps that id wherever it moves."""
    return hashlib.sha256(f"{source}\0{uri}".encode()).hexdigest()[:24]


def digest_of(text: str) -> str:
    """Return a short hash of an embedded text, to find its vector again."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


async def _document_row(connection: AsyncConnection, new: NewVersion) -> str:
    here = (documents.c.source == new.source, documents.c.uri == new.uri)
    await connection.execute(delete(documents).where(*here, documents.c.removed_at.is_not(None)))
    present = (await connection.execute(select(documents.c.id).where(*here))).scalar()
    if present is not None:
        return str(present)
    document_id = document_id_of(new.source, new.uri)
    taken = select(documents.c.id).where(documents.c.id == document_id)
    if (await connection.execute(taken)).first() is not None:
        document_id = secrets.token_hex(12)
    await connection.execute(
        insert(documents).values(id=document_id, source=new.source, uri=new.uri)
    )
    return document_id


async def _drop_staged(connection: AsyncConnection, document_id: str) -> None:
    staged = select(versions.c.id).where(
        versions.c.document_id == document_id, versions.c.published == 0
    )
    ids = list((await connection.execute(staged)).scalars())
    if ids:
        await note(connection, "drop", ids)
        await connection.execute(delete(versions).where(versions.c.id.in_(ids)))


async def _version_row(connection: AsyncConnection, document_id: str, new: NewVersion) -> int:
    highest = select(func.coalesce(func.max(versions.c.number), 0)).where(
        versions.c.document_id == document_id
    )
    number = (await connection.execute(highest)).scalar_one() + 1
    statement = insert(versions).returning(versions.c.id)
    values = {
        "document_id": document_id,
        "number": number,
        "published": 0,
        "media_type": new.media_type,
        "blob": new.blob,
        "recipe": new.recipe,
        "characters": len(new.text),
        "pages": len(new.pages),
        "problems": list(new.problems),
        "added_at": now(),
        "in_force_start": 0,
        "in_force_end": 0,
        "fingerprint": new.fingerprint,
        "own_details": dict(new.own_details),
        **detail_values(new.details),
    }
    return int((await connection.execute(statement.values(**values))).scalar_one())


def detail_values(details: Details) -> dict[str, object]:
    """Return the columns of `versions` that a source's details fill."""
    return {
        "title": details.title,
        "kind": details.kind.value,
        "declared": details.status.value,
        "owner": details.owner,
        "link": details.link,
        "parties": list(details.parties),
        "effective_from": from_date(details.effective_from),
        "expires_on": from_date(details.expires_on),
        "stated_readers": sorted(details.readers),
        "supersedes": details.supersedes,
    }


async def _content_rows(connection: AsyncConnection, version_id: int, new: NewVersion) -> None:
    await connection.execute(
        insert(texts).values(
            version_id=version_id, text=new.text, blocks=[list(b) for b in new.blocks]
        )
    )
    if new.pages:
        await connection.execute(
            insert(pages),
            [
                {
                    "version_id": version_id,
                    "number": page.number,
                    "start": page.start,
                    "end": page.end,
                    "width": page.width,
                    "height": page.height,
                    "boxes": page.boxes,
                }
                for page in new.pages
            ],
        )
    if new.chunks:
        await _passage_rows(connection, version_id, new)


async def _passage_rows(connection: AsyncConnection, version_id: int, new: NewVersion) -> None:
    statement = insert(passages).returning(passages.c.id, sort_by_parameter_order=True)
    ids = (
        await connection.execute(
            statement,
            [
                _passage_values(version_id, chunk, words)
                for chunk, words in zip(new.chunks, new.keywords, strict=True)
            ],
        )
    ).scalars()
    await connection.execute(
        insert(vectors),
        [
            {
                "passage_id": passage_id,
                "model": new.model,
                "digest": digest_of(chunk.embedded_text(new.details.title)),
                "vector": np.ascontiguousarray(vector, np.float32).tobytes(),
            }
            for passage_id, chunk, vector in zip(ids, new.chunks, new.vectors, strict=True)
        ],
    )


def _passage_values(version_id: int, chunk: Chunk, words: Keywords) -> Mapping[str, object]:
    return {
        "version_id": version_id,
        "ordinal": chunk.ordinal,
        "start": chunk.start,
        "end": chunk.end,
        "page": chunk.page,
        "headings": json.dumps(chunk.headings, ensure_ascii=False),
        "text": chunk.text,
        "sentences": json.dumps([[each.start, each.end, each.page] for each in chunk.sentences]),
        "terms": words.to_bytes(),
    }
