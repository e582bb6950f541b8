"""Tools over HTTP, for programs and for people without scripts: nothing happens without a word."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.requests import HTTPConnection

from assistant.http.app import create_app
from assistant.http.health import Part
from assistant.signin.caller import Action, Caller, Means
from retrieval.database import Database
from tests.assistant.http_client import offences
from tests.assistant.http_world import make_parts
from tests.retrieval.people_databases import open_database, run_server
from tests.tools.benches import CREATE, LOOK_UP, PROPOSE, TICKET, Bench

__all__ = ["open_database", "run_server"]

JSON = {"Content-Type": "application/json"}
OWN_SITE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
async def bench(database: Database, tmp_path: Path) -> AsyncIterator[Bench]:
    bench = await Bench.open(database, tmp_path)
    yield bench
    await bench.close()


@asynccontextmanager
async def browsing(
    bench: Bench, person: str = "ann", **more: Any
) -> AsyncIterator[httpx.AsyncClient]:
    """Lend a browser or a program of this person's."""

    async def authenticate(_: HTTPConnection) -> Caller:
        principal = bench.people.person(person).principal
        return Caller(principal, None, **({"means": Means.MACHINE, "origin": "web 1.1.1.1"} | more))

    workbench = Part.ready("tools", bench.workbench)
    app = create_app(make_parts(authenticate=authenticate, workbench=workbench))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://testserver", headers=OWN_SITE
    ) as http:
        yield http


async def waiting(http: httpx.AsyncClient) -> dict[str, Any]:
    """Have a ticket wait to be created."""
    response = await http.post(f"/api/tools/{CREATE.name}/calls", json=TICKET)
    assert response.status_code == 202, response.text
    waits: dict[str, Any] = response.json()["confirmation"]
    return waits


async def test_lists_what_is_open_to_one_and_what_it_takes(bench: Bench) -> None:
    async with browsing(bench) as http:
        tools = {each["name"]: each for each in (await http.get("/api/tools")).json()["tools"]}
    assert set(tools) == {CREATE.name, LOOK_UP.name, PROPOSE.name, "today"}
    assert tools[CREATE.name]["arguments"]["additionalProperties"] is False
    assert (tools[CREATE.name]["effect"], tools[CREATE.name]["is_connected"]) == ("changes", True)
    async with browsing(bench, "bob") as http:
        assert (await http.get("/api/tools")).json()["tools"] == []


async def test_what_reads_is_done_at_once(bench: Bench) -> None:
    async with browsing(bench) as http:
        response = await http.post(f"/api/tools/{LOOK_UP.name}/calls", json={"ticket": "RIM-2247"})
        calls = (await http.get("/api/calls")).json()["calls"]
    assert response.status_code == 200
    assert response.json()["title"] == "Ticket RIM-2000"
    assert [(each["tool"], each["standing"]) for each in calls] == [(LOOK_UP.name, "done")]


async def test_what_changes_something_waits_for_a_word_and_is_done_once(bench: Bench) -> None:
    async with browsing(bench) as http:
        waits = await waiting(http)
        assert bench.far.effects == {}
        assert {each["name"]: each["value"] for each in waits["shown"]} == TICKET
        path = f"/api{waits['link']}/confirm"
        first = await http.post(path, json={"digest": waits["digest"]})
        again = await http.post(path, json={"digest": waits["digest"]})
        there = (await http.get(f"/api{waits['link']}")).json()
    assert (first.status_code, first.json()["outcome"]) == (200, "done")
    assert (again.status_code, again.json()["outcome"]) == (403, "denied")
    assert there["standing"] == "done"
    assert list(bench.far.effects.values()) == [TICKET]


async def test_another_call_than_the_one_shown_is_not_done(bench: Bench) -> None:
    async with browsing(bench) as http:
        waits = await waiting(http)
        last = "0" if waits["digest"][-1] != "0" else "1"
        response = await http.post(
            f"/api{waits['link']}/confirm", json={"digest": waits["digest"][:-1] + last}
        )
    assert response.status_code == 403
    assert bench.far.effects == {}


async def test_a_call_of_somebody_else_looks_like_one_that_is_not_there(bench: Bench) -> None:
    async with browsing(bench) as http:
        waits = await waiting(http)
    word = {"digest": waits["digest"]}
    async with browsing(bench, "cat") as http:
        for link in (waits["link"], "/confirmations/" + "0" * 32):
            told = [
                await http.get(f"/api{link}"),
                await http.get(link),
                await http.post(f"/api{link}/confirm", json=word),
                await http.post(f"/api{link}/decline"),
                await http.post(f"{link}/confirm", data=word),
                await http.post(f"{link}/decline"),
            ]
            assert {each.status_code for each in told} == {404}
        assert (await http.get("/api/confirmations")).json() == {"confirmations": []}
        assert (await http.get("/api/calls")).json()["calls"] == []
    assert bench.far.effects == {}


async def test_what_is_declined_is_not_done(bench: Bench) -> None:
    async with browsing(bench) as http:
        waits = await waiting(http)
        declined = await http.post(f"/api{waits['link']}/decline")
        late = await http.post(f"/api{waits['link']}/confirm", json={"digest": waits["digest"]})
    assert declined.json()["standing"] == "declined"
    assert late.status_code == 403
    assert bench.far.effects == {}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 422),
        (b"[]", 422),
        (b'{"title": "a", "title": "b", "level": "low"}', 422),
        (b'{"title": "a", "level": NaN}', 422),
        (b"\xff\xfe", 422),
        (b'{"title": "a", "level": "urgent"}', 403),
        (b'{"title": "a", "level": "low", "readers": ["everyone"]}', 403),
    ],
)
async def test_bad_arguments_change_nothing(bench: Bench, body: bytes, status: int) -> None:
    async with browsing(bench) as http:
        response = await http.post(f"/api/tools/{CREATE.name}/calls", content=body, headers=JSON)
    assert response.status_code == status, response.text
    assert bench.far.effects == {}


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded"])
async def test_what_any_page_can_have_a_browser_send_is_no_call(bench: Bench, kind: str) -> None:
    async with browsing(bench) as http:
        for tool, body in ((LOOK_UP, b'{"ticket": "RIM-7"}'), (CREATE, b'{"title": "a"}')):
            response = await http.post(
                f"/api/tools/{tool.name}/calls", content=body, headers={"Content-Type": kind}
            )
            assert response.status_code == 422
    assert bench.far.asked == []


async def test_a_token_acts_and_confirms_only_if_it_is_for_that(bench: Bench) -> None:
    waits = await bench.waiting()
    link = f"/confirmations/{waits.id}"
    to_ask = {"means": Means.TOKEN, "scopes": frozenset({Action.ASK})}
    async with browsing(bench, **to_ask) as http:
        assert (await http.get("/api/tools")).status_code == 403
        assert (await http.post(f"/api/tools/{CREATE.name}/calls", json=TICKET)).status_code == 403
    to_act = {"means": Means.TOKEN, "scopes": frozenset({Action.ACT})}
    async with browsing(bench, **to_act) as http:
        word = {"digest": waits.digest}
        assert (await http.post(f"/api{link}/confirm", json=word)).status_code == 403
        assert (await http.post(f"{link}/decline")).status_code == 403
    assert bench.far.effects == {}


async def test_the_page_shows_every_argument_and_does_it_once(bench: Bench) -> None:
    async with browsing(bench) as http:
        waits = await waiting(http)
        shown = (await http.get(waits["link"])).text
        assert offences(shown) == []
        assert "A ticket The printer is on fire of level high is created" in shown
        for value in TICKET.values():
            assert f'<pre dir="auto">\n{value}</pre>' in shown
        done = await http.post(f"{waits['link']}/confirm", data={"digest": waits["digest"]})
        assert done.headers["location"] == waits["link"]
        after = (await http.get(waits["link"])).text
        again = await http.post(f"{waits['link']}/confirm", data={"digest": waits["digest"]})
        listed = (await http.get("/actions")).text
    assert "Done." in after
    assert "Confirm</button>" not in after
    assert again.status_code == 403
    assert "Nothing more was done." in again.text
    assert CREATE.name in listed
    assert list(bench.far.effects.values()) == [TICKET]


async def test_hostile_arguments_stay_text(bench: Bench) -> None:
    hostile = {"title": "a & b \" ' > c", "level": "low"}
    async with browsing(bench) as http:
        response = await http.post(f"/api/tools/{CREATE.name}/calls", json=hostile)
        waits = response.json()["confirmation"]
        shown = (await http.get(waits["link"])).text
    assert offences(shown) == []
    assert "a &amp; b &#34; &#39; &gt; c" in shown


async def test_another_site_cannot_confirm(bench: Bench) -> None:
    async with browsing(bench) as http:
        waits = await waiting(http)
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
            response = await http.post(
                f"{waits['link']}/confirm", data={"digest": waits["digest"]}, headers=headers
            )
            assert response.status_code == 403
    assert bench.far.effects == {}


async def test_somebody_else_confirms_what_is_not_ones_own_to(bench: Bench) -> None:
    async with browsing(bench) as http:
        response = await http.post(
            f"/api/tools/{PROPOSE.name}/calls", json={"note": "Extend by a year"}
        )
        waits = response.json()["confirmation"]
        word = {"digest": waits["digest"]}
        own = await http.get(waits["link"])
        mine = await http.post(f"/api{waits['link']}/confirm", json=word)
    assert "Confirm</button>" not in own.text
    assert mine.status_code == 403
    assert bench.far.effects == {}
    async with browsing(bench, "cat") as http:
        assert (await http.get(waits["link"])).status_code == 404
    async with browsing(bench, "bob") as http:
        assert waits["link"] in (await http.get("/actions")).text
        assert "ann wrote it" in (await http.get(waits["link"])).text
        done = await http.post(f"/api{waits['link']}/confirm", json=word)
    assert done.json()["outcome"] == "done"
    assert [each.asker.principal.name for each in bench.far.asked] == ["ann"]


async def test_accounts_are_connected_and_never_shown(bench: Bench) -> None:
    async with browsing(bench, "cat") as http:
        before = await http.post(f"/api/tools/{LOOK_UP.name}/calls", json={"ticket": "RIM-1"})
        connected = await http.post(
            "/actions/accounts", data={"system": "desk", "secret": "hush-hush"}
        )
        page = (await http.get("/actions")).text
        after = await http.post(f"/api/tools/{LOOK_UP.name}/calls", json={"ticket": "RIM-1"})
        wrong = await http.post("/actions/accounts", data={"system": "x", "secret": "y"})
        await http.post("/actions/accounts/remove", data={"system": "desk"})
        gone = await http.post(f"/api/tools/{LOOK_UP.name}/calls", json={"ticket": "RIM-2"})
    assert (before.status_code, connected.status_code, after.status_code) == (403, 303, 200)
    assert "Connect your own account" in before.json()["told"]
    assert "hush-hush" not in page
    assert wrong.status_code == 422
    assert gone.status_code == 403
    assert [each.secret for each in bench.far.asked] == ["hush-hush"]


async def test_without_tools_there_is_nothing_of_this() -> None:
    app = create_app(make_parts())
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
        for path in ("/actions", "/api/tools", "/api/confirmations", "/api/calls"):
            assert (await http.get(path)).status_code == 404
        assert "/actions" not in (await http.get("/")).text
