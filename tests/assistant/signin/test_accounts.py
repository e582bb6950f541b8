"""Names, passwords and one-time links."""

from __future__ import annotations

import asyncio
import re

import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from assistant.signin.passwords import LONGEST, Passwords, check_rule
from retrieval.audit.event import Act
from retrieval.errors import BadRequest, Unavailable
from retrieval.people.credentials import CredentialKind
from retrieval.people.people import Role
from tests.assistant.http_client import offences
from tests.assistant.signin.door import CHEAP, DAY, PASSWORD, Door, form_token, sign_in

FRESH = "seven quiet red barns"


async def test_unknown_names_and_wrong_passwords_look_the_same(door: Door) -> None:
    await door.add("eve")
    await door.directory.suspend("eve")
    pages = []
    for name, password in (("bob", "wrong"), ("zed", "wrong"), ("eve", PASSWORD)):
        async with door.client() as http:
            page = await sign_in(http, name, password)
        shown = re.sub(r'name="form_token" value="[^"]+"', "", page.text)
        assert f'value="{name}"' in shown
        pages.append((page.status_code, shown.replace(f'value="{name}"', "")))
    assert pages[0] == pages[1] == pages[2]
    assert pages[0][0] == 401


async def test_the_door_offers_no_page_that_leads_back_to_it(door: Door) -> None:
    async with door.client() as http:
        outside = await http.get("/sign-in")
        await sign_in(http, "bob", PASSWORD)
        inside = await http.get("/")
    assert outside.status_code == 200
    assert "<nav" not in outside.text
    assert "<nav" in inside.text


async def test_an_unknown_name_costs_as_much_as_a_wrong_password() -> None:
    asked: list[str] = []

    class Watched(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # noqa: A002
            asked.append(str(hash).split("$")[3])
            return super().verify(hash, password)

    passwords = Passwords(Watched(time_cost=1, memory_cost=8, parallelism=1))
    hashed = await passwords.hashed(PASSWORD)
    assert not await passwords.is_right("wrong", hashed)
    assert not await passwords.is_right("wrong", None)
    assert len(asked) == 2
    assert asked[0] == asked[1]


async def test_failed_sign_ins_are_noted_without_the_words_of_a_stranger(door: Door) -> None:
    async with door.client() as http:
        await sign_in(http, "ann", "wrong")
        await sign_in(http, PASSWORD, "ann")
    noted = door.record.events
    assert [each.act for each in noted] == [Act.SIGN_IN_FAILED] * 2
    assert [each.actor for each in noted] == ["ann", "stranger"]
    assert PASSWORD not in repr(noted)


@pytest.mark.parametrize("name", ["", " ", "a\0b", "x" * 5_000, "user:ann", "ann\n"])
async def test_odd_names_are_wrong_and_nothing_worse(door: Door, name: str) -> None:
    async with door.client() as http:
        answer = await sign_in(http, name)
    assert answer.status_code == (303 if name.strip() == "ann" else 401)


async def test_a_guesser_waits_longer_and_longer(door: Door) -> None:
    waits = []
    async with door.client() as http:
        for _ in range(5):
            assert (await sign_in(http, "ann", "wrong")).status_code == 401
        for _ in range(4):
            answer = await sign_in(http, "ann", "wrong")
            assert answer.status_code == 429, "the right password would not be judged either"
            assert (await sign_in(http, "ann")).status_code == 429
            waits.append(int(answer.headers["Retry-After"]))
            door.clock.ahead_seconds += waits[-1]
            assert (await sign_in(http, "ann", "wrong")).status_code == 401
    assert "Too" in answer.text or "too many" in answer.text
    assert waits == sorted(waits)
    assert waits[-1] >= 4 * waits[0]


async def test_a_guesser_elsewhere_does_not_keep_the_person_out(door: Door) -> None:
    async with door.client("192.0.2.66") as guesser:
        for _ in range(8):
            await sign_in(guesser, "ann", "wrong")
        assert (await sign_in(guesser, "ann")).status_code == 429
    async with door.client("10.1.2.3") as http:
        assert (await sign_in(http, "ann")).status_code == 303


async def test_an_address_that_tries_many_names_waits_too(door: Door) -> None:
    async with door.client("2001:db8::1") as http:
        answers = [await sign_in(http, f"name{number}", "wrong") for number in range(30)]
    async with door.client("2001:db8::2") as neighbour:
        stopped = await sign_in(neighbour, "ann")
    async with door.client("2001:db8:1::1") as other:
        let_in = await sign_in(other, "ann")
    assert {each.status_code for each in answers} == {401}
    assert stopped.status_code == 429
    assert let_in.status_code == 303


async def test_the_wait_ends_and_success_forgets(door: Door) -> None:
    async with door.client() as http:
        for _ in range(5):
            await sign_in(http, "ann", "wrong")
        door.clock.ahead_seconds += 3
        assert (await sign_in(http, "ann")).status_code == 303
        assert (await sign_in(http, "ann", "wrong")).status_code == 401
        assert (await sign_in(http, "ann")).status_code == 303


async def test_guesses_made_at_once_are_all_counted(door: Door) -> None:
    waits = await asyncio.gather(*(door.attempts.begin("ann", "10.0.0.1") for _ in range(12)))
    assert sum(wait == 0 for wait in waits) == 5


async def test_a_password_is_hashed_anew_when_the_parameters_change(door: Door) -> None:
    old = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(PASSWORD)
    await door.directory.set_password("ann", old)
    async with door.client() as http:
        assert (await sign_in(http, "ann")).status_code == 303
        fresh = await door.directory.password("ann")
        assert fresh
        assert not CHEAP.check_needs_rehash(fresh)
        assert (await sign_in(http, "ann")).status_code == 303


@given(st.text(max_size=11) | st.just("x" * 12) | st.just("x" * (LONGEST + 1)))
def test_short_plain_and_endless_passwords_are_refused(password: str) -> None:
    with pytest.raises(BadRequest, match="password"):
        check_rule(password, "ann")


def test_the_name_is_no_password() -> None:
    for password in ("annabella.long", "ANNABELLA.LONG", "annabella.long" * 2):
        with pytest.raises(BadRequest, match="name"):
            check_rule(password, "annabella.long")
    check_rule(PASSWORD, "ann")


async def test_a_link_sets_a_password_once(door: Door) -> None:
    await door.directory.add("new")
    link = await door.sign_in.accounts.invite("new", "operator", "command line")
    async with door.client() as http:
        page = await http.get(link)
        again = await http.get(link)
        sent = {"password": FRESH, "again": FRESH, "form_token": form_token(again.text)}
        done = await http.post(link, data=sent)
        reading = await http.get("/api/search?q=notice")
        spent = await http.get(link)
        replayed = await http.post(link, data=sent)
    async with door.client() as elsewhere:
        assert (await sign_in(elsewhere, "new", FRESH)).status_code == 303
    assert page.status_code == 200
    assert offences(page.text) == []
    assert done.status_code == 303
    assert reading.status_code == 200
    assert spent.status_code == 410
    assert replayed.status_code in (403, 410)
    assert door.record.acts() == [Act.PERSON, Act.PERSON, Act.SIGN_IN, Act.SIGN_IN]
    assert door.record.events[0].concerns == ("new",)


@pytest.mark.parametrize(
    ("password", "again", "told"),
    [("short", "short", "12 to"), (FRESH, FRESH + "s", "twice"), ("", "", "12 to")],
)
async def test_a_password_that_will_not_do_does_not_use_up_the_link(
    door: Door, password: str, again: str, told: str
) -> None:
    link = await door.invitation("ann")
    async with door.client() as http:
        page = await http.get(link)
        sent = {"password": password, "again": again, "form_token": form_token(page.text)}
        answer = await http.post(link, data=sent)
        assert (await http.get(link)).status_code == 200
    assert answer.status_code == 422
    assert told in answer.text
    if password:
        assert password not in answer.text


async def test_a_link_is_used_up_by_one_of_many_who_send_it_at_once(door: Door) -> None:
    link = await door.invitation("ann")
    secret = link.rsplit("/", 1)[1]
    kind = CredentialKind.INVITATION
    spent = await asyncio.gather(*(door.credentials.spend(secret, kind) for _ in range(6)))
    assert sorted(spent) == [False] * 5 + [True]


async def test_a_new_password_ends_the_sessions_before_it(door: Door) -> None:
    async with door.client() as http:
        await sign_in(http, "ann")
        link = await door.invitation("ann")
        await door.sign_in.accounts.accept(link.rsplit("/", 1)[1], FRESH, "web")
        assert (await http.get("/api/search?q=notice")).status_code == 401


async def test_a_newer_link_ends_the_one_before(door: Door) -> None:
    first, second = await door.invitation("ann"), await door.invitation("ann")
    async with door.client() as http:
        assert (await http.get(first)).status_code == 410
        assert (await http.get(second)).status_code == 200


async def test_a_link_is_good_for_a_day(door: Door) -> None:
    link = await door.invitation("ann")
    door.clock.ahead_seconds = DAY - 60
    async with door.client() as http:
        assert (await http.get(link)).status_code == 200
        door.clock.ahead_seconds = DAY
        assert (await http.get(link)).status_code == 410


async def test_the_first_administrator_gets_a_link_until_there_is_one(door: Door) -> None:
    accounts = door.sign_in.accounts
    lost, link = await accounts.first_admin_link("admin"), await accounts.first_admin_link("admin")
    assert lost
    assert link
    async with door.client() as http:
        assert (await http.get(lost)).status_code == 410
        page = await http.get(link)
        sent = {"password": FRESH, "again": FRESH, "form_token": form_token(page.text)}
        assert (await http.post(link, data=sent)).status_code == 303
    assert await accounts.first_admin_link("admin") is None
    assert (await door.directory.person("admin")).roles == {Role.ADMIN}


async def test_nothing_changes_that_cannot_be_recorded(door: Door) -> None:
    link = await door.invitation("ann")
    door.record.is_full = True
    with pytest.raises(Unavailable):
        await door.sign_in.accounts.first_admin_link("admin")
    with pytest.raises(Unavailable):
        await door.sign_in.accounts.accept(link.rsplit("/", 1)[1], FRESH, "web")
    assert await door.directory.is_free("admin")
    assert await door.sign_in.accounts.invited(link.rsplit("/", 1)[1])
    hashed = await door.directory.password("ann")
    assert hashed
    assert CHEAP.verify(hashed, PASSWORD)


async def test_nobody_becomes_administrator_unasked(door: Door) -> None:
    assert await door.sign_in.accounts.first_admin_link("ann") is None
    assert (await door.directory.person("ann")).roles == set()
