"""Running several suites, each in its library, with a bar. READ FIRST: `run_all` is the story."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from deploy.settings import Settings
from deploy.terminal import err
from evals.comparing.baseline import Baseline, Baselines, read_baseline
from evals.comparing.gate import gate_of
from evals.comparing.sweep import Sweep
from evals.errors import BadSuite
from evals.measures.every import MEASURES
from evals.presets.configuration import Configuration, configuration_of
from evals.running.embedders import Embedders
from evals.running.kept import KeptRuns
from evals.running.plan import Plan
from evals.running.result import Run
from evals.running.run import Told, Work, run_suite
from evals.running.session import FOLDER, Join, Session, groups, opened
from evals.suites.case import Suite
from evals.suites.reading import in_the_box, read_suite, suite_of

BASELINES: Final = "baselines"
BOX: Final = "box"


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be run: how much of it, with which configuration, and whether it is gated."""

    configuration: Configuration
    plan: Plan
    resumes: bool = False
    is_gated: bool = False
    baseline: Path | None = None

    @classmethod
    def typed(cls, config: str, options: Mapping[str, Any], *, is_gated: bool = False) -> Order:
        """Return what the options of a command order; `config` names the configuration."""
        plan = Plan(
            limit=options["limit"],
            seconds=options["seconds"],
            seed=options["seed"],
            at_once=options["parallel"] or os.cpu_count() or 1,
        )
        baseline = options.get("baseline")
        return cls(
            configuration=configuration_of(config),
            plan=plan,
            resumes=options["resume"],
            is_gated=is_gated,
            baseline=Path(baseline) if baseline else None,
        )


class Evaluations:
    """Runs suites over the libraries that they ask, and keeps what comes."""

    def __init__(self, settings: Settings, join: Join, embedders: Embedders | None = None) -> None:
        self._settings = settings
        self._join = join
        self._embedders = embedders or Embedders()
        self.kept = KeptRuns(settings.home / FOLDER)
        self.baselines = Baselines(settings.home / FOLDER / BASELINES)

    async def run_all(self, suites: Sequence[Suite], order: Order) -> list[Run]:
        """Run the suites and return their runs, in the order of the suites; gate them if asked."""
        runs: dict[str, Run] = {}
        for group in groups(suites, order.configuration):
            async with opened(group, self._settings, self._join, self._embedders) as session:
                for suite in group.suites:
                    run = await self._run(suite, session, order)
                    runs[suite.name] = self._gated(suite, run, order) if order.is_gated else run
        return [runs[suite.name] for suite in suites]

    async def sweep(self, suites: Sequence[Suite], orders: Iterable[Order]) -> Sweep:
        """Run a suite with several configurations; return the runs beside each other.

        Raises:
            BadSuite: there is more than one suite, or none.
        """
        if len(suites) != 1:
            raise BadSuite(f"Expected one suite to run with each configuration, got {len(suites)}.")
        runs = [run for order in orders for run in await self.run_all(suites, order)]
        return Sweep.of(runs, lambda each: self.kept.rows(each.id))

    async def _run(self, suite: Suite, session: Session, order: Order) -> Run:
        most = self._settings.pincite_questions_each
        plan = replace(order.plan, at_once=max(1, min(order.plan.at_once, most)))
        work = Work(suite, plan, MEASURES, self.kept, order.resumes)
        with bar(suite.name) as told:
            return await run_suite(work, session, told)

    def _gated(self, suite: Suite, run: Run, order: Order) -> Run:
        gate = gate_of(suite, run, self.kept.rows(run.id), self._baseline(run, order))
        run = replace(run, gate=gate)
        self.kept.judged(run)
        return run

    def _baseline(self, run: Run, order: Order) -> Baseline | None:
        if order.baseline:
            return read_baseline(order.baseline)
        return self.baselines.of(run.stamp.suite, run.stamp.configuration)


def suites_of(names: Iterable[str], home: Path | None = None) -> list[Suite]:
    """Return the suites of these names or paths; `box` stands for all that come along.

    Suites of a home are known by their names too.
    """
    wanted = [each for name in names for each in (in_the_box() if name == BOX else [name])]
    return [read_suite(suite_of(each, home)) for each in dict.fromkeys(wanted)]


@contextmanager
def bar(name: str) -> Iterator[Told]:
    """Show how far a suite is while the block runs."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("[dim]cases, left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=True) as shown:
        task = shown.add_task(name, total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)
