"""What stands around every route: security headers, known hosts, own origin, bounded bodies."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.http.errors import Problem, refused
from assistant.http.openai_errors import PREFIX, as_json

BODY_LIMIT_BYTES = 65_536
CONVERSATION_LIMIT_BYTES = 262_144
"""OpenAI's clients send the whole conversation with each question, Slack the message that was
answered with each button."""

UPLOAD = "/admin/upload"
"""Where files are sent to: as large as the operator has files read, and what surrounds them."""
_AROUND_FILES_BYTES = 1_000_000

POLICY = "; ".join(
    (
        "default-src 'none'",
        "img-src 'self'",
        "style-src 'self'",
        "script-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
# `same-origin`, not `no-referrer`: with the latter a browser sends `Origin: null` with our forms.
SECURITY: dict[str, str] = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}
OVER_HTTPS: dict[str, str] = {"Strict-Transport-Security": "max-age=31536000"}
"""What is added where people reach this server over HTTPS: for a year they do not come without."""

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def security(is_https: bool) -> Mapping[str, str]:
    """Return the security headers of every response."""
    return SECURITY | OVER_HTTPS if is_https else SECURITY


class SecurityHeaders:
    """Add the security headers that a response does not set itself."""

    def __init__(self, app: ASGIApp, is_https: bool) -> None:
        self._app = app
        self._headers = security(is_https)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and add headers on the way back."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if scope["path"].startswith("/static/"):
                    headers.setdefault("Cache-Control", "no-cache")
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)


class Doorkeeper:
    """Turn away requests for other hosts, what other sites ask for or embed, and huge bodies.

    The host check defeats a foreign page whose name has been pointed at this machine.
    """

    def __init__(self, app: ASGIApp, hosts: frozenset[str], file_bytes: int) -> None:
        self._app = app
        self._hosts = hosts
        self._file_bytes = file_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it with why not."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = limit_of(scope["path"], self._file_bytes)
        problem = self._problem(scope["method"], Headers(scope=scope), limit)
        if problem is None:
            await self._app(scope, _bounded(receive, limit), send)
            return
        await as_json(scope["path"], problem)(scope, receive, send)

    def _problem(self, method: str, headers: Headers, limit: int) -> Problem | None:
        if "*" not in self._hosts and _name(headers.get("host", "")) not in self._hosts:
            return UNKNOWN_HOST
        if _is_embedded(headers) or (method not in _SAFE and _is_foreign(headers)):
            return FOREIGN
        length = headers.get("content-length", "0")
        if not length.isascii() or not length.isdigit() or int(length) > limit:
            return too_large(limit)
        return None


class BodyTooLarge(HTTPException):
    """More was sent than any request needs."""

    def __init__(self) -> None:
        super().__init__(413)


def limit_of(path: str, file_bytes: int) -> int:
    """Return how many bytes a request to this path may have, a file at most `file_bytes`."""
    if path in (UPLOAD, f"{UPLOAD}/file"):
        return file_bytes + _AROUND_FILES_BYTES
    is_long = path.startswith((PREFIX, "/slack/"))
    return CONVERSATION_LIMIT_BYTES if is_long else BODY_LIMIT_BYTES


def _bounded(receive: Receive, limit: int) -> Receive:
    """Count what is received, for bodies that do not say their length."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise BodyTooLarge
        return message

    return counted


def _name(host: str) -> str:
    """Return a Host header's name without its port."""
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdigit() else host).lower()


def _is_foreign(headers: Headers) -> bool:
    """Say whether a browser tells that another site's page sent the request."""
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host", "")


def _is_embedded(headers: Headers) -> bool:
    """Say whether another site's page loads this as a part of itself, unlike a link one follows.

    An image of that page could ask a question in the name of whoever looks at it.
    """
    is_own = headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
    return not is_own and headers.get("sec-fetch-dest", "document") != "document"


UNKNOWN_HOST = refused(
    421,
    "unknown_host",
    "a name that this server is known by",
    "another name in the Host header",
    "Use the address you were given, or let the person who runs this server add the name.",
)
FOREIGN = refused(
    403,
    "foreign_origin",
    "a request from this server's own pages, or from a program",
    "a request from another site's page",
    "Open this server's own page and try again.",
)


def too_large(limit: int) -> Problem:
    """Return that more was sent than any request needs."""
    expected = f"a body of at most {limit:,} bytes"
    is_file = limit > CONVERSATION_LIMIT_BYTES
    do = "Send less at once, or smaller files." if is_file else "Ask in fewer words."
    return refused(413, "too_large", expected, "a larger one", do)
