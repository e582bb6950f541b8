"""The bench: runs one suite at a time in the background, and knows how far it is.

What is under way lives as long as this server. A run that is stopped, or that a server leaves
behind when it ends, lies in its home as an interrupted one: `pincite eval run … --resume` goes on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from deploy.failing import foreseen
from evals.running.run import Told
from evals.starting.wanted import Wanted
from retrieval.documents import now
from retrieval.errors import BadRequest

Start = Callable[[Told], Awaitable[str]]
"""Run what was made ready, tell how far it is, and return the id of the run."""

_log = logging.getLogger(__name__)


class State(StrEnum):
    """How far a job is."""

    RUNNING = "running"
    ENDED = "ended"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(slots=True)
class Job:
    """A run that was started here.

    `done` of `total` cases are over; `total` is None while documents are taken in. `run` is the
    id of what it left, `why` what kept it from its end.
    """

    wanted: Wanted
    by: str
    began: int
    done: int = 0
    total: int | None = None
    state: State = State.RUNNING
    run: str = ""
    why: str = ""

    def take(self, done: int, total: int) -> None:
        """Note how far it is."""
        self.done, self.total = done, total

    @property
    def is_running(self) -> bool:
        """Return whether it is under way."""
        return self.state is State.RUNNING


class Bench:
    """Where at most one run is at work."""

    def __init__(self) -> None:
        self.job: Job | None = None
        self._task: asyncio.Task[None] | None = None

    def require_free(self) -> None:
        """Raise `BadRequest` if a run is at work."""
        if self.job and self.job.is_running:
            raise BadRequest(
                f"Expected no run at work, got {self.job.wanted.suite}. Wait for its end, or stop "
                "it."
            )

    def begin(self, wanted: Wanted, start: Start, *, by: str) -> None:
        """Begin a run; raise `BadRequest` if one is at work."""
        self.require_free()
        self.job = job = Job(wanted, by, now())
        self._task = asyncio.create_task(_done(job, start))

    async def stop(self) -> None:
        """Stop what is at work, and return when it has ended; nothing if nothing is."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task})


async def _done(job: Job, start: Start) -> None:
    """Carry a job out, and note how it ended; none of its failures is anybody else's."""
    try:
        job.run = await start(job.take)
        job.state = State.ENDED
    except asyncio.CancelledError:
        job.state = State.STOPPED
    except Exception as error:  # the server goes on, and whoever looks is told
        known = foreseen(error)
        job.state = State.FAILED
        job.why = str(known) if known else f"Unexpected {type(error).__name__}."
        _log.error("A run of an evaluation failed: %s.", type(error).__name__)
