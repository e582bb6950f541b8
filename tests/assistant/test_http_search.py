"""Searching over HTTP and on the page."""

from __future__ import annotations

from tests.assistant.http_client import client, read
from tests.assistant.http_world import BOB, asking_as, make_parts


async def test_ranks_hits_from_one_and_links_each_to_its_place() -> None:
    async with client() as http:
        hits = (await http.get("/api/search", params={"q": "invoice export"})).json()["hits"]
    assert [each["score_rank"] for each in hits] == list(range(1, len(hits) + 1))
    for hit in hits:
        assert hit["link"].startswith(f"/source/{hit['document']}/{hit['version']}?start=")


async def test_gives_no_scores() -> None:
    async with client() as http:
        hits = (await http.get("/api/search", params={"q": "invoice export"})).json()["hits"]
    assert "score" not in hits[0]


async def test_filters_may_be_given_more_than_once() -> None:
    params = [("q", "invoice notice lease"), ("kind", "contract"), ("kind", "ticket")]
    async with client() as http:
        hits = (await http.get("/api/search", params=params)).json()["hits"]
    assert {each["kind"] for each in hits} == {"contract", "ticket"}


async def test_expired_versions_come_only_when_asked_for() -> None:
    async with client() as http:
        without = (await http.get("/api/search", params={"q": "lease ends"})).json()["hits"]
        params = {"q": "lease ends", "status": "expired"}
        found = (await http.get("/api/search", params=params)).json()["hits"]
    assert all(each["status"] != "expired" for each in without)
    assert found[0]["status"] == "expired"


async def test_stops_at_the_limit() -> None:
    async with client() as http:
        hits = (await http.get("/api/search", params={"q": "invoice notice", "limit": 2})).json()
    assert len(hits["hits"]) == 2


async def test_the_page_lists_what_the_api_finds() -> None:
    async with client() as http:
        hits = (await http.get("/api/search", params={"q": "invoice export"})).json()["hits"]
        page = read((await http.get("/search", params={"q": "invoice export"})).text)
    for hit in hits:
        assert any(values.get("href") == f"{hit['link']}#lit" for _, values in page.elements)


async def test_the_page_takes_empty_filter_fields_as_no_filter() -> None:
    params = {"q": "invoice", "source": "", "party": "", "as_of": ""}
    async with client() as http:
        response = await http.get("/search", params=params)
    assert response.status_code == 200
    assert 'class="hit"' in response.text


async def test_filters_offer_only_values_of_readable_documents() -> None:
    async with client(make_parts(authenticate=asking_as(BOB))) as http:
        page = (await http.get("/search")).text
    assert "Harbour Estates" in page
    assert "Canary Holdings" not in page
    assert "board-room" not in page
    assert "Halden Group" not in page


async def test_says_so_when_nothing_is_found() -> None:
    async with client() as http:
        page = (await http.get("/search", params={"q": "zzzzqqq"})).text
    assert "Nothing found" in page
