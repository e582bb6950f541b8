"""The nouns of the policy: who may use which tool, by which channel, with which arguments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Rule:
    """What one argument must keep to beyond the tool's own fields. Everything stated must hold.

    `one_of`: exactly one of these. `at_most`, `at_least`: a number within. `is_own`: the asker's
    own name. For a list, each of its values. A rule for an argument that is absent is not kept.
    """

    one_of: frozenset[str] = frozenset()
    at_most: float | None = None
    at_least: float | None = None
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class Allowance:
    """Who may call a tool, by which channels, within which rules."""

    keys: frozenset[str]
    channels: frozenset[str]
    rules: Mapping[str, Rule] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Approver:
    """Who confirms a call: the asker themself, or somebody else who answers to one of `keys`."""

    keys: frozenset[str] = frozenset()

    @property
    def is_self(self) -> bool:
        """Return whether the asker confirms their own call."""
        return not self.keys


@dataclass(frozen=True, slots=True)
class Listed:
    """One tool on the list. What is not on the list is denied.

    `seen_by` may read what the tool writes: a value may only go there from a source that all of
    them may read. `read_by` may read what the tool gives, beside the asker. `revision` is the hash
    of the tool that was accepted, where it has one.
    """

    allowances: tuple[Allowance, ...]
    approver: Approver = Approver()
    seen_by: frozenset[str] = frozenset()
    most_each_turn: int = 8
    most_each_day: int = 100
    always_confirm: bool = False
    revision: str = ""
    read_by: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Policy:
    """Every tool that may be called, by its exact name. `digest` is that of its file."""

    tools: Mapping[str, Listed] = field(default_factory=lambda: MappingProxyType({}))
    digest: str = ""
