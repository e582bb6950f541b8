"""What a person sees in the terminal of runs, comparisons and sweeps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from rich.table import Table
from rich.text import Text

from deploy.terminal import out
from evals.comparing.paired import Comparison, Difference, Verdict
from evals.comparing.sweep import Sweep
from evals.measures.every import MEASURES
from evals.measures.measure import Unit
from evals.reports.machine import answer_of
from evals.reports.rendering import change, span, value
from evals.reports.wrong import wrongs_of
from evals.running.result import Figure, Row, Run
from evals.suites.case import Gold
from retrieval.plain import plain

_UNITS = {each.name: each.unit for each in MEASURES}
_MOST_FAILURES = 40
_LONGEST = 240
_STYLES = {Verdict.BETTER: "green", Verdict.WORSE: "bold red", Verdict.CANNOT_TELL: "dim"}


def show_run(run: Run, rows: Iterable[Row]) -> None:
    """Print the figures of a run, its failures, and what the gate says."""
    cut = "" if run.asked == run.cases else f" of {run.cases}: the time was over"
    out.print(Text(plain(f"{run.title} ({run.stamp.suite}, {run.stamp.configuration})"), "bold"))
    out.print(Text(f"run {run.id}, {run.asked} cases{cut}, {run.ended - run.began} s", "dim"))
    table = _table("measure", "mean", "95 % interval", "cases")
    for each in run.figures:
        table.add_row(each.name, _value(each), _span(each), str(each.n))
    out.print(table)
    _show_failures(rows)
    show_gate(run)


def show_gate(run: Run) -> None:
    """Print what the gate says, if it was asked."""
    if run.gate is None:
        return
    if not run.gate:
        out.print(Text("The gate is open.", "green"))
        return
    out.print(Text("The gate is closed:", "bold red"))
    for each in run.gate:
        out.print(Text(f"    {plain(each)}"))


def show_runs(runs: Sequence[Run]) -> None:
    """Print a line for each run that is kept."""
    table = _table("run", "configuration", "cases", "began", "gate")
    for each in runs:
        gate = "" if each.gate is None else "closed" if each.gate else "open"
        began = datetime.fromtimestamp(each.began, UTC).strftime("%Y-%m-%d %H:%M")
        table.add_row(each.id, plain(each.stamp.configuration), str(each.asked), began, gate)
    out.print(table if runs else "No runs yet: `pincite eval run box` makes some.")


def show_comparison(first: Run, second: Run, comparison: Comparison) -> None:
    """Print what differs between two runs, overall and by category."""
    out.print(Text(f"{first.id} → {second.id}", "bold"))
    alone = f"; {comparison.only_first} only in the first, {comparison.only_second} only in the "
    is_whole = not (comparison.only_first or comparison.only_second)
    out.print(f"{comparison.paired} cases compared{'' if is_whole else alone + 'second'}")
    _show_differences(comparison.overall)
    for category, differences in comparison.categories.items():
        told = [each for each in differences if each.verdict is not Verdict.CANNOT_TELL]
        if told:
            out.print(Text(plain(category), "bold"))
            _show_differences(told)


def show_sweep(sweep: Sweep) -> None:
    """Print each measure with a line for each configuration that has it."""
    table = _table("measure", "configuration", "mean", "95 % interval", "cases", "verdict")
    for name in sweep.measures:
        shown = name
        for run in sweep.runs:
            figure = sweep.figure(run, name)
            if figure is None:
                continue
            verdict = sweep.verdict(run, name)
            told = Text("" if verdict is Verdict.CANNOT_TELL else verdict.value, _STYLES[verdict])
            configuration = plain(run.stamp.configuration)
            table.add_row(shown, configuration, _value(figure), _span(figure), str(figure.n), told)
            shown = ""
    out.print(table)
    out.print(
        Text("The verdict is over the first, beyond what chance would do; none on times.", "dim")
    )


def _show_differences(differences: Sequence[Difference]) -> None:
    table = _table(
        "measure", "first", "second", "difference", "95 % interval", "changed", "verdict"
    )
    for each in differences:
        unit = _UNITS.get(each.name, Unit.COUNT)
        table.add_row(
            each.name,
            value(each.first, unit),
            value(each.second, unit),
            change(each.mean, unit),
            f"{change(each.low, unit)} to {change(each.high, unit)}",
            f"{each.changed} of {each.n}",
            Text(each.verdict.value, _STYLES[each.verdict]),
        )
    out.print(table)


def _show_failures(rows: Iterable[Row]) -> None:
    shown = 0
    for row in rows:
        wrongs = wrongs_of(row)
        if not wrongs:
            continue
        shown += 1
        if shown <= _MOST_FAILURES:
            out.print()
            out.print(Text(f"{row.case.id}: ", "bold") + Text(_cut(row.case.question)))
            out.print(Text("    " + " ".join(plain(each.text) for each in wrongs), "red"))
            out.print(Text("    came  " + _cut(answer_of(row))))
            for gold in row.case.expected.gold:
                out.print(Text(f"    gold  {plain(gold.document)}: {_stated(gold)}", "dim"))
    if shown > _MOST_FAILURES:
        out.print(f"… and {shown - _MOST_FAILURES} more: the reports list them all")
    if shown:
        out.print()


def _stated(gold: Gold) -> str:
    if gold.start is None:
        return _cut(gold.words) or "the whole document"
    return f"characters {gold.start} to {gold.end}"


def _cut(text: str) -> str:
    line = " ".join(plain(text).split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def _value(figure: Figure) -> str:
    return value(figure.mean, _UNITS.get(figure.name, Unit.COUNT))


def _span(figure: Figure) -> str:
    return span(figure.low, figure.high, _UNITS.get(figure.name, Unit.COUNT))


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in headings:
        table.add_column(heading)
    return table
