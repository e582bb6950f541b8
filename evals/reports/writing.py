"""Writing the reports of runs and comparisons to the files that were asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from evals.comparing.paired import Comparison
from evals.reports.compared import page_of as compared_page_of
from evals.reports.html import page_of
from evals.reports.machine import Reported, json_of, junit_of
from evals.running.kept import KeptRuns
from evals.running.result import Run
from retrieval.errors import Unavailable


def write_reports(runs: Sequence[Run], kept: KeptRuns, files: Mapping[str, Any]) -> None:
    """Write what is asked for under `json_file`, `html` and `junit`; raise `Unavailable`."""
    if files["json_file"]:
        _write(Path(files["json_file"]), json_of([_read(each, kept) for each in runs]))
    if files["junit"]:
        _write(Path(files["junit"]), junit_of([_read(each, kept) for each in runs]))
    if files["html"]:
        for run in runs:
            path = Path(files["html"])
            if len(runs) > 1:
                path = path.with_name(f"{path.stem}-{run.stamp.suite}{path.suffix}")
            earlier = [
                each
                for each in kept.runs()
                if each.stamp.suite == run.stamp.suite and each.id != run.id
            ]
            _write(path, page_of(run, kept.rows(run.id), earlier))


def write_comparison(
    runs: tuple[Run, Run],
    comparison: Comparison,
    kept: KeptRuns,
    json_file: str | None,
    html: str | None,
) -> None:
    """Write a comparison as JSON and as a page; raise `Unavailable`."""
    first, second = runs
    if json_file:
        told = {"first": first.id, "second": second.id, **asdict(comparison)}
        _write(Path(json_file), json.dumps(told, ensure_ascii=False, indent=2) + "\n")
    if html:
        _write(Path(html), compared_page_of(comparison, first, second, kept))


def _read(run: Run, kept: KeptRuns) -> Reported:
    return Reported(run, kept.rows(run.id))


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Unavailable(
            f"Expected to write a report to {path}, got: {error.strerror}. Name another file."
        ) from error
