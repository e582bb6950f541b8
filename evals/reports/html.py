"""A run as one HTML file: nothing to load, nothing that runs, readable on screen and on paper."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from evals.reports.rendering import rendered
from evals.reports.report import report_of
from evals.running.result import Row, Run


def page_of(
    run: Run,
    rows: Iterable[Row],
    earlier: Sequence[Run] = (),
    *,
    may_see: Callable[[Row], bool] = lambda _: True,
) -> str:
    """Return the report of a run; `earlier` may be any runs, in any order.

    Rows that `may_see` refuses are in the figures alone.
    """
    return rendered("report.html", report=report_of(run, rows, earlier, may_see=may_see))
