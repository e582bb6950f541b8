"""Frames hold JSON and bytes, and nothing else is taken for one."""

from __future__ import annotations

import asyncio
import socket

import pytest

from retrieval import frames


def test_a_frame_comes_back_as_it_was_sent() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        frames.send(ours, {"a": "é"}, b"\x00\xff")
        assert frames.receive(theirs) == ({"a": "é"}, b"\x00\xff")


@pytest.mark.parametrize("text", [b"", b"\xff", b"[1]", b"{", b"[" * 100_000, b"1" * 10_000])
def test_what_is_no_object_is_refused(text: bytes) -> None:
    with pytest.raises(frames.BadFrame):
        frames.unpack(text)


def test_more_than_agreed_is_refused() -> None:
    with pytest.raises(frames.BadFrame, match="100"):
        frames.lengths(frames.LENGTHS.pack(50, 51), 100)


def test_a_cut_frame_is_noticed() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        with ours:
            ours.sendall(frames.LENGTHS.pack(10, 0) + b"{}")
        with pytest.raises(EOFError):
            frames.receive(theirs)


async def test_who_answers_and_goes_before_we_pause_has_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ours, theirs = socket.socketpair()
    loop = asyncio.get_running_loop()
    sends = loop.sock_sendall

    async def send_and_pause(channel: socket.socket, data: bytes) -> None:
        await sends(channel, data)
        assert frames.receive(theirs) == ({"a": 1}, b"")
        frames.send(theirs, {"b": 2}, b"")
        theirs.close()

    monkeypatch.setattr(loop, "sock_sendall", send_and_pause)
    with ours:
        ours.setblocking(False)
        assert await frames.exchange(ours, {"a": 1}, b"", 100) == ({"b": 2}, b"")
