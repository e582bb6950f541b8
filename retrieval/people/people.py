"""The nouns: a person, and the roles that let them act. A role never lets anybody read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What somebody may do beyond asking for themselves."""

    REVIEWER = "reviewer"
    EVALUATOR = "evaluator"
    STEWARD = "steward"
    ADMIN = "admin"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account. `name` is what readers are called by: `user:NAME`."""

    id: str
    name: str
    display: str
    roles: frozenset[Role]
    is_suspended: bool
