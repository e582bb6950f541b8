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
        page = (await http.get("/search", params={"status": ["approved", "expired"]})).text
    assert "Harbour Estates" in page
    assert "Canary Holdings" not in page
    assert "board-room" not in page
    assert "Halden Group" not in page


async def test_says_so_when_nothing_is_found() -> None:
    async with client() as http:
        page = (await http.get("/search", params={"q": "zzzzqqq"})).text
    assert "Nothing found" in page


async def test_a_phrase_is_found_exactly_and_marked() -> None:
    async with client() as http:
        page = (await http.get("/search", params={"q": '"ninety (90) days"'})).text
    assert "1 place in 1 document" in page
    assert "ninety (90) days</mark>" in page.replace("\n", " ").replace("  ", " ")


async def test_what_could_not_be_used_is_said_and_nothing_typed_is_lost() -> None:
    typed = 'invoice colour:red after:2024-13-01 "open <b>'
    async with client() as http:
        dom = read(text := (await http.get("/search", params={"q": typed})).text)
    assert "there is no field colour:" in dom.text
    assert "takes a day like" in dom.text
    assert "is not closed" in dom.text
    [box] = [values for tag, values in dom.elements if values.get("id") == "q"]
    assert box["value"] == typed
    assert "<b>" not in text


async def test_a_mistake_of_the_filters_loses_nothing_of_what_was_typed() -> None:
    async with client() as http:
        response = await http.get("/search", params={"q": "invoice", "as_of": "2999-01-01"})
    assert response.status_code == 422
    assert 'value="invoice"' in response.text


async def test_figures_beside_the_filters_count_what_one_may_read() -> None:
    async with client(make_parts(authenticate=asking_as(BOB))) as http:
        dom = read((await http.get("/search", params={"q": "kind:contract"})).text)
    assert "Nothing found" in dom.text
    async with client() as http:
        page = (await http.get("/search", params={"q": "kind:contract status:approved"})).text
    assert "Master Services Agreement" in page


async def test_the_part_that_changes_is_that_of_the_whole_page() -> None:
    params = {"q": "invoice export", "sort": "title"}
    async with client() as http:
        whole = (await http.get("/search", params=params)).text
        part = (await http.get("/search/results", params=params)).text
    assert part.strip() in whole
    assert "<html" not in part


async def test_history_is_marked_wherever_it_is_shown() -> None:
    async with client() as http:
        then = (await http.get("/search", params={"q": "allowance", "as_of": "2025-03-01"})).text
        today = (await http.get("/search", params={"q": "allowance"})).text
        over = (await http.get("/search", params={"q": "lease", "status": "expired"})).text
    assert "As it stood on 1 March 2025." in then
    assert "Not in force today: superseded since." in then
    assert "Not in force today." in over
    for mark in ("As it stood on 1", "Not in force today"):
        assert mark not in today


async def test_results_come_in_the_order_that_is_asked_for() -> None:
    async with client() as http:
        params = {"q": "invoice notice allowance", "sort": "title"}
        dom = read((await http.get("/search", params=params)).text)
        bad = await http.get("/search", params={"q": "a", "sort": "random"})
    titles = [
        line.strip()
        for line in dom.text.splitlines()
        if line.strip() in ("Travel and expenses policy", "Hotel ceilings by city")
        or line.strip().startswith(("INV-", "Master"))
    ]
    assert titles == sorted(titles, key=str.casefold)
    assert bad.status_code == 422


async def test_each_result_can_be_saved_and_compared() -> None:
    async with client() as http:
        page = (await http.get("/search", params={"q": "invoice export"})).text
        dom = read(page)
        links = [values["href"] or "" for _, values in dom.elements if "href" in values]
        [original] = {each for each in links if each.endswith("/original")} & {
            each for each in links if "d4000000000000000000000000000004" in each
        }
        saved = await http.get(original)
    assert any(each.startswith("/compare/d4") for each in links)
    assert saved.headers["content-disposition"].startswith("attachment")
    assert saved.headers["x-content-type-options"] == "nosniff"
