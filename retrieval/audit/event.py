"""The nouns of the record: what is noted of everything that matters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


class Act(StrEnum):
    """What was done."""

    ASK = "ask"
    RETRIEVE = "retrieve"
    ANSWER = "answer"
    REFUSE = "refuse"
    SEARCH = "search"
    OPEN = "open"
    EXPORT = "export"
    TAKE_OUT = "take_out"
    SIGN_IN = "sign_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGN_OUT = "sign_out"
    PERSON = "person"
    PERMISSION = "permission"
    GLASS = "glass"
    SOURCE = "source"
    DELETE = "delete"
    STOP = "stop"
    RESUME = "resume"
    ERASE = "erase"
    HOLD = "hold"
    RELEASE = "release"
    PRUNE = "prune"
    SETTINGS = "settings"
    MODEL = "model"
    REPORT = "report"
    REVIEW = "review"
    APPROVE = "approve"
    EVALUATE = "evaluate"
    TOOL = "tool"
    CONFIRM = "confirm"
    GOVERN = "govern"
    SHARE = "share"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that was done, or is about to be.

    `actor` is the person's name (or `operator`, at the command line), `origin` where it came
    from (`web 10.1.2.3`, `command line`, `schedule`). `about` holds ids, counts and names of
    settings, never anybody's words or name; `words` holds those, encrypted for `actor` together
    with `origin`. `concerns` names the people it is about, besides the actor: like the actor they
    are kept under a pseudonym that ends when the person is erased.
    """

    act: Act
    actor: str
    origin: str
    about: Mapping[str, Json] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict, repr=False)
    concerns: tuple[str, ...] = ()


class Record(Protocol):
    """Where events are noted."""

    async def note(self, event: Event) -> int:
        """Make an event durable and return its number.

        Raises `Unavailable` if that cannot be done: then what it tells of must not happen.
        """
