"""Rows and runs as JSON: one line a row. What was written is read back the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from evals.running.result import Row, Run
from retrieval.errors import Damaged

_ROW = TypeAdapter(Row)
_RUN = TypeAdapter(Run)


def line_of(row: Row) -> bytes:
    """Return a row as one line."""
    return _ROW.dump_json(row) + b"\n"


def text_of(run: Run) -> bytes:
    """Return a run as a file for people and programs."""
    return _RUN.dump_json(run, indent=2) + b"\n"


def run_at(path: Path) -> Run:
    """Return the run of a file, or raise `Damaged`."""
    try:
        return _RUN.validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise _damaged(path) from error


def rows_at(path: Path) -> Iterator[Row]:
    """Yield the rows of a file, one in memory at a time, or raise `Damaged`.

    A last line without an end is what a program left that was killed: it does not count.
    """
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if line.endswith(b"\n"):
                yield _row(line, path, number)


def places_of(path: Path) -> Iterator[tuple[int, Row]]:
    """Yield where each whole line begins, in bytes, with its row."""
    at = 0
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if line.endswith(b"\n"):
                yield at, _row(line, path, number)
            at += len(line)


def _row(line: bytes, path: Path, number: int) -> Row:
    try:
        return _ROW.validate_json(line)
    except ValidationError as error:
        raise _damaged(path, number) from error


def _damaged(path: Path, line: int | None = None) -> Damaged:
    place = f"line {line} of {path}" if line else str(path)
    return Damaged(
        f"Expected what an evaluation left at {place}, got something else. Remove its folder, and "
        "run the evaluation again."
    )
