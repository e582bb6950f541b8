"""Runs as they are kept: a folder each, below `PINCITE_HOME/evaluations`, for the owner alone.

`begun.json` says what is being run, `rows.jsonl` has a line for each case that is over, and
`run.json` comes last: a folder without it that nobody holds was interrupted, and can be resumed.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

from evals.running.result import Row, Run
from evals.running.written import line_of, places_of, rows_at, run_at, text_of
from retrieval.documents import now
from retrieval.errors import Damaged, NotFound, Unavailable

BEGUN: Final = "begun.json"
ROWS: Final = "rows.jsonl"
RUN: Final = "run.json"

_ID: Final = re.compile(r"[0-9]{8}T[0-9]{6}Z-[A-Za-z0-9_-]{1,80}")
_LONGEST_NAME: Final = 60


@dataclass(frozen=True, slots=True)
class Everything:
    """The runs that came to their end, newest first, and what is told of those that are damaged."""

    runs: tuple[Run, ...]
    damaged: tuple[str, ...]


class KeptRuns:
    """Every run that is kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def everything(self) -> Everything:
        """Return every run; one whose file is damaged hides no other."""
        runs, damaged = list[Run](), list[str]()
        for path in self._newest_first(RUN):
            try:
                runs.append(run_at(path))
            except Damaged as error:
                damaged.append(str(error))
        return Everything(tuple(runs), tuple(damaged))

    def runs(self) -> list[Run]:
        """Return the runs that came to their end and can be read, newest first."""
        return list(self.everything().runs)

    def run(self, run_id: str) -> Run:
        """Return one, or raise `NotFound`; `latest` is the newest."""
        return run_at(self._of(run_id) / RUN)

    def rows(self, run_id: str) -> Iterator[Row]:
        """Yield the rows of a run in the order of its suite, or raise `NotFound`."""
        return rows_at(self._of(run_id) / ROWS)

    @contextmanager
    def begin(self, run: Run) -> Iterator[Keeping]:
        """Begin to keep a run, and hold it while the block runs; its id is chosen here."""
        folder = self._folder / _id_of(run)
        folder.mkdir(mode=0o700, parents=True)
        with _held(folder):
            yield Keeping.begun(folder, replace(run, id=folder.name))

    def interrupted(self) -> Iterator[Run]:
        """Yield the runs that did not come to their end and can be read, newest first.

        One that goes on, here or in another process, is not interrupted.
        """
        for path in self._newest_first(BEGUN):
            if not (path.parent / RUN).exists() and not _is_held(path.parent):
                with suppress(Damaged):
                    yield run_at(path)

    @contextmanager
    def resume(self, run: Run) -> Iterator[Keeping]:
        """Go on keeping a run that was interrupted, and hold it while the block runs.

        Raises:
            Unavailable: somebody else goes on with it, or has ended it by now.
        """
        folder = self._folder / run.id
        with _held(folder):
            if (folder / RUN).exists():
                raise _gone_on(folder)
            yield Keeping(folder, run)

    def judged(self, run: Run) -> None:
        """Keep what the gate said of a run."""
        _write(self._of(run.id) / RUN, text_of(run))

    def _newest_first(self, name: str) -> list[Path]:
        return sorted(self._folder.glob(f"*/{name}"), reverse=True)

    def _of(self, run_id: str) -> Path:
        if run_id == "latest":
            run_id = next((path.parent.name for path in self._newest_first(RUN)), "")
        folder = self._folder / run_id
        if not _ID.fullmatch(run_id) or not (folder / RUN).is_file():
            raise NotFound(
                f"Expected the id of a run, or `latest`, got {run_id[:80]!r}. `pincite eval list` "
                "has the ids."
            )
        return folder


@dataclass(slots=True)
class Keeping:
    """One run while it goes on: a row is in its file before the next case is told of."""

    folder: Path
    run: Run

    @classmethod
    def begun(cls, folder: Path, run: Run) -> Keeping:
        """Return a run that has just begun."""
        _write(folder / BEGUN, text_of(run))
        return cls(folder, run)

    def rows(self) -> Iterator[Row]:
        """Yield what is kept so far, in the order in which it came."""
        if (self.folder / ROWS).exists():
            yield from rows_at(self.folder / ROWS)

    def open(self) -> BinaryIO:
        """Open the file of rows to add to it; half a line at its end is cut off."""
        path = self.folder / ROWS
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
        whole = file.read().rfind(b"\n") + 1
        file.truncate(whole)
        file.seek(whole)
        return file

    def end(self, run: Run, order: Sequence[str]) -> Run:
        """Put the rows into the order of the cases, and keep the run as it ended."""
        self._sort(order)
        _write(self.folder / RUN, text_of(run))
        return run

    def _sort(self, order: Sequence[str]) -> None:
        """Write the last row of each case in this order; only their places are in memory."""
        path, sorted_path = self.folder / ROWS, self.folder / f"{ROWS}.sorted"
        places = {row.case.id: at for at, row in places_of(path)} if path.exists() else {}
        with _opened(sorted_path) as to:
            if places:
                with path.open("rb") as lines:
                    for case_id in order:
                        if case_id in places:
                            lines.seek(places[case_id])
                            to.write(lines.readline())
        sorted_path.replace(path)


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Hold a run alone; raise `Unavailable` if somebody else does. A crash lets go of it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise _gone_on(folder) from error
    finally:
        os.close(handle)


def _is_held(folder: Path) -> bool:
    try:
        with _held(folder):
            return False
    except Unavailable:
        return True


def _gone_on(folder: Path) -> Unavailable:
    return Unavailable(
        f"Expected the run {folder.name} to be interrupted, but it goes on elsewhere, or has ended "
        "by now. Wait for its end, or run the suite without --resume."
    )


def add(file: BinaryIO, row: Row) -> None:
    """Add a row to an open file of rows, whole, where a crash of this program leaves it."""
    file.write(line_of(row))
    file.flush()


def _id_of(run: Run) -> str:
    """Return an id that sorts by time; two of one second differ at its end."""
    moment = datetime.fromtimestamp(now(), UTC).strftime("%Y%m%dT%H%M%SZ")
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", run.stamp.suite)[:_LONGEST_NAME]
    return f"{moment}-{name}-{secrets.token_hex(3)}"


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    beside = path.with_suffix(".new")
    with _opened(beside) as file:
        file.write(content)
    beside.replace(path)


def _opened(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
