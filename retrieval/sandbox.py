"""A killable child for bytes from outside: whatever they do, the caller gets an answer in time.

    async with Sandbox({"parse": "ingest.parsers.task:parse"}) as sandbox:
        answer, data = await sandbox.call("parse", {"name": "a.pdf"}, raw)

A warm process (`retrieval.zygote`) forks one confined process per call. Only JSON and raw
bytes pass between them; what comes back is data to check, never something that can run.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Mapping, Sequence
from typing import IO, Any, Self

from retrieval import frames
from retrieval.confinement import Limits
from retrieval.errors import Broke, Unavailable
from retrieval.sandbox_failures import ended, failure
from retrieval.zygote import ENDED, KILL, ORDER, READY, REPORT, START

_BOOT = (
    "import sys, json; s = json.loads(sys.argv[1]); sys.path[:] = s['path']; "
    "from retrieval.zygote import main; main(s)"
)
_GRACE_SECONDS = 2.0
_LATE_SECONDS = 30.0  # the zygote keeps the time; this is for one that does not
_SLOW_AT_ONCE = 4
_QUIET = {
    "DO_NOT_TRACK": "true",
    "SCARF_NO_ANALYTICS": "true",
    "UNSTRUCTURED_DISABLE_NOTICE": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONHASHSEED": "random",
}
_KEPT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TESSDATA_PREFIX", "TZ")


class Sandbox:
    """Runs named tasks on untrusted bytes, at most `at_once` at a time and four slow ones.

    `tasks` maps a name to `module:function`; a function takes and gives a JSON object and
    bytes. Every failure is a `Contained` (this input is at fault) or `Unavailable` (try again).
    """

    def __init__(
        self,
        tasks: Mapping[str, str],
        *,
        limits: Limits | None = None,
        at_once: int = 0,
        preload: Sequence[str] = (),
        start_seconds: float = 60.0,
    ) -> None:
        self._tasks, self._limits, self._preload = (
            dict(tasks), limits or Limits(), tuple(preload)
        )  # fmt: skip
        self._slots = asyncio.Semaphore(at_once or min(4, os.cpu_count() or 1))
        self._slow_slots = asyncio.Semaphore(_SLOW_AT_ONCE)
        self._starting = asyncio.Lock()
        self._start_seconds = start_seconds
        self._zygote: _Zygote | None = None
        self._is_closed = False

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def start(self) -> None:
        """Begin to warm up without waiting for it; the first call would do it too."""
        async with self._starting:
            if self._is_closed:
                raise Unavailable("the sandbox is closed; start the program again")
            if self._zygote is None or self._zygote.is_over:
                if self._zygote:
                    await self._zygote.close()
                self._zygote = await _Zygote.launched(self._tasks, self._preload, self._limits)

    async def close(self) -> None:
        """Kill everything that is left and remove its folders."""
        async with self._starting:
            self._is_closed = True
            if self._zygote:
                await self._zygote.close()

    async def call(
        self, task: str, header: dict[str, Any], payload: bytes
    ) -> tuple[dict[str, Any], bytes]:
        """Run one task in a fresh process; return its JSON object and bytes."""
        if task not in self._tasks:
            raise ValueError(f"one of {sorted(self._tasks)} was expected, {task!r} came")
        has_slot = asyncio.Event()
        slot = asyncio.create_task(self._hold_slot(has_slot))
        try:
            await has_slot.wait()
            await self.start()
            zygote = self._zygote
            assert zygote is not None
            await zygote.wait_until_ready(self._start_seconds)
            answer, data = await zygote.run({"task": task, "header": header}, payload)
        finally:
            slot.cancel()
        if "answer" in answer and isinstance(answer["answer"], dict):
            return answer["answer"], data
        raise failure(answer, self._limits)

    async def _hold_slot(self, has_slot: asyncio.Event) -> None:
        """Hold a slot until cancelled; a slow call changes lanes, so that it holds up nobody."""
        async with self._slots:
            has_slot.set()
            await asyncio.sleep(self._limits.patience_seconds)
            await self._slow_slots.acquire()
        try:
            await asyncio.Event().wait()
        finally:
            self._slow_slots.release()


class _Zygote:
    """The parent's end of one warm process."""

    def __init__(
        self, process: asyncio.subprocess.Process, control: socket.socket, limits: Limits,
        folder: str, log: IO[bytes],
    ) -> None:  # fmt: skip
        self._process, self._control, self._limits = process, control, limits
        self._folder, self._log = folder, log
        self._ends: dict[int, asyncio.Future[tuple[int, bytes]]] = {}
        self._ready = asyncio.get_running_loop().create_future()
        self._number = 0
        self._reader = asyncio.create_task(self._listen())

    @classmethod
    async def launched(
        cls, tasks: dict[str, str], preload: Sequence[str], limits: Limits
    ) -> _Zygote:
        """Start the process; it reports later that it is ready."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        folder = tempfile.mkdtemp(prefix="pincite-sandbox-")
        here = os.getcwd()
        log = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the process)
        settings = {
            "path": [place or here for place in sys.path],
            "control": theirs.fileno(),
            "tasks": tasks,
            "preload": list(preload),
            "limits": dataclasses.asdict(limits),
            "folder": folder,
        }
        with theirs:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-B", "-c", _BOOT, json.dumps(settings),
                stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=log,
                pass_fds=(theirs.fileno(),), env=_environment(folder), cwd=folder,
                start_new_session=True,
            )  # fmt: skip
        return cls(process, ours, limits, folder, log)

    @property
    def is_over(self) -> bool:
        """Say whether it has ended or no longer reports."""
        return self._reader.done() or self._process.returncode is not None

    async def wait_until_ready(self, seconds: float) -> None:
        """Wait for the libraries to be loaded."""
        try:
            await asyncio.wait_for(asyncio.shield(self._ready), seconds)
        except TimeoutError:
            raise Unavailable(
                f"the sandbox was not ready in {seconds:g} seconds; try again"
            ) from None

    async def run(self, header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        """Do one call in a process of its own."""
        self._number += 1
        number = self._number
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        end = self._ends[number] = asyncio.get_running_loop().create_future()
        end.add_done_callback(lambda done: done.cancelled() or done.exception())
        try:
            with theirs:
                await self._order(START, number, [theirs.fileno()])
            allowed = self._limits.wall_seconds + _LATE_SECONDS
            exchange = frames.exchange(ours, header, payload, self._limits.reply_bytes)
            return await asyncio.wait_for(exchange, allowed)
        except frames.BadFrame as error:
            raise Broke(f"its reader answered with nonsense: {error}; save the file anew") from None
        except TimeoutError:
            raise await self._cause(end, is_late=True) from None
        except (EOFError, OSError):
            raise await self._cause(end) from None
        finally:
            ours.close()
            if not end.done() and not self.is_over:
                await self._order(KILL, number, [])

    async def _cause(
        self, end: asyncio.Future[tuple[int, bytes]], *, is_late: bool = False
    ) -> Exception:
        """Say why no answer came; who ended well but late was only kept waiting."""
        try:
            status, why = await asyncio.wait_for(asyncio.shield(end), _GRACE_SECONDS)
        except Unavailable as error:
            return error
        except TimeoutError:
            self._process.kill()
            return Unavailable("the sandbox did not answer and is started anew; try again")
        if is_late and status == 0:
            return Unavailable("the machine is too busy to read this now; try again")
        return ended(status, why, self._limits)

    async def _order(self, kind: bytes, number: int, handles: list[int]) -> None:
        while True:
            try:
                socket.send_fds(self._control, [ORDER.pack(kind, number)], handles)
                return
            except BlockingIOError:
                await asyncio.sleep(0.005)
            except OSError:
                return

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        held = b""
        with contextlib.suppress(OSError):
            while more := await loop.sock_recv(self._control, 4096):
                held += more
                while len(held) >= REPORT.size:
                    self._heed(*REPORT.unpack(held[: REPORT.size]))
                    held = held[REPORT.size :]
        await self._process.wait()
        said = self._last_words()
        lost = Unavailable(f"the sandbox stopped and is started anew; try again{said}")
        for waiting in (self._ready, *self._ends.values()):
            if not waiting.done():
                waiting.set_exception(lost)
                waiting.exception()

    def _heed(self, kind: bytes, number: int, status: int, why: bytes) -> None:
        if kind == READY and not self._ready.done():
            self._ready.set_result(None)
        elif kind == ENDED and (end := self._ends.pop(number, None)) and not end.done():
            end.set_result((status, why))

    def _last_words(self) -> str:
        size = self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, size - 300))
        said = " ".join(self._log.read(300).decode("utf-8", "replace").split())
        return f" (it said: {said})" if said else ""

    async def close(self) -> None:
        """End the process and what it started."""
        if self._log.closed:
            return
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)
        try:
            await asyncio.wait_for(asyncio.shield(self._reader), _GRACE_SECONDS)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._reader
        self._control.close()
        self._log.close()
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)


def _environment(folder: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | _QUIET | {"HOME": folder, "TMPDIR": folder}
