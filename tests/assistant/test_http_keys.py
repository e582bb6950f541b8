"""Keys without a modifier can be switched off, and a page offers those that work on it."""

from __future__ import annotations

import re

import pytest

from assistant.http.keys import COOKIE
from tests.assistant.http_client import CONTRACT, client, read
from tests.assistant.http_world import demo_people, make_parts

STATE = re.compile(r'<body class="[^"]*" data-letter-keys="(\w+)">')
OFFERED = re.compile(r'<p class="keys">(.*?)</p>', re.DOTALL)
CHOSEN = re.compile(r'<option value="(\w+)" selected>o(?:n|ff)</option>')
OFF = {COOKIE: "off"}
WITH_KEYS = ("/", "/search?q=notice", f"/source/{CONTRACT}/1", f"/compare/{CONTRACT}/1")


async def shown(path: str, cookies: dict[str, str] | None = None) -> str:
    async with client(cookies=cookies or {}) as http:
        return (await http.get(path)).text


@pytest.mark.parametrize(
    ("cookies", "state"),
    [
        ({}, "on"),
        ({COOKIE: "on"}, "on"),
        (OFF, "off"),
        ({COOKIE: "OFF"}, "on"),
        ({COOKIE: ""}, "on"),
    ],
)
async def test_a_page_says_whether_they_work(cookies: dict[str, str], state: str) -> None:
    page = await shown("/", cookies)
    assert STATE.findall(page) == [state]
    assert CHOSEN.findall(page) == [state]


@pytest.mark.parametrize("path", WITH_KEYS)
async def test_they_are_offered_until_they_are_switched_off(path: str) -> None:
    with_keys, without = await shown(path), await shown(path, OFF)
    assert "<kbd>" in OFFERED.findall(with_keys)[0]
    assert "<kbd>" not in without
    assert 'class="keys"' not in without
    assert "aria-keyshortcuts" not in without


async def test_a_shortcut_is_named_to_assistive_technology_only_while_it_works() -> None:
    path = f"/source/{CONTRACT}/1?find=the"
    assert "aria-keyshortcuts" in await shown(path)
    assert "aria-keyshortcuts" not in await shown(path, OFF)


@pytest.mark.parametrize("path", ["/nothing-of-the-kind", f"/source/{CONTRACT}/99"])
async def test_where_none_works_none_is_offered_and_no_empty_line_is_left(path: str) -> None:
    page = await shown(path)
    assert "<kbd>" not in page
    assert 'class="keys"' not in page
    assert 'action="/keys"' in page


async def test_a_choice_is_kept_in_a_cookie_and_leads_back() -> None:
    async with client() as http:
        before = (await http.get("/search?q=notice")).text
        backs = [each["value"] for _, each in read(before).elements if each.get("name") == "back"]
        chosen = await http.post("/keys", data={"keys": "off", "back": backs[0]})
        after = (await http.get(chosen.headers["location"])).text
        again = await http.post("/keys", data={"keys": "on", "back": backs[0]})
        restored = (await http.get(again.headers["location"])).text
    cookie = chosen.headers["set-cookie"].lower()
    assert chosen.status_code == 303
    assert chosen.headers["location"] == "/search?q=notice"
    assert cookie.startswith(f"{COOKIE}=off;")
    for each in ("httponly", "samesite=lax", "max-age=", "path=/"):
        assert each in cookie
    assert "secure" not in cookie
    assert [STATE.findall(each) for each in (before, after, restored)] == [["on"], ["off"], ["on"]]


async def test_where_pages_come_by_tls_the_cookie_goes_no_other_way() -> None:
    async with client(make_parts(is_https=True)) as http:
        chosen = await http.post("/keys", data={"keys": "off"})
    assert "secure" in chosen.headers["set-cookie"].lower()


@pytest.mark.parametrize("back", ["", "https://evil.example/", "//evil.example/", "/a b"])
async def test_a_choice_leads_to_no_other_site(back: str) -> None:
    async with client() as http:
        chosen = await http.post("/keys", data={"keys": "off", "back": back})
    assert chosen.status_code == 303
    assert chosen.headers["location"] == "/"


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"keys": ""},
        {"keys": "OFF"},
        {"back": "/"},
        {"keys": "off"} | dict.fromkeys("abcdef", "x"),
    ],
)
async def test_nothing_but_on_and_off_can_be_chosen(sent: dict[str, str]) -> None:
    async with client() as http:
        chosen = await http.post("/keys", data=sent)
    assert chosen.status_code == 422
    assert "set-cookie" not in chosen.headers


async def test_another_site_chooses_for_nobody() -> None:
    async with client(headers={"Origin": "https://evil.example"}) as http:
        chosen = await http.post("/keys", data={"keys": "off"})
    assert chosen.status_code == 403
    assert "set-cookie" not in chosen.headers


async def test_a_person_of_a_demonstration_is_chosen_by_as_small_a_form() -> None:
    async with client(make_parts(people=demo_people())) as http:
        chosen = await http.post("/person", data={"person": "bob"} | dict.fromkeys("abcdef", "x"))
    assert chosen.status_code == 422
