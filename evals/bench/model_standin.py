"""A stand-in for a model on a GPU: real HTTP, no words of its own, and the time that one takes.

So many requests are served at once and the rest wait their turn in it, as SGLang's do. Reading a
prompt and writing a token take the longer the more are served. How long an answer becomes is
log-normal. What it says are sentences of its prompt, with their ids, those like the question first.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

NAME = "stand-in"
_NUMBERED = re.compile(r"^\[(\d+\.\d+)\] (.+)$", re.M)
_MOST_SENTENCES = 8
_CHARACTERS_PER_TOKEN = 4
_PIECE_TOKENS = 4
_DRAWN = 20_000


@dataclass(frozen=True, slots=True)
class Hardware:
    """How fast it is with `running` requests: 7 billion parameters or so on one GPU."""

    slots: int = 8
    reading_seconds: float = 0.15
    reading_each_seconds: float = 0.02
    token_seconds: float = 0.012
    token_each_seconds: float = 0.0004
    median_tokens: float = 80.0
    sigma: float = 0.5
    fewest_tokens: int = 20
    most_tokens: int = 400

    def reading(self, running: int) -> float:
        """Return the seconds to the first token."""
        return self.reading_seconds + self.reading_each_seconds * running

    def writing(self, running: int) -> float:
        """Return the seconds for each token."""
        return self.token_seconds + self.token_each_seconds * running

    def tokens(self, drawn: random.Random) -> int:
        """Return how long an answer is to become."""
        tokens = self.median_tokens * drawn.lognormvariate(0, self.sigma)
        return int(min(max(tokens, self.fewest_tokens), self.most_tokens))

    def capacity(self) -> float:
        """Return how many answers a second it can write at most."""
        drawn = random.Random(0)  # noqa: S311 - not for secrets
        tokens = sum(self.tokens(drawn) for _ in range(_DRAWN)) / _DRAWN
        return self.slots / (self.reading(self.slots) + tokens * self.writing(self.slots))


class ModelStandIn:
    """The server; `most_waiting` is how many ever waited in it for a slot."""

    def __init__(self, hardware: Hardware) -> None:
        self.most_waiting = 0
        self._hardware = hardware
        self._slots = asyncio.Semaphore(hardware.slots)
        self._running = 0
        self._waiting = 0
        self._drawn = random.Random(1)  # noqa: S311 - not for secrets

    @asynccontextmanager
    async def served(self) -> AsyncGenerator[str, None]:
        """Serve on a free port of loopback while the block runs; lend its address."""
        app = Starlette(routes=[Route("/v1/chat/completions", self._complete, methods=["POST"])])
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(1024)
            config = uvicorn.Config(app, log_config=None, log_level=60, lifespan="off")
            server = uvicorn.Server(config)
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            try:
                yield f"http://127.0.0.1:{listener.getsockname()[1]}"
            finally:
                server.should_exit = server.force_exit = True
                await serving

    async def _complete(self, request: Request) -> StreamingResponse:
        prompt = str((await request.json())["messages"][-1]["content"])
        return StreamingResponse(self._events(prompt), media_type="text/event-stream")

    async def _events(self, prompt: str) -> AsyncIterator[str]:
        yield _event({"role": "assistant", "content": ""})
        async with self._slot():
            await asyncio.sleep(self._hardware.reading(self._running))
            tokens = self._hardware.tokens(self._drawn)
            for piece in _pieces(_said(prompt, tokens * _CHARACTERS_PER_TOKEN)):
                yield _event({"content": piece})
                await asyncio.sleep(_PIECE_TOKENS * self._hardware.writing(self._running))
        yield _event({}, "stop")
        yield "data: [DONE]\n\n"

    @asynccontextmanager
    async def _slot(self) -> AsyncGenerator[None, None]:
        self._waiting += 1
        if self._slots.locked():
            self.most_waiting = max(self.most_waiting, self._waiting)
        try:
            await self._slots.acquire()
        finally:
            self._waiting -= 1
        self._running += 1
        try:
            yield
        finally:
            self._running -= 1
            self._slots.release()


def _said(prompt: str, characters: int) -> str:
    """Return sentences of the prompt, about so many characters of them and at least one."""
    asked = set(prompt.rpartition("\n")[2].lower().split())
    found = [(each[1], each[2]) for each in _NUMBERED.finditer(prompt)]
    found.sort(key=lambda each: -len(asked & set(each[1].lower().split())))
    lines: list[str] = []
    for number, text in found[:_MOST_SENTENCES]:
        if lines and sum(map(len, lines)) + len(text) > characters:
            break
        lines.append(f"{text} [{number}]")
    return "\n".join(lines) or "As the source says. [1.1]"


def _pieces(text: str) -> Iterator[str]:
    step = _PIECE_TOKENS * _CHARACTERS_PER_TOKEN
    return (text[at : at + step] for at in range(0, len(text), step))


def _event(delta: dict[str, str], finish: str | None = None) -> str:
    chunk: dict[str, Any] = {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
    return f"data: {json.dumps(chunk)}\n\n"
