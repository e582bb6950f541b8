"""A server on loopback that reads whole requests and answers bytes, to the letter."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

GOOD = b'{"fine": true}'


@dataclass(frozen=True, slots=True)
class Heard:
    """One request as it came in."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Wire:
    """Answers every request with `parts`, a write each; `connections` counts all.

    With `holds` it says nothing more after them until `go_on` is set, and then its last part.
    `said` is set once it holds, or has said everything.
    """

    parts: Sequence[bytes] = ()
    holds: bool = False
    is_deaf: bool = False
    said: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    heard: list[Heard] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    open: list[tuple[asyncio.Task[None] | None, asyncio.StreamWriter]] = field(default_factory=list)

    async def end(self) -> None:
        """Close every connection, and wait until they are."""
        for task, writer in self.open:
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        self.connections += 1
        self.open.append((asyncio.current_task(), writer))
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            if not self.is_deaf:
                self.heard.append(await _read(reader))
                *parts, last = self.parts or (answered(GOOD),)
                for part in parts:
                    writer.write(part)
                    await writer.drain()
                    await asyncio.sleep(0)
                if self.holds:
                    self.said.set()
                    await self.go_on.wait()
                writer.write(last)
                await writer.drain()
                self.said.set()
        writer.close()


def answered(
    body: bytes, status: int = 200, kind: str = "application/json", headers: str = ""
) -> bytes:
    """Return a whole response."""
    head = f"HTTP/1.1 {status} Said\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
    return f"{head}{headers}\r\n".encode() + body


@asynccontextmanager
async def listening(
    wire: Wire, *, address: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Wire]:
    """Serve while the block runs."""
    server = await asyncio.start_server(wire.answer, address, port, ssl=tls)
    wire.port = server.sockets[0].getsockname()[1]
    async with server:
        try:
            yield wire
        finally:
            await wire.end()


class Names:
    """A resolver that gives the next of its answers each time, and counts."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.asked = 0

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Return the next answer; the last one is given for ever."""
        self.asked += 1
        return self._answers[min(self.asked, len(self._answers)) - 1]


async def _read(reader: asyncio.StreamReader) -> Heard:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ")
    headers = {
        name.lower(): value.strip()
        for name, _, value in (line.partition(":") for line in head[1:] if line)
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Heard(method, target, headers, body)
