"""Tasks that do what a parser must not: run only inside a sandbox."""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

Answer = tuple[dict[str, Any], bytes]


def echo(header: dict[str, Any], payload: bytes) -> Answer:
    return header, payload


def spin(header: dict[str, Any], payload: bytes) -> Answer:
    while True:
        pass


def sleep(header: dict[str, Any], payload: bytes) -> Answer:
    time.sleep(3600)
    return {}, b""


def allocate(header: dict[str, Any], payload: bytes) -> Answer:
    held = []
    while True:
        held.append(bytearray(16 << 20))


def crash(header: dict[str, Any], payload: bytes) -> Answer:
    ctypes.string_at(0)
    return {}, b""


def leave(header: dict[str, Any], payload: bytes) -> Answer:
    os._exit(3)


def fail(header: dict[str, Any], payload: bytes) -> Answer:
    raise LookupError("no such \x1b[31m thing")


def fork(header: dict[str, Any], payload: bytes) -> Answer:
    if os.fork() == 0:
        os.setsid()
        time.sleep(3600)
    return {"forked": True}, b""


def fork_natively(header: dict[str, Any], payload: bytes) -> Answer:
    made = ctypes.CDLL(None).fork()
    if made == 0:
        time.sleep(3600)
    return {"made": made}, b""


def write_forever(header: dict[str, Any], payload: bytes) -> Answer:
    with Path("filler").open("wb") as file:
        while True:
            file.write(b"x" * (1 << 20))


def write_many(header: dict[str, Any], payload: bytes) -> Answer:
    number = 0
    while True:
        number += 1
        Path(f"filler{number}").write_bytes(b"x" * (1 << 20))


def write_outside(header: dict[str, Any], payload: bytes) -> Answer:
    Path(header["path"]).write_text("stray")
    return {}, b""


def write_outside_natively(header: dict[str, Any], payload: bytes) -> Answer:
    handle = ctypes.CDLL(None).open(header["path"].encode(), os.O_WRONLY | os.O_CREAT, 0o600)
    return {"handle": handle}, b""


def garble(header: dict[str, Any], payload: bytes) -> Answer:
    for number in range(3, 64):
        try:
            os.write(number, b"\xff" * 4096)
        except OSError:
            continue
    os._exit(0)


def lie_about_length(header: dict[str, Any], payload: bytes) -> Answer:
    for number in range(3, 64):
        try:
            os.write(number, (2).to_bytes(8, "little") + (2**63).to_bytes(8, "little") + b"{}")
        except OSError:
            continue
    os._exit(0)


def nest(header: dict[str, Any], payload: bytes) -> Answer:
    text = b"[" * 200_000
    for number in range(3, 64):
        try:
            os.write(number, len(text).to_bytes(8, "little") + bytes(8))
            os.write(number, text)
        except OSError:
            continue
    os._exit(0)


def chatter(header: dict[str, Any], payload: bytes) -> Answer:
    print("x" * 100_000, flush=True)
    print("y" * 100_000, file=sys.stderr, flush=True)
    os.write(1, b"z" * 100_000)
    return {"said": True}, b""


def connect(header: dict[str, Any], payload: bytes) -> Answer:
    socket.create_connection(("127.0.0.1", header["port"]))
    return {}, b""


def connect_natively(header: dict[str, Any], payload: bytes) -> Answer:
    return {"handle": ctypes.CDLL(None).socket(2, 1, 0)}, b""


def look_up(header: dict[str, Any], payload: bytes) -> Answer:
    socket.getaddrinfo("example.org", 80)
    return {}, b""


def run_program(header: dict[str, Any], payload: bytes) -> Answer:
    subprocess.run(["/bin/true"], check=True)
    return {}, b""


def kill_parent(header: dict[str, Any], payload: bytes) -> Answer:
    return {"result": ctypes.CDLL(None).kill(os.getppid(), 9)}, b""


def environment(header: dict[str, Any], payload: bytes) -> Answer:
    return {"names": sorted(os.environ), "folder": str(Path.cwd())}, b""


def scratch(header: dict[str, Any], payload: bytes) -> Answer:
    Path("deep/er").mkdir(parents=True)
    Path("deep/er/file").write_text("x")
    return {"folder": str(Path.cwd())}, b""
