"""The suites of this installation: one YAML file each in a folder, for its owner alone."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from evals.drafts.becoming import id_of
from evals.drafts.past_runs import drop_rows
from evals.suites.case import Case, Suite
from evals.suites.reading import in_the_box, own_folder, read_suite
from evals.suites.writing import written
from retrieval.audit import durably
from retrieval.drafts.draft import Left
from retrieval.errors import BadRequest

FIRST: Final = "from-life"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,79}")


class OwnSuites:
    """The files of a folder. A case is put into one once: the same id replaces what was there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        """Return the names of the suites that there are."""
        return sorted(each.stem for each in self._folder.glob("*.yaml"))

    async def put(self, name: str, case: Case) -> None:
        """Put a case into a suite, which is made if need be.

        Raises:
            BadRequest: the suite cannot be read as one; mend its file.
            Unavailable: the file cannot be written.
        """
        await asyncio.to_thread(self._put, name, case)

    async def take_out(self, left: Sequence[Left]) -> None:
        """Take cases out of their suites and of the runs kept; a suite without any goes."""
        for each in left:
            await asyncio.to_thread(self._take_out, each.suite, id_of(each.case))
            await asyncio.to_thread(drop_rows, self._folder.parent, id_of(each.case))

    def _put(self, name: str, case: Case) -> None:
        path = self.path(name)
        with durably.told("write the suite", path), durably.alone(self._folder):
            suite = read_suite(path) if path.exists() else Suite(name, name, (), "")
            others = [each for each in suite.cases if each.id != case.id]
            self._write(path, replace(suite, cases=(*others, case)))

    def _take_out(self, name: str, case_id: str) -> None:
        path = self.path(name)
        with durably.told("write the suite", path), durably.alone(self._folder):
            if not path.exists():
                return
            suite = read_suite(path)
            others = tuple(each for each in suite.cases if each.id != case_id)
            if not others:
                durably.destroy(path)
            elif len(others) < len(suite.cases):
                self._write(path, replace(suite, cases=others))

    def _write(self, path: Path, suite: Suite) -> None:
        durably.write(path, written(suite, self._folder).encode())

    def path(self, name: str) -> Path:
        """Return where a suite lies, or would."""
        return self._folder / f"{name}.yaml"


def require_own_name(name: str) -> None:
    """Raise `BadRequest` unless a suite of one's own may be called so."""
    if not _NAME.fullmatch(name):
        raise BadRequest(
            "Expected the name of a suite in small letters, digits and - _ . only, such as "
            f"{FIRST}, got another. Choose one."
        )
    if name in in_the_box():
        raise BadRequest(
            f"Expected the name of a suite of your own, got {name!r}, which comes with the "
            "product. Choose another."
        )


def own_suites(home: Path) -> OwnSuites:
    """Return the suites that lie in a home."""
    return OwnSuites(own_folder(home))
