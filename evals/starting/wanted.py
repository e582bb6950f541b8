"""What somebody wants to be run from the web page: names only, never a path."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evals.presets.configuration import SERVED, named
from evals.suites.reading import in_the_box, own_names
from retrieval.errors import BadRequest

MOST_CASES: Final = 100_000
MOST_MINUTES: Final = 24 * 60


@dataclass(frozen=True, slots=True)
class Wanted:
    """A suite, a configuration, and how much of it. None limits nothing.

    `is_gated` asks whether its thresholds are met, and whether it is worse than its baseline.
    """

    suite: str
    configuration: str = SERVED.name
    limit: int | None = None
    minutes: int | None = None
    is_gated: bool = True

    @property
    def seconds(self) -> float | None:
        """Return how long cases are begun."""
        return None if self.minutes is None else self.minutes * 60.0


def require_known(wanted: Wanted, home: Path) -> None:
    """Raise `BadRequest` unless suite and configuration are among those that are offered."""
    if wanted.suite not in (*in_the_box(), *own_names(home)):
        raise BadRequest(
            "Expected a suite that comes along or lies in this installation, got another. "
            "Choose one."
        )
    if wanted.configuration not in named():
        raise BadRequest(
            "Expected a configuration that comes along, got another. Choose one; those in files "
            "of yours are run at the command line."
        )


def count_of(text: str, most: int, what: str) -> int | None:
    """Return a number that was typed, None if nothing was, or raise `BadRequest`."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 9 or not 1 <= int(text) <= most:
        raise BadRequest(
            f"Expected {what} as a whole number from 1 to {most:,}, got something else. Correct "
            "it, or leave it empty."
        )
    return int(text)
