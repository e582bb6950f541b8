"""The stand-in model that misbehaves."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections import deque
from enum import StrEnum

from starlette.types import Send

from tests.models.says import Says, as_event
from tests.models.standin import (
    Received,
    StandIn,
    end,
    problem,
    send_json,
    start,
    write,
)

RETRY_AFTER_SECONDS = 7
SAID = Says(("One ", "two ", "three ", "four."))


class Mode(StrEnum):
    """How it misbehaves."""

    NONE = "none"
    HANG = "hang"
    ERROR = "error"
    BUSY = "busy"
    HALF = "half"
    GARBAGE = "garbage"
    ENDLESS = "endless"
    DRIP = "drip"


class Fault(StandIn):
    """Misbehaves as told, one request after the other; the last mode told stays.

    HANG takes the request and says nothing. ERROR is a 500, BUSY a 429 with `Retry-After`. HALF
    says half and drops the connection, GARBAGE says what is no JSON, with status 200. ENDLESS
    never stops saying something, and DRIP says all of `SAID` a byte at a time, both with
    `drip_seconds` between. NONE says `SAID`. At `refused_url` connections are refused.
    """

    def __init__(self) -> None:
        super().__init__()
        self.drip_seconds = 0.005
        self._modes: deque[Mode] = deque([Mode.NONE])
        self._lock = threading.Lock()
        self._shut = socket.socket()
        self._shut.bind(("127.0.0.1", 0))

    @property
    def refused_url(self) -> str:
        """Return an address that nobody listens at, and nobody else can take."""
        return f"http://127.0.0.1:{self._shut.getsockname()[1]}"

    def does(self, *modes: Mode) -> None:
        """Set how the next requests are treated."""
        with self._lock:
            self._modes = deque(modes)

    def close(self) -> None:
        """Give back the address at which connections are refused."""
        self._shut.close()

    async def respond(self, received: Received, send: Send) -> None:
        """Misbehave."""
        with self._lock:
            mode = self._modes.popleft() if len(self._modes) > 1 else self._modes[0]
        is_stream = bool(received.body.get("stream"))
        match mode:
            case Mode.NONE:
                await self.send_said(SAID, received, send)
            case Mode.HANG:
                await asyncio.Event().wait()
            case Mode.ERROR:
                await send_json(send, 500, problem("The scheduler has died.", 500))
            case Mode.BUSY:
                wait = {"retry-after": str(RETRY_AFTER_SECONDS)}
                await send_json(send, 429, problem("The request queue is full.", 429), wait)
            case Mode.HALF:
                await self._half(received, send, is_stream)
            case Mode.GARBAGE:
                await self._garbage(send, is_stream)
            case Mode.ENDLESS:
                await self._endless(received, send, is_stream)
            case Mode.DRIP:
                drops = Says(SAID.pieces, wire=1, pause_seconds=self.drip_seconds)
                await self.send_said(drops, received, send)

    async def _half(self, received: Received, send: Send, is_stream: bool) -> None:
        """Say half; to return without an end drops the connection."""
        if is_stream:
            await start(send, 200, "text/event-stream; charset=utf-8")
            for chunk in list(SAID.chunks(received.body))[:3]:
                await write(send, as_event(chunk))
        else:
            await start(send, 200, "application/json", {"content-length": "500"})
            await write(send, b'{"id": "0", "choices": [{"mess')

    async def _garbage(self, send: Send, is_stream: bool) -> None:
        if is_stream:
            await start(send, 200, "text/event-stream; charset=utf-8")
            await write(send, as_event('{"choices": [{"delta": {"content": "On'))
            await write(send, b"\xff\xfe\x00not an event\n\n")
            await write(send, as_event("[DONE]"))
        else:
            await start(send, 200, "application/json")
            await write(send, b"<html>Bad Gateway</html>\xff\xfe")
        await end(send)

    async def _endless(self, received: Received, send: Send, is_stream: bool) -> None:
        chunk = as_event(list(Says(("again ",)).chunks(received.body))[-1]) if is_stream else b" "
        kind = "text/event-stream; charset=utf-8" if is_stream else "application/json"
        await start(send, 200, kind)
        while True:
            await write(send, chunk)
            await asyncio.sleep(self.drip_seconds)
