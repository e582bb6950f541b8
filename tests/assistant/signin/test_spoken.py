"""What goes wrong at the door is told in the language of the page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from assistant.http.forms import _refuse
from assistant.http.signin import problem_of
from assistant.signin.errors import BadForm, BadInvitation, SignInError, WrongCredentials
from assistant.signin.oidc import Provider
from tests.assistant.http_client import read
from tests.assistant.signin.door import PASSWORD, Door, opened

GERMAN = {"Sec-Fetch-Site": "same-origin", "Accept-Language": "de"}
TOKEN = re.compile(r'name="form_token" value="([^"]+)"')


async def test_a_wrong_password_is_told_in_the_language_of_the_page(door: Door) -> None:
    async with door.client(headers=GERMAN) as http:
        form = (await http.get("/sign-in")).text
        [token] = TOKEN.findall(form)
        sent = {"name": "ann", "password": PASSWORD + "!", "next": "/", "form_token": token}
        page = (await http.post("/sign-in", data=sent)).text
    told = " ".join(read(page).text.split())
    assert "Erwartet: ein Name und das Passwort dazu; erhalten: etwas anderes." in told
    assert 'role="alert"' in page
    assert '<span lang="en">' not in page


async def test_a_language_can_be_chosen_before_anybody_has_signed_in(door: Door) -> None:
    async with door.client() as http:
        chosen = await http.post("/language", data={"language": "fr", "back": "/sign-in?next=%2Fa"})
        page = (await http.get(chosen.headers["location"])).text
    assert chosen.headers["location"] == "/sign-in?next=%2Fa"
    assert '<html lang="fr">' in page


async def test_what_a_provider_sent_is_not_repeated_on_the_page(tmp_path: Path) -> None:
    provider = Provider("the firm", "https://provider.example", "pincite", "secret")
    async with opened(tmp_path, provider=provider) as door, door.client(headers=GERMAN) as http:
        answer = await http.get("/sign-in/callback?code=sesame&state=open")
    assert answer.status_code == 401
    assert 'name="back" value="/sign-in"' in answer.text
    assert "sesame" not in answer.text


async def test_the_parts_that_are_told_are_those_of_the_message(door: Door) -> None:
    raised: list[SignInError] = []
    with pytest.raises(WrongCredentials) as wrong:
        await door.sign_in.accounts.check("nobody", PASSWORD, "10.1.2.3")
    with pytest.raises(BadInvitation) as used:
        await door.sign_in.accounts.invited("none")
    with pytest.raises(BadForm) as foreign:
        _refuse()
    raised += [wrong.value, used.value, foreign.value]
    for each in raised:
        parts = problem_of(each).detail
        assert str(each) == f"Expected {parts.expected}, got {parts.got}. {parts.do}"
