"""Messages between a process and a confined child: JSON and raw bytes, nothing that can run.

A frame is two little-endian uint64 lengths, then that many bytes of JSON and of payload.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from typing import Any

LENGTHS = struct.Struct("<QQ")
_CHUNK = 1 << 20
_SMALL = 1 << 16


class BadFrame(Exception):
    """What came is not a frame, or is longer than agreed."""


def pack(header: dict[str, Any], payload: bytes) -> tuple[bytes, ...]:
    """Return the byte strings that make a frame, none empty.

    To send nothing is no harmless end: who has the whole frame may have answered and gone by then.
    """
    text = json.dumps(header, ensure_ascii=True, separators=(",", ":")).encode()
    first = LENGTHS.pack(len(text), len(payload)) + text
    return (first, payload) if payload else (first,)


def lengths(prefix: bytes, most: int) -> tuple[int, int]:
    """Return the lengths of JSON and payload, or raise `BadFrame` beyond `most` bytes in all."""
    header, payload = LENGTHS.unpack(prefix)
    if header + payload > most:
        raise BadFrame(f"an answer of at most {most:,} bytes was expected, more was announced")
    return header, payload


def unpack(text: bytes) -> dict[str, Any]:
    """Return the JSON object of a frame, or raise `BadFrame`."""
    try:
        header = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadFrame("a JSON object was expected, something else came") from error
    if not isinstance(header, dict):
        raise BadFrame("a JSON object was expected, another JSON value came")
    return header


def receive(channel: socket.socket) -> tuple[dict[str, Any], bytes]:
    """Read one frame of any length, blocking; only for a child that trusts its parent."""
    header, payload = LENGTHS.unpack(_exactly(channel, LENGTHS.size))
    return unpack(_exactly(channel, header)), _exactly(channel, payload)


def send(channel: socket.socket, header: dict[str, Any], payload: bytes) -> None:
    """Write one frame, blocking."""
    for part in pack(header, payload):
        channel.sendall(part)


def _exactly(channel: socket.socket, size: int) -> bytes:
    buffer = bytearray(size)
    view, at = memoryview(buffer), 0
    while at < size:
        got = channel.recv_into(view[at : at + _CHUNK])
        if not got:
            raise EOFError("the other side closed before its message was whole")
        at += got
    return bytes(buffer)


async def exchange(
    channel: socket.socket, header: dict[str, Any], payload: bytes, most: int
) -> tuple[dict[str, Any], bytes]:
    """Send one frame and read the answer, of at most `most` bytes, without blocking the loop."""
    loop = asyncio.get_running_loop()
    for part in pack(header, payload):
        await loop.sock_sendall(channel, part)
    prefix = await _exactly_soon(channel, LENGTHS.size)
    header_size, payload_size = lengths(prefix, most)
    text = await _exactly_soon(channel, header_size)
    data = await _exactly_soon(channel, payload_size)
    if len(text) < _SMALL:
        return unpack(text), data
    return await asyncio.to_thread(unpack, text), data


async def _exactly_soon(channel: socket.socket, size: int) -> bytes:
    loop = asyncio.get_running_loop()
    parts: list[bytes] = []
    while size:
        part = await loop.sock_recv(channel, min(size, _CHUNK))
        if not part:
            raise EOFError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
