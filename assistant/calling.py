"""How a model's server is called: at which address, with which key, in what time.

No proxy, redirect or cookie. Neither an error nor a log ever has the key.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable
from contextlib import suppress
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Final, TypeVar

import httpx

from assistant.completion import failed_with
from assistant.model import Failing, ModelFailed
from retrieval.errors import BadRequest

# SGLang closes what is idle for five seconds unless it is told otherwise: let go of it first.
_IDLE_SECONDS: Final = 4.0
_LONGEST_WAIT_SECONDS: Final = 3600
_CONNECTIONS: Final = httpx.Limits(
    max_connections=256, max_keepalive_connections=64, keepalive_expiry=_IDLE_SECONDS
)

T = TypeVar("T")


def client_of(key: str, ca_file: Path | None, connect_seconds: float) -> httpx.AsyncClient:
    """Return a client, which waits for answers without end; raise `BadRequest` for a bad key."""
    return httpx.AsyncClient(
        headers=_headers(key),
        verify=_trusting(ca_file),
        timeout=httpx.Timeout(None, connect=connect_seconds, pool=1.0),
        limits=_CONNECTIONS,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        follow_redirects=False,
        trust_env=False,
    )


def address_of(url: str, path: str) -> httpx.URL:
    """Return the address of a path; raise `BadRequest`, which shows no part of what is wrong."""
    address = None
    with suppress(httpx.InvalidURL):
        address = httpx.URL(url.rstrip("/").removesuffix("/v1"))
    is_right = (
        address is not None
        and address.scheme in ("http", "https")
        and address.host
        and not (address.userinfo or address.query or address.fragment)
    )
    if address is None or not is_right:
        raise BadRequest(
            "Expected the address of the model's server, such as http://127.0.0.1:30000, without "
            "a name, a password or a query. Correct MODEL_URL; the key goes into MODEL_KEY."
        )
    return address.copy_with(path=address.path.rstrip("/") + path)


def _headers(key: str) -> dict[str, str]:
    if not (key.isascii() and key.isprintable() and " " not in key):
        raise BadRequest("Expected a key of printable ASCII without spaces: correct MODEL_KEY.")
    fixed = {
        "Content-Type": "application/json",
        "Accept": "text/event-stream",
        "Accept-Encoding": "identity",
        "User-Agent": "pincite",
    }
    return fixed | ({"Authorization": f"Bearer {key}"} if key else {})


def _trusting(ca_file: Path | None) -> ssl.SSLContext | bool:
    if ca_file is None:
        return True
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise BadRequest(
            f"Expected certificates in {ca_file}, got: {error}. Correct MODEL_CA_FILE."
        ) from error


async def in_time(awaited: Awaitable[T], until: float, lost: Failing) -> T:
    """Return what comes; `lost` is what a connection that breaks means.

    What fails is raised after it was handled: a foreign error holds on to the request.
    """
    try:
        async with asyncio.timeout_at(until):
            return await awaited
    except TimeoutError:
        failed = ModelFailed(Failing.SLOW, "The model did not answer in the time allowed.")
    except httpx.PoolTimeout:
        failed = ModelFailed(Failing.BUSY, "Every connection to the model is in use.")
    except (httpx.ConnectError, httpx.ConnectTimeout):
        failed = ModelFailed(Failing.DOWN, "The model's server cannot be reached.")
    except httpx.HTTPError:
        failed = ModelFailed(lost, "The connection to the model's server was lost.")
    raise failed


def check(response: httpx.Response) -> None:
    """Raise `ModelFailed` unless it is a stream of events; nothing else is read."""
    if response.status_code != httpx.codes.OK:
        told = response.headers.get("retry-after", "")
        is_told = told.isascii() and told.isdigit() and len(told) < 10
        raise failed_with(
            response.status_code, min(int(told), _LONGEST_WAIT_SECONDS) if is_told else None
        )
    kind = response.headers.get("content-type", "")
    coding = response.headers.get("content-encoding", "identity")
    if not kind.lower().startswith("text/event-stream") or coding != "identity":
        raise ModelFailed(Failing.BROKEN, "The model's server answered with no stream of events.")
