"""The local socket of a running server: other commands of the same home go through it.

One request is one line of JSON, `{"operation": NAME, "arguments": {…}}`; the reply is a line
per event, `{"progress": …}`, then `{"result": …}` or `{"error": …}`. The socket lies in the
home folder and only its owner can open it.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from deploy.failing import RemoteError, exit_code_of, foreseen
from deploy.operations.operation import Arguments, Event, Progress, Result
from retrieval.errors import BadRequest

Run = Callable[[str, Arguments], AsyncIterator[Event]]

_LONGEST_PATH = 100
_LONGEST_LINE = 64 * 1024 * 1024


def socket_path(home: Path) -> Path:
    """Return where the socket of a home lies; long paths do not fit a socket's address."""
    path = home / "control.sock"
    if len(str(path)) <= _LONGEST_PATH:
        return path
    digest = hashlib.sha256(str(home).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"pincite-{os.getuid()}-{digest}.sock"


async def listen(home: Path, run: Run) -> asyncio.Server:
    """Serve operations on the local socket until the server returned is closed."""
    path = socket_path(home)
    path.unlink(missing_ok=True)
    previous = os.umask(0o177)
    try:
        return await asyncio.start_unix_server(
            lambda reader, writer: _serve(reader, writer, run), path, limit=_LONGEST_LINE
        )
    finally:
        os.umask(previous)


async def is_running(home: Path) -> bool:
    """Return whether a server of this home answers on its socket."""
    try:
        _, writer = await asyncio.open_unix_connection(socket_path(home))
    except OSError:
        return False
    writer.close()
    return True


async def call(home: Path, operation: str, arguments: Arguments) -> AsyncIterator[Event]:
    """Yield the events of an operation that the running server carries out.

    Raises:
        RemoteError: the operation failed, or the server went away.
    """
    reader, writer = await asyncio.open_unix_connection(socket_path(home), limit=_LONGEST_LINE)
    is_done = False
    try:
        writer.write(_line({"operation": operation, "arguments": arguments}))
        await writer.drain()
        while line := await reader.readline():
            event = _event(json.loads(line))
            is_done = isinstance(event, Result)
            yield event
        if not is_done:
            raise RemoteError("The server went away before it was done; start it again.", 1)
    finally:
        writer.close()


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, run: Run) -> None:
    with contextlib.suppress(ConnectionError):
        if line := await reader.readline():
            async for message in _messages(line, run):
                writer.write(_line(message))
                await writer.drain()
        writer.close()


async def _messages(line: bytes, run: Run) -> AsyncIterator[dict[str, Any]]:
    try:
        async for event in run(*_request(line)):
            key = "progress" if isinstance(event, Progress) else "result"
            yield {key: asdict(event)}
    except Exception as error:  # whatever happens, the one who waits must be told
        yield {"error": _told(error)}


def _request(line: bytes) -> tuple[str, Arguments]:
    try:
        request = json.loads(line)
        return str(request["operation"]), dict(request["arguments"])
    except (KeyError, TypeError, ValueError) as error:
        raise BadRequest(
            "Expected one line of JSON with an operation and its arguments, got something else. "
            "Use the same version of `pincite` as the server's."
        ) from error


def _told(error: Exception) -> dict[str, Any]:
    known = foreseen(error)
    if known is None:
        return {"message": f"Unexpected {type(error).__name__}: {error}", "code": 1}
    return {"message": str(known), "code": exit_code_of(known)}


def _event(message: dict[str, Any]) -> Event:
    match message:
        case {"progress": progress}:
            return Progress(**progress)
        case {"result": result}:
            return Result(**result)
        case {"error": error}:
            raise RemoteError(error["message"], error["code"])
    raise RemoteError("The server answered something else than expected. Restart it.", 1)


def _line(message: dict[str, Any]) -> bytes:
    return json.dumps(message, ensure_ascii=False).encode() + b"\n"
