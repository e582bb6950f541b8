"""What a sync did: counted while it runs, shown as progress, printed at its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

Report = Callable[["Tally"], None]


@dataclass(slots=True)
class Tally:
    """Counts of one sync. `seen` and `done` are documents, `passages` those embedded.

    `troubles` lists (URI, outcome, reason) of what was refused, partly read or unreachable.
    """

    seen: int = 0
    done: int = 0
    new: int = 0
    updated: int = 0
    described: int = 0
    moved: int = 0
    removed: int = 0
    unchanged: int = 0
    passages: int = 0
    troubles: list[tuple[str, str, str]] = field(default_factory=list)

    def count(self, outcome: str) -> int:
        """Return how many documents ended as refused, partial or unreachable."""
        return sum(1 for _, each, _ in self.troubles if each == outcome)
