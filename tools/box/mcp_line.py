"""The line to one MCP server inside the boundary: pinned to its origin, as the asker, once.

With `tools/box/mcp.py` the only file that knows the `mcp` package here. Each request goes to an
address of the configured host that was checked when it was resolved; a redirect goes nowhere.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import httpx2
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client

from tools.origin import Origin, Resolve, origin_of, resolved
from tools.tool import ToolFailed

CONNECT_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 20.0
_MOST_EVENT_BYTES: Final = 1_000_000
_MOST_BYTES: Final = 4_000_000

# The package logs what a server said when it cannot be read; words of others are for no log.
logging.getLogger("mcp.client").setLevel(logging.CRITICAL)


class McpLine:
    """How one server is reached; `private` as in `tools.origin.origin_of`."""

    def __init__(
        self,
        name: str,
        url: str,
        *,
        private: bool = False,
        ca_file: Path | None = None,
        resolve: Resolve = resolved,
    ) -> None:
        self.name = name
        self.origin = origin_of(url, private=private)
        self._resolve = resolve
        self._trusted = ssl.create_default_context(cafile=ca_file)

    @asynccontextmanager
    async def opened(self, secret: str) -> AsyncIterator[Client]:
        """Lend a client that speaks as whoever `secret` belongs to.

        Raises:
            ToolFailed: there is no credential that can be sent.
        """
        if not (secret.isascii() and secret.isprintable() and " " not in secret and secret):
            raise ToolFailed(
                f"Expected your own credential for {self.name}, got none that can be sent. "
                f"Connect your account at {self.name}."
            )
        patience = httpx2.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
        async with (
            httpx2.AsyncClient(
                transport=_Pinned(self.origin, self._resolve, self._trusted),
                headers={
                    "Authorization": f"Bearer {secret}",
                    "Accept-Encoding": "identity",
                    "User-Agent": "pincite",
                },
                timeout=patience,
                trust_env=False,
                follow_redirects=False,
            ) as http,
            Client(
                streamable_http_client(
                    self.origin.url + self.origin.path(()).rstrip("/"),
                    http_client=http,
                    max_sse_event_size=_MOST_EVENT_BYTES,
                ),
                read_timeout_seconds=ANSWER_SECONDS,
            ) as client,
        ):
            yield client


class _Pinned(httpx2.AsyncBaseTransport):
    """Sends requests for one origin to its checked addresses, and others nowhere."""

    def __init__(self, origin: Origin, resolve: Resolve, trusted: ssl.SSLContext) -> None:
        self._origin = origin
        self._resolve = resolve
        self._inner = httpx2.AsyncHTTPTransport(verify=trusted, trust_env=False)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request; raise `httpx2.ConnectError` where its address may not be."""
        asked = (request.url.scheme, request.url.host, request.url.port or _default(request.url))
        if asked != (self._origin.scheme, self._origin.host, self._origin.port):
            raise httpx2.ConnectError("another origin")
        try:
            addresses = await self._origin.addresses(self._resolve)
        except OSError:
            raise httpx2.ConnectError("no address where it may be") from None
        request.extensions["sni_hostname"] = self._origin.host
        for left, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
            request.url = request.url.copy_with(host=address)
            try:
                return _bounded(await self._inner.handle_async_request(request))
            except (httpx2.ConnectError, httpx2.ConnectTimeout):
                if left == 1:
                    raise
        raise httpx2.ConnectError("no address")

    async def aclose(self) -> None:
        """Close every connection."""
        await self._inner.aclose()


class _Bounded(httpx2.AsyncByteStream):
    """The body of a response, as far as it may be long."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = _MOST_BYTES
        async for part in self._stream:
            left -= len(part)
            if left < 0:
                raise httpx2.ReadError("Expected a shorter answer.")
            yield part

    async def aclose(self) -> None:
        """Hang up."""
        await self._stream.aclose()


def _bounded(response: httpx2.Response) -> httpx2.Response:
    """Return a response of bounded length; one that would have to be unpacked is none."""
    if response.headers.get("content-encoding", "identity") != "identity":
        raise httpx2.ReadError("Expected an answer as it is, got a packed one.")
    assert isinstance(response.stream, httpx2.AsyncByteStream)
    return httpx2.Response(
        response.status_code,
        headers=response.headers,
        stream=_Bounded(response.stream),
        extensions=response.extensions,
    )


def _default(url: httpx2.URL) -> int:
    return 443 if url.scheme == "https" else 80
