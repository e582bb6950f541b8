"""A tool: what it is called, what it takes, what it does, and the hand that does it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from retrieval.access import Principal
from retrieval.documents import Passage
from tools.call import Json
from tools.fields import Fields

MOST_RESULT_CHARACTERS = 20_000


class Effect(StrEnum):
    """Whether calling it changes anything anywhere. What is not surely reading, changes."""

    READS = "reads"
    CHANGES = "changes"


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool as it is described to a model and to people.

    `name` is exact: `desk.create_ticket`. `says` tells in one sentence what it does, `will` what
    will happen, for whoever confirms it; its {names} are arguments, shown as they are. `system`
    names the far system whose credential of the caller's it needs, "" where it needs none.
    `revision` is a hash of what it is made from, where that can change (a server's schema).
    `can_try`: the far system can try it without doing it; `can_undo`: it can be taken back.
    `knows_keys`: a second call with the same key does nothing new there; one without is never
    made again, whatever became of it.
    """

    name: str
    says: str
    fields: Fields
    effect: Effect
    will: str = ""
    system: str = ""
    revision: str = ""
    can_try: bool = False
    can_undo: bool = False
    knows_keys: bool = True


@dataclass(frozen=True, slots=True)
class Asker:
    """On whose behalf a call is made: their rights, their roles here, and by which channel."""

    principal: Principal
    roles: frozenset[str] = frozenset()
    channel: str = "web"
    origin: str = ""

    @property
    def keys(self) -> frozenset[str]:
        """Return what a policy may name them by: reader names, and `role:NAME`."""
        return self.principal.keys | {f"role:{each}" for each in self.roles}


@dataclass(frozen=True, slots=True)
class Errand:
    """One call that was let through: for whom, once only by its `key`, as of when.

    `secret` is the caller's own credential at the tool's system. A hand has no other. `is_again`:
    it may have been carried out before, by a process that is gone.
    """

    asker: Asker
    key: str
    as_of: int
    secret: str = field(default="", repr=False)
    is_again: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a call. It is somebody else's text: data, never instruction.

    `title` and `text` are what may be cited; `passages` are stretches of our own documents, which
    the asker may read. `link` leads to the thing in the far system, where one is known. `undo` is
    how to take it back, "" where it cannot be. `ids` are identifiers that the far system gave:
    a later argument that equals one comes from a trusted system. `readers` (reader names) may see
    it in the far system beside the asker, as far as that system says so.
    """

    title: str
    text: str = ""
    passages: tuple[Passage, ...] = ()
    link: str = ""
    undo: str = ""
    ids: tuple[str, ...] = ()
    readers: frozenset[str] = frozenset()


class ToolFailed(Exception):
    """A tool did not do what it was called for.

    `happened`: False if surely nothing happened, None if that is not known. The text is for the
    asker, and holds nothing that the far system said beyond a status.
    """

    def __init__(self, told: str, *, happened: bool | None = False) -> None:
        super().__init__(told)
        self.happened = happened


class Hand(Protocol):
    """What carries out one tool. One file each, in `tools/box/`."""

    @property
    def tool(self) -> Tool:
        """Return what it is."""

    async def run(self, arguments: Mapping[str, Json], errand: Errand) -> Result:
        """Do it, as the asker, and return what came of it; raise `ToolFailed`.

        A second call with the same `errand.key` must do nothing new.
        """


class Trying(Protocol):
    """A hand whose far system can say what would happen."""

    async def attempt(self, arguments: Mapping[str, Json], errand: Errand) -> str:
        """Return in words what would happen, and do nothing; raise `ToolFailed`."""
