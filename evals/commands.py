"""`pincite eval`: run suites, compare and gate runs, and measure how fast everything is.

Exit codes beyond those of every command: 4, the gate is closed. 1 also means that every case of a
suite ended in an error.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

from deploy.commands import Program, told_errors
from deploy.settings import read_settings
from evals.drafts.commands import drafts
from evals.suites.commands import export_suite, import_suite, schema

GATE_CLOSED: Final = 4

_FILE: Final = click.Path(dir_okay=False)


@click.group(name="eval")
def evaluate() -> None:
    """Run suites of questions, compare runs, and gate on them."""


for command in (import_suite, export_suite, schema):
    evaluate.add_command(command)


evaluate.add_command(drafts)


def _running(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options by which cases are asked."""
    options = (
        click.option("--parallel", type=click.IntRange(1, 64), help="Cases asked at once."),
        click.option("--limit", type=click.IntRange(1), help="Ask so many cases, by chance."),
        click.option("--seconds", type=click.FloatRange(0), help="Ask for so long, by chance."),
        click.option("--seed", default=0, show_default=True, help="Which chance decides."),
        click.option("--resume", is_flag=True, help="Go on with the run that was interrupted."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@evaluate.command()
@click.argument("suites", nargs=-1, required=True)
@click.option("--config", default="served", show_default=True, help="A configuration.")
@click.option("--gate", is_flag=True, help="Exit with 4 if a threshold or the baseline is missed.")
@click.option("--baseline", type=_FILE, help="A baseline in a file instead of the stored one.")
@click.option("--json", "json_file", type=_FILE, help="Write figures and failures.")
@click.option("--html", type=_FILE, help="Write a report to read; of several suites, one each.")
@click.option("--junit", type=_FILE, help="Write JUnit's XML.")
@_running
def run(suites: tuple[str, ...], config: str, gate: bool, **options: Any) -> None:
    """Ask every case of SUITES.

    A suite is a name, a path, or `box` for all that come along.
    """
    from evals.reports.writing import write_reports
    from evals.running.scoring import is_lost
    from evals.running.showing import show_run

    done = told_errors(lambda: _run(suites, config, gate, options))
    kept = _evaluations().kept
    for each in done:
        show_run(each, kept.rows(each.id))
    told_errors(lambda: write_reports(done, kept, options))
    if any(each.gate for each in done):
        sys.exit(GATE_CLOSED)
    sys.exit(1 if any(map(is_lost, done)) else 0)


@evaluate.command()
@click.argument("first")
@click.argument("second")
@click.option("--json", "json_file", type=_FILE, help="Write the differences.")
@click.option("--html", type=_FILE, help="Write a report to read.")
def compare(first: str, second: str, json_file: str | None, html: str | None) -> None:
    """Say what differs between two runs of a suite.

    And whether chance could have done it.
    """
    from evals.comparing.paired import compare as paired
    from evals.reports.writing import write_comparison
    from evals.running.showing import show_comparison

    def work() -> None:
        kept = _evaluations().kept
        one, other = kept.run(first), kept.run(second)
        found = paired(kept.rows(one.id), kept.rows(other.id))
        show_comparison(one, other, found)
        write_comparison((one, other), found, kept, json_file, html)

    told_errors(work)


@evaluate.command()
@click.argument("suite")
@click.option("--configs", required=True, help="Configurations, with commas between.")
@click.option("--svg", type=_FILE, help="Draw the figures.")
@_running
def sweep(suite: str, configs: str, svg: str | None, **options: Any) -> None:
    """Run SUITE with several configurations.

    Each measure is shown side by side.
    """
    from evals.reports.plot import plot_of
    from evals.running.embedders import Embedders
    from evals.running.several import Order, suites_of
    from evals.running.showing import show_sweep

    def work() -> None:
        names = dict.fromkeys(each.strip() for each in configs.split(",") if each.strip())
        orders = [Order.typed(name, options) for name in names]
        evaluations = _evaluations(Embedders(remembers=True))
        chosen = suites_of([suite], read_settings().home)
        found = asyncio.run(evaluations.sweep(chosen, orders))
        show_sweep(found)
        if svg:
            Path(svg).write_text(plot_of(found), encoding="utf-8")

    told_errors(work)


@evaluate.command()
@click.argument("run_id", metavar="RUN")
@click.option("--out", type=_FILE, help="Write it to a file, to be kept with a repository.")
def baseline(run_id: str, out: str | None) -> None:
    """Hold later runs of the same suite against RUN.

    If of the same configuration too; `latest` is the newest run.
    """
    from evals.comparing.baseline import write_baseline

    def work() -> None:
        evaluations = _evaluations()
        chosen = evaluations.kept.run(run_id)
        rows = evaluations.kept.rows(chosen.id)
        if out:
            write_baseline(Path(out), chosen, rows)
        path = out or evaluations.baselines.store(chosen, rows)
        click.echo(f"{chosen.stamp.suite}, {chosen.stamp.configuration}: {path}")

    told_errors(work)


@evaluate.command()
@click.option("--config", required=True, help="A configuration that names a judge.")
@click.option("--labelled", type=_FILE, help="Sentences that people judged; ours if left out.")
def judge(config: str, labelled: str | None) -> None:
    """Measure how far a judge agrees with people.

    The judge is that of a configuration; only then it may judge.
    """
    from evals.judging.measuring import measure_judge
    from evals.presets.configuration import configuration_of

    found = told_errors(
        lambda: asyncio.run(
            measure_judge(configuration_of(config), read_settings(), _path(labelled))
        )
    )
    click.echo(
        f"kappa {found.kappa:.2f} [{found.low:.2f} to {found.high:.2f}] over {found.n} sentences; "
        f"accepts {found.passed:.0%} of what people reject, rejects {found.failed:.0%} of what "
        "they accept"
    )


@evaluate.command(name="list")
@click.option("--suites", "what", flag_value="suites", help="The suites, yours among them.")
@click.option("--configs", "what", flag_value="configs", help="The configurations.")
def listed(what: str | None) -> None:
    """List the runs that are kept, newest first."""
    from evals.presets.configuration import configuration_of, named
    from evals.running.showing import show_runs
    from evals.suites.listing import suites_in

    def work() -> None:
        if what == "suites":
            for each in suites_in(read_settings().home):
                click.echo(each.line)
        elif what == "configs":
            for name in named():
                click.echo(f"{name}: {configuration_of(name).about}")
        else:
            found = _evaluations().kept.everything()
            show_runs(found.runs)
            for each in found.damaged:
                click.echo(each, err=True)

    told_errors(work)


@evaluate.command()
@click.argument("suites", nargs=-1, required=True)
def check(suites: tuple[str, ...]) -> None:
    """Check that SUITES can be asked.

    Their people, documents and gold words are looked for. What is only doubtful is told too, and
    fails nothing.
    """
    from evals.running.checking import checked
    from evals.running.several import suites_of
    from evals.suites.checking import lint

    def work() -> list[str]:
        read = suites_of(suites, read_settings().home)
        for suite in read:
            for doubt in lint(suite):
                click.echo(f"{suite.name}, {doubt}")
        return asyncio.run(checked(read, read_settings(), _program().join))

    found = told_errors(work)
    for each in found:
        click.echo(each, err=True)
    if not found:
        click.echo("Every case can be asked, and its gold stands where it should.")
    sys.exit(2 if found else 0)


@evaluate.command()
@click.option("--corpus", type=click.Path(exists=True, dir_okay=False), required=True)
@click.option("--queries", type=click.Path(exists=True, dir_okay=False), required=True)
@click.option("--json", "json_file", type=_FILE, help="Write the figures.")
@click.option("--spans", type=_FILE, help="Write what was retrieved.")
def retrieval(corpus: str, queries: str, json_file: str | None, spans: str | None) -> None:
    """Measure finding on a set of questions of yours.

    The set goes through the real pipeline, in a scratch library.
    """
    from evals.retrieval import Files, measure, show_figures
    from evals.scratch import searchable

    files = Files(Path(corpus), Path(queries), _path(json_file), _path(spans))
    opener = searchable(told_errors(read_settings))
    show_figures(told_errors(lambda: asyncio.run(measure(files, opener))))


@evaluate.command()
@click.argument("sizes", nargs=-1, type=click.IntRange(1_000))
def bench(sizes: tuple[int, ...]) -> None:
    """Time taking in, searching and starting.

    With libraries of SIZES passages. Prints one JSON object. Compare figures of one run only:
    machines differ, and so do hours.
    """
    from evals.bench.suite import SIZES, run

    figures = told_errors(lambda: asyncio.run(run(list(sizes) or list(SIZES))))
    click.echo(json.dumps(figures, indent=2))


def _run(suites: tuple[str, ...], config: str, gate: bool, options: dict[str, Any]) -> list[Any]:
    """Run suites as the options say, and return their runs."""
    from evals.running.several import Order, suites_of

    order = Order.typed(config, options, is_gated=gate)
    chosen = suites_of(suites, read_settings().home)
    return asyncio.run(_evaluations().run_all(chosen, order))


def _evaluations(embedders: Any = None) -> Any:
    from evals.running.several import Evaluations

    return Evaluations(read_settings(), _program().join, embedders)


def _program() -> Program:
    """Return how the parts are joined, as `pincite.main` handed it over."""
    program: Program = click.get_current_context().find_root().obj
    return program


def _path(name: str | None) -> Path | None:
    return Path(name) if name else None
