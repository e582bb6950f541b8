"""Pages where there is much: each answers, is light, asks SQL as often, and leaves nothing out."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import httpx
import pytest

from evals.bench import house
from evals.bench.house import FEW, HALF, WHOLE, Size
from evals.bench.web_pages import bench, counted, served
from tests.retrieval.hashed_embedder import HashedEmbedder

pytestmark = pytest.mark.slow

SMALL = Size(200, conversations=120, searches=3, events=400, cases=60)
HEAVIEST_BYTES = 300_000
TEXT_BYTES = 400_000
MOST_STATEMENTS = 60
EVERYWHERE_ALIKE = ("documents", "conversations", "admin", "review")
SIZES = [replace(SMALL, documents=400), pytest.param(Size(20_000), marks=pytest.mark.deep)]
_DOCUMENT = re.compile(r'class="pin-title"[^>]* href="/source/([^/"]+)/')
_NEXT = re.compile(r'href="(/documents\?[^"]*after=[^"]*)"')
_POLLED = "FROM stops"
"""A server looks every second at what is stopped, whoever asks for what."""


async def told(client: httpx.AsyncClient, address: str) -> tuple[int, int]:
    """Return how many bytes a page has, and how many statements SQL was asked for it."""
    assert (await client.get(address)).status_code == 200, address
    with counted() as said:
        page = await client.get(address)
    assert page.status_code == 200, address
    return len(page.content), sum(_POLLED not in each for each in said)


async def listed(client: httpx.AsyncClient, address: str) -> list[str]:
    """Return the documents of a list, page after page to its end."""
    found: list[str] = []
    while address:
        page = (await client.get(address)).raise_for_status().text
        found += _DOCUMENT.findall(page)
        further = _NEXT.search(page)
        address = unescape(further[1]) if further else ""
    return found


@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size.documents))
async def test_pages_stay_as_light_where_there_is_much(tmp_path: Path, size: Size) -> None:
    embedder, statements = HashedEmbedder(384), {}
    async with served(tmp_path / "small", SMALL, embedder) as there:
        for name, address in there.of(WHOLE):
            _, statements[name] = await told(there.clients[WHOLE], address)
    async with served(tmp_path / "large", size, embedder) as there:
        for who, client in there.clients.items():
            for name, address in there.of(who):
                weight, asked = await told(client, address)
                most = TEXT_BYTES if name == "source: text" else HEAVIEST_BYTES
                assert weight <= most, (name, weight)
                assert asked <= MOST_STATEMENTS, (name, asked)
                if who == WHOLE and name.startswith(EVERYWHERE_ALIKE):
                    assert asked == statements[name], name
        for order in ("title", "source", "review"):
            every = {}
            for who, part in ((WHOLE, 1), (HALF, 2), (FEW, 100)):
                found = await listed(there.clients[who], f"/documents?order={order}")
                assert len(found) == len(set(found)) == size.documents // part
                every[who] = set(found)
            assert every[WHOLE] > every[HALF] > every[FEW]


async def test_the_benchmark_tells_what_grows(tmp_path: Path) -> None:
    figures = await bench(tmp_path, 1_000, runs=2, embedder=HashedEmbedder(384), others=SMALL)

    assert figures["documents"] == 1_000
    assert set(house.PEOPLE) <= set(figures)
    for who in house.PEOPLE:
        for name in ("documents", "search: words"):
            one = figures[who][name]
            assert set(one) == {"p50_ms", "p95_ms", "cpu_ms", "kb", "statements", "to_tenth"}
    assert "conversations: next" in figures[WHOLE]
    assert not any(each.startswith("admin") for each in figures[FEW])
