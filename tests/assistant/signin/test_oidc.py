"""Signing in at a real provider: once, by this browser, as whom the provider says it is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import httpx
import pytest

from assistant.signin.cookies import derived
from retrieval.audit.event import Act
from retrieval.people.attempts import DEFAULT
from retrieval.people.directory import Directory
from tests.assistant.http_client import offences
from tests.assistant.signin.door import Door, opened
from tests.assistant.signin.real_provider import RealProvider, free_port, running

pytestmark = pytest.mark.slow

CALLBACK = "http://testserver/sign-in/callback"
COOKIE = "pincite_session"


@pytest.fixture(scope="module")
def firm(pytestconfig: pytest.Config) -> Iterator[RealProvider]:
    with running(pytestconfig.cache.mkdir("oidc-provider"), CALLBACK) as provider:
        yield provider


@pytest.fixture
async def door(firm: RealProvider, tmp_path: Path) -> AsyncIterator[Door]:
    async with opened(tmp_path, provider=firm.settings()) as door:
        yield door


@pytest.fixture
async def http(door: Door) -> AsyncIterator[httpx.AsyncClient]:
    async with door.client() as http:
        yield http


async def go(http: httpx.AsyncClient, wanted: str = "/") -> str:
    """Return where the browser is sent to sign in."""
    answer = await http.get("/sign-in/provider", params={"next": wanted})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def come_in(http: httpx.AsyncClient, firm: RealProvider, wanted: str = "/") -> httpx.Response:
    """Sign in as whoever sits at the browser."""
    return await http.get(await firm.visit(await go(http, wanted)))


def with_query(address: str, **changed: str) -> str:
    """Return an address with parts of its query changed."""
    parts = urlsplit(address)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()} | changed
    return parts._replace(query=urlencode(query)).geturl()


async def groups_of(directory: Directory, name: str) -> frozenset[str]:
    return frozenset(
        key.removeprefix("group:")
        for key in (await directory.principal(name)).keys
        if key.startswith("group:")
    )


async def test_a_person_comes_in_for_the_first_time_with_their_groups(
    door: Door, http: httpx.AsyncClient, firm: RealProvider
) -> None:
    firm.come("s-1", preferred_username="carla", name="Carla C.", groups=["legal", "two words"])
    page = await http.get("/sign-in?next=/search")
    answer = await come_in(http, firm, "/search?q=notice")
    search = await http.get("/search")
    assert "Sign in with the firm" in page.text
    assert offences(page.text) == []
    assert answer.status_code == 303
    assert answer.headers["location"] == "/search?q=notice"
    assert "Carla C." in search.text
    assert await groups_of(door.directory, "carla") == {"legal"}
    assert door.record.acts() == [Act.PERSON, Act.PERMISSION, Act.SIGN_IN]


async def test_groups_are_those_of_the_latest_sign_in(
    door: Door, http: httpx.AsyncClient, firm: RealProvider
) -> None:
    for told, expected in (
        (["legal", "board"], {"legal", "board"}),
        (["support"], {"support"}),
        (None, set()),
    ):
        firm.come("s-2", preferred_username="dan", **({} if told is None else {"groups": told}))
        await come_in(http, firm)
        assert await groups_of(door.directory, "dan") == expected


async def test_the_subject_decides_who_it_is_whatever_the_name(
    door: Door, http: httpx.AsyncClient, firm: RealProvider
) -> None:
    firm.come("s-3", preferred_username="eve")
    await come_in(http, firm)
    firm.come("s-3", preferred_username="admin", email="ann@example.org")
    assert (await come_in(http, firm)).status_code == 303
    assert [each.name for each in await door.directory.people()] == ["eve"]


async def test_a_name_that_somebody_has_is_not_taken_over(
    door: Door, http: httpx.AsyncClient, firm: RealProvider
) -> None:
    await door.add("ann", ["legal"])
    firm.come("s-4", preferred_username="ann")
    answer = await come_in(http, firm)
    assert answer.status_code == 401
    assert "somebody else has" in answer.text
    assert COOKIE not in http.cookies
    assert await door.directory.person_at(firm.issuer, "s-4") is None


@pytest.mark.parametrize("name", ["two words", "", "a,b", None, 7, ["ann"]], ids=str)
async def test_a_name_that_cannot_be_a_reader_does_not_come_in(
    http: httpx.AsyncClient, firm: RealProvider, name: object
) -> None:
    firm.come("s-5", preferred_username=name)
    assert (await come_in(http, firm)).status_code == 401
    assert COOKIE not in http.cookies


async def test_the_suspended_do_not_come_in(
    door: Door, http: httpx.AsyncClient, firm: RealProvider
) -> None:
    firm.come("s-6", preferred_username="fay")
    await come_in(http, firm)
    await door.directory.suspend("fay")
    answer = await come_in(http, firm)
    assert answer.status_code == 401
    assert (await http.get("/api/search?q=notice")).status_code == 401


async def test_strangers_stay_out_where_nobody_is_added(firm: RealProvider, tmp_path: Path) -> None:
    async with opened(tmp_path, provider=firm.settings(may_add=False)) as door:
        await door.directory.add("gus", issuer=firm.issuer, subject="s-8")
        async with door.client() as http:
            firm.come("s-7", preferred_username="hal")
            assert (await come_in(http, firm)).status_code == 401
            firm.come("s-8", preferred_username="someone")
            assert (await come_in(http, firm)).status_code == 303
        assert [each.name for each in await door.directory.people()] == ["gus"]


async def test_another_browser_cannot_use_what_the_provider_gave(
    door: Door, http: httpx.AsyncClient, firm: RealProvider
) -> None:
    firm.come("s-9", preferred_username="ida")
    back = await firm.visit(await go(http))
    async with door.client() as victim:
        without = await victim.get(back)
        await go(victim)
        other = await victim.get(back)
        assert COOKIE not in victim.cookies
    assert without.status_code == other.status_code == 401
    assert "another state" in without.text


@pytest.mark.parametrize("state", ["", "x", "é"])
async def test_a_wrong_state_is_refused(
    http: httpx.AsyncClient, firm: RealProvider, state: str
) -> None:
    firm.come("s-10", preferred_username="jon")
    back = with_query(await firm.visit(await go(http)), state=state)
    assert (await http.get(back)).status_code == 401
    assert COOKIE not in http.cookies


async def test_a_code_counts_once(door: Door, http: httpx.AsyncClient, firm: RealProvider) -> None:
    firm.come("s-11", preferred_username="kim")
    back = await firm.visit(await go(http))
    flow = http.cookies["pincite_flow"]
    assert (await http.get(back)).status_code == 303
    async with door.client(cookies={"pincite_flow": flow}) as again:
        answer = await again.get(back)
        assert COOKIE not in again.cookies
    assert answer.status_code == 401
    assert "A code counts once" in answer.text
    assert door.record.acts()[-1] is Act.SIGN_IN_FAILED


async def test_made_up_codes_make_an_address_wait_and_nobody_else(
    door: Door, http: httpx.AsyncClient, firm: RealProvider
) -> None:
    firm.come("s-18", preferred_username="rex")
    back = await firm.visit(await go(http))
    async with door.client() as stranger:
        for _ in range(DEFAULT.of_address):
            await go(stranger)
            state = derived(stranger.cookies["pincite_flow"][:43], "state")
            answer = await stranger.get(with_query(back, state=state, code="made-up"))
            assert answer.status_code == 401
    waiting = await http.get(back)
    assert waiting.status_code == 429
    assert len(door.record.events) == DEFAULT.of_address
    async with door.client("10.9.9.9") as elsewhere:
        assert (await come_in(elsewhere, firm)).status_code == 303
    door.clock.ahead_seconds += int(waiting.headers["Retry-After"])
    assert (await http.get(back)).status_code == 303


async def test_a_code_for_another_verifier_is_refused(
    http: httpx.AsyncClient, firm: RealProvider
) -> None:
    firm.come("s-12", preferred_username="lea")
    address = with_query(await go(http), code_challenge="A" * 43)
    assert (await http.get(await firm.visit(address))).status_code == 401


async def test_a_token_with_another_nonce_is_refused(
    http: httpx.AsyncClient, firm: RealProvider
) -> None:
    firm.come("s-13", preferred_username="max")
    address = with_query(await go(http), nonce="of another flow")
    answer = await http.get(await firm.visit(address))
    assert answer.status_code == 401
    assert "believed" in answer.text


async def test_an_answer_that_names_another_issuer_is_refused(
    http: httpx.AsyncClient, firm: RealProvider
) -> None:
    firm.come("s-14", preferred_username="ned")
    back = await firm.visit(await go(http))
    assert (await http.get(with_query(back, iss="http://127.0.0.1:1"))).status_code == 401


async def test_a_refusal_of_the_provider_is_told(
    http: httpx.AsyncClient, firm: RealProvider
) -> None:
    address = with_query(await go(http), prompt="none")
    answer = await http.get(await firm.visit(address))
    assert answer.status_code == 401
    assert "a refusal from it" in answer.text


async def test_the_flow_asks_for_what_keeps_it_safe(
    http: httpx.AsyncClient, firm: RealProvider
) -> None:
    asked = parse_qs(urlsplit(await go(http)).query)
    assert asked["response_type"] == ["code"]
    assert asked["code_challenge_method"] == ["S256"]
    shown = {asked[name][0] for name in ("state", "nonce", "code_challenge")}
    assert len(shown) == 3
    assert not any(each in http.cookies["pincite_flow"] for each in shown)


@pytest.mark.parametrize("wanted", ["//evil.example", "https://evil.example", "/\\evil.example"])
async def test_comes_back_to_this_server_only(
    http: httpx.AsyncClient, firm: RealProvider, wanted: str
) -> None:
    firm.come("s-15", preferred_username="ola")
    assert (await come_in(http, firm, wanted)).headers["location"] == "/"


@pytest.mark.parametrize("wanted", ['/search?q="a;b, c"', "/source/é/1", "/search?q=%C3%A9%3B"])
async def test_comes_back_to_where_it_was_going(
    http: httpx.AsyncClient, firm: RealProvider, wanted: str
) -> None:
    firm.come("s-16", preferred_username="pat")
    going = (await http.get(wanted)).headers["location"]
    sent = parse_qs(urlsplit(going).query)["next"][0]
    back = (await come_in(http, firm, sent)).headers["location"]
    assert unquote(back) == unquote(wanted)


async def test_a_path_too_long_for_a_cookie_is_left(
    http: httpx.AsyncClient, firm: RealProvider
) -> None:
    firm.come("s-17", preferred_username="quin")
    answer = await come_in(http, firm, "/search?q=" + "é" * 1_500)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


async def test_a_provider_that_is_down_is_told(firm: RealProvider, tmp_path: Path) -> None:
    there = firm.settings()
    gone = type(there)(there.title, f"http://127.0.0.1:{free_port()}", "us", "secret")
    async with opened(tmp_path, provider=gone) as door, door.client() as http:
        answer = await http.get("/sign-in/provider")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "sign-in provider" in answer.text
