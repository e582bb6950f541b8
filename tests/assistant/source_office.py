"""An office whose sources are real: a folder, a pipeline that fills a library, and a keeper."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from assistant.administration import Administration
from assistant.http.app import create_app
from assistant.http.health import Part
from assistant.signin.signin import Options
from deploy.keeping import Keeper
from deploy.uploading import UploadFolder
from ingest.parser import Reading
from retrieval.audit.reading import Choice
from retrieval.audit.record import Desk, KeptRecord
from retrieval.census import Census
from retrieval.people.glass import Glasses
from retrieval.people.grants import Grants
from retrieval.people.people import Role
from retrieval.stops import Stops
from tests.assistant.signin.door import Door, form_token, sign_in
from tests.ingest.works import Works, works

MOST_BYTES = 2_000_000


class GatedParser:
    """Reads as the real one does, once the gate is open."""

    def __init__(self, parser: Any) -> None:
        self._parser = parser
        self.gate = asyncio.Event()
        self.gate.set()
        self.came = asyncio.Event()

    async def parse(self, raw: bytes, media_type: str, name: str) -> Reading:
        self.came.set()
        await self.gate.wait()
        reading: Reading = await self._parser.parse(raw, media_type, name)
        return reading


@dataclass
class SourceOffice:
    """Mara administers, olga operates and is in support, bob is in support, rita reviews."""

    at: Works
    door: Door
    record: KeptRecord
    folder: Path
    parser: GatedParser
    keeper: Keeper
    uploads: UploadFolder
    administration: Administration

    @asynccontextmanager
    async def signed_in(self, name: str) -> AsyncIterator[httpx.AsyncClient]:
        async with self.browser() as http:
            assert (await sign_in(http, name)).status_code == 303
            yield http

    def browser(self) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(
            create_app(self.parts()), raise_app_exceptions=False, client=("10.1.2.3", 4711)
        )
        headers = {"Sec-Fetch-Site": "same-origin"}
        return httpx.AsyncClient(transport=transport, base_url="http://testserver", headers=headers)

    def parts(self) -> Any:
        return self.door.parts(
            administration=Part.ready("administration", self.administration),
            real=self.at.library,
            record=self.record,
            file_bytes=MOST_BYTES,
        )

    async def noted(self) -> list[dict[str, Any]]:
        return await self.record.latest(Choice(), Desk("test", "test"), limit=100)

    async def settled(self) -> None:
        """Wait until nothing is synced and nothing waits."""
        async with asyncio.timeout(60):
            while self.keeper.under_way or self.keeper.waiting:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


@asynccontextmanager
async def source_office(tmp_path: Path) -> AsyncIterator[SourceOffice]:
    """Lend an office with one source, `contracts`, that was never synced."""
    folder = tmp_path / "contracts"
    folder.mkdir()
    (folder / "lease.txt").write_text("The lease ends in June.")
    home = tmp_path / "home"
    home.mkdir()
    async with works(home) as at:
        record = await KeptRecord.open(home / "audit")
        at.record = record
        parser = at.parser = GatedParser(at.parser)
        at.pipeline = at.joined()
        door = Door(at.database, Options(address="http://testserver"), record=record)
        await door.add("mara", roles=[Role.ADMIN])
        await door.add("stew", roles=[Role.ADMIN, Role.STEWARD])
        await door.add("olga", ["support"], [Role.OPERATOR])
        await door.add("bob", ["support"])
        await door.add("rita", ["legal"], [Role.REVIEWER])
        await at.sources.put("contracts", "files", str(folder), {"readers": ["group:legal"]})
        stops = Stops(at.database, record)
        keeper = Keeper(at.pipeline, at.sources, at.failures, stops, 300)
        census = Census(at.database)
        uploads = UploadFolder(home / "uploads", MOST_BYTES, record, at.sources, census, keeper)
        administration = Administration(
            directory=door.directory,
            credentials=door.credentials,
            grants=Grants(at.database, record),
            glass=Glasses(at.database, record),
            stops=stops,
            record=record,
            sources=at.sources,
            census=census,
            bring_along=at.indexer.bring_along,
            keeping=keeper,
            uploads=uploads,
        )
        office = SourceOffice(at, door, record, folder, parser, keeper, uploads, administration)
        yield office
        parser.gate.set()
        await office.settled()
        await keeper.close()
        await record.close()


async def send(http: httpx.AsyncClient, path: str, **fields: str) -> httpx.Response:
    """Send a form as a page made for this browser would."""
    token = form_token((await http.get("/")).text)
    return await http.post(path, data=fields | {"form_token": token})
