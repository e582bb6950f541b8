"""OpenID Connect: the authorisation code flow with PKCE, as a relying party.

Everything that binds a flow to one browser (state, nonce, code verifier) is derived from one
secret that lies in that browser's cookie: nothing is kept here meanwhile, and what the address
bar shows gives nothing away. OpenID Connect Core 1.0, RFC 7636, RFC 9207.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from assistant.signin.cookies import derived, is_derived
from assistant.signin.errors import ProviderFailed

_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "ES512", "Ed25519", "EdDSA"]
_KEPT_SECONDS = 3600
_TIMEOUT_SECONDS = 10.0
_LEEWAY_SECONDS = 60
_REST_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Provider:
    """Which provider, and what of its word is taken.

    `name_claim` gives the name of somebody who comes for the first time, `groups_claim` the
    groups at every sign-in. Without `may_add`, only people who are known already come in.
    """

    title: str
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    scopes: tuple[str, ...] = ("openid", "profile")
    name_claim: str = "preferred_username"
    groups_claim: str = "groups"
    may_add: bool = True
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the provider says it is: `subject` never changes, the rest may."""

    issuer: str
    subject: str
    name: str
    display: str
    groups: frozenset[str]


@dataclass(frozen=True, slots=True)
class Return:
    """What a browser brought back to the flow that it had gone with: only `returned` makes one."""

    flow: str
    brought: Mapping[str, str] = field(repr=False)


def returned(flow: str, brought: Mapping[str, str]) -> Return:
    """Return what a browser brought, if it belongs to the flow whose secret its cookie holds.

    Raises:
        ProviderFailed: it belongs to another flow, or to none.
    """
    if not is_derived(brought.get("state", ""), flow, "state"):
        raise ProviderFailed(
            "Expected to come back from the provider in the browser that went there, within "
            "ten minutes, got another state. Sign in again."
        )
    return Return(flow, brought)


class RelyingParty:
    """Sends browsers to a provider, and judges what they bring back.

    A provider that could not be reached is left alone for some seconds: nobody waits for it
    meanwhile. `clock` gives seconds that only grow.
    """

    def __init__(
        self,
        provider: Provider,
        redirect_uri: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.provider = provider
        self._redirect_uri = redirect_uri
        self._clock = clock
        self._try_at = float("-inf")
        self._known: dict[str, tuple[float, dict[str, Any]]] = {}

    async def address(self, flow: str) -> str:
        """Return where to send the browser whose cookie holds the secret `flow`."""
        challenge = create_s256_code_challenge(derived(flow, "verifier"))
        query = {
            "response_type": "code",
            "client_id": self.provider.client_id,
            "redirect_uri": self._redirect_uri,
            "scope": " ".join(self.provider.scopes),
            "state": derived(flow, "state"),
            "nonce": derived(flow, "nonce"),
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        endpoint = (await self._metadata())["authorization_endpoint"]
        return str(add_params_to_uri(endpoint, list(query.items())))

    async def identity(self, back: Return) -> Identity:
        """Return who signed in, from the query that the provider sent the browser back with.

        Raises:
            ProviderFailed: the provider refused, cannot be reached, or its word does not hold.
        """
        flow, brought = back.flow, back.brought
        metadata = await self._metadata()
        is_named = bool(metadata.get("authorization_response_iss_parameter_supported"))
        issuer = metadata["issuer"]
        if brought.get("iss", "" if is_named else issuer) != issuer:
            raise _unbelievable("an answer of another provider")
        if "code" not in brought:
            raise ProviderFailed(
                "Expected the provider to sign you in, got a refusal from it. Try again, or ask "
                "the person who runs it."
            )
        tokens = await self._tokens(metadata, brought["code"], derived(flow, "verifier"))
        return self._identity(await self._claims(metadata, tokens, derived(flow, "nonce")))

    async def _metadata(self) -> dict[str, Any]:
        issuer = self.provider.issuer.rstrip("/")
        found = await self._kept(f"{issuer}/.well-known/openid-configuration")
        needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        is_theirs = str(found.get("issuer")).rstrip("/") == issuer
        if not is_theirs or not all(_is_address(found.get(key)) for key in needed):
            raise _unbelievable("a description of another issuer")
        return found

    async def _tokens(self, metadata: dict[str, Any], code: str, verifier: str) -> dict[str, Any]:
        body = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "code_verifier": verifier,
        }
        name, secret = self.provider.client_id, self.provider.client_secret
        methods = metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        auth = None
        if secret and "client_secret_basic" in methods:
            auth = httpx.BasicAuth(quote(name, safe=""), quote(secret, safe=""))
        else:
            body |= {"client_id": name} | ({"client_secret": secret} if secret else {})
        address = metadata["token_endpoint"]
        return await self._sent(httpx.Request("POST", address, data=body), auth)

    async def _claims(
        self, metadata: dict[str, Any], tokens: dict[str, Any], nonce: str
    ) -> dict[str, Any]:
        try:
            keys = await self._kept(metadata["jwks_uri"])
            try:
                token = jwt.decode(str(tokens.get("id_token")), _keys(keys), _ALGORITHMS)
            except (JoseError, ValueError):
                keys = await self._kept(metadata["jwks_uri"], anew=True)
                token = jwt.decode(str(tokens.get("id_token")), _keys(keys), _ALGORITHMS)
            claims = CodeIDToken(
                token.claims,
                token.header,
                options={
                    "iss": {"essential": True, "value": metadata["issuer"]},
                    "aud": {"essential": True, "value": self.provider.client_id},
                    "nonce": {"essential": True, "value": nonce},
                },
                params={
                    "nonce": nonce,
                    "client_id": self.provider.client_id,
                    "access_token": tokens.get("access_token"),
                },
            )
            claims.validate(leeway=_LEEWAY_SECONDS)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise _unbelievable(f"one that does not hold ({type(error).__name__})") from error
        return dict(claims)

    def _identity(self, claims: dict[str, Any]) -> Identity:
        named = claims.get(self.provider.name_claim)
        if self.provider.name_claim == "email" and claims.get("email_verified") is not True:
            named = None
        told = claims.get(self.provider.groups_claim)
        groups = [told] if isinstance(told, str) else told if isinstance(told, list) else []
        name = named.strip() if isinstance(named, str) else ""
        return Identity(
            self.provider.issuer.rstrip("/"),
            str(claims["sub"]),
            name,
            str(claims.get("name") or name),
            frozenset(each for each in groups if isinstance(each, str)),
        )

    async def _kept(self, address: str, *, anew: bool = False) -> dict[str, Any]:
        """Return the JSON object at an address, asked for once an hour or when it must be new."""
        at, found = self._known.get(address, (0.0, {}))
        if anew or not found or self._clock() - at > _KEPT_SECONDS:
            found = await self._sent(httpx.Request("GET", address), None)
            self._known[address] = (self._clock(), found)
        return found

    async def _sent(self, request: httpx.Request, auth: httpx.Auth | None) -> dict[str, Any]:
        """Return the JSON object that is answered; raise at once while the provider rests."""
        if self._clock() < self._try_at:
            raise _unreachable("no answer from it a moment ago")
        request.headers["Accept"] = "application/json"
        ca_file = self.provider.ca_file
        trusted: Any = ssl.create_default_context(cafile=ca_file) if ca_file else True
        try:
            async with httpx.AsyncClient(
                verify=trusted, timeout=_TIMEOUT_SECONDS, trust_env=False
            ) as client:
                response = await client.send(request, auth=auth)
            if response.is_success:
                return dict(response.json())
        except (httpx.HTTPError, OSError) as error:
            raise self._resting(type(error).__name__) from error
        except (ValueError, TypeError) as error:
            raise _unreachable("an answer that is not JSON") from error
        if request.method == "GET":
            raise self._resting(f"status {response.status_code}")
        if response.is_server_error:  # a code that somebody made up may do this: nobody else waits
            raise _unreachable(f"status {response.status_code}")
        raise ProviderFailed(
            "Expected the provider to take the code that it gave, got a refusal. A code counts "
            "once and for a short time: sign in again."
        )

    def _resting(self, got: str) -> ProviderFailed:
        """Leave the provider alone for a while; return what to raise."""
        self._try_at = self._clock() + _REST_SECONDS
        return _unreachable(got)


def _keys(found: dict[str, Any]) -> KeySet:
    listed = [each for each in found.get("keys", []) if each.get("use", "sig") == "sig"]
    return KeySet.import_key_set({"keys": listed})


def _is_address(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(("https://", "http://"))


def _unreachable(got: str) -> ProviderFailed:
    return ProviderFailed(
        f"Expected to reach the sign-in provider, got {got}. Try again in a minute, or sign in "
        "another way.",
        is_down=True,
    )


def _unbelievable(got: str) -> ProviderFailed:
    return ProviderFailed(
        f"Expected a word of the sign-in provider that can be believed, got {got}. Sign in again; "
        "if it happens again, tell the person who runs this server."
    )
