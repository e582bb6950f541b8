"""Writing a version's rows where nobody sees them yet."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np
from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from retrieval.documents import Details, Page, Span, now
from retrieval.embedder import Vectors
from retrieval.journal import context_of, note
from retrieval.keywords import Keywords
from retrieval.passage_ids import runs
from retrieval.people.lapsing import rebind
from retrieval.rows import from_date
from retrieval.sources import arrivals
from retrieval.tables import documents, pages, passages, texts, vectors, versions
from retrieval.timeline import foresee


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage to be: `page` is the number of the page it starts on.

    `is_titled` is whether its document's title is embedded with it.
    """

    ordinal: int
    start: int
    end: int
    page: int | None
    headings: tuple[str, ...]
    text: str
    sentences: tuple[Span, ...]
    is_titled: bool = True

    @property
    def body(self) -> str:
        """Return heading path and text, a line each: what ranking counts keywords in."""
        return "\n".join(part for part in (" › ".join(self.headings), self.text) if part)

    def embedded_text(self, title: str) -> str:
        """Return what is embedded: title, heading path and text, a line each."""
        return "\n".join((context_of(title if self.is_titled else "", self.headings), self.text))


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


async def stage_versions(connection: AsyncConnection, every: Sequence[NewVersion]) -> list[int]:
    """Write versions of different documents and all that belongs to them, unpublished.

    Returns their ids, in the same order.
    """
    if not every:
        return []
    owners = await _document_rows(connection, every)
    await _drop_staged(connection, owners)
    made = await _version_rows(connection, owners, every)
    ids = [at for at, _ in made]
    names = [f"{owner}\0{number}" for owner, (_, number) in zip(owners, made, strict=True)]
    await _content_rows(connection, names, ids, every)
    await foresee(connection, ids)
    await note(connection, "put", ids)
    return ids


def document_id_of(source: str, uri: str) -> str:
    """Return the id for a document first seen here; it keeps that id wherever it moves."""
    return hashlib.sha256(f"{source}\0{uri}".encode()).hexdigest()[:24]


def digest_of(text: str) -> str:
    """Return a short hash of an embedded text, to find its vector again."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


async def _document_rows(connection: AsyncConnection, every: Sequence[NewVersion]) -> list[str]:
    """Return the ids of the documents, one per version, making those that do not exist yet."""
    held = await _documents_at(connection, {(new.source, new.uri) for new in every})
    fresh = {
        document_id_of(*place): place
        for new in every
        if (place := (new.source, new.uri)) not in held
    }
    taken = select(documents.c.id).where(documents.c.id.in_(fresh))
    for document_id in (await connection.execute(taken)).scalars().all():
        fresh[secrets.token_hex(12)] = fresh.pop(document_id)  # one that moved away keeps its id
    if fresh:
        await rebind(connection, fresh)
        await connection.execute(
            insert(documents),
            [{"id": at, "source": source, "uri": uri} for at, (source, uri) in fresh.items()],
        )
    held |= {place: document_id for document_id, place in fresh.items()}
    return [held[new.source, new.uri] for new in every]


async def _documents_at(
    connection: AsyncConnection, places: Set[tuple[str, str]]
) -> dict[tuple[str, str], str]:
    """Return the documents at these sources and URIs; what was removed from there is forgotten."""
    uris = {uri for _, uri in places}
    here = (documents.c.source.in_({source for source, _ in places}), documents.c.uri.in_(uris))
    held: dict[tuple[str, str], str] = {}
    gone = []
    for row in await connection.execute(select(documents).where(*here)):
        if (row.source, row.uri) in places:
            if row.removed_at is None:
                held[row.source, row.uri] = row.id
            else:
                gone.append(row.id)
    if gone:
        await connection.execute(delete(documents).where(documents.c.id.in_(gone)))
    return held


async def _drop_staged(connection: AsyncConnection, document_ids: Sequence[str]) -> None:
    staged = select(versions.c.id).where(
        versions.c.document_id.in_(document_ids), versions.c.published == 0
    )
    ids = list((await connection.execute(staged)).scalars())
    if ids:
        await note(connection, "drop", ids)
        await connection.execute(delete(versions).where(versions.c.id.in_(ids)))


async def _version_rows(
    connection: AsyncConnection, document_ids: Sequence[str], every: Sequence[NewVersion]
) -> list[tuple[int, int]]:
    """Return the id and the number of each version."""
    highest = (
        select(versions.c.document_id, func.max(versions.c.number).label("number"))
        .where(versions.c.document_id.in_(document_ids))
        .group_by(versions.c.document_id)
    )
    numbers = {row.document_id: row.number for row in await connection.execute(highest)}
    arriving = await arrivals(connection, {new.source for new in every})
    returned = (versions.c.document_id, versions.c.id, versions.c.number)
    rows = await connection.execute(
        insert(versions).returning(*returned),  # in no order
        [
            _version_values(
                new, document_id, numbers.get(document_id, 0) + 1, arriving.get(new.source)
            )
            for new, document_id in zip(every, document_ids, strict=True)
        ],
    )
    made = {row.document_id: (int(row.id), int(row.number)) for row in rows}
    return [made[document_id] for document_id in document_ids]


def _version_values(
    new: NewVersion, document_id: str, number: int, arrived_as: str | None
) -> dict[str, object]:
    return {
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
        "declared": arrived_as or new.details.status.value,
        "owner": new.details.owner,
        "arrived_as": arrived_as,
        "has_past": 0,
        "fingerprint": new.fingerprint,
        "own_details": dict(new.own_details),
        **detail_values(new.details),
    }


def detail_values(details: Details) -> dict[str, object]:
    """Return the columns of `versions` that a source's details fill."""
    return {
        "title": details.title,
        "kind": details.kind.value,
        "stated_status": details.status.value,
        "stated_owner": details.owner,
        "link": details.link,
        "parties": list(details.parties),
        "effective_from": from_date(details.effective_from),
        "expires_on": from_date(details.expires_on),
        "stated_readers": sorted(details.readers),
        "stated_denied": sorted(details.denied),
        "supersedes": details.supersedes,
    }


async def _content_rows(
    connection: AsyncConnection,
    names: Sequence[str],
    ids: Sequence[int],
    every: Sequence[NewVersion],
) -> None:
    owned = list(zip(ids, every, strict=True))
    await connection.execute(insert(texts), [_text_values(*each) for each in owned])
    paged = [_page_values(at, page) for at, new in owned for page in new.pages]
    if paged:
        await connection.execute(insert(pages), paged)
    numbers = await runs(connection, names, [len(new.chunks) for new in every])
    chunked = [
        _passage_values(number, at, chunk, words)
        for (at, new), run in zip(owned, numbers, strict=True)
        for number, chunk, words in zip(run, new.chunks, new.keywords, strict=True)
    ]
    if chunked:
        await connection.execute(insert(passages), chunked)
        numbered = zip(every, numbers, strict=True)
        vectored = [each for new, run in numbered for each in _vector_values(new, run)]
        await connection.execute(insert(vectors), vectored)


def _text_values(version_id: int, new: NewVersion) -> Mapping[str, object]:
    blocks = [list(each) for each in new.blocks]
    return {"version_id": version_id, "text": new.text, "blocks": blocks}


def _page_values(version_id: int, page: Page) -> Mapping[str, object]:
    return {
        "version_id": version_id,
        "number": page.number,
        "start": page.start,
        "end": page.end,
        "width": page.width,
        "height": page.height,
        "boxes": page.boxes,
    }


def _passage_values(
    number: int, version_id: int, chunk: Chunk, words: Keywords
) -> Mapping[str, object]:
    return {
        "id": number,
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


def _vector_values(new: NewVersion, run: range) -> Iterator[Mapping[str, object]]:
    for number, chunk, vector in zip(run, new.chunks, new.vectors, strict=True):
        yield {
            "passage_id": number,
            "model": new.model,
            "digest": digest_of(chunk.embedded_text(new.details.title)),
            "vector": np.ascontiguousarray(vector, np.float32).tobytes(),
        }
