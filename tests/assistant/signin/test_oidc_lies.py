"""A provider's word is judged: what does not hold lets nobody in."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from joserfc import jwk

from assistant.signin.cookies import derived, new_secret
from assistant.signin.errors import ProviderFailed
from assistant.signin.oidc import Identity, Provider, RelyingParty, returned
from retrieval.documents import now
from tests.assistant.signin.liar import CLIENT, Liar, lying

FLOW = new_secret()
NONCE = derived(FLOW, "nonce")
BROUGHT = {"state": derived(FLOW, "state"), "code": "c"}


@pytest.fixture
def liar() -> Iterator[Liar]:
    with lying() as liar:
        liar.describe()
        yield liar


def party(liar: Liar, issuer: str = "", **more: Any) -> RelyingParty:
    provider = Provider("the firm", issuer or liar.issuer, CLIENT, "secret", **more)
    return RelyingParty(provider, "http://testserver/sign-in/callback")


async def judged(liar: Liar, token: Any, **more: Any) -> Identity:
    """Return whom a token is taken to name."""
    liar.say("/token", {"id_token": token, "access_token": "a", "token_type": "Bearer"})
    return await party(liar, **more).identity(returned(FLOW, BROUGHT))


async def test_an_honest_token_names_somebody(liar: Liar) -> None:
    claims = liar.claims(NONCE, name="Carla C.", groups=["legal", 7, None])
    found = await judged(liar, liar.signed(claims))
    assert found == Identity(liar.issuer, "7", "carla", "Carla C.", frozenset({"legal"}))


CHANGED: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://evil.example"},
    "no issuer": {"iss": None},
    "another audience": {"aud": "them"},
    "an audience beside us that is the party": {"aud": [CLIENT, "them"], "azp": "them"},
    "no audience": {"aud": None},
    "expired": {"exp": now() - 3600},
    "no end": {"exp": None},
    "not yet": {"nbf": now() + 3600},
    "another nonce": {"nonce": "x"},
    "no nonce": {"nonce": None},
    "no subject": {"sub": None},
    "another access token": {"at_hash": "AAAA"},
}


@pytest.mark.parametrize("changed", CHANGED.values(), ids=CHANGED)
async def test_a_token_that_says_something_else_lets_nobody_in(
    liar: Liar, changed: dict[str, Any]
) -> None:
    with pytest.raises(ProviderFailed, match="believed"):
        await judged(liar, liar.signed(liar.claims(NONCE, **changed)))


def _encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


def _unsigned(liar: Liar) -> str:
    parts = [{"alg": "none", "kid": "k"}, liar.claims(NONCE)]
    return ".".join(_encoded(json.dumps(each).encode()) for each in parts) + "."


def _with_public_key_as_secret(liar: Liar) -> str:
    parts = [{"alg": "HS256", "kid": "k"}, liar.claims(NONCE)]
    said = ".".join(_encoded(json.dumps(each).encode()) for each in parts)
    secret = liar.key.as_pem(private=False)
    return f"{said}.{_encoded(hmac.digest(secret, said.encode(), 'sha256'))}"


def _by_another_key(liar: Liar) -> str:
    return liar.signed(liar.claims(NONCE), jwk.RSAKey.generate_key(2048, {"kid": "k"}))


def _tampered(liar: Liar) -> str:
    head, _, signature = liar.signed(liar.claims(NONCE)).split(".")
    _, other, _ = liar.signed(liar.claims(NONCE, sub="8")).split(".")
    return f"{head}.{other}.{signature}"


@pytest.mark.parametrize(
    "forged",
    [_unsigned, _with_public_key_as_secret, _by_another_key, _tampered],
    ids=lambda each: each.__name__,
)
async def test_a_forged_token_lets_nobody_in(liar: Liar, forged: Callable[[Liar], str]) -> None:
    with pytest.raises(ProviderFailed, match="believed"):
        await judged(liar, forged(liar))


@pytest.mark.parametrize("token", [None, "", "a.b.c", 7, "é", [], "." * 9])
async def test_what_is_no_token_lets_nobody_in(liar: Liar, token: Any) -> None:
    with pytest.raises(ProviderFailed):
        await judged(liar, token)


async def test_new_keys_are_fetched_when_the_known_ones_do_not_fit(liar: Liar) -> None:
    ours = party(liar)
    liar.say("/token", {"id_token": liar.signed(liar.claims(NONCE))})
    await ours.identity(returned(FLOW, BROUGHT))
    liar.key = jwk.RSAKey.generate_key(2048, {"kid": "newer"})
    liar.describe()
    liar.say("/token", {"id_token": liar.signed(liar.claims(NONCE))})
    assert (await ours.identity(returned(FLOW, BROUGHT))).subject == "7"
    assert liar.asked.count("/jwks") == 2
    assert liar.asked.count("/.well-known/openid-configuration") == 1


@pytest.mark.parametrize("answer", [(500, b"oops"), (200, b"oops"), (200, b"[1]"), (302, b"/auth")])
@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/jwks"])
async def test_a_provider_that_answers_nonsense_is_told(
    liar: Liar, path: str, answer: tuple[int, bytes]
) -> None:
    liar.say("/token", {"id_token": liar.signed(liar.claims(NONCE))})
    liar.say(path, answer[1], answer[0])
    with pytest.raises(ProviderFailed):
        await party(liar).identity(returned(FLOW, BROUGHT))
    assert "/auth" not in liar.asked, "no redirect is followed"


async def test_a_provider_that_is_down_is_left_alone_for_some_seconds(liar: Liar) -> None:
    at = [0.0]
    provider = Provider("the firm", liar.issuer, CLIENT, "secret")
    ours = RelyingParty(provider, "http://testserver/sign-in/callback", clock=lambda: at[0])
    description = liar.answers.pop("/.well-known/openid-configuration")
    for _ in range(5):
        with pytest.raises(ProviderFailed) as caught:
            await ours.address(FLOW)
        assert caught.value.is_down
    assert len(liar.asked) == 1
    liar.answers["/.well-known/openid-configuration"] = description
    at[0] = 9.9
    with pytest.raises(ProviderFailed):
        await ours.address(FLOW)
    at[0] = 10.1
    assert liar.issuer in await ours.address(FLOW)
    assert len(liar.asked) == 2


async def test_a_code_that_makes_the_provider_fail_closes_the_door_to_nobody(liar: Liar) -> None:
    ours = party(liar)
    liar.say("/token", b"oops", 500)
    with pytest.raises(ProviderFailed):
        await ours.identity(returned(FLOW, BROUGHT))
    liar.say("/token", {"id_token": liar.signed(liar.claims(NONCE))})
    assert (await ours.identity(returned(FLOW, BROUGHT))).subject == "7"


async def test_what_belongs_to_another_flow_is_no_return() -> None:
    for state in ({}, {"state": ""}, {"state": derived(new_secret(), "state")}):
        with pytest.raises(ProviderFailed, match="another state"):
            returned(FLOW, {**state, "code": "c"})


@pytest.mark.parametrize(
    "changed", [{"issuer": "https://evil.example"}, {"token_endpoint": "file:///etc/passwd"}]
)
async def test_a_description_of_another_is_not_believed(
    liar: Liar, changed: dict[str, str]
) -> None:
    liar.describe(**changed)
    with pytest.raises(ProviderFailed, match="believed"):
        await party(liar).address(FLOW)


async def test_an_issuer_may_end_with_a_slash(liar: Liar) -> None:
    liar.describe(issuer=f"{liar.issuer}/")
    liar.say("/token", {"id_token": liar.signed(liar.claims(NONCE, iss=f"{liar.issuer}/"))})
    for named in (liar.issuer, f"{liar.issuer}/"):
        found = await party(liar, named).identity(returned(FLOW, BROUGHT))
        assert found.issuer == liar.issuer


@pytest.mark.parametrize(("verified", "name"), [(True, "c@x.org"), (False, ""), (None, "")])
async def test_an_address_names_somebody_only_once_it_is_verified(
    liar: Liar, verified: bool | None, name: str
) -> None:
    claims = liar.claims(NONCE, email="c@x.org", email_verified=verified)
    found = await judged(liar, liar.signed(claims), name_claim="email")
    assert found.name == name


async def test_the_secret_is_in_no_message(liar: Liar) -> None:
    assert "secret" not in repr(party(liar).provider)
