"""Stop, resume and stops: what an operator does when something must not go on.

They need neither index nor model: `alone` gives them what they need where no server answers.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from deploy.operations.operation import Event, Result
from retrieval.audit.event import Event as Noted
from retrieval.audit.event import Record
from retrieval.audit.record import OPERATOR
from retrieval.database import Database
from retrieval.errors import BadRequest, Unavailable
from retrieval.halting import Sort, Stop, Target, target_of
from retrieval.people.reasons import legible
from retrieval.sources import Sources
from retrieval.stops import Stops


class Stoppable(Protocol):
    """What these operations need of the parts."""

    @property
    def stops(self) -> Stops:
        """Return what is stopped."""

    @property
    def sources(self) -> Sources:
        """Return the sources there are."""


@dataclass(frozen=True, slots=True)
class Alone:
    """What stopping needs, and nothing else."""

    stops: Stops
    sources: Sources


@dataclass(frozen=True, slots=True)
class NoRecord:
    """Stands for a record that cannot be opened: things are stopped without it, not resumed."""

    why: str

    async def note(self, event: Noted) -> int:
        """Raise `Unavailable`."""
        raise Unavailable(self.why)


@asynccontextmanager
async def alone(url: str, record: Record) -> AsyncIterator[Alone]:
    """Open what stopping needs at the database of a server that is busy, away or elsewhere."""
    database = Database(url)
    try:
        yield Alone(Stops(database, record), Sources(database))
    finally:
        await database.close()


async def stop(parts: Stoppable, *, target: str, reason: str) -> AsyncIterator[Event]:
    """Stop everything, answers, or one user, source, tool or channel."""
    chosen = target_of(target)
    if not legible(reason):
        raise BadRequest("Expected a reason, got none. Say why with --reason: it is recorded.")
    await _check_known(parts, chosen)
    stopping = await parts.stops.stop(
        chosen, reason=reason.strip(), by=OPERATOR.by, origin=OPERATOR.origin
    )
    value = {
        "target": str(chosen),
        "was_stopped_already": not stopping.is_new,
        "recorded": stopping.is_recorded,
    }
    yield Result({**value, "stops": await listed(parts)})


async def resume(parts: Stoppable, *, target: str) -> AsyncIterator[Event]:
    """Let something go on; what else is stopped stays so."""
    chosen = target_of(target)
    was_stopped = await parts.stops.resume(chosen, by=OPERATOR.by, origin=OPERATOR.origin)
    value = {"target": str(chosen), "was_stopped": was_stopped}
    yield Result({**value, "stops": await listed(parts)})


async def listed(parts: Stoppable) -> list[dict[str, Any]]:
    """Return what is stopped, the oldest first, for `status` too."""
    return [_told(each) for each in await parts.stops.listed()]


async def _check_known(parts: Stoppable, target: Target) -> None:
    """Refuse a source that is not there: a slip of the pen must not look like a stop."""
    if target.sort is not Sort.SOURCE:
        return
    names = [each.name for each in await parts.sources.all()]
    if target.name not in names:
        raise BadRequest(
            f"Expected a source ({', '.join(names) or 'none yet'}), got {target.name!r}. "
            "Nothing was stopped."
        )


def _told(stop: Stop) -> dict[str, Any]:
    since = datetime.fromtimestamp(stop.at, UTC).isoformat()
    return {
        "target": str(stop.target),
        "reason": stop.reason,
        "by": stop.by,
        "since": since,
    }
