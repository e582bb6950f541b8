"""A session begins with a fresh secret, counts while it should, and ends everywhere at once."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from assistant.signin.cookies import new_secret
from retrieval.audit.event import Act
from retrieval.people.credentials import CredentialKind, digest_of
from retrieval.people.tables import credentials
from tests.assistant.http_client import CONTRACT, offences
from tests.assistant.signin.door import DAY, PASSWORD, Door, form_token, opened, sign_in

COOKIE = "pincite_session"
MINE = f"/source/{CONTRACT}/1"


async def test_nobody_is_asked_to_sign_in_and_comes_to_where_they_were_going(door: Door) -> None:
    async with door.client() as http:
        sent = await http.get(MINE, params={"start": "2", "end": "9"})
        page = await http.get(sent.headers["location"])
        answer = await sign_in(http, "ann", next=f"{MINE}?start=2&end=9")
        opened_ = await http.get(answer.headers["location"])
    assert sent.status_code == answer.status_code == 303
    assert (
        sent.headers["location"]
        == f"/sign-in?next=%2Fsource%2F{CONTRACT}%2F1%3Fstart%3D2%26end%3D9"
    )
    assert f'value="{MINE}?start=2&amp;end=9"' in page.text
    assert offences(page.text) == []
    assert opened_.status_code == 200
    assert "Sign out" in opened_.text


@pytest.mark.parametrize(
    ("came_from", "next_"),
    [
        ("http://testserver/conversations/7/share?turn=1", "/conversations/7/share?turn=1"),
        ("http://evil.example/search", ""),
        ("", ""),
    ],
)
async def test_whoever_sent_a_form_too_late_comes_back_to_its_page(
    door: Door, came_from: str, next_: str
) -> None:
    async with door.client() as http:
        sent = await http.post("/documents/preview", headers={"Referer": came_from})
    assert sent.status_code == 303
    query = httpx.QueryParams(sent.headers["location"].partition("?")[2])
    assert query.get("next", "") == next_


async def test_programs_are_told_how_to_say_who_asks(door: Door) -> None:
    async with door.client() as http:
        answer = await http.get("/api/search?q=notice")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["error"]["code"] == "not_signed_in"


async def test_what_one_may_not_read_is_not_there(door: Door) -> None:
    async with door.client() as http:
        await sign_in(http, "bob")
        hidden = await http.get(f"/api/documents/{CONTRACT}")
        missing = await http.get(f"/api/documents/{'0' * 32}")
    assert hidden.status_code == missing.status_code == 404
    assert hidden.content == missing.content


async def test_a_secret_is_256_random_bits_and_only_its_digest_is_kept(door: Door) -> None:
    made = [await door.token("ann", "ask") for _ in range(20)]
    async with door.database.transaction() as connection:
        kept = [str(row) for row in (await connection.execute(select(credentials))).all()]
    assert len({*made}) == 20
    for secret in made:
        assert re.fullmatch(r"[A-Za-z0-9_-]{43}", secret)
        assert sum(digest_of(secret) in row for row in kept) == 1
        assert not any(secret in row for row in kept)


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(tmp_path: Path) -> None:
    async with opened(tmp_path, address="https://testserver") as door:
        await door.add("ann")
        async with door.client(base_url="https://testserver") as http:
            answer = await sign_in(http, "ann")
    [cookie] = [each for each in answer.headers.get_list("set-cookie") if "session=" in each]
    name, *attributes = cookie.lower().split("; ")
    assert name.startswith("__host-pincite_session=")
    assert {"httponly", "secure", "samesite=lax", "path=/"} <= set(attributes)
    assert not any(each.startswith("domain") for each in attributes)


async def test_a_cookie_set_beforehand_never_becomes_a_session(door: Door) -> None:
    planted = new_secret()
    async with door.client(cookies={COOKIE: planted}) as http:
        answer = await sign_in(http, "ann")
        given = answer.cookies[COOKIE]
    async with door.client(cookies={COOKIE: planted}) as stranger:
        assert (await stranger.get("/api/search?q=notice")).status_code == 401
    assert given != planted


async def test_signing_in_anew_ends_the_session_before(door: Door) -> None:
    async with door.client() as http:
        first = (await sign_in(http, "ann")).cookies[COOKIE]
        second = (await sign_in(http, "ann")).cookies[COOKIE]
    assert first != second
    assert await door.credentials.prove(first, CredentialKind.SESSION) is None
    assert await door.credentials.prove(second, CredentialKind.SESSION)


async def test_signing_out_ends_the_session_in_the_database(door: Door) -> None:
    async with door.client() as http:
        secret = (await sign_in(http, "ann")).cookies[COOKIE]
        page = await http.get("/")
        answer = await http.post("/sign-out", data={"form_token": form_token(page.text)})
    async with door.client(cookies={COOKIE: secret}) as again:
        assert (await again.get("/api/search?q=notice")).status_code == 401
    assert answer.status_code == 303
    assert door.record.acts() == [Act.SIGN_IN, Act.SIGN_OUT]
    assert door.record.events[0].origin == "web 10.1.2.3"


async def test_an_idle_session_ends_before_its_time_and_a_used_one_does_not(door: Door) -> None:
    async with door.client() as http:
        await sign_in(http, "ann")
        for _ in range(3):
            door.clock.ahead_seconds += 3 * 3600
            assert (await http.get("/api/search?q=notice")).status_code == 200
        door.clock.ahead_seconds += 3 * 3600
        assert (await http.get("/api/search?q=notice")).status_code == 401  # 12 hours are over


async def test_an_unused_session_ends_early(door: Door) -> None:
    async with door.client() as http:
        await sign_in(http, "ann")
        door.clock.ahead_seconds = 4 * 3600
        assert (await http.get("/api/search?q=notice")).status_code == 401


async def test_use_is_noted_once_a_minute_at_most(door: Door) -> None:
    secret = await door.token("ann", "ask")
    first = await door.credentials.prove(secret, CredentialKind.TOKEN)
    seen = []
    for ahead in (10, 50, 70, 80):
        door.clock.ahead_seconds = ahead
        await door.credentials.prove(secret, CredentialKind.TOKEN)
        [kept] = await door.credentials.of("ann")
        seen.append(kept.used_at)
    assert first
    assert seen[0] == seen[1]
    assert seen[2] == seen[3] != seen[1]


@pytest.mark.parametrize("kind", [*CredentialKind], ids=str)
@pytest.mark.parametrize("how", ["suspended", "revoked", "all revoked", "expired"])
async def test_what_is_ended_opens_nothing_at_the_next_request(
    door: Door, kind: CredentialKind, how: str
) -> None:
    secret, kept = await door.credentials.make("ann", kind, lasts_seconds=DAY, scopes=["search"])
    async with door.client() as http:
        assert (await use(http, kind, secret)).status_code == 200
        match how:
            case "suspended":
                await door.directory.suspend("ann")
            case "revoked":
                await door.credentials.revoke(kept.id)
            case "all revoked":
                await door.credentials.revoke_all("ann")
            case "expired":
                door.clock.ahead_seconds = DAY
        denied = await use(http, kind, secret)
    assert denied.status_code == (410 if kind is CredentialKind.INVITATION else 401)
    assert "rank" not in denied.text


async def test_a_secret_counts_as_what_it_was_made_for_and_nothing_else(door: Door) -> None:
    async with door.client() as http:
        for made in CredentialKind:
            secret, _ = await door.credentials.make(
                "ann", made, lasts_seconds=DAY, scopes=["search"]
            )
            for used in CredentialKind:
                answer = await use(http, used, secret)
                assert (answer.status_code == 200) == (made is used), (made, used)


async def test_who_is_reinstated_may_come_in_again(door: Door) -> None:
    secret = await door.token("ann", "search")
    await door.directory.suspend("ann")
    async with door.client() as http:
        assert (await sign_in(http, "ann")).status_code == 401
        await door.directory.reinstate("ann")
        assert (await sign_in(http, "ann")).status_code == 303
        assert (await use(http, CredentialKind.TOKEN, secret)).status_code == 200


async def use(http: httpx.AsyncClient, kind: CredentialKind, secret: str) -> httpx.Response:
    match kind:
        case CredentialKind.SESSION:
            http.cookies.set(COOKIE, secret)
            answer = await http.get("/api/search?q=notice")
            http.cookies.delete(COOKIE)
            return answer
        case CredentialKind.TOKEN:
            headers = {"Authorization": f"Bearer {secret}"}
            return await http.get("/api/search?q=notice", headers=headers)
        case CredentialKind.INVITATION:
            return await http.get(f"/invitation/{secret}")


async def test_without_a_record_nobody_comes_in(door: Door) -> None:
    door.record.is_full = True
    async with door.client() as http:
        answer = await sign_in(http, "ann")
        wrong = await sign_in(http, "ann", PASSWORD + "?")
    assert answer.status_code == wrong.status_code == 503
    assert COOKIE not in answer.cookies
    assert await door.credentials.of("ann") == []
