"""Alive, ready, loading, failed."""

from __future__ import annotations

import asyncio

import pytest

from assistant.http import ask
from assistant.http.health import Part
from assistant.http.parts import Asking
from retrieval.errors import Damaged
from tests.assistant.http_client import client
from tests.assistant.http_firm import firm
from tests.assistant.http_world import ShelfLibrary, WordAssistant, make_parts


class Slow:
    """An assistant that loads when it is let."""

    def __init__(self) -> None:
        self.let = asyncio.Event()

    async def load(self) -> Asking:
        await self.let.wait()
        return WordAssistant(ShelfLibrary(firm()))


async def broken() -> Asking:
    raise Damaged("The model file has another sha256. Run `pincite models verify`.")


async def test_is_alive_before_anything_is_loaded() -> None:
    async with client(make_parts(assistant=Part("assistant", Slow().load))) as http:
        assert (await http.get("/healthz")).json() == {"status": "alive"}


async def test_is_ready_only_when_every_part_is() -> None:
    slow = Slow()
    parts = make_parts(assistant=Part("assistant", slow.load))
    for part in (parts.library, parts.assistant):
        part.start()
    async with client(parts) as http:
        await asyncio.sleep(0)
        before = await http.get("/readyz")
        slow.let.set()
        await parts.assistant.get()
        after = await http.get("/readyz")
    assert before.status_code == 503
    assert before.json()["parts"]["assistant"]["state"] == "loading"
    assert before.json()["parts"]["library"]["state"] == "ready"
    assert after.status_code == 200
    assert after.json()["ready"] is True


async def test_a_failed_part_says_why() -> None:
    parts = make_parts(assistant=Part("assistant", broken))
    async with client(parts) as http:
        asked = await http.post("/api/ask", json={"question": "a"})
        ready = await http.get("/readyz")
    assert asked.status_code == 503
    assert "sha256" in asked.json()["error"]["got"]
    assert ready.json()["parts"]["assistant"] == {
        "state": "failed",
        "reason": "The model file has another sha256. Run `pincite models verify`.",
    }


async def test_asking_waits_for_an_assistant_that_is_nearly_there() -> None:
    slow = Slow()
    async with client(make_parts(assistant=Part("assistant", slow.load))) as http:
        asked = asyncio.ensure_future(http.post("/api/ask", json={"question": "meal allowance"}))
        await asyncio.sleep(0.05)
        assert not asked.done()
        slow.let.set()
        assert (await asked).status_code == 200


async def test_asking_an_assistant_that_stays_away_is_told_to_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ask, "PART_WAITS_SECONDS", 0.02)
    async with client(make_parts(assistant=Part("assistant", Slow().load))) as http:
        response = await http.post("/api/ask", json={"question": "a"})
        page = await http.get("/", params={"q": "a"})
    assert response.status_code == page.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    assert "still loading" in response.json()["error"]["got"]
    assert "Not ready yet" in page.text


async def test_sources_open_while_the_assistant_loads() -> None:
    async with client(make_parts(assistant=Part("assistant", Slow().load))) as http:
        response = await http.get("/source/b2000000000000000000000000000002/2")
    assert response.status_code == 200
