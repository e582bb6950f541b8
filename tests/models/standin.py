"""What every stand-in model has: a server in a thread, its routes, and what it received."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from tests.models.says import Body, Says, as_event

_COMPLETIONS = "/v1/chat/completions"
_PATIENCE_SECONDS = 60.0


@dataclass(eq=False)
class Received:
    """One request, and whether its client went away before the reply was whole."""

    headers: dict[str, str]
    body: Body
    _aborted: threading.Event = field(default_factory=threading.Event, repr=False)

    @property
    def text(self) -> str:
        """Return the last message's content."""
        return str(self.messages[-1].get("content", "")) if self.messages else ""

    @property
    def messages(self) -> list[Body]:
        """Return the messages."""
        return list(self.body["messages"])

    @property
    def is_aborted(self) -> bool:
        """Return whether the client has gone away by now."""
        return self._aborted.is_set()

    def wait_aborted(self, seconds: float = _PATIENCE_SECONDS) -> bool:
        """Wait until the client has gone away; return whether it has. Call it off the loop."""
        return self._aborted.wait(seconds)

    def abort(self) -> None:
        """Note that the client has gone away."""
        self._aborted.set()


class StandIn:
    """A server that answers as `reply` says. A subclass may write to the wire itself: `respond`.

    `url` is what a client appends `/v1/chat/completions` to. `received` has every completion asked
    for, in order of arrival. `is_healthy` is what `/health` tells.
    """

    model = "stand-in"

    def __init__(self) -> None:
        self.url = ""
        self.received: list[Received] = []
        self.is_healthy = True
        self._released = threading.Event()
        self._app = Starlette(
            routes=[
                Route("/health", self._health),
                Route("/v1/models", self._models),
            ]
        )

    def reply(self, received: Received) -> Says:
        """Return what is said to this request."""
        raise NotImplementedError

    async def respond(self, received: Received, send: Send) -> None:
        """Send the reply."""
        await self.send_said(self.reply(received), received, send)

    def release(self) -> None:
        """Let every reply that holds end, from now on."""
        self._released.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a completion, or what the routes answer."""
        if scope["type"] == "http" and scope["path"] == _COMPLETIONS and scope["method"] == "POST":
            await self._complete(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def send_said(self, says: Says, received: Received, send: Send) -> None:
        """Send what is said, as one object or as a stream."""
        if received.body.get("stream"):
            await start(send, 200, "text/event-stream; charset=utf-8")
            async for each in self._stream(says, received.body):
                await write(send, each)
            await end(send)
        else:
            await self._hold(says)
            await send_json(send, 200, says.completion(received.body))

    async def _complete(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer until done or until the client goes away, whichever is first."""
        request = Request(scope, receive)
        try:
            body = await request.json()
            assert isinstance(body, dict)
            assert isinstance(body.get("messages"), list)
        except (ValueError, AssertionError):
            await send_json(send, 400, problem("Expected a JSON object with messages.", 400))
            return
        received = Received(dict(request.headers), body)
        self.received.append(received)
        answer = asyncio.create_task(self.respond(received, send))
        gone = asyncio.create_task(_until_gone(receive))
        await asyncio.wait({answer, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            received.abort()
        for task in (answer, gone):
            task.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        with contextlib.suppress(asyncio.CancelledError):
            await answer

    async def _stream(self, says: Says, asked: Body) -> AsyncIterator[bytes]:
        async for each in _cut(says, [as_event(chunk) for chunk in says.chunks(asked)]):
            yield each
        await self._hold(says)
        last = [as_event(chunk) for chunk in says.last_chunks(asked)]
        async for each in _cut(says, [*last, as_event("[DONE]")]):
            yield each

    async def _hold(self, says: Says) -> None:
        while says.holds and not self._released.is_set():  # noqa: ASYNC110 - set by other threads
            await asyncio.sleep(0.005)

    async def _health(self, _: Request) -> Response:
        return Response(status_code=200 if self.is_healthy else 503)

    async def _models(self, _: Request) -> Response:
        card = {
            "id": self.model,
            "object": "model",
            "created": 0,
            "owned_by": "sglang",
            "root": self.model,
            "parent": None,
            "max_model_len": 8192,
        }
        return JSONResponse({"object": "list", "data": [card]})


async def start(send: Send, status: int, kind: str, headers: dict[str, str] | None = None) -> None:
    """Send the head of a response."""
    pairs = {"content-type": kind, **(headers or {})}
    raw = [(name.encode(), value.encode()) for name, value in pairs.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})


async def write(send: Send, body: bytes) -> None:
    """Send some of the body."""
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def end(send: Send) -> None:
    """Send the end of the body."""
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def send_json(
    send: Send, status: int, body: Any, headers: dict[str, str] | None = None
) -> None:
    """Send one JSON object."""
    raw = json.dumps(body, ensure_ascii=False).encode()
    await start(send, status, "application/json", headers)
    await write(send, raw)
    await end(send)


def problem(message: str, code: int) -> Body:
    """Return an error as SGLang words it."""
    kind = {400: "BadRequestError", 429: "TooManyRequests"}.get(code, "InternalServerError")
    return {"object": "error", "message": message, "type": kind, "param": None, "code": code}


StandInT = TypeVar("StandInT", bound=StandIn)


@contextmanager
def running(standin: StandInT) -> Iterator[StandInT]:
    """Serve the stand-in on a free port of loopback while the block runs."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        server = uvicorn.Server(
            uvicorn.Config(standin, log_config=None, log_level=60, lifespan="off", ws="none")
        )
        thread = threading.Thread(
            target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True
        )
        thread.start()
        standin.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            yield standin
        finally:
            server.should_exit = server.force_exit = True
            standin.release()
            thread.join(_PATIENCE_SECONDS)
            assert not thread.is_alive(), "The stand-in did not end."


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _cut(says: Says, events: list[bytes]) -> AsyncIterator[bytes]:
    """Yield the events as they are to be written."""
    whole = b"".join(events)
    step = says.wire
    writes = [whole[at : at + step] for at in range(0, len(whole), step)] if step else events
    for each in writes:
        yield each
        await asyncio.sleep(says.pause_seconds)
