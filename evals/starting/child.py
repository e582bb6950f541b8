"""A run in a process of its own. READ FIRST: `_carry_out` is the story.

The order comes as one line of standard input, and progress goes out as lines of JSON. At SIGTERM,
or when standard input ends because whoever ordered it is gone, the run ends too, and what it took
in is removed. The process is nice: whoever asks the server a question comes first.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import threading
from contextlib import suppress
from typing import Any, BinaryIO, Final

from deploy.failing import foreseen
from deploy.quiet import keep_quiet
from evals.presets.configuration import configuration_of
from evals.running.run import Told, run_suite
from evals.running.session import groups, opened
from evals.starting.making import judged, suite_for, work_of
from evals.starting.order import Order, read_order

NICENESS: Final = 10
_PART_OF_THE_CORES: Final = 2
_PIECE: Final = 4_096


def main() -> None:
    """Carry out the order that comes, and say what came of it."""
    os.umask(0o077)
    os.nice(NICENESS)
    keep_quiet()
    # What is printed while documents are taken in is for nobody here.
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    line = sys.stdin.buffer.readline()
    try:
        run = asyncio.run(_until_left_alone(read_order(line), out))
        _tell(out, run=run)
    except asyncio.CancelledError:
        _tell(out, stopped=True)
    except BaseException as error:  # whatever it is, whoever ordered it must be told
        known = foreseen(error)
        _tell(out, why=str(known) if known else f"Unexpected {type(error).__name__}.")


async def _until_left_alone(order: Order, out: BinaryIO) -> str:
    """Carry the order out, unless a signal comes or standard input ends before."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None

    def end() -> None:
        if not task.cancelling():  # twice would cut short what is put away
            task.cancel()

    def watch() -> None:
        while os.read(0, _PIECE):
            pass
        with suppress(RuntimeError):  # the run has ended meanwhile
            loop.call_soon_threadsafe(end)

    loop.add_signal_handler(signal.SIGTERM, end)
    threading.Thread(target=watch, daemon=True).start()
    return await _carry_out(order, lambda done, total: _tell(out, done=done, total=total))


async def _carry_out(order: Order, told: Told) -> str:
    """Run the suite over what it brings along, judge the run if asked, and return its id."""
    settings, wanted = order.settings, order.wanted
    suite = suite_for(wanted, settings.home)
    [group] = groups([suite], configuration_of(wanted.configuration))
    at_once = max(1, (os.cpu_count() or 1) // _PART_OF_THE_CORES)
    work = work_of(wanted, suite, settings.home, at_once=at_once)
    async with opened(group, settings, _nowhere) as session:
        run = await run_suite(work, session, told)
    return judged(wanted, work, run, settings.home).id


def _nowhere(_: Any) -> Any:
    """Open no library of the home: the server has it."""
    raise AssertionError("Expected a suite that brings its documents, got another.")


def _tell(out: BinaryIO, **told: Any) -> None:
    try:
        out.write(json.dumps(told).encode() + b"\n")
    except BrokenPipeError:
        return


if __name__ == "__main__":
    main()
