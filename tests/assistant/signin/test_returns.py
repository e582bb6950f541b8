"""Who fails to come in waits, alone and for a time; nothing piles up behind them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from assistant.signin.addresses import networks_of
from assistant.signin.authenticator import Proxy
from assistant.signin.cookies import derived, new_secret
from assistant.signin.oidc import Provider
from retrieval.audit.event import Act
from retrieval.people.attempts import DEFAULT, LONGEST_WAIT_SECONDS
from retrieval.people.tables import sign_in_failures
from tests.assistant.signin.door import Door, opened, sign_in
from tests.assistant.signin.liar import CLIENT, Liar, lying

FOUND = "/api/search?q=notice"
FREE = DEFAULT.of_address
HERE, ELSEWHERE = "10.1.2.3", "10.9.9.9"


@pytest.fixture
def liar() -> Iterator[Liar]:
    with lying() as liar:
        liar.describe()
        yield liar


@pytest.fixture
async def door(liar: Liar, tmp_path: Path) -> AsyncIterator[Door]:
    provider = Provider("the firm", liar.issuer, CLIENT, "secret")
    async with opened(tmp_path, provider=provider) as door:
        await door.add("ann")
        yield door


def refusing(liar: Liar) -> None:
    liar.say("/token", {"error": "invalid_grant"}, 400)


def admitting(liar: Liar, flow: str) -> None:
    token = liar.signed(liar.claims(derived(flow, "nonce")))
    liar.say("/token", {"id_token": token, "access_token": "a", "token_type": "Bearer"})


async def come_back(door: Door, flow: str, peer: str = HERE) -> httpx.Response:
    """Come back from the provider with a code, in a browser whose cookie holds the flow."""
    headers = {"Cookie": f"pincite_flow={flow}"} if flow else {}
    brought = {"state": derived(flow or "x", "state"), "code": "c"}
    transport = httpx.ASGITransport(door.app, client=(peer, 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
        return await http.get("/sign-in/callback", params=brought, headers=headers)


async def rows(door: Door) -> list[tuple[str, int]]:
    async with door.database.transaction() as connection:
        found = await connection.execute(select(sign_in_failures))
        return [(row.key, row.count) for row in found]


async def test_codes_that_are_refused_are_tried_slower_and_slower(door: Door, liar: Liar) -> None:
    refusing(liar)
    answers = [await come_back(door, new_secret()) for _ in range(FREE + 20)]
    assert [each.status_code for each in answers] == [401] * FREE + [429] * 20
    assert {each.headers["Retry-After"] for each in answers[FREE:]} == {"1"}
    assert "Try again in 1 seconds" in answers[-1].text
    assert liar.asked.count("/token") == FREE
    assert door.record.acts() == [Act.SIGN_IN_FAILED] * FREE
    assert [count for _, count in await rows(door)] == [FREE]

    waits = []
    for _ in range(12):
        door.clock.ahead_seconds += int(
            (await come_back(door, new_secret())).headers["Retry-After"]
        )
        assert (await come_back(door, new_secret())).status_code == 401
        waits.append(int((await come_back(door, new_secret())).headers["Retry-After"]))
    assert max(waits) <= LONGEST_WAIT_SECONDS
    assert sum(waits) > 2 * LONGEST_WAIT_SECONDS
    assert liar.asked.count("/token") == FREE + 12


async def test_tries_at_the_same_moment_are_all_counted(door: Door, liar: Liar) -> None:
    refusing(liar)
    answers = await asyncio.gather(*(come_back(door, new_secret()) for _ in range(FREE + 10)))
    assert [each.status_code for each in answers].count(429) == 10
    assert liar.asked.count("/token") == FREE


async def test_what_no_flow_belongs_to_leaves_nothing_and_makes_nobody_wait(
    door: Door, liar: Liar
) -> None:
    answers = [await come_back(door, "") for _ in range(FREE + 5)]
    assert {each.status_code for each in answers} == {401}
    assert (await rows(door), door.record.acts(), liar.asked) == ([], [], [])


async def test_what_a_foreign_page_makes_a_browser_ask_for_makes_nobody_wait(
    door: Door, liar: Liar
) -> None:
    async with door.client(cookies={"pincite_flow": new_secret()}) as http:
        for _ in range(FREE + 5):
            http.cookies.set("pincite_flow", new_secret())
            assert (await http.get("/sign-in/callback?state=x&code=c")).status_code == 401
    assert (await rows(door), door.record.events, liar.asked) == ([], [], [])
    flow = new_secret()
    admitting(liar, flow)
    assert (await come_back(door, flow)).status_code == 303


async def test_only_this_way_in_from_this_network_waits(door: Door, liar: Liar) -> None:
    refusing(liar)
    for _ in range(FREE):
        await come_back(door, new_secret())
    assert (await come_back(door, new_secret())).status_code == 429
    async with door.client(HERE) as http:
        assert (await sign_in(http, "ann")).status_code == 303
        headers = {"Authorization": f"Bearer {await door.token('ann', 'search')}"}
        assert (await http.get(FOUND, headers=headers)).status_code == 200
    flow = new_secret()
    admitting(liar, flow)
    assert (await come_back(door, flow, ELSEWHERE)).status_code == 303


async def test_failed_passwords_do_not_close_the_way_through_the_provider(
    door: Door, liar: Liar
) -> None:
    async with door.client(HERE) as http:
        for number in range(FREE):
            await sign_in(http, f"name{number}", "wrong")
        assert (await sign_in(http, "ann")).status_code == 429
    flow = new_secret()
    admitting(liar, flow)
    assert (await come_back(door, flow)).status_code == 303


async def test_success_is_not_counted(door: Door, liar: Liar) -> None:
    for _ in range(FREE + 5):
        flow = new_secret()
        admitting(liar, flow)
        assert (await come_back(door, flow)).status_code == 303
    assert [count for _, count in await rows(door)] == [0]


async def test_whoever_must_wait_comes_in_afterwards_by_loading_the_page_again(
    door: Door, liar: Liar
) -> None:
    refusing(liar)
    for _ in range(FREE):
        await come_back(door, new_secret())
    flow = new_secret()
    admitting(liar, flow)
    async with door.client(cookies={"pincite_flow": flow}) as http:
        brought = {"state": derived(flow, "state"), "code": "c"}
        made_to_wait = await http.get("/sign-in/callback", params=brought)
        door.clock.ahead_seconds += int(made_to_wait.headers["Retry-After"])
        assert (await http.get("/sign-in/callback", params=brought)).status_code == 303
    assert "pincite_flow" not in made_to_wait.headers.get("set-cookie", "")


async def test_an_outage_of_the_provider_makes_nobody_wait_after_it(door: Door, liar: Liar) -> None:
    liar.say("/token", b"", 502)
    answers = [await come_back(door, new_secret()) for _ in range(FREE + 5)]
    assert {each.status_code for each in answers} == {503}
    assert door.record.events == []
    flow = new_secret()
    admitting(liar, flow)
    assert (await come_back(door, flow)).status_code == 303


async def test_a_record_that_is_full_makes_nobody_wait_after_it(door: Door, liar: Liar) -> None:
    flow = new_secret()
    admitting(liar, flow)
    door.record.is_full = True
    answers = [await come_back(door, flow) for _ in range(FREE + 5)]
    assert {each.status_code for each in answers} == {503}
    door.record.is_full = False
    assert (await come_back(door, flow)).status_code == 303


async def test_tokens_that_do_not_count_are_noted_so_many_times(door: Door) -> None:
    mine = {"Authorization": f"Bearer {await door.token('ann', 'search')}"}
    async with door.client() as http:
        for _ in range(FREE + 20):
            junk = {"Authorization": f"Bearer {new_secret()}"}
            assert (await http.get(FOUND, headers=junk)).status_code == 401
        assert (await http.get(FOUND, headers=mine)).status_code == 200
    told = [(each.act, each.actor, each.about) for each in door.record.events]
    assert told[:FREE] == [(Act.SIGN_IN_FAILED, "stranger", {"by": "token"})] * FREE
    assert Act.SIGN_IN_FAILED not in door.record.acts()[FREE:]
    assert await rows(door) == [(f"address token {HERE}/32", FREE)]


async def test_a_proxys_header_from_elsewhere_is_noted_so_many_times(tmp_path: Path) -> None:
    proxy = Proxy("X-Forwarded-User", networks_of(["10.0.0.0/24"]))
    async with opened(tmp_path, proxy=proxy, proxies=proxy.networks) as door:
        await door.add("ann")
        async with door.client("192.0.2.1") as http:
            for _ in range(FREE + 20):
                as_ann = {"X-Forwarded-User": "ann", "X-Forwarded-For": "10.0.0.7"}
                assert (await http.get(FOUND, headers=as_ann)).status_code == 401
        told = [(each.act, each.origin, each.about) for each in door.record.events]
        assert told == [(Act.SIGN_IN_FAILED, "web 192.0.2.1", {"by": "proxy"})] * FREE


async def test_nothing_is_noted_of_whoever_shows_nothing(door: Door) -> None:
    async with door.client() as http:
        assert (await http.get(FOUND)).status_code == 401
        http.cookies.set("pincite_session", new_secret())
        assert (await http.get(FOUND)).status_code == 401
    assert (door.record.events, await rows(door)) == ([], [])
