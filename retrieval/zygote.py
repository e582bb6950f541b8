"""The child side of the sandbox: a warm process that forks one confined process per call.

It imports the heavy libraries once, stays single-threaded, and never touches a document
itself. It knows which processes belong to which call and kills them when their time is over.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import importlib
import json
import os
import select
import shutil
import signal
import socket
import struct
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retrieval import frames
from retrieval.confinement import (
    Limits,
    adopt_orphans,
    confine,
    die_with_parent,
    leave_network,
)

Task = Callable[[dict[str, Any], bytes], tuple[dict[str, Any], bytes]]

ORDER = struct.Struct("<cQ")  # to the zygote: S(tart, with a socket) or K(ill), number of the call
REPORT = struct.Struct("<cQic")  # from it: R(eady) or E(nded), number, wait status, why killed
START, KILL, READY, ENDED = b"S", b"K", b"R", b"E"
FOR_NOTHING, FOR_TIME, FOR_SCRATCH, FOR_ORDER = b"-", b"t", b"s", b"o"
_TICK_SECONDS = 0.2
_LOWER = 5  # no more: a long honest document must still end in time beside busy neighbours
_MESSAGE_CHARACTERS = 500
_SPENT = (errno.EFBIG, errno.ENOSPC, errno.ENOMEM, errno.EDQUOT)


@dataclass(slots=True)
class _Call:
    number: int
    process: int
    scratch: str
    deadline: float
    why: bytes = FOR_NOTHING
    is_slow: bool = False


class Zygote:
    """Forks, watches, kills and cleans up after the processes of calls."""

    def __init__(
        self, control: socket.socket, tasks: dict[str, Task], limits: Limits, folder: str
    ) -> None:
        self._control, self._tasks, self._limits, self._folder = control, tasks, limits, folder
        self._calls: dict[int, _Call] = {}
        self._cleaners: set[int] = set()
        self._wakes, wakes = socket.socketpair()
        for end in (self._wakes, wakes):
            end.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wakes.fileno(), warn_on_full_buffer=False)
        self._waker = wakes

    def serve(self) -> None:
        """Work until the other side closes, then kill what is left."""
        self._tell(READY, 0, 0, FOR_NOTHING)
        try:
            while self._obey():
                self._reap()
                self._watch()
        finally:
            for call in self._calls.values():
                _kill(call.process)
            _kill_strays(set(), group=0)
            shutil.rmtree(self._folder, ignore_errors=True)

    def _obey(self) -> bool:
        """Wait a little for an order and carry it out; return False when no more will come."""
        idle = not (self._calls or self._cleaners)
        ready, _, _ = select.select(
            [self._control, self._wakes], [], [], None if idle else _TICK_SECONDS
        )
        if self._wakes in ready:
            with contextlib.suppress(BlockingIOError):
                self._wakes.recv(4096)
        if self._control not in ready:
            return True
        message, handles, _, _ = socket.recv_fds(self._control, ORDER.size, 1)
        if len(message) != ORDER.size:
            return False
        kind, number = ORDER.unpack(message)
        if kind == START:
            self._start(number, handles[0])
        elif call := next((c for c in self._calls.values() if c.number == number), None):
            call.why = FOR_ORDER
            _kill(call.process)
        return True

    def _start(self, number: int, handle: int) -> None:
        scratch = tempfile.mkdtemp(dir=self._folder)
        process = os.fork()
        if process == 0:
            _work(handle, self._tasks, self._limits, scratch)
        os.close(handle)
        deadline = time.monotonic() + self._limits.wall_seconds
        self._calls[process] = _Call(number, process, scratch, deadline)

    def _reap(self) -> None:
        while True:
            try:
                process, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if process == 0:
                return
            self._cleaners.discard(process)
            if call := self._calls.pop(process, None):
                _kill_strays(set(self._calls) | self._cleaners, group=process)
                self._tell(ENDED, call.number, status, call.why)
                self._clean(call.scratch)

    def _watch(self) -> None:
        now = time.monotonic()
        for call in self._calls.values():
            if now > call.deadline:
                call.why = call.why if call.why != FOR_NOTHING else FOR_TIME
                _kill(call.process)
                continue
            elapsed = now - call.deadline + self._limits.wall_seconds
            if elapsed > 1 and _size(call.scratch) > self._limits.scratch_bytes:
                call.why = FOR_SCRATCH
                _kill(call.process)
            elif elapsed > self._limits.patience_seconds and not call.is_slow:
                call.is_slow = True
                with contextlib.suppress(OSError):
                    os.setpriority(os.PRIO_PGRP, call.process, os.getpriority(0, 0) + _LOWER)

    def _clean(self, scratch: str) -> None:
        try:
            os.rmdir(scratch)
        except OSError:
            process = os.fork()
            if process == 0:
                shutil.rmtree(scratch, ignore_errors=True)
                os._exit(0)
            self._cleaners.add(process)

    def _tell(self, kind: bytes, number: int, status: int, why: bytes) -> None:
        with contextlib.suppress(OSError):
            self._control.sendall(REPORT.pack(kind, number, status, why))


def main(settings: dict[str, Any]) -> None:
    """Load what the tasks need and serve; `settings` comes from `retrieval.sandbox`."""
    leave_network(settings["folder"])
    adopt_orphans()
    tasks = {name: _named(path) for name, path in settings["tasks"].items()}
    for module in settings["preload"]:
        importlib.import_module(module)
    limits = settings["limits"] | {"programs": tuple(settings["limits"]["programs"])}
    gc.collect()
    gc.freeze()
    control = socket.socket(fileno=settings["control"])
    Zygote(control, tasks, Limits(**limits), settings["folder"]).serve()


def _named(path: str) -> Task:
    module, _, name = path.partition(":")
    task: Task = getattr(importlib.import_module(module), name)
    return task


def _work(handle: int, tasks: dict[str, Task], limits: Limits, scratch: str) -> None:
    """Answer one call in this fresh process and end it; never returns."""
    try:
        os.setpgid(0, 0)  # no new session: where sessions share alike, low priority would be void
        die_with_parent()
        _hold_only(handle)
        channel = socket.socket(fileno=handle)
        header, payload = frames.receive(channel)
        os.chdir(scratch)
        os.environ.update(TMPDIR=scratch, HOME=scratch)
        tempfile.tempdir = scratch
        confine(scratch, limits)
        frames.send(channel, *_answer(tasks[header["task"]], header["header"], payload))
    finally:
        os._exit(0)


def _answer(task: Task, header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
    try:
        answer, data = task(header, payload)
        return {"answer": answer}, data
    except BaseException as error:  # whatever it is, the caller is told and this process ends
        text = f"{type(error).__name__}: {error}"[:_MESSAGE_CHARACTERS]
        spent = isinstance(error, MemoryError) or getattr(error, "errno", 0) in _SPENT
        del error
        return {"error": text, "spent": spent}, b""


def _hold_only(handle: int) -> None:
    """Close everything but the call's own socket; 0, 1 and 2 lead nowhere."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    os.closerange(3, handle)
    os.closerange(handle + 1, 4096)


def _kill(process: int) -> None:
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(process, signal.SIGKILL)


def _kill_strays(known: set[int], group: int) -> None:
    """Kill the rest of a group, and adopted descendants however they hid from their group."""
    if group:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    listing = Path(f"/proc/self/task/{os.getpid()}/children")
    with contextlib.suppress(OSError):
        for process in map(int, listing.read_text().split()):
            if process not in known:
                _kill(process)


def _size(folder: str) -> int:
    total = 0
    for count, (place, _, files) in enumerate(os.walk(folder)):
        for name in files:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(place, name)).st_blocks * 512
        if count > 1000:
            break
    return total


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
