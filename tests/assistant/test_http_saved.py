"""Saved searches over HTTP: one's own, with what is new, whoever else asks."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from assistant.http import saved_pages
from assistant.http.app import create_app
from assistant.http.health import Part
from retrieval.database import Database
from retrieval.search import saved as saving
from retrieval.search.saved import SavedSearches
from tests.assistant.http_world import ANN, BOB, asking_as, make_parts
from tests.assistant.remembered import Keys

ORIGIN = {"Origin": "http://testserver"}


@pytest.fixture
async def searches(tmp_path: Path) -> AsyncIterator[SavedSearches]:
    database = Database(f"sqlite:///{tmp_path / 'library.db'}")
    await database.migrate()
    yield SavedSearches(database, Keys())
    await database.close()


def over(searches: SavedSearches, *, as_bob: bool = False) -> httpx.AsyncClient:
    parts = make_parts(
        saved=Part.ready("searches", searches), authenticate=asking_as(BOB if as_bob else ANN)
    )
    transport = httpx.ASGITransport(create_app(parts), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://testserver", headers=ORIGIN)


async def save(http: httpx.AsyncClient, asked: str, name: str = "") -> httpx.Response:
    return await http.post("/searches", data={"asked": asked, "name": name})


async def test_a_list_tells_to_what_a_search_is_narrowed(searches: SavedSearches) -> None:
    narrowed = "q=invoice&as_of=2025-06-01&kind=ticket&source=desk+7"
    async with over(searches) as http:
        await save(http, narrowed, "Invoices")
        listed = (await http.get("/searches")).text
    for told in ("as of 1 June 2025", ">ticket<", ">desk 7<"):
        assert told in listed


async def test_what_is_saved_is_listed_and_searched_again(searches: SavedSearches) -> None:
    async with over(searches) as http:
        page = (await http.get("/search", params={"q": "invoice", "kind": "ticket"})).text
        [asked] = re.findall(r'name="asked" value="([^"]*)"', page)
        saved = await save(http, asked.replace("&amp;", "&"), "Invoices")
        listed = (await http.get("/searches")).text
        [link] = re.findall(r'href="(/searches/[0-9a-f]{32})"', listed)
        opened = await http.get(link)
        again = await http.get(opened.headers["location"])
    assert (saved.status_code, saved.headers["location"]) == (303, "/searches")
    assert "Invoices" in listed
    assert "Nothing new since" in listed
    assert re.fullmatch(r"/search\?q=invoice&kind=ticket&since=\d+", opened.headers["location"])
    assert "INV-2207" in again.text
    assert "Nothing new since you last opened" in again.text


async def test_what_came_since_is_marked_and_can_be_seen_alone(
    searches: SavedSearches, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving, "now", lambda: 0)
    saved_id = await searches.keep("Old", "q=invoice", person="ann")
    async with over(searches) as http:
        assert re.search(r"\d+ new", (await http.get("/searches")).text)
        location = (await http.get(f"/searches/{saved_id}")).headers["location"]
        page = (await http.get(location)).text
        alone = (await http.get(f"{location}&new=true")).text
    assert 'class="new-mark">New' in page
    assert page.count('class="new-mark">New') == page.count('class="pin-title"')
    assert "Show all" in alone


async def test_no_more_is_counted_once_that_took_long(
    searches: SavedSearches, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving, "now", lambda: 0)
    monkeypatch.setattr(saved_pages, "COUNTED_WITHIN_SECONDS", 0.0)
    await searches.keep("Old", "q=invoice", person="ann")
    async with over(searches) as http:
        page = (await http.get("/searches")).text
    assert "Old" in page
    assert "Last opened" in page
    assert not re.search(r"\d+ new", page)


async def test_somebody_elses_is_not_there(searches: SavedSearches) -> None:
    saved_id = await searches.keep("Canary", "q=canary", person="ann")
    async with over(searches, as_bob=True) as http:
        assert "Canary" not in (await http.get("/searches")).text
        told = [
            await http.get(f"/searches/{saved_id}"),
            await http.get(f"/searches/{'0' * 32}"),
            await http.get("/searches/none"),
            await http.post(f"/searches/{saved_id}/remove"),
            await http.post(f"/searches/{saved_id}/rename", data={"name": "Mine"}),
        ]
    assert {each.status_code for each in told} == {404}
    assert len({each.content for each in told}) == 1
    assert (await searches.one(saved_id, person="ann")).name == "Canary"


async def test_is_renamed_and_removed(searches: SavedSearches) -> None:
    saved_id = await searches.keep("One", "q=invoice", person="ann")
    async with over(searches) as http:
        renamed = await http.post(f"/searches/{saved_id}/rename", data={"name": " Two  words "})
        unnamed = await http.post(f"/searches/{saved_id}/rename", data={"name": "  "})
        listed = (await http.get("/searches")).text
        removed = await http.post(f"/searches/{saved_id}/remove")
    assert (renamed.status_code, unnamed.status_code, removed.status_code) == (303, 422, 303)
    assert "Two words" in listed
    assert await searches.own(person="ann") == []


@pytest.mark.parametrize(
    "asked", ["", "status=draft", "kind=memo", "q=a&colour=red", "q=" + "a" * 3000]
)
async def test_only_a_search_can_be_saved(searches: SavedSearches, asked: str) -> None:
    async with over(searches) as http:
        assert (await save(http, asked)).status_code == 422
    assert await searches.own(person="ann") == []


async def test_another_sites_form_saves_nothing(searches: SavedSearches) -> None:
    async with over(searches) as http:
        sent = await http.post(
            "/searches", data={"asked": "q=a"}, headers={"Origin": "http://elsewhere.example"}
        )
    assert sent.status_code == 403
    assert await searches.own(person="ann") == []


async def test_a_saved_search_that_is_none_any_longer_opens_the_empty_page(
    searches: SavedSearches,
) -> None:
    saved_id = await searches.keep("Old", "q=a&kind=memo", person="ann")
    async with over(searches) as http:
        assert (await http.get("/searches")).status_code == 200
        location = (await http.get(f"/searches/{saved_id}")).headers["location"]
    assert location.startswith("/search?since=")


async def test_where_nothing_is_kept_nothing_is_offered() -> None:
    transport = httpx.ASGITransport(create_app(make_parts()))
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
        assert "Save this search" not in (await http.get("/search?q=invoice")).text
        assert (await http.get("/searches")).status_code == 404
