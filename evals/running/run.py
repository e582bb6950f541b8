"""Running a suite. READ FIRST: `run_suite` is the story.

Each case is asked, scored and written to disk before it is forgotten; in memory stay its scores
alone. A run that was interrupted goes on with the cases that are missing, to the same figures.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial
from typing import BinaryIO, Protocol

from evals.measures.measure import Measure
from evals.outcome import Outcome
from evals.running.asking import Asker, failed
from evals.running.kept import Keeping, KeptRuns, add
from evals.running.plan import Plan
from evals.running.result import Row, Run, Stamp
from evals.running.scoring import Tally, scores_of
from evals.suites.case import Case, Suite
from retrieval.documents import now

Told = Callable[[int, int], None]
"""Told how many cases of how many are over."""


class Opened(Protocol):
    """Whom a suite asks, and what the run is stamped with."""

    @property
    def asker(self) -> Asker:
        """Return whom to ask."""

    @property
    def corpus(self) -> str:
        """Return whose library is asked: "" is this installation's own."""

    async def stamp(self, suite: Suite, seed: int) -> Stamp:
        """Return what a run of the suite is made with."""


@dataclass(frozen=True, slots=True)
class Work:
    """What is run: a suite, how much of it, by which measures, where it is kept."""

    suite: Suite
    plan: Plan
    measures: Sequence[Measure]
    kept: KeptRuns
    resumes: bool = False


async def run_suite(work: Work, opened: Opened, told: Told = lambda done, total: None) -> Run:
    """Ask every case that is not asked yet, and return the run with its figures."""
    cases, tally = work.plan.chosen(work.suite), Tally()
    with _keeping(work, await _begun(work, opened, len(cases))) as keeping:
        for row in _useful(keeping.rows(), cases):
            tally.take(row)
        with keeping.open() as file:
            told(tally.asked, len(cases))
            queue = work.plan.queue([case for case in cases if not tally.has(case.id)])
            take = partial(_take, file=file, tally=tally, told=told, cases=cases)
            await _ask_all(work, opened.asker, queue, take)
        return keeping.end(_ended(keeping.run, tally, cases), [case.id for case in cases])


async def _ask_all(
    work: Work, asker: Asker, queue: Iterator[Case], take: Callable[[Row], None]
) -> None:
    """Ask the cases of the queue, as many at once as is planned; take each row as it comes."""

    async def worker() -> None:
        for case in queue:
            outcome = await _asked(asker, case)
            take(Row(case, outcome, scores_of(case, outcome, work.measures)))

    async with asyncio.TaskGroup() as group:
        for _ in range(work.plan.at_once):
            group.create_task(worker())


async def _asked(asker: Asker, case: Case) -> Outcome:
    """Return what came of a case; one that was cancelled by itself does not end the run."""
    try:
        return await asker.ask(case)
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        return failed(case, error)


def _take(row: Row, file: BinaryIO, tally: Tally, told: Told, cases: Sequence[Case]) -> None:
    add(file, row)
    tally.take(row)
    told(tally.asked, len(cases))


def _useful(rows: Iterator[Row], cases: Sequence[Case]) -> Iterator[Row]:
    """Yield the rows of a run to resume that stand: what went wrong is asked again."""
    wanted = {case.id for case in cases}
    return (row for row in rows if row.case.id in wanted and not row.outcome.error)


async def _begun(work: Work, opened: Opened, cases: int) -> Run:
    suite = work.suite
    return Run(
        id="",
        title=suite.title or suite.name,
        stamp=await opened.stamp(suite, work.plan.seed),
        corpus=opened.corpus,
        began=now(),
        ended=0,
        cases=cases,
        asked=0,
        figures=(),
        categories={},
    )


def _keeping(work: Work, run: Run) -> AbstractContextManager[Keeping]:
    """Begin to keep the run, or go on with one of the same stamp that was interrupted.

    Whoever keeps a run holds it: a server that carries it out, and a command beside that, do not
    write into one file.
    """
    if work.resumes:
        for each in work.kept.interrupted():
            if each.stamp == run.stamp and each.cases == run.cases:
                return work.kept.resume(each)
    return work.kept.begin(run)


def _ended(run: Run, tally: Tally, cases: Sequence[Case]) -> Run:
    order = [case.id for case in cases]
    return replace(
        run,
        ended=now(),
        asked=tally.asked,
        figures=tally.figures(order),
        categories=tally.categories(order),
    )
