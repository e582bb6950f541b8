"""The nouns of deciding: what was approved, what was spent, and what the gate says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

CONFIRMING: Final = frozenset({"api", "slack", "web"})
"""The channels in which a person is shown every argument to the letter, and can say yes to it."""


class Outcome(StrEnum):
    """What the gate says of a call."""

    ALLOW = "allow"
    DENY = "deny"
    CONFIRM = "confirm"


class Reason(StrEnum):
    """Why. The first that applies, in this order.

    STOPPED and NOT_CONNECTED (the asker has no credential at the far system) are not the gate's.
    """

    STOPPED = "stopped"
    NO_SUCH_TOOL = "no_such_tool"
    NOT_LISTED = "not_listed"
    CHANGED = "changed"
    NOT_FOR_YOU = "not_for_you"
    BAD_ARGUMENTS = "bad_arguments"
    AGAINST_A_RULE = "against_a_rule"
    READERS = "readers"
    SPENT = "spent"
    BAD_APPROVAL = "bad_approval"
    NOT_CONNECTED = "not_connected"
    NEEDS_CONFIRMATION = "needs_confirmation"
    FINE = "fine"


@dataclass(frozen=True, slots=True)
class Approval:
    """That somebody confirmed exactly one call, once, until `expires` (instant).

    It counts for the call with this digest, by this asker, in this session, under this policy.
    `channel` is the way by which the approver came, whatever the asker came by.
    """

    id: str
    call: str
    asker: str
    session: str
    policy: str
    approver: str
    approver_keys: frozenset[str]
    expires: int
    is_spent: bool = False
    channel: str = "web"


@dataclass(frozen=True, slots=True)
class Spent:
    """How often this tool was called for this asker: in this turn, and within a day."""

    turn: int = 0
    day: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """What the gate says, why, and by which approval. `argument` is the one it is about."""

    outcome: Outcome
    reason: Reason
    argument: str = ""
    approval: str = ""
