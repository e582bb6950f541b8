"""Whatever a task does, its caller gets a clear answer in time and the next call works."""

from __future__ import annotations

import asyncio
import ctypes
import inspect
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from retrieval.confinement import Limits
from retrieval.errors import Broke, Contained, TookTooLong, TookTooMuch, Unavailable
from retrieval.sandbox import Sandbox
from tests.retrieval import hostile

pytestmark = pytest.mark.asyncio(loop_scope="module")

TASKS = {
    name: f"{hostile.__name__}:{name}"
    for name, found in vars(hostile).items()
    if inspect.isfunction(found)
}
LIMITS = Limits(
    wall_seconds=1.0,
    memory_bytes=128 << 20,
    file_bytes=8 << 20,
    scratch_bytes=24 << 20,
    reply_bytes=32 << 20,
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(TASKS, limits=LIMITS, at_once=4) as opened:
        yield opened


async def works(sandbox: Sandbox) -> bool:
    return await sandbox.call("echo", {"a": 1}, b"\x00raw") == ({"a": 1}, b"\x00raw")


async def test_brings_back_what_a_task_gives(sandbox: Sandbox) -> None:
    assert await works(sandbox)


async def test_carries_megabytes_without_blocking_the_loop(sandbox: Sandbox) -> None:
    payload = os.urandom(20 << 20)
    longest = 0.0

    async def beat() -> None:
        nonlocal longest
        while True:
            before = time.thread_time()  # of this thread alone, however busy the machine is
            await asyncio.sleep(0.001)
            longest = max(longest, time.thread_time() - before)

    beating = asyncio.create_task(beat())
    answer = await sandbox.call("echo", {}, payload)
    beating.cancel()
    assert answer == ({}, payload)
    assert longest < 0.5


@pytest.mark.parametrize("task", ["spin", "sleep"])
async def test_stops_what_takes_too_long(sandbox: Sandbox, task: str) -> None:
    with pytest.raises(TookTooLong, match="1 seconds"):
        await sandbox.call(task, {}, b"")
    assert await works(sandbox)


@pytest.mark.parametrize("task", ["allocate", "write_forever", "write_many"])
async def test_stops_what_takes_too_much(task: str) -> None:
    async with Sandbox(TASKS, limits=Limits(20, 20, 128 << 20, 8 << 20, 24 << 20)) as sandbox:
        with pytest.raises(TookTooMuch, match="MiB"):
            await sandbox.call(task, {}, b"")
        assert await works(sandbox)


@pytest.mark.parametrize(
    ("task", "said"),
    [
        ("crash", "SIGSEGV"),
        ("leave", "without an answer"),
        ("fail", "LookupError: no such  .31m thing"),
        ("garble", "nonsense"),
        ("lie_about_length", "nonsense"),
        ("nest", "nonsense"),
        ("fork", "PermissionError"),
        ("connect", "PermissionError"),
        ("look_up", "PermissionError"),
        ("run_program", "PermissionError"),
    ],
)
async def test_says_how_a_task_broke(sandbox: Sandbox, task: str, said: str) -> None:
    with pytest.raises(Broke, match=said):
        await sandbox.call(task, {"port": 1}, b"")
    assert await works(sandbox)


async def test_a_busy_machine_is_not_the_fault_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Sandbox(TASKS, limits=LIMITS) as sandbox:
        assert await works(sandbox)
        zygote = sandbox._zygote
        assert zygote is not None
        why = zygote._cause

        async def cause(*given: Any, **how: Any) -> Exception:
            zygote._process.send_signal(signal.SIGCONT)
            return await why(*given, **how)

        monkeypatch.setattr(type(zygote), "_cause", staticmethod(cause))
        monkeypatch.setattr("retrieval.sandbox._LATE_SECONDS", 0.1 - LIMITS.wall_seconds)
        zygote._process.send_signal(signal.SIGSTOP)
        with pytest.raises(Unavailable, match="try again"):
            await sandbox.call("echo", {}, b"")


async def test_keeps_what_a_task_prints_out_of_the_answer(sandbox: Sandbox) -> None:
    assert await sandbox.call("chatter", {}, b"") == ({"said": True}, b"")


async def test_refuses_to_write_outside_the_scratch_folder(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    place = tmp_path / "stray"
    with pytest.raises(Broke, match="outside the scratch folder"):
        await sandbox.call("write_outside", {"path": str(place)}, b"")
    assert not place.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="these barriers are Linux's")
class TestBelowPython:
    """What native code in a parser would meet; an old kernel may lack one of the barriers."""

    async def test_the_kernel_refuses_files_outside(self, sandbox: Sandbox, tmp_path: Path) -> None:
        if not has_landlock():
            pytest.skip("this kernel has no Landlock")
        place = tmp_path / "stray"
        answer, _ = await sandbox.call("write_outside_natively", {"path": str(place)}, b"")
        assert answer["handle"] < 0
        assert not place.exists()

    @pytest.mark.parametrize(
        ("task", "key"), [("connect_natively", "handle"), ("fork_natively", "made")]
    )
    async def test_the_kernel_refuses_sockets_and_processes(
        self, sandbox: Sandbox, task: str, key: str
    ) -> None:
        answer, _ = await sandbox.call(task, {}, b"")
        assert answer[key] < 0

    async def test_a_task_cannot_kill_the_one_who_forked_it(self, sandbox: Sandbox) -> None:
        answer, _ = await sandbox.call("kill_parent", {}, b"")
        assert answer["result"] < 0
        assert await works(sandbox)


async def test_a_task_sees_no_secrets_of_the_environment(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_PASSWORD", "x")
    async with Sandbox(TASKS) as fresh:
        answer, _ = await fresh.call("environment", {}, b"")
    assert "DATABASE_PASSWORD" not in answer["names"]


async def test_removes_the_scratch_folder(sandbox: Sandbox) -> None:
    answer, _ = await sandbox.call("scratch", {}, b"")
    for _ in range(100):
        if not os.path.exists(answer["folder"]):  # noqa: ASYNC240
            return
        await asyncio.sleep(0.02)
    pytest.fail("the scratch folder is still there")


async def test_many_calls_do_not_disturb_each_other(sandbox: Sandbox) -> None:
    async def call(number: int) -> object:
        task = ("echo", "crash", "fail", "echo")[number % 4]
        try:
            return (await sandbox.call(task, {"n": number}, b""))[0]["n"]
        except Contained:
            return number

    assert await asyncio.gather(*map(call, range(40))) == list(range(40))


async def test_slow_calls_do_not_hold_up_the_others() -> None:
    limits = Limits(wall_seconds=300, patience_seconds=0.2)
    async with Sandbox(TASKS, limits=limits, at_once=1) as sandbox:
        slow = [asyncio.create_task(sandbox.call("spin", {}, b"")) for _ in range(2)]
        await asyncio.sleep(0.5)
        assert await works(sandbox)
        assert not any(call.done() for call in slow)
        for call in slow:
            call.cancel()
        await asyncio.gather(*slow, return_exceptions=True)


async def test_a_cancelled_call_leaves_no_process(sandbox: Sandbox) -> None:
    call = asyncio.create_task(sandbox.call("sleep", {}, b""))
    await asyncio.sleep(0.1)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert await works(sandbox)


async def test_starts_anew_after_its_process_was_killed() -> None:
    async with Sandbox(TASKS, limits=LIMITS) as sandbox:
        assert await works(sandbox)
        waiting = asyncio.create_task(sandbox.call("sleep", {}, b""))
        await asyncio.sleep(0.1)
        os.kill(process_of(sandbox), signal.SIGKILL)
        with pytest.raises(Unavailable, match="try again"):
            await waiting
        assert await works(sandbox)


async def test_closing_kills_everything_and_cleans_up() -> None:
    sandbox = Sandbox(TASKS)
    running = asyncio.create_task(sandbox.call("spin", {}, b""))
    await asyncio.sleep(0.5)
    process = process_of(sandbox)
    folder = folder_of(sandbox)
    await sandbox.close()
    with pytest.raises(Unavailable):
        await running
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
    assert not folder.exists()
    with pytest.raises(Unavailable, match="closed"):
        await sandbox.call("echo", {}, b"")


async def test_a_task_that_cannot_be_loaded_is_said_plainly() -> None:
    async with Sandbox({"lost": "tests.retrieval.no_such_module:run"}) as sandbox:
        with pytest.raises(Unavailable, match="no_such_module"):
            await sandbox.call("lost", {}, b"")


async def test_an_unknown_task_is_the_callers_mistake(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="no_such"):
        await sandbox.call("no_such", {}, b"")


def process_of(sandbox: Sandbox) -> int:
    zygote = sandbox._zygote
    assert zygote is not None
    return zygote._process.pid


def folder_of(sandbox: Sandbox) -> Path:
    zygote = sandbox._zygote
    assert zygote is not None
    return Path(zygote._folder)


def has_landlock() -> bool:
    return int(ctypes.CDLL(None).syscall(444, None, 0, 1)) > 0
