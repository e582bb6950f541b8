"""Tokens and trusted proxies: who asks, and what they may do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.routing import Mount

from assistant.http.app import create_app
from assistant.http.health import Part
from assistant.http.parts import caller_of
from assistant.signin.addresses import networks_of
from assistant.signin.authenticator import Proxy
from assistant.signin.caller import Action, Caller, Means, allowed, may
from retrieval.access import Principal
from retrieval.audit.event import Act
from retrieval.people.people import Person, Role
from tests.assistant.http_client import CONTRACT
from tests.assistant.signin.door import Door, opened, sign_in
from tests.assistant.test_http_safety import DOORS, EVERY_ROUTE, routes_of

CHOICES = {"/person", "/language", "/keys"}
OPEN_TO_ALL = {"/healthz", "/readyz", "/openapi.json", "/static"} | CHOICES
EVERYBODY = {Action.ASK, Action.SEARCH, Action.READ, Action.ACT, Action.CONFIRM}
FOUND = "/api/search?q=notice"


async def test_every_route_but_the_listed_asks_who_it_is(door: Door) -> None:
    async with door.client() as http:
        for path, methods in routes_of(create_app(door.parts())):
            for method in methods - {"HEAD", "OPTIONS"}:
                if path in OPEN_TO_ALL or path in DOORS:
                    continue
                answer = await http.request(method, EVERY_ROUTE[path])
                expected = 401 if path.startswith(("/api/", "/v1/", "/metrics", "/mcp")) else 303
                assert answer.status_code == expected, (method, path)
                assert "Northwind" not in answer.text


def test_every_route_depends_on_the_one_authenticator(door: Door) -> None:
    for route in all_routes(create_app(door.parts())):
        path = route.path
        if path in OPEN_TO_ALL or path in DOORS or isinstance(route, Mount):
            continue
        assert caller_of in dependencies(route.dependant), path


def all_routes(app: FastAPI) -> Iterator[Any]:
    waiting: list[Any] = list(app.routes)
    while waiting:
        route = waiting.pop()
        if hasattr(route, "original_router"):
            waiting += route.original_router.routes
        else:
            yield route


def dependencies(dependant: Any) -> set[Any]:
    found = {dependant.call}
    for each in dependant.dependencies:
        found |= dependencies(each)
    return found


async def test_a_token_does_what_it_is_for_and_no_more(door: Door) -> None:
    asked = {"json": {"question": "How much notice to terminate?"}}
    uses = {
        Action.SEARCH: ("GET", FOUND, {}),
        Action.READ: ("GET", f"/api/documents/{CONTRACT}", {}),
        Action.ASK: ("POST", "/api/ask", asked),
    }
    async with door.client() as http:
        for scope in uses:
            headers = {"Authorization": f"Bearer {await door.token('ann', scope)}"}
            for action, (method, path, sent) in uses.items():
                answer = await http.request(method, path, headers=headers, **sent)
                assert answer.status_code == (200 if action is scope else 403), (scope, action)
                if answer.status_code == 403:
                    assert answer.json()["error"]["code"] == "not_allowed"


async def test_a_token_answers_as_its_person_does(door: Door) -> None:
    headers = {"Authorization": f"Bearer {await door.token('bob', *Action)}"}
    async with door.client() as http:
        assert (await http.get(f"/api/documents/{CONTRACT}", headers=headers)).status_code == 404


@pytest.mark.parametrize(
    "given",
    ["Bearer", "Bearer ", "Bearer x", "bearer " + "A" * 43, "Bearer é", "Bearer " + "A" * 9_000],
)
async def test_what_is_no_token_is_nobodys(door: Door, given: str) -> None:
    async with door.client() as http:
        answer = await http.get(FOUND, headers={"Authorization": given.encode()})
    assert answer.status_code == 401


async def test_a_bad_token_is_not_made_good_by_a_session(door: Door) -> None:
    async with door.client() as http:
        await sign_in(http, "ann")
        answer = await http.get(FOUND, headers={"Authorization": "Bearer " + "A" * 43})
    assert answer.status_code == 401


async def test_two_tokens_at_once_are_nobodys(door: Door) -> None:
    one, two = await door.token("ann", "search"), await door.token("bob", "search")
    given = [("Authorization", f"Bearer {one}"), ("Authorization", f"Bearer {two}")]
    async with door.client() as http:
        assert (await http.get(FOUND, headers=given)).status_code == 401


def caller(*roles: Role, scopes: frozenset[str] | None = None) -> Caller:
    person = Person("1", "ann", "Ann", frozenset(roles), is_suspended=False)
    return Caller(Principal.person("ann"), person, Means.TOKEN, "web", scopes)


@pytest.mark.parametrize("role", [*Role])
def test_every_role_adds_actions_and_no_keys(role: Role) -> None:
    assert allowed(frozenset({role})) > EVERYBODY
    assert caller(role).principal == caller().principal


def test_nobody_manages_without_a_role() -> None:
    assert {action for action in Action if may(caller(), action)} == EVERYBODY
    stranger = Caller(Principal.person("me"), None, Means.MACHINE, "web")
    own = EVERYBODY | {Action.EVALUATE, Action.GOVERN}
    assert {action for action in Action if may(stranger, action)} == own
    assert not may(caller(Role.ADMIN, Role.REVIEWER), Action.GOVERN)
    assert may(caller(Role.STEWARD), Action.GOVERN)
    assert not may(caller(Role.OPERATOR, Role.REVIEWER, Role.EVALUATOR), Action.MANAGE_PEOPLE)
    assert not may(caller(Role.OPERATOR), Action.READ_AUDIT)
    assert may(caller(Role.ADMIN), Action.MANAGE_PEOPLE)


def test_scopes_narrow_and_never_widen() -> None:
    every = frozenset(Action)
    for role in Role:
        assert not any(may(caller(role, scopes=frozenset()), action) for action in Action)
        for action in Action:
            with_all = may(caller(role, scopes=every), action)
            assert with_all == may(caller(role), action)
    assert not may(caller(scopes=every), Action.MANAGE_PEOPLE)


PROXY = Proxy("X-Forwarded-User", networks_of(["10.0.0.0/24"]), "X-Forwarded-Groups")
AS_ANN = {"X-Forwarded-User": "ann"}


@pytest.fixture
async def proxied(tmp_path: Path) -> AsyncIterator[Door]:
    async with opened(tmp_path, proxy=PROXY, proxies=PROXY.networks) as door:
        await door.add("ann")
        await door.add("bob")
        yield door


async def test_a_listed_proxy_says_who_asks_and_in_which_groups(proxied: Door) -> None:
    path = f"/api/documents/{CONTRACT}"
    async with proxied.client("10.0.0.7") as http:
        inside = await http.get(path, headers=AS_ANN | {"X-Forwarded-Groups": "legal, a b,"})
        page = await http.get("/", headers=AS_ANN | {"X-Forwarded-Groups": "legal"})
        outside = await http.get(path, headers=AS_ANN)
    assert inside.status_code == 200
    assert outside.status_code == 404, "groups are those of the request"
    assert "ann" in page.text
    assert "Sign out" not in page.text
    assert proxied.record.acts() == [Act.PERMISSION, Act.PERMISSION]


@pytest.mark.parametrize("peer", ["10.0.1.7", "192.0.2.1", "127.0.0.1", "unknown"])
async def test_the_header_from_elsewhere_makes_a_request_nobodys(proxied: Door, peer: str) -> None:
    token = {"Authorization": f"Bearer {await proxied.token('ann', 'search')}"}
    forwarded = {"X-Forwarded-For": "10.0.0.7"}
    async with proxied.client(peer) as http:
        assert (await http.get(FOUND, headers=AS_ANN)).status_code == 401
        assert (await http.get(FOUND, headers=AS_ANN | forwarded)).status_code == 401
        assert (await http.get(FOUND, headers=AS_ANN | token)).status_code == 401
        await sign_in(http, "ann")
        assert (await http.get(FOUND)).status_code == 200
        assert (await http.get(FOUND, headers=AS_ANN)).status_code == 401


async def test_without_the_mode_the_header_means_nothing(door: Door) -> None:
    async with door.client("10.0.0.7") as http:
        assert (await http.get(FOUND, headers=AS_ANN)).status_code == 401
        await sign_in(http, "bob")
        answer = await http.get(f"/api/documents/{CONTRACT}", headers=AS_ANN)
    assert answer.status_code == 404


async def test_two_names_in_the_header_are_nobodys(proxied: Door) -> None:
    given = [("X-Forwarded-User", "ann"), ("X-Forwarded-User", "bob")]
    async with proxied.client("10.0.0.7") as http:
        assert (await http.get(FOUND, headers=given)).status_code == 401


@pytest.mark.parametrize("name", ["zed", "", "a b", "everyone", "group:legal"])
async def test_a_proxy_brings_in_only_who_is_here(proxied: Door, name: str) -> None:
    async with proxied.client("10.0.0.7") as http:
        assert (await http.get(FOUND, headers={"X-Forwarded-User": name})).status_code == 401
    assert len(await proxied.directory.people()) == 2


async def test_a_proxy_does_not_bring_in_the_suspended(proxied: Door) -> None:
    await proxied.directory.suspend("ann")
    async with proxied.client("10.0.0.7") as http:
        assert (await http.get(FOUND, headers=AS_ANN)).status_code == 401


async def test_the_proxys_word_goes_before_an_old_session(proxied: Door) -> None:
    async with proxied.client("10.0.0.7") as http:
        await sign_in(http, "bob")
        page = await http.get("/", headers=AS_ANN)
    assert 'title="ann"' in page.text


async def test_a_proxy_adds_people_where_it_may(tmp_path: Path) -> None:
    proxy = Proxy("X-Forwarded-User", PROXY.networks, may_add=True)
    async with opened(tmp_path, proxy=proxy) as door, door.client("10.0.0.7") as http:
        assert (await http.get(FOUND, headers={"X-Forwarded-User": "new"})).status_code == 200
        assert (await http.get(FOUND, headers={"X-Forwarded-User": "a b"})).status_code == 401
        assert [each.name for each in await door.directory.people()] == ["new"]
        assert door.record.acts() == [Act.PERSON, Act.SIGN_IN_FAILED]


async def test_a_proxied_form_must_come_from_a_browser_on_our_own_page(proxied: Door) -> None:
    async with proxied.client("10.0.0.7", headers=AS_ANN) as http:
        bare = await http.post("/sign-out")
        own = await http.post("/sign-out", headers={"Sec-Fetch-Site": "same-origin"})
    assert bare.status_code == 403
    assert own.status_code == 303


async def test_strangers_are_not_told_why_a_part_failed(door: Door) -> None:
    async def fail() -> Any:
        raise OSError("/srv/secret/place")

    parts = door.parts(assistant=Part("assistant", fail))
    transport = httpx.ASGITransport(create_app(parts), client=("10.1.2.3", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
        parts.assistant.start()
        await parts.sign_in.get()  # type: ignore[union-attr]
        headers = {"Authorization": f"Bearer {await door.token('ann', 'search')}"}
        stranger = (await http.get("/readyz")).json()
        known = (await http.get("/readyz", headers=headers)).json()
    assert stranger["parts"]["assistant"] == {"state": "failed", "reason": ""}
    assert known["parts"]["assistant"]["reason"] == "OSError"
