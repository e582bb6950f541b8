"""Which judges were measured: one that was not gives no score."""

from __future__ import annotations

import os
import re
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from evals.errors import BadSuite
from evals.judging.agreement import Agreement
from evals.judging.judge import Pinned

_AGREEMENT = TypeAdapter(Agreement)


class Believed:
    """The agreement of each judge with people, by name and revision."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, pinned: Pinned, agreement: Agreement) -> None:
        """Keep what was measured."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        opened = os.open(self._path(pinned), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(opened, "wb") as file:
            file.write(_AGREEMENT.dump_json(agreement, indent=2) + b"\n")

    def of(self, pinned: Pinned) -> Agreement:
        """Return the agreement of a judge, or raise `BadSuite` if none was measured."""
        try:
            return _AGREEMENT.validate_json(self._path(pinned).read_bytes())
        except (OSError, ValidationError) as error:
            raise BadSuite(
                f"Expected the judge {pinned.name} to have been measured, but it was not: what it "
                "says would mean nothing. Run `pincite eval judge` with this configuration first."
            ) from error

    def _path(self, pinned: Pinned) -> Path:
        return self._folder / f"{re.sub(r'[^A-Za-z0-9_.-]+', '-', pinned.name)}.json"
