"""What waits for a person's word, and what came of a call."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tools.call import Call
from tools.decision import Decision
from tools.labels import Whence
from tools.tool import Result

LASTS_SECONDS = 300


class Standing(StrEnum):
    """Where a confirmation stands. UNKNOWN: it was begun, and nobody knows whether it was done."""

    WAITING = "waiting"
    DECLINED = "declined"
    EXPIRED = "expired"
    DOING = "doing"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Shown:
    """One argument as it is shown: its name, its value to the letter, and where that is from."""

    name: str
    value: str
    whence: Whence


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A call that changes something, and that a person has to confirm. No word of it is a model's.

    `will` says what will happen, `tried` what the far system says would. `approver` is who may
    confirm: "yourself", or the groups. `expires` is an instant; unanswered is not done.
    """

    id: str
    tool: str
    will: str
    shown: tuple[Shown, ...]
    asker: str
    approver: str
    expires: int
    standing: Standing
    tried: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """It was done; `id` is that of the call on record."""

    id: str
    call: Call
    result: Result


@dataclass(frozen=True, slots=True)
class Waiting:
    """It waits for a person's word."""

    confirmation: Confirmation


@dataclass(frozen=True, slots=True)
class Denied:
    """It was not made."""

    call: Call
    decision: Decision


@dataclass(frozen=True, slots=True)
class Failed:
    """It was begun and failed; `happened` is None where nobody knows whether it did something."""

    id: str
    call: Call
    told: str
    happened: bool | None


Came = Done | Waiting | Denied | Failed
"""What came of a call."""
