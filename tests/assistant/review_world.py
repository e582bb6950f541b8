"""A firm with a queue: real tables, record and library, and a model over HTTP that may lie."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from assistant.assistant import Assistant
from assistant.carried import Bounds, Verifier
from assistant.compose import Composer
from assistant.http.app import create_app
from assistant.http.health import Part
from assistant.http.parts import Parts
from assistant.quotes import Quoter
from assistant.recorded import Recorded
from assistant.review.approving import Judging
from assistant.review.review import Review
from assistant.sglang import SGLang
from assistant.signin.signin import Options
from assistant.writer import Writer
from retrieval.access import Principal
from retrieval.audit.reading import Choice
from retrieval.audit.record import Desk, KeptRecord
from retrieval.drafts.drafts import Drafts
from retrieval.people.directory import Directory
from retrieval.people.people import Role
from retrieval.retriever import Found, Retrieved
from retrieval.review.case import Case
from retrieval.review.cases import Cases
from tests.assistant.signin.door import Door, sign_in
from tests.assistant.test_quotes import ANSWERS
from tests.deploy.test_writing import Citing
from tests.retrieval.made_candidates import EMBEDDER, WORDS, retrieved_of
from tests.shelves import Shelves

__all__ = ["Citing"]

LEASE = "The tenant must give notice of ninety days before the lease ends."
BOARD = "The zqboard plan costs 5,000 euros and starts in May."
ASKED = "How much notice must the tenant give?"
TRUE = (LEASE, "ninety days")
LIE = (LEASE.replace("ninety", "sixty"), "ninety days")
LEAK = ("The zqboard plan costs 6,000 euros.", "no such words")


class Shelf:
    """Finds every passage that the asker may read."""

    def __init__(self, shelves: Shelves) -> None:
        self._shelves = shelves

    async def retrieve(self, text: str, *, principal: Principal, **_: object) -> Retrieved:
        ids = await self._shelves.passage_ids()
        passages = await self._shelves.library.passages(ids, principal=principal)
        found = tuple(Found(each, 1.0) for each in passages.values())
        return replace(await retrieved_of(text, [("none", "none")]), found=found)


@dataclass
class Firm:
    """Ann is on the board, bob is not. Rosa (on the board) and rita review; mara administers."""

    shelves: Shelves
    door: Door
    record: KeptRecord
    review: Review
    model: Citing
    recorded: Recorded

    @property
    def cases(self) -> Cases:
        return self.review.cases

    def parts(self, **more: Any) -> Parts:
        ready: dict[str, Any] = {
            "assistant": Part.ready("assistant", self.recorded),
            "review": Part.ready("review", self.review),
            "real": self.shelves.library,
        }
        return self.door.parts(**(ready | more))

    @asynccontextmanager
    async def program(self, name: str) -> AsyncIterator[httpx.AsyncClient]:
        """Lend what asks with a token of somebody's."""
        token = await self.door.token(name, "ask", "search", "read", "review")
        headers = {"Authorization": f"Bearer {token}"}
        async with self._client(headers=headers) as http:
            yield http

    @asynccontextmanager
    async def browser(self, name: str) -> AsyncIterator[httpx.AsyncClient]:
        """Lend a browser in which somebody is signed in."""
        async with self._client(headers={"Sec-Fetch-Site": "same-origin"}) as http:
            assert (await sign_in(http, name)).status_code == 303
            yield http

    async def ask(self, name: str, question: str = ASKED, **more: str) -> dict[str, Any]:
        """Ask as somebody; what becomes of it is in the queue on return."""
        async with self.program(name) as http:
            response = await http.post("/api/ask", json={"question": question, **more})
        assert response.status_code == 200, response.text
        await self.settle()
        reply: dict[str, Any] = response.json()
        return reply

    async def settle(self) -> None:
        """Wait until no case waits to be written."""
        while (task := self.review.queueing._task) is not None and not task.done():
            await asyncio.wait({task})

    async def kept(self) -> list[Case]:
        return await self.cases.listed()

    async def noted(self) -> list[dict[str, Any]]:
        return await self.record.latest(Choice(), Desk("test", "test"), limit=100)

    def _client(self, **more: Any) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(
            create_app(self.parts()), raise_app_exceptions=False, client=("10.1.2.3", 4711)
        )
        return httpx.AsyncClient(transport=transport, base_url="http://testserver", **more)


@asynccontextmanager
async def firm(folder: Path, model: Citing, url: str = "") -> AsyncIterator[Firm]:
    """Open the firm; `url` is its database, `model` a running stand-in."""
    shelves = Shelves(folder, url)
    await shelves.database.migrate()
    record = await KeptRecord.open(folder / "audit")
    door = Door(shelves.database, Options(address="http://testserver"), record=record)  # type: ignore[arg-type]
    await door.add("ann", ["board"])
    await door.add("bob")
    await door.add("rosa", ["board"], [Role.REVIEWER])
    await door.add("rita", roles=[Role.REVIEWER])
    await door.add("mara", roles=[Role.ADMIN])
    await shelves.put("lease.txt", LEASE)
    await shelves.put("board.txt", BOARD, readers=frozenset({"group:board"}))
    review = Review.over(
        Cases(shelves.database, record), Drafts(shelves.database, record), shelves.library, record
    ).with_approved(
        shelves.database,
        record,
        shelves.library,
        Directory(shelves.database),
        Judging.of(EMBEDDER, WORDS.terms),
    )
    sglang = SGLang(model.url, "Some-8B")
    checking = Verifier(EMBEDDER, WORDS.terms, Bounds.load())
    writer = Writer(Composer(str, b"s" * 32), sglang, checking)
    quoter = Quoter(EMBEDDER, WORDS.terms, ANSWERS)
    assistant = Assistant(Shelf(shelves), quoter, writer=writer, approved=review.first)  # type: ignore[arg-type]
    recorded = Recorded(assistant, record, "Some-8B, settings 1", review.queueing)
    try:
        yield Firm(shelves, door, record, review, model, recorded)
    finally:
        await review.queueing.close()
        await sglang.close()
        await record.close()
        await shelves.database.close()
