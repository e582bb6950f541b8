"""A far system for tests: an HTTP server in a thread that notes who called what."""

from __future__ import annotations

import asyncio
import base64
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import uvicorn
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

TOKENS: Mapping[str, str] = {
    "ann-token": "ann",
    "ben-token": "ben",
    "service-token": "svc-pincite",
}
"""Who each credential belongs to. The last one is the service account that must never call."""


@dataclass(frozen=True, slots=True)
class Noted:
    """One call: who made it, and what was asked for."""

    person: str
    method: str
    path: str
    query: Mapping[str, str]
    body: Any
    key: str


class Far:
    """Answers those it knows. `noted` has every call, of strangers too.

    `lose_next`: so many changes are done, but answered with a failure. `refuse_with` is a status
    that everything is refused with.
    """

    reads_by_post: tuple[str, ...] = ()

    def __init__(self, routes: list[Route]) -> None:
        self.url = ""
        self.noted: list[Noted] = []
        self.lose_next = 0
        self.refuse_with = 0
        self._router = Router(routes)

    @property
    def people(self) -> set[str]:
        """Return everybody who called."""
        return {each.person for each in self.noted}

    @property
    def changes(self) -> list[Noted]:
        """Return the calls that change something."""
        return [each for each in self.noted if self._changes(each.method, each.path)]

    def _changes(self, method: str, path: str) -> bool:
        return method != "GET" and path not in self.reads_by_post

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Note a call and answer it."""
        request = Request(scope, receive)
        person = person_of(request)
        body = await request.json() if await request.body() else None
        self.noted.append(
            Noted(
                person,
                request.method,
                scope["raw_path"].decode(),
                dict(request.query_params),
                body,
                request.headers.get("idempotency-key", ""),
            )
        )
        if self.refuse_with or not person:
            told = {"errorMessages": [f"evil words about {body}"]}
            headers = {"Retry-After": "9"} if self.refuse_with == 429 else {}
            answer: Response = JSONResponse(told, self.refuse_with or 401, headers)
            await answer(scope, receive, send)
            return
        scope["state"] = {"person": person, "body": body}
        if self.lose_next and self._changes(request.method, scope["path"]):
            self.lose_next -= 1
            await self._router(scope, receive, _nowhere)
            await Response(status_code=504)(scope, receive, send)
            return
        await self._router(scope, receive, send)


async def _nowhere(_: Any) -> None:
    pass


def person_of(request: Request) -> str:
    """Return whose credential this is, "" if nobody's."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme == "Basic":
        value = base64.b64decode(value).decode().rpartition(":")[2]
    return TOKENS.get(value, "")


FarT = TypeVar("FarT", bound=Far)


@contextmanager
def serving(far: FarT) -> Iterator[FarT]:
    """Serve on a free port of loopback while the block runs."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        server = uvicorn.Server(
            uvicorn.Config(far, log_config=None, log_level=60, lifespan="off", ws="none")
        )
        thread = threading.Thread(
            target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True
        )
        thread.start()
        far.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            yield far
        finally:
            server.should_exit = server.force_exit = True
            thread.join(60)
            assert not thread.is_alive(), "The server did not end."
