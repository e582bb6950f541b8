"""The suites that can be asked for by name: those that come along, and those of a home."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from evals.errors import BadSuite
from evals.suites.case import Suite
from evals.suites.reading import in_the_box, own_names, read_suite, suite_of


@dataclass(frozen=True, slots=True)
class Listed:
    """A suite in a list; `wrong` says why it cannot be read, and there is no `suite` then."""

    name: str
    is_own: bool
    suite: Suite | None = None
    wrong: str = ""

    @property
    def line(self) -> str:
        """Return the suite in a line."""
        if self.suite is None:
            return f"{self.name}: cannot be read. {self.wrong}"
        whose = "; your own" if self.is_own else ""
        count = len(self.suite.cases)
        cases = "1 case" if count == 1 else f"{count} cases"
        return f"{self.name}: {self.suite.title} ({cases}{whose})"


def suites_in(home: Path) -> list[Listed]:
    """Return the suites that come along, then those of a home; a broken one is told of."""
    own = own_names(home)
    boxed = [_boxed(each) for each in in_the_box() if each not in own]
    return [*boxed, *(_own(each, home) for each in own)]


@cache
def _boxed(name: str) -> Listed:
    return Listed(name, is_own=False, suite=read_suite(suite_of(name)))


def _own(name: str, home: Path) -> Listed:
    try:
        return Listed(name, is_own=True, suite=read_suite(suite_of(name, home)))
    except BadSuite as error:
        return Listed(name, is_own=True, wrong=str(error))
