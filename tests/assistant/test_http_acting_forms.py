"""A tool called by hand: its form, what is said beside its inputs, and what comes of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from assistant.http.acting_inputs import blank, filled
from assistant.http.confirmation_shapes import spelt
from assistant.wording import Language
from retrieval.database import Database
from tests.assistant.http_client import offences, read
from tests.assistant.test_http_acting import browsing, waiting
from tests.retrieval.people_databases import open_database, run_server
from tests.tools.benches import CREATE, LOOK_UP, PROPOSE, Bench, Held
from tools.fields import Choice, Field, Flag, Many, Number, Text
from tools.matching import fault_of
from tools.tool import Result

__all__ = ["open_database", "run_server"]

FORM = f"/actions/tools/{CREATE.name}"
FILLED = {"value-0": "The printer is on fire", "value-1": "high", "value-2": ""}


@pytest.fixture
async def bench(database: Database, tmp_path: Path) -> AsyncIterator[Bench]:
    bench = await Bench.open(database, tmp_path)
    yield bench
    await bench.close()


async def sent(http: httpx.AsyncClient, **more: str) -> httpx.Response:
    return await http.post(FORM, data=FILLED | more)


async def test_actions_lead_to_a_form_of_closed_fields(bench: Bench) -> None:
    async with browsing(bench) as http:
        actions = (await http.get("/actions")).text
        shown = (await http.get(FORM)).text
    assert f'href="{FORM}"' in actions
    assert offences(shown) == []
    inputs = {each.get("name"): each for tag, each in read(shown).elements if tag != "meta"}
    assert inputs["value-0"]["maxlength"] == "120"
    assert "required" in inputs["value-0"]
    assert "required" not in inputs["value-2"]
    options = [each["value"] for tag, each in read(shown).elements if tag == "option"]
    assert options == ["", "low", "high", "on", "off", *Language]
    assert "A whole number from 0 to 10,000." in shown


async def test_what_changes_something_goes_to_its_confirmation(bench: Bench) -> None:
    async with browsing(bench) as http:
        response = await sent(http, **{"value-2": "20"})
        assert response.status_code == 303
        there = response.headers["location"]
        assert there.startswith("/confirmations/")
        page = (await http.get(there)).text
    assert bench.far.effects == {}
    assert "you wrote it" in page
    [waits] = await bench.workbench.waiting(bench.people.person("ann"))
    assert {each.name: each.value for each in waits.shown} == {
        "title": "The printer is on fire",
        "level": "high",
        "cost": "20",
    }


async def test_what_reads_is_done_at_once_and_shown(bench: Bench) -> None:
    result = Result("<b>Ticket</b>", "\nfirst line \u202e kept", link="https://desk.example/7")
    bench.hand(LOOK_UP.name).result = result
    async with browsing(bench) as http:
        response = await http.post(f"/actions/tools/{LOOK_UP.name}", data={"value-0": " RIM-7 "})
    assert response.status_code == 200
    assert "&lt;b&gt;Ticket&lt;/b&gt;" in response.text
    assert 'href="https://desk.example/7" rel="noreferrer noopener"' in response.text
    assert 'value="RIM-7"' in response.text
    assert "\u202e" not in response.text
    assert len(bench.far.asked) == 1


async def test_each_fault_stands_beside_its_input_and_what_was_typed_is_kept(bench: Bench) -> None:
    async with browsing(bench) as http:
        response = await sent(http, **{"value-0": "see https://evil.example", "value-2": "many"})
    assert response.status_code == 422
    assert offences(response.text) == []
    assert response.text.count('class="fault"') == 2
    elements = [each for _, each in read(response.text).elements]
    by_name = {each.get("name"): each for each in elements}
    assert by_name["value-0"]["aria-describedby"] == "value-0-hint value-0-fault"
    assert by_name["value-0"]["value"] == "see https://evil.example"
    assert "autofocus" in by_name["value-0"]
    assert by_name["value-2"]["value"] == "many"
    assert "aria-invalid" not in by_name["value-1"]
    assert "Expected a whole number from 0 to 10,000." in response.text
    assert await bench.workbench.waiting(bench.people.person("ann")) == []


async def test_what_the_gate_denies_is_said_beside_the_input(bench: Bench) -> None:
    async with browsing(bench) as http:
        spent = [await sent(http, **{"value-0": f"Ticket {each}"}) for each in range(60)]
    denied = [each for each in spent if each.status_code == 403]
    assert all("as often as it may be" in each.text for each in denied)
    assert bench.far.effects == {}


async def test_a_tool_that_is_not_open_to_one_is_not_there(bench: Bench) -> None:
    async with browsing(bench, "bob") as http:
        for address in (FORM, "/actions/tools/none", f"/actions/tools/{PROPOSE.name.upper()}"):
            assert (await http.get(address)).status_code == 404
            assert (await http.post(address, data=FILLED)).status_code == 404


async def test_another_site_cannot_send_it(bench: Bench) -> None:
    async with browsing(bench) as http:
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
            assert (await http.post(FORM, data=FILLED, headers=headers)).status_code == 403
    assert await bench.workbench.waiting(bench.people.person("ann")) == []


async def test_without_an_account_there_is_no_form_but_the_way_to_one(bench: Bench) -> None:
    async with browsing(bench, "cat") as http:
        shown = (await http.get(FORM)).text
        response = await sent(http)
    assert "/actions#accounts" in shown
    assert 'name="value-0"' not in shown
    assert response.status_code == 403
    assert "Connect your own account" in response.text


ONE = {"value-6": "1"}
FIELDS: dict[str, Field] = {
    "when": Text("A day.", most=10, pattern=r"^\d{4}-\d{2}-\d{2}$", is_required=False),
    "why": Text("Why.", most=900, is_long=True, is_required=False),
    "sure": Flag("Whether.", is_required=False),
    "price": Number("Price.", 0, 99.5, decimals=True, is_required=False),
    "kinds": Many("Kinds.", Choice("A kind.", ("a", "b", "c")), is_required=False),
    "tags": Many("Tags.", Text("A tag.", most=9), most=3, is_required=False),
    "floors": Many("Floors.", Number("A floor.", 0, 9), least=1),
}


@pytest.mark.parametrize(
    ("form", "made"),
    [
        ({}, {}),
        ({"value-6": "3\r\n\r\n 4"}, {"floors": [3, 4]}),
        ({"value-0": " 2026-11-22 "}, {"when": "2026-11-22"}),
        ({"value-1": "one\r\ntwo\rthree"}, {"why": "one\ntwo\nthree"}),
        ({"value-2": "no"}, {"sure": False}),
        ({"value-3": "12,5"}, {"price": 12.5}),
        ({"value-3": "12"}, {"price": 12}),
        ({"value-4-0": "on", "value-4-2": "on"}, {"kinds": ["a", "c"]}),
        ({"value-5": "x\ny"}, {"tags": ["x", "y"]}),
    ],
)
def test_what_is_typed_becomes_what_the_tool_takes(
    form: dict[str, str], made: dict[str, Any]
) -> None:
    inputs, arguments = filled(FIELDS, ONE | form)
    assert arguments == {"floors": [1]} | made
    assert fault_of(arguments, FIELDS) is None
    assert [each.fault for each in inputs] == [""] * len(FIELDS)


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({}, "Fill this in."),
        ({"value-6": "1\n1"}, "Expected 1 to 20, each once and as described."),
        ({"value-6": "1\n" * 21}, "Expected 1 to 20"),
        ({"value-0": "22.11.2026"}, "Expected the form that stands below"),
        ({"value-0": "x" * 11}, "Expected 1 to 10 characters, got 11."),
        ({"value-1": "a\u202eb"}, "Expected words, without"),
        ({"value-2": "maybe"}, "Choose one of the list."),
        ({"value-3": "1e400"}, "Expected a number from 0 to 99.5."),
        ({"value-3": "nan"}, "Expected a number from 0 to 99.5."),
        ({"value-3": "1" * 60}, "Expected a number from 0 to 99.5."),
        ({"value-5": "a\nb\nc\nd"}, "Expected at most 3"),
        ({"value-5": "www.evil.example"}, "Expected at most 3, each once and as described."),
    ],
)
def test_what_is_wrong_is_said_of_that_input_alone(form: dict[str, str], told: str) -> None:
    inputs, _ = filled(FIELDS, ONE | form if form else form)
    [fault] = [each.fault for each in inputs if each.fault]
    assert fault.startswith(told)


def test_every_kind_of_field_has_an_input() -> None:
    kinds = [each.kind for each in blank(FIELDS)]
    assert kinds == ["line", "text", "flag", "number", "ticks", "lines", "lines"]
    assert [each.label for each in blank(FIELDS)][:2] == ["When", "Why"]


def test_what_a_page_would_hide_is_spelt_out() -> None:
    assert spelt("a\u200db\u202ec") == "a[U+200D]b[U+202E]c"
    assert spelt("\u1000\u200d\u1000") == "\u1000\u200d\u1000"


async def test_what_a_script_is_damaged_without_stays(bench: Bench) -> None:
    for title in ("\u1000\u200d\u1000", "\u1780\u200c\u1780"):
        async with browsing(bench) as http:
            given = {"title": title, "level": "low"}
            response = await http.post(f"/api/tools/{CREATE.name}/calls", json=given)
            waits = response.json()["confirmation"]
            shown = (await http.get(waits["link"])).text
        assert title in shown
        assert title in [each["value"] for each in waits["shown"]]


async def test_a_second_word_is_told_that_the_first_one_counts(bench: Bench) -> None:
    async with browsing(bench) as http:
        waits = await waiting(http)
        word = {"digest": waits["digest"]}
        held = Held()
        bench.hand(CREATE.name).before = held
        first = asyncio.create_task(http.post(f"{waits['link']}/confirm", data=word))
        await asyncio.wait_for(held.begun.wait(), 60)
        second = await http.post(f"{waits['link']}/confirm", data=word)
        under_way = (await http.get(waits["link"])).text
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
    assert (second.status_code, second.headers["location"]) == (303, waits["link"])
    assert "It is being done." in under_way
    assert bench.far.effects == {}
