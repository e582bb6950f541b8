"""What a suite is held against: the scores of a run, without a word of it, in a file of their own.

They lie in `PINCITE_HOME/evaluations/baselines`, or wherever they are written to be kept with a
repository. The first line is the run's stamp.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from evals.comparing.scored import Scored, scored_of
from evals.errors import BadSuite
from evals.running.result import Row, Run, Stamp
from retrieval.errors import BadRequest

_STAMP: Final = TypeAdapter(Stamp)
_SCORED: Final = TypeAdapter(Scored)


@dataclass(frozen=True, slots=True)
class Baseline:
    """The scores of an earlier run, and what it was made with."""

    stamp: Stamp
    scored: tuple[Scored, ...]


class Baselines:
    """The baseline of each suite, and of each configuration that it is run with."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, suite: str, configuration: str) -> Baseline | None:
        """Return the baseline of a suite, if one is stored."""
        path = self._path(suite, configuration)
        return read_baseline(path) if path.is_file() else None

    def store(self, run: Run, rows: Iterable[Row]) -> Path:
        """Hold later runs of the same suite and configuration against this one."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._path(run.stamp.suite, run.stamp.configuration)
        write_baseline(path, run, rows)
        return path

    def _path(self, suite: str, configuration: str) -> Path:
        name = re.sub(r"[^A-Za-z0-9_.-]+", "-", f"{suite}.{configuration}")
        return self._folder / f"{name}.jsonl"


def write_baseline(path: Path, run: Run, rows: Iterable[Row]) -> None:
    """Write the scores of a run; raise `BadRequest` if it was cut short by a budget."""
    if run.asked < run.cases:
        raise BadRequest(
            f"Expected a run of all its {run.cases} cases, got one of {run.asked}. Run the suite "
            "without a budget first."
        )
    beside = path.with_name(f"{path.name}.new")
    opened = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(opened, "wb") as file:
        file.write(_STAMP.dump_json(run.stamp) + b"\n")
        for row in rows:
            file.write(_SCORED.dump_json(scored_of(row)) + b"\n")
    beside.replace(path)


def read_baseline(path: Path) -> Baseline:
    """Return the baseline of a file, or raise `BadSuite`."""
    try:
        first, *rest = path.read_bytes().splitlines()
        scored = tuple(_SCORED.validate_json(line) for line in rest)
        return Baseline(_STAMP.validate_json(first), scored)
    except (OSError, ValidationError, ValueError) as error:
        raise BadSuite(
            f"Expected a baseline at {path}, as `pincite eval baseline` writes it, got something "
            "else. Make it anew from a run."
        ) from error
