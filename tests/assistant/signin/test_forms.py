"""A form counts only if a page of this browser's own session made it."""

from __future__ import annotations

import httpx
import pytest

from assistant.signin.cookies import derived, is_derived, new_secret
from retrieval.people.credentials import CredentialKind
from tests.assistant.signin.door import PASSWORD, Door, form_token, sign_in

COOKIE = "pincite_session"
FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://testserver.evil.example"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
]


async def is_in(http: httpx.AsyncClient) -> bool:
    return (await http.get("/api/search?q=notice")).status_code == 200


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
async def test_another_site_cannot_sign_out_even_with_the_token(
    door: Door, headers: dict[str, str]
) -> None:
    async with door.client() as http:
        await sign_in(http, "ann")
        token = form_token((await http.get("/")).text)
        answer = await http.post("/sign-out", data={"form_token": token}, headers=headers)
        assert answer.status_code == 403
        assert await is_in(http)


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
async def test_another_site_cannot_sign_a_browser_in(door: Door, headers: dict[str, str]) -> None:
    async with door.client() as http:
        token = form_token((await http.get("/sign-in")).text)
        sent = {"name": "ann", "password": PASSWORD, "form_token": token}
        answer = await http.post("/sign-in", data=sent, headers=headers)
    assert answer.status_code == 403
    assert COOKIE not in answer.cookies


async def test_a_form_without_the_token_does_nothing(door: Door) -> None:
    async with door.client() as other:
        await sign_in(other, "bob")
        foreign = form_token((await other.get("/")).text)
    async with door.client() as http:
        await sign_in(http, "ann")
        for sent in ({}, {"form_token": ""}, {"form_token": "é"}, {"form_token": foreign}):
            assert (await http.post("/sign-out", data=sent)).status_code == 403
        assert await is_in(http)


async def test_a_sign_in_form_without_its_token_is_not_judged(door: Door) -> None:
    async with door.client() as http:
        await http.get("/sign-in")
        for token in ("", "x", derived(new_secret(), "form")):
            sent = {"name": "ann", "password": PASSWORD, "form_token": token}
            answer = await http.post("/sign-in", data=sent)
            assert answer.status_code == 403
            assert COOKIE not in answer.cookies
    assert door.record.events == []


async def test_a_token_of_the_form_before_signing_in_is_none_of_the_session(door: Door) -> None:
    async with door.client() as http:
        before = form_token((await http.get("/sign-in")).text)
        await sign_in(http, "ann")
        assert (await http.post("/sign-out", data={"form_token": before})).status_code == 403


async def test_a_program_with_a_token_needs_no_form_token(door: Door) -> None:
    headers = {"Authorization": f"Bearer {await door.token('ann', 'search')}"}
    async with door.client() as http:
        answer = await http.post("/sign-out", headers=headers)
        assert answer.status_code == 303
        again = await http.get("/api/search?q=notice", headers=headers)
    assert again.status_code == 200, "a token is revoked, not signed out"


def test_the_token_tells_nothing_of_the_session() -> None:
    secret = new_secret()
    assert derived(secret, "form") != derived(secret, "state") != secret
    assert is_derived(derived(secret, "form"), secret, "form")
    assert not is_derived(derived(secret, "state"), secret, "form")
    assert not is_derived(derived("", "form"), "", "form")


async def test_a_form_with_very_many_fields_is_refused(door: Door) -> None:
    async with door.client() as http:
        sent = {f"field{number}": "x" for number in range(200)}
        assert (await http.post("/sign-in", data=sent)).status_code == 422


async def test_a_stolen_form_token_opens_nothing(door: Door) -> None:
    async with door.client() as http:
        await sign_in(http, "ann")
        token = form_token((await http.get("/")).text)
    assert await door.credentials.prove(token, CredentialKind.SESSION) is None
