"""The nouns of drafts: a case of the review queue that should become a test case."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class DraftState(StrEnum):
    """How far a draft is: an evaluator puts it into a suite, or away."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True)
class Left:
    """Where the case of a draft was put: all that is left of it once its asker is erased."""

    case: int
    suite: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft. `case` is the number of its review case, where all that was asked and said lies.

    `asker` is who asked. `edits` is what evaluators made of it, as one text; "" before any did,
    and once the last of them was erased. `suite` is where it was put, or was about to be.
    """

    case: int
    asker: str
    state: DraftState
    made_at: int
    edits: str = ""
    suite: str = ""

    @property
    def left(self) -> Left:
        """Return where its case was put."""
        return Left(self.case, self.suite)
