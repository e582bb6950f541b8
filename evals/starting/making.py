"""What a run that was asked for on the web page is made of, wherever it is carried out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from evals.comparing.baseline import Baselines
from evals.comparing.gate import gate_of
from evals.measures.every import MEASURES
from evals.running.kept import KeptRuns
from evals.running.plan import Plan
from evals.running.result import Run
from evals.running.run import Work
from evals.running.session import FOLDER
from evals.running.several import BASELINES
from evals.starting.wanted import Wanted, require_known
from evals.suites.case import Suite
from evals.suites.reading import read_suite, suite_of


def suite_for(wanted: Wanted, home: Path) -> Suite:
    """Return the suite that is wanted.

    Raises:
        BadRequest: it is none of those that are offered, or cannot be read.
    """
    require_known(wanted, home)
    return read_suite(suite_of(wanted.suite, home))


def work_of(wanted: Wanted, suite: Suite, home: Path, *, at_once: int) -> Work:
    """Return what is run: all of the suite, or as much as is wanted."""
    plan = Plan(limit=wanted.limit, seconds=wanted.seconds, at_once=at_once)
    return Work(suite, plan, MEASURES, KeptRuns(home / FOLDER))


def judged(wanted: Wanted, work: Work, run: Run, home: Path) -> Run:
    """Return a run with what the gate says of it, if that is wanted; it is kept so."""
    if not wanted.is_gated:
        return run
    baseline = Baselines(home / FOLDER / BASELINES).of(run.stamp.suite, run.stamp.configuration)
    run = replace(run, gate=gate_of(work.suite, run, work.kept.rows(run.id), baseline))
    work.kept.judged(run)
    return run
