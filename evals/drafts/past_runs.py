"""What runs have kept of a test case that is taken out: its rows go, their figures stay."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

from evals.running.kept import BEGUN, ROWS, RUN
from evals.running.written import run_at
from retrieval.audit import durably
from retrieval.errors import Damaged


def drop_rows(folder: Path, case_id: str) -> None:
    """Delete a case from the runs over this installation's own library, interrupted ones too.

    Where it cannot be told any more whose library was asked, it is deleted as well.

    Raises:
        Unavailable: a file cannot be read or written.
    """
    with durably.told("write the runs in", folder):
        for rows in sorted(folder.glob(f"*/{ROWS}")):
            if _is_own(rows.parent):
                _drop(rows, case_id)


def _is_own(folder: Path) -> bool:
    for name in (RUN, BEGUN):
        with suppress(Damaged):
            return run_at(folder / name).corpus == ""
    return True


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
    """Return whether a line is a row of this case; half a row that names it counts as one."""
    if quoted not in line:
        return False
    try:
        return bool(json.loads(line)["case"]["id"] == case_id)
    except ValueError:
        return True


def _created(path: Path) -> int:
    return os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
