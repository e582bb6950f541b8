"""How sources are kept in step, as administrators see it: what goes on, what waits, what failed.

What does the work lies outside this hand. Here is what the pages ask of it, and how a source
stands by it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from retrieval.audit.record import Desk
from retrieval.census import Count
from retrieval.failures import Failure, Failures
from retrieval.halting import EVERYTHING, Sort, Stop
from retrieval.sources import SourceRecord

_ROUNDS_MISSED = 3


class SourceState(StrEnum):
    """How a source stands. BEHIND: its last sync is older than three rounds."""

    RUNNING = "running"
    WAITING = "waiting"
    PAUSED = "paused"
    FAILING = "failing"
    NEVER = "never synced"
    BEHIND = "behind"
    IN_STEP = "in step"


@dataclass(slots=True)
class Going:
    """A sync that goes on: `done` of the `seen` documents that changed, since `began`."""

    source: str
    began: int
    done: int = 0
    seen: int = 0


class Keeping(Protocol):
    """What keeps the sources in step, and the list of what could not be taken in."""

    @property
    def failures(self) -> Failures:
        """Return what could not be taken in."""

    @property
    def every_seconds(self) -> int:
        """Return how often all sources are looked at."""

    @property
    def next_at(self) -> int | None:
        """Return when they are looked at next, None while nobody does."""

    @property
    def under_way(self) -> Mapping[str, Going]:
        """Return the syncs that go on, by source."""

    @property
    def waiting(self) -> Collection[str]:
        """Return the sources whose turn comes."""

    async def ask(self, source: str, desk: Desk) -> None:
        """Have a source looked at as soon as it is its turn; asked twice is once.

        Raises:
            BadRequest: it is not there, or it is stopped.
        """

    async def retry(self, source: str, uri: str | None, desk: Desk) -> None:
        """Have what could not be taken in read again: one document, or all that failed.

        Raises:
            BadRequest: it is not there, it is stopped, or no such document failed.
        """


@dataclass(frozen=True, slots=True)
class Standing:
    """How a source stands: what it holds, what became of its syncs, what is next.

    `failures` counts documents by outcome; `trouble` is why the last sync did not reach its end.
    """

    source: SourceRecord
    state: SourceState
    held: Count
    failures: Mapping[str, int] = field(default_factory=dict)
    going: Going | None = None
    trouble: Failure | None = None
    stop: Stop | None = None
    is_shut: bool = False

    @property
    def failing(self) -> int:
        """Return how many documents could not be taken in, or not whole."""
        return sum(self.failures.values())

    @property
    def is_busy(self) -> bool:
        """Return whether something goes on or waits for its turn."""
        return self.state in (SourceState.RUNNING, SourceState.WAITING)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of all sources at one moment."""

    counts: Mapping[str, Count]
    failures: Mapping[str, Mapping[str, int]]
    troubles: Mapping[str, Failure]
    stops: Iterable[Stop]
    shut: frozenset[str]


def standing(source: SourceRecord, known: Known, keeping: Keeping, instant: int) -> Standing:
    """Return how a source stands at an instant, in seconds."""
    trouble = known.troubles.get(source.name)
    going = keeping.under_way.get(source.name)
    stop = _stop_of(source.name, known.stops)
    if going is not None:
        state = SourceState.RUNNING
    elif source.name in keeping.waiting:
        state = SourceState.WAITING
    elif stop is not None:
        state = SourceState.PAUSED
    elif trouble is not None:
        state = SourceState.FAILING
    elif source.synced_at is None:
        state = SourceState.NEVER
    elif instant - source.synced_at > _ROUNDS_MISSED * keeping.every_seconds:
        state = SourceState.BEHIND
    else:
        state = SourceState.IN_STEP
    return Standing(
        source=source,
        state=state,
        held=known.counts.get(source.name, Count(source.name, 0, 0, 0, 0)),
        failures=known.failures.get(source.name, {}),
        going=going,
        trouble=trouble,
        stop=stop,
        is_shut=source.name in known.shut,
    )


def _stop_of(source: str, stops: Iterable[Stop]) -> Stop | None:
    """Return what keeps a source from being synced: its own stop, else one of everything."""
    own = [each for each in stops if each.target.sort is Sort.SOURCE and each.target.name == source]
    return next(iter([*own, *(each for each in stops if each.target == EVERYTHING)]), None)
