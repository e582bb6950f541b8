"""A suite that brings its documents, run by a child of the server: `evals/starting/child.py`.

It takes documents in, loads a model of its own, scores and draws intervals, all without a hold of
this process's interpreter; and whatever becomes of it, what is served stays as it is.
"""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from evals.running.run import Told
from evals.starting.order import Order
from retrieval.errors import Unavailable

_ROOT: Final = Path(__file__).parents[2]
_FOLLOWS_SECONDS = 20.0

PROGRAM: Final = (
    *(sys.executable, "-P", "-c"),
    f"import sys; sys.path.insert(0, {str(_ROOT)!r}); "
    "from evals.starting.child import main; main()",
)
"""Runs the same code as this, wherever the server was started."""


class Beside:
    """Carries an order out in a process of its own."""

    def __init__(self, program: Sequence[str] = PROGRAM) -> None:
        self._program = program

    async def run(self, order: Order, told: Told) -> str:
        """Return the id of the run once it is over; cancelled, end the process first.

        Raises:
            Unavailable: the process could not do it; the message says why.
        """
        child = await asyncio.create_subprocess_exec(
            *self._program, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, start_new_session=True
        )
        try:
            assert child.stdin
            child.stdin.write(order.line())
            with suppress(ConnectionError):  # gone already: what it said, if anything, is told
                await child.stdin.drain()
            return await _followed(child, told)
        finally:
            await _ended(child)


async def _followed(child: Process, told: Told) -> str:
    assert child.stdout
    async for line in child.stdout:
        said: dict[str, Any] = json.loads(line)
        if "run" in said:
            return str(said["run"])
        if "why" in said:
            raise Unavailable(said["why"])
        if "done" in said:
            told(said["done"], said["total"])
    raise Unavailable(
        "Expected the run to come to its end, but its process went away. Is there memory for a "
        "second model? `pincite eval run` says more."
    )


async def _ended(child: Process) -> None:
    """Have a process end, and let it put away what it took in; one that does not is killed."""
    assert child.stdin
    child.stdin.close()
    with suppress(ProcessLookupError):
        child.terminate()
    try:
        async with asyncio.timeout(_FOLLOWS_SECONDS):
            await child.wait()
    except TimeoutError:
        child.kill()
        await child.wait()
