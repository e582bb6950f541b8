"""Runs as the web page finds them: by suite, with the file reads off the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from evals.reports.charts import Trend, trend_of
from evals.reports.figures import in_trend
from evals.running.kept import Everything, KeptRuns
from evals.running.result import Row, Run
from evals.web.seeing import Viewer, openness_of, viewer_of
from retrieval.access import Principal
from retrieval.errors import NotFound
from retrieval.library import Library

Lend = Callable[[], Awaitable[Library]]
"""Return the library once it is there."""

RUNS_LISTED = 30
_TRENDS = 4


@dataclass(frozen=True, slots=True)
class Line:
    """Runs of one suite with one configuration over one library, the latest first.

    `more` is how many there are besides those listed.
    """

    runs: tuple[Run, ...]
    trends: tuple[Trend, ...]
    more: int

    @property
    def latest(self) -> Run:
        """Return the latest run."""
        return self.runs[0]


class RunShelf:
    """The kept runs, and the library that they may rest on."""

    def __init__(self, kept: KeptRuns, lend: Lend) -> None:
        self._kept = kept
        self._lend = lend

    async def everything(self) -> Everything:
        """Return every run, newest first, and what is told of those that are damaged."""
        return await asyncio.to_thread(self._kept.everything)

    async def runs(self) -> list[Run]:
        """Return every run, newest first."""
        return await asyncio.to_thread(self._kept.runs)

    async def run(self, run_id: str) -> Run:
        """Return a run, or raise `NotFound`."""
        found = await asyncio.to_thread(self._kept.run, run_id)
        if found.id != run_id:
            raise NotFound(f"Expected the id of a run, got {run_id[:80]!r}.")
        return found

    async def rows(self, run: Run) -> list[Row]:
        """Return the rows of a run."""
        return await asyncio.to_thread(lambda: list(self._kept.rows(run.id)))

    async def viewer(self, run: Run, rows: Sequence[Row], *, principal: Principal) -> Viewer:
        """Return what a principal may see of a run."""
        openness = await openness_of(run, await self.runs())
        return await viewer_of(openness, rows, await self._lend(), principal=principal)


def lines_of(runs: Sequence[Run]) -> list[Line]:
    """Return runs by suite and configuration; what ran last comes first."""
    grouped: dict[tuple[str, str, str], list[Run]] = {}
    for run in runs:
        key = (run.stamp.suite, run.stamp.configuration, run.corpus)
        grouped.setdefault(key, []).append(run)
    return [_line(found) for found in grouped.values()]


def _line(found: Sequence[Run]) -> Line:
    listed = found[:RUNS_LISTED]
    oldest_first = listed[::-1]
    trends = [trend_of(each, oldest_first) for each in in_trend(found[0], _TRENDS)]
    return Line(tuple(listed), tuple(trends), len(found) - len(listed))
