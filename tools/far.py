"""A far system: one configured server, called as the asker, and no other server ever.

Each call resolves the host anew, checks every address, and connects to a checked one: the name is
not asked again in between. No redirect, proxy, cookie, environment or kept connection.
"""

from __future__ import annotations

import base64
import json
import re
import ssl
from asyncio import timeout
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import httpx

from retrieval.errors import BadRequest
from tools.call import Json
from tools.far_answer import FarAnswer, FarRefused, body_of, refusal
from tools.origin import NotAllowed, Query, Resolve, origin_of, resolved
from tools.tool import ToolFailed

_READS: Final = frozenset({"GET", "HEAD"})
_METHODS: Final = _READS | {"POST", "PUT", "PATCH", "DELETE"}
_KEY: Final = re.compile(r"[A-Za-z0-9._-]{1,128}")
_MOST_SECRET: Final = 8_192
_WRITTEN: Final = {"Content-Type": "application/json"}
_UNKNOWN: Final = " Whether it was done is not known: look there before you try again."


@dataclass(frozen=True, slots=True)
class Limits:
    """How long one call may take, and how large and deep its answer may be."""

    connect_seconds: float = 5.0
    total_seconds: float = 20.0
    most_bytes: int = 1_000_000
    most_levels: int = 64
    most_calls: int = 16


class FarSystem:
    """One configured system by the name that people know it by. See `tools.origin.origin_of`.

    `scheme` is how the asker's credential is sent; a Basic one is `name:token`. `web` is where
    people open it, where that is not `url`.
    """

    def __init__(
        self,
        name: str,
        url: str,
        *,
        private: bool = False,
        ca_file: Path | None = None,
        scheme: Literal["Bearer", "Basic"] = "Bearer",
        web: str = "",
        limits: Limits | None = None,
        resolve: Resolve = resolved,
    ) -> None:
        self.name = name
        self.origin = origin_of(url, private=private)
        self._web = origin_of(web, private=private) if web else self.origin
        self._limits = limits or Limits()
        self._scheme = scheme
        self._resolve = resolve
        self._transport = httpx.AsyncHTTPTransport(
            verify=_trusting(ca_file),
            trust_env=False,
            limits=httpx.Limits(
                max_connections=self._limits.most_calls, max_keepalive_connections=0
            ),
        )

    async def send(
        self,
        method: str,
        *segments: str,
        query: Query | None = None,
        body: Json = None,
        secret: str,
        key: str = "",
        reads: bool = False,
    ) -> FarAnswer:
        """Send one request as whoever `secret` belongs to, and return a good answer.

        `key` goes along as `Idempotency-Key`; `reads` says that a POST changes nothing.

        Raises:
            ToolFailed: it could not be sent, or the answer is no JSON within limits; `happened`
                is None if a changing request may have reached the system.
            FarRefused: the system answered with another status than 2xx.
        """
        if method not in _METHODS:
            raise ToolFailed(f"Expected a usual HTTP method for {self.name}, got another.")
        sent = _Sent(not reads and method not in _READS)
        headers = self._headers(secret, key) | (_WRITTEN if body is not None else {})
        try:
            path = self.origin.path(segments, query)
        except ValueError:
            raise self._failed("an argument that cannot stand in an address", sent) from None
        content = None if body is None else json.dumps(body, allow_nan=False).encode()
        try:
            async with timeout(self._limits.total_seconds):
                return await self._answer(method, path, headers, content, sent)
        except ValueError:
            raise self._failed("one that is no JSON within limits", sent) from None
        except (TimeoutError, httpx.TimeoutException):
            raise self._failed("none in time", sent) from None
        except NotAllowed:
            raise self._failed("an address where it may not be", sent) from None
        except (httpx.HTTPError, OSError):
            raise self._failed("no connection", sent) from None

    def link(self, *segments: str) -> str:
        """Return the address of a thing in this system, for a person to open."""
        with suppress(ValueError):
            return self._web.url + self._web.path(segments)
        return ""

    async def close(self) -> None:
        """Close what is open."""
        await self._transport.aclose()

    async def _answer(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        content: bytes | None,
        sent: _Sent,
    ) -> FarAnswer:
        async with timeout(self._limits.connect_seconds):
            addresses = await self.origin.addresses(self._resolve)
        for left in range(len(addresses), 0, -1):
            url = self._url(addresses[-left], path)
            request = httpx.Request(
                method, url, headers=headers, content=content, extensions=self._extensions(sent)
            )
            try:
                async with self._opened(request) as response:
                    status, answered = response.status_code, response.headers
                    self._check(status, answered.get("Retry-After", ""), sent)
                    body = await self._read(response)
                    return FarAnswer(status, body_of(answered, body, self._limits.most_levels))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if sent.is_sent or left == 1:
                    raise
        raise OSError("no address")

    def _url(self, address: str, path: str) -> httpx.URL:
        return httpx.URL(
            scheme=self.origin.scheme,
            host=address,
            port=self.origin.port,
            raw_path=path.encode("ascii"),
        )

    def _headers(self, secret: str, key: str) -> dict[str, str]:
        if not secret:
            raise ToolFailed(
                f"Expected your own credential for {self.name}, got none. Connect your account "
                f"at {self.name} first."
            )
        is_plain = secret.isascii() and secret.isprintable() and len(secret) <= _MOST_SECRET
        is_basic = self._scheme == "Basic"
        if not is_plain or (":" not in secret if is_basic else " " in secret):
            raise ToolFailed(
                f"Expected a credential in the form that {self.name} gives, got another. Connect "
                f"your account at {self.name} again."
            )
        if key and not _KEY.fullmatch(key):
            raise ToolFailed("Expected a key of letters, figures, dots and dashes, got another.")
        shown = base64.b64encode(secret.encode()).decode() if is_basic else secret
        return {
            "Host": self.origin.authority,
            "Authorization": f"{self._scheme} {shown}",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "pincite",
            **({"Idempotency-Key": key} if key else {}),
        }

    def _extensions(self, sent: _Sent) -> dict[str, Any]:
        limits = self._limits
        return {
            "sni_hostname": self.origin.host,
            "trace": sent.note,
            "timeout": {
                "connect": limits.connect_seconds,
                "read": limits.total_seconds,
                "write": limits.total_seconds,
                "pool": limits.connect_seconds,
            },
        }

    @asynccontextmanager
    async def _opened(self, request: httpx.Request) -> AsyncIterator[httpx.Response]:
        response = await self._transport.handle_async_request(request)
        try:
            yield response
        finally:
            await response.aclose()

    async def _read(self, response: httpx.Response) -> bytes:
        """Return what was answered; raise `ValueError` if it is too long."""
        read = bytearray()
        assert isinstance(response.stream, httpx.AsyncByteStream)
        async for part in response.stream:
            read += part
            if len(read) > self._limits.most_bytes:
                raise ValueError("too long")
        return bytes(read)

    def _check(self, status: int, retry_after: str, sent: _Sent) -> None:
        if 200 <= status < 300:
            return
        surely_not = 400 <= status < 500 or not sent.changes
        told = refusal(self.name, status, retry_after) + ("" if surely_not else _UNKNOWN)
        raise FarRefused(told, status, happened=False if surely_not else None)

    def _failed(self, got: str, sent: _Sent) -> ToolFailed:
        happened = None if sent.changes and sent.is_sent else False
        ending = _UNKNOWN if happened is None else " Nothing was done; try again later."
        told = f"Expected an answer from {self.name}, got {got}.{ending}"
        return ToolFailed(told, happened=happened)


class _Sent:
    """Whether a request changes anything, and whether any of it has left."""

    def __init__(self, changes: bool) -> None:
        self.changes = changes
        self.is_sent = False

    async def note(self, event: str, _: Mapping[str, Any]) -> None:
        self.is_sent = self.is_sent or event.startswith(("http11.send", "http2.send"))


def _trusting(ca_file: Path | None) -> ssl.SSLContext:
    if ca_file is None:
        return httpx.create_ssl_context(trust_env=False)
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise BadRequest(f"Expected certificates in {ca_file}, got: {error}.") from error
