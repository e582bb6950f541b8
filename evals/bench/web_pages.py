"""How long the web pages take to make where there is much, and what of that grows with it.

`python -m evals.bench.web_pages [DOCUMENTS]`: two houses, one with a tenth of the documents of the
other, each served over HTTP on loopback, without a browser. Each page is asked for once, then some
times more. `to_tenth` is a page's median over that of the same page in the smaller house: with ten
times as much, 1 is what does not grow, 10 what grows as the library does. `cpu_ms` is what server
and client computed, whatever else the machine did. `statements` are those that SQL was asked.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import httpx
import numpy as np
from sqlalchemy import Engine, event
from starlette.responses import Response

from assistant.http.app import create_app
from assistant.http.parts import Parts
from assistant.signin.signin import SignIn
from deploy.door import bind
from deploy.serving import Serving
from deploy.settings import Settings
from deploy.web_server import web_server
from evals.bench import house
from evals.bench.ports import free_port
from pincite import join
from retrieval.documents import day_of, now
from retrieval.embedder import Embedder
from retrieval.governance.decision import Chosen

DOCUMENTS: Final = 20_000
RUNS: Final = 15
_FURTHER: Final = re.compile(r'href="(/conversations\?before=[^"]+)"')
_MIDDLE: Final = quote(json.dumps(["loan report 44", ""]))
_YEAR_SECONDS: Final = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Served:
    """A house that is served: a client for each of its people, and the addresses of its pages."""

    clients: Mapping[str, httpx.AsyncClient]
    pages: Mapping[str, str]

    def of(self, who: str) -> list[tuple[str, str]]:
        """Return the pages of a person's: one has all, the others what depends on reading."""
        every = who == house.WHOLE
        read = ("search", "documents")
        return [each for each in self.pages.items() if every or each[0].startswith(read)]


async def bench(
    top: Path,
    documents: int = DOCUMENTS,
    runs: int = RUNS,
    embedder: Embedder | None = None,
    others: house.Size | None = None,
) -> dict[str, Any]:
    """Return what each page takes in a house of so many documents, and beside one of a tenth.

    `others` says how much there is of all but documents, in both.
    """
    size = replace(others or house.Size(documents), documents=documents)
    smaller = replace(size, documents=documents // 10)
    tenth = await _measured(top / "tenth", smaller, runs, embedder)
    whole = await _measured(top / "whole", size, runs, embedder)
    for who, pages in whole.items():
        for name, figures in pages.items():
            figures["to_tenth"] = round(figures["p50_ms"] / tenth[who][name]["p50_ms"], 2)
    return {"documents": documents, **whole}


async def _measured(
    home: Path, size: house.Size, runs: int, embedder: Embedder | None
) -> dict[str, dict[str, Any]]:
    async with served(home, size, embedder) as there:
        return {
            who: {name: await timed(client, address, runs) for name, address in there.of(who)}
            for who, client in there.clients.items()
        }


async def timed(client: httpx.AsyncClient, address: str, runs: int) -> dict[str, float]:
    """Return what a page takes: it is asked for once, then so many times more."""
    page = (await client.get(address)).raise_for_status()
    taken: list[float] = []
    began = time.process_time()
    with counted() as statements:
        for _ in range(runs):
            started = time.perf_counter()
            page = (await client.get(address)).raise_for_status()
            taken.append(1_000 * (time.perf_counter() - started))
    middle, late = np.percentile(taken, (50, 95))
    return {
        "p50_ms": round(float(middle), 1),
        "p95_ms": round(float(late), 1),
        "cpu_ms": round(1_000 * (time.process_time() - began) / runs, 1),
        "kb": round(len(page.content) / 1_000, 1),
        "statements": round(len(statements) / runs, 1),
    }


@contextmanager
def counted() -> Iterator[list[str]]:
    """Lend a list to which every statement is added that this process asks of SQL in the block."""
    said: list[str] = []

    def listen(*told: Any) -> None:
        said.append(told[2])

    event.listen(Engine, "before_cursor_execute", listen)
    try:
        yield said
    finally:
        event.remove(Engine, "before_cursor_execute", listen)


@asynccontextmanager
async def served(
    home: Path, size: house.Size, embedder: Embedder | None = None
) -> AsyncGenerator[Served, None]:
    """Serve a house, filled first if it is empty, while the block runs."""
    settings = Settings(pincite_home=home, pincite_port=free_port(), pincite_sync_minutes=1440)
    joined = partial(join, embedder=embedder)
    async with AsyncExitStack() as stack:
        serving = await stack.enter_async_context(Serving(settings, joined))
        parts = await serving.parts()
        if not await parts.journal.count():
            await house.move_in(parts, size)
        http = serving.http_parts(None, ())
        assert http.sign_in
        door = await http.sign_in.get(wait_seconds=60)
        await http.searching.get(wait_seconds=60)
        url = await stack.enter_async_context(_listening(settings, http))
        clients = {}
        for name in house.PEOPLE:
            client = httpx.AsyncClient(base_url=url, headers=await _cookie(door, name), timeout=120)
            clients[name] = await stack.enter_async_context(client)
        principal = await parts.directory.principal(house.WHOLE)
        listed = await parts.governing.listed(Chosen(title=house.LONG), principal=principal)
        pages = await _pages(clients[house.WHOLE], listed.lines[0].document_id)
        yield Served(clients, pages)


async def _cookie(door: SignIn, name: str) -> dict[str, str]:
    """Return a session of a person's, as a browser sends it."""
    told = Response()
    door.cookies.session.write(told, await door.sessions.begin(name, "benchmark", "web"))
    return {"Cookie": told.headers["set-cookie"].split(";")[0]}


@asynccontextmanager
async def _listening(settings: Settings, http: Parts) -> AsyncGenerator[str, None]:
    listener = bind(settings)
    server = web_server(create_app(http))
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield f"http://127.0.0.1:{settings.pincite_port}"
    finally:
        server.should_exit = True
        await running


async def _pages(client: httpx.AsyncClient, long: str) -> dict[str, str]:
    """Return the address of each page that is looked at, by what it is."""
    then = day_of(now() - 2 * _YEAR_SECONDS)
    first = (await client.get("/conversations")).raise_for_status().text
    further = _FURTHER.search(first)
    search = "/search/results"
    pages = {
        "ask": "/",
        "search: nothing yet": "/search",
        "search: words": f"{search}?q=w12+w345+w6000",
        "search: facets": f"{search}?q=w12+w345&kind=contract&source=source-3",
        "search: facets alone": f"{search}?kind=policy&year={then.year}",
        "search: phrase": f"{search}?q=%22w1+w2%22",
        "search: rare phrase": f"{search}?q=%22w120+w345%22",
        "search: in titles": f"{search}?q=title:lease",
        "search: as of": f"{search}?q=w12+w345&as_of={then}",
        "documents": "/documents",
        "documents: later": f"/documents?after={_MIDDLE}",
        "documents: title": "/documents?title=lease+agreement",
        "documents: owner": "/documents?owner=Owner+3",
        "documents: by review": "/documents?order=review",
        "documents: by source": "/documents?order=source",
        "documents: mine": "/documents?show=mine",
        "saved searches": "/searches",
        "conversations": "/conversations",
        "conversations: found": "/conversations?q=Lease",
        "source: pages": f"/source/{long}/1",
        "source: text": f"/source/{long}/1?view=text",
        "source: found": f"/source/{long}/1?find=w1",
        "admin": "/admin",
        "admin: sources": "/admin/sources",
        "admin: one source": "/admin/sources/one?source=source-3",
        "admin: record": "/admin/record",
        "admin: record of one": "/admin/record?person=person-7&act=ask",
        "admin: record of a document": "/admin/record?document=" + f"{123:024x}",
        "admin: record with words": "/admin/record?text=case+99",
        "review": "/review",
    }
    return pages | ({"conversations: next": unescape(further[1])} if further else {})


def main(arguments: list[str]) -> None:
    """Print the figures."""
    documents = int(arguments[0]) if arguments else DOCUMENTS
    with tempfile.TemporaryDirectory(prefix="pincite-pages-") as folder:
        print(json.dumps(asyncio.run(bench(Path(folder), documents)), indent=2))


if __name__ == "__main__":
    main(sys.argv[1:])
