"""The gate: closed where a threshold is missed, a case failed, or a run is worse than its baseline.

Times and tokens are held to thresholds only: they differ from hour to hour on the same code. One
measure of twenty looks worse by chance now and then, but only where answers vary by themselves;
in quotes mode they do not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from evals.comparing.baseline import Baseline
from evals.comparing.paired import Difference, Verdict, compare_scored
from evals.comparing.scored import Scored, scored_of
from evals.measures.every import MEASURES
from evals.measures.measure import Unit
from evals.running.result import Figure, Row, Run
from evals.suites.case import Suite, Threshold

_NOISY = frozenset({Unit.SECONDS, Unit.TOKENS})
_STEADY = frozenset(each.name for each in MEASURES if each.unit not in _NOISY)


def gate_of(
    suite: Suite, run: Run, rows: Iterable[Row], baseline: Baseline | None
) -> tuple[str, ...]:
    """Return what keeps the gate closed, a line each; nothing if it is open."""
    scored, failed = _read(rows)
    return (
        *_failures(failed),
        *_missed(suite, run),
        *(_regressed(baseline.scored, scored) if baseline else ()),
    )


def _read(rows: Iterable[Row]) -> tuple[list[Scored], list[str]]:
    """Return the scores of rows and the ids of those with an error, in one pass."""
    scored, failed = [], []
    for row in rows:
        scored.append(scored_of(row))
        if row.outcome.error:
            failed.append(row.case.id)
    return scored, failed


def _failures(failed: Sequence[str]) -> Iterator[str]:
    if failed:
        few = ", ".join(failed[:5]) + (", …" if len(failed) > 5 else "")
        yield f"{len(failed)} cases could not be asked or judged: {few}"


def _missed(suite: Suite, run: Run) -> Iterator[str]:
    figures = {each.name: each for each in run.figures}
    for name, threshold in suite.thresholds.items():
        if name in figures:
            yield from _bounds(figures[name], threshold)
        elif run.asked == run.cases == len(suite.cases):
            yield f"{name}: no case was measured, though the suite sets a threshold"


def _bounds(figure: Figure, threshold: Threshold) -> Iterator[str]:
    told = f"{figure.name} {figure.mean:.4g} of {figure.n} cases"
    if threshold.at_least is not None and figure.mean < threshold.at_least:
        yield f"{told}: at least {threshold.at_least:g} is required"
    if threshold.at_most is not None and figure.mean > threshold.at_most:
        yield f"{told}: at most {threshold.at_most:g} is allowed"


def _regressed(first: Iterable[Scored], second: Iterable[Scored]) -> Iterator[str]:
    for each in compare_scored(first, second).overall:
        if each.verdict is Verdict.WORSE and each.name in _STEADY:
            yield _told(each)


def _told(difference: Difference) -> str:
    return (
        f"{difference.name} {difference.second:.4g}, in the baseline {difference.first:.4g}: "
        f"worse by {abs(difference.mean):.4g} [{difference.low:+.4g} to {difference.high:+.4g}], "
        f"{difference.changed} of {difference.n} cases changed, p {difference.probability:.3g}"
    )
