"""The entrance over the real library: what the tests' own shelf promises, it keeps."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from sqlalchemy import select

from retrieval.blobs import Blobs
from retrieval.database import Database
from retrieval.documents import Details
from retrieval.keywords import Keywords
from retrieval.library import Library
from retrieval.shelf import Shelf
from retrieval.staging import Chunk, NewVersion
from retrieval.tables import passages, versions
from tests.assistant.http_client import client, read
from tests.assistant.http_documents import Held
from tests.assistant.http_firm import firm
from tests.assistant.http_world import ANN, BOB, asking_as, make_parts, passages_of

pytestmark = pytest.mark.slow


@pytest.fixture
async def library(tmp_path: Path) -> AsyncIterator[Library]:
    database = Database(f"sqlite:///{tmp_path}/library.db")
    await database.migrate()
    blobs = Blobs(tmp_path / "blobs")
    shelf = Shelf(database)
    for held in firm():
        await shelf.publish(await shelf.stage(await new_version(held, blobs)))
    yield Library(database, blobs)
    await database.close()


async def new_version(held: Held, blobs: Blobs) -> NewVersion:
    version = held.version
    chunks = tuple(
        Chunk(at, each.start, each.end, each.page, each.headings, each.text, each.sentences)
        for at, each in enumerate(passages_of(held))
    )
    details = Details(
        version.title,
        version.kind,
        version.readers,
        version.declared,
        version.owner,
        version.link,
        version.parties,
        version.effective_from,
        version.expires_on,
    )
    return NewVersion(
        source=version.source,
        uri=version.uri,
        fingerprint=str(version.id),
        recipe="test",
        model="test",
        details=details,
        own_details={},
        media_type=version.media_type,
        blob=await blobs.put(held.original),
        text=held.text,
        blocks=tuple((each.start, each.end, each.kind, each.depth) for each in held.blocks),
        pages=held.pages,
        chunks=chunks,
        vectors=np.zeros((len(chunks), 4), np.float32),
        keywords=(Keywords(np.zeros(0, np.uint32), np.zeros(0, np.float32)),) * len(chunks),
        problems=(),
    )


def over(library: Library, *, as_bob: bool = False) -> httpx.AsyncClient:
    """Return a client over the real library; only opening is asked of it."""
    return client(make_parts(real=library, authenticate=asking_as(BOB if as_bob else ANN)))


async def documents_of(library: Library) -> dict[str, str]:
    listed = [*await library.all_versions(principal=ANN)]
    return {each.title: each.document_id for each in listed}


async def test_opens_a_drawn_page_with_its_words_lit(library: Library) -> None:
    ids = await documents_of(library)
    contract = ids["Master Services Agreement, Northwind Logistics"]
    async with over(library) as http:
        stored = (await http.get(f"/api/documents/{contract}/versions/1/text")).json()["text"]
        start = stored.index("ninety (90) days")
        path = f"/source/{contract}/1?start={start}&end={start + 16}"
        page = read((await http.get(path)).text)
        image = await http.get(f"/api/documents/{contract}/versions/1/pages/3.png?width=200")
        original = await http.get(f"/api/documents/{contract}/versions/1/original")
    assert [values.get("class") for _, values in page.elements].count("lit") == 1
    assert image.content.startswith(b"\x89PNG")
    assert original.content.startswith(b"%PDF")


async def test_opens_text_with_its_structure_and_its_history(library: Library) -> None:
    policy = (await documents_of(library))["Travel and expenses policy"]
    async with over(library) as http:
        body = (await http.get(f"/api/documents/{policy}")).json()
        page = (await http.get(f"/source/{policy}/1?start=28&end=39")).text
    assert [each["status"] for each in body["versions"]] == ["approved", "superseded"]
    assert "<mark>" in page
    assert "This version has been superseded." in page


async def test_hides_what_bob_may_not_read_as_if_it_were_not_there(library: Library) -> None:
    contract = (await documents_of(library))["Master Services Agreement, Northwind Logistics"]
    async with over(library, as_bob=True) as http:
        for path in ("", "/versions/1", "/versions/1/text", "/versions/1/pages/1.png"):
            hidden = await http.get(f"/api/documents/{contract}{path}")
            missing = await http.get(f"/api/documents/{'0' * 32}{path}")
            assert hidden.status_code == missing.status_code == 404
            assert hidden.content == missing.content


async def test_a_passage_is_found_by_its_number_or_not_at_all(
    library: Library, tmp_path: Path
) -> None:
    policy = (await documents_of(library))["Travel and expenses policy"]
    database = Database(f"sqlite:///{tmp_path}/library.db")
    of_policy = select(versions.c.id).where(versions.c.document_id == policy)
    one = select(passages.c.id).where(passages.c.version_id.in_(of_policy)).limit(1)
    async with database.transaction() as connection:
        number = (await connection.execute(one)).scalar_one()
    await database.close()
    async with over(library) as http:
        found = await http.get(f"/api/passages/{number}")
        missing = await http.get("/api/passages/4611686018427387904")
    assert found.json()["text"]
    assert missing.status_code == 404
