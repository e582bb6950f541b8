"""A Qdrant server that is none: answers over a real socket, and keeps what it was asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

Answer = tuple[int, bytes]


@dataclass(slots=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass(slots=True)
class RecordedQdrant:
    """Where it listens, what it was asked, and how it answers. `answer` None hangs."""

    answer: Callable[[Asked], Answer | None]
    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    handling: list[asyncio.Task[None]] = field(default_factory=list)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request and hang up."""
        task = asyncio.current_task()
        assert task
        self.handling.append(task)
        asked = await _read(reader)
        self.asked.append(asked)
        answer = self.answer(asked)
        if answer is None:
            await reader.read()
        else:
            status, body = answer
            head = f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n"
            head += f"connection: close\r\ncontent-length: {len(body)}\r\n\r\n"
            writer.write(head.encode() + body)
            await writer.drain()
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def recorded_qdrant(
    answer: Callable[[Asked], Answer | None],
) -> AsyncIterator[RecordedQdrant]:
    """Listen on a free port of this machine."""
    fake = RecordedQdrant(answer)
    server = await asyncio.start_server(fake.handle, "127.0.0.1", 0)
    fake.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield fake
    finally:
        server.close()
        await asyncio.gather(*fake.handling)
        await server.wait_closed()


def result(value: Any) -> Answer:
    """Return a result as Qdrant wraps it."""
    return 200, json.dumps({"result": value, "status": "ok", "time": 0.001}).encode()


def collection(metadata: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Return what a server says of a collection."""
    return {
        "status": "green",
        "optimizer_status": "ok",
        "points_count": 0,
        "segments_count": 1,
        "payload_schema": schema,
        "config": {
            "params": {},
            "hnsw_config": {"m": 16, "ef_construct": 100, "full_scan_threshold": 10_000},
            "optimizer_config": {
                "deleted_threshold": 0.2,
                "vacuum_min_vector_number": 1_000,
                "default_segment_number": 0,
                "flush_interval_sec": 5,
            },
            "metadata": metadata,
        },
    }


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    method, path, _ = head[0].split(" ")
    headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
    raw = await reader.readexactly(int(headers.get("content-length", 0)))
    return Asked(method, path, headers, json.loads(raw) if raw else None)
