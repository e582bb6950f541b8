"""What runs have kept of a test case that is taken out: its rows go, their figures stay."""

from __future__ import annotations

import json
import os
from pathlib import Path

from evals.running.kept import ROWS, RUN
from evals.running.written import run_at
from retrieval.audit import durably


def drop_rows(folder: Path, case_id: str) -> None:
    """Delete a case from the finished runs over this installation's own library.

    Raises:
        Unavailable: a file cannot be read or written.
        Damaged: a file is not a run.
    """
    with durably.told("write the runs in", folder):
        for run in sorted(folder.glob(f"*/{RUN}")):
            if run_at(run).corpus == "":
                _drop(run.with_name(ROWS), case_id)


def _drop(path: Path, case_id: str) -> None:
    quoted = json.dumps(case_id).encode()
    if not path.exists() or not _has(path, quoted):
        return
    beside = path.with_suffix(".left")
    with path.open("rb") as lines, os.fdopen(_created(beside), "wb") as kept:
        kept.writelines(each for each in lines if not _is_of(each, quoted, case_id))
        kept.flush()
        os.fsync(kept.fileno())
    beside.replace(path)
    durably.settle(path.parent)


def _has(path: Path, quoted: bytes) -> bool:
    with path.open("rb") as lines:
        return any(quoted in each for each in lines)


def _is_of(line: bytes, quoted: bytes, case_id: str) -> bool:
    return quoted in line and json.loads(line)["case"]["id"] == case_id


def _created(path: Path) -> int:
    return os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
