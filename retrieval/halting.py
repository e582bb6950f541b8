"""The nouns of stopping: what can be stopped, and what each stop ends. Searching and reading go on.

`Target` says what is stopped, `Deed` what is about to be done; `Target.ends` joins the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from retrieval.access import reader
from retrieval.errors import BadRequest

_LONGEST = 200


class Work(StrEnum):
    """What the server does."""

    ANSWER = "answer"
    CITE = "cite"
    TOOL = "tool"
    SYNC = "sync"
    CHANNEL = "channel"
    SEARCH = "search"
    READ = "read"


class Sort(StrEnum):
    """What kind of thing is stopped. All but the first two have a name."""

    EVERYTHING = "everything"
    ANSWERS = "answers"
    USER = "user"
    SOURCE = "source"
    TOOL = "tool"
    CHANNEL = "channel"


ENDS: Mapping[Sort, frozenset[Work]] = MappingProxyType(
    {
        Sort.EVERYTHING: frozenset({Work.ANSWER, Work.CITE, Work.TOOL, Work.SYNC, Work.CHANNEL}),
        Sort.ANSWERS: frozenset({Work.ANSWER, Work.TOOL}),
        Sort.USER: frozenset({Work.ANSWER, Work.TOOL}),
        Sort.SOURCE: frozenset({Work.CITE, Work.SYNC}),
        Sort.TOOL: frozenset({Work.TOOL}),
        Sort.CHANNEL: frozenset({Work.ANSWER, Work.TOOL, Work.CHANNEL}),
    }
)
"""What each sort of stop ends; a tool is called for an answer, so what ends answers ends tools."""


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that is about to be done, or is being done: for whom, with what, by which way."""

    work: Work
    user: str = ""
    source: str = ""
    tool: str = ""
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """What is stopped. `name` is empty for everything and answers.

    Raises:
        BadRequest: a name is missing, not wanted, or not a name.
    """

    sort: Sort
    name: str = ""

    def __post_init__(self) -> None:
        if self.sort in (Sort.EVERYTHING, Sort.ANSWERS):
            if self.name:
                raise BadRequest(f"Expected '{self.sort}' alone, got a name with it. Leave it out.")
        elif self.sort is Sort.USER:
            reader(f"user:{self.name}")
        elif not _is_name(self.name) or len(str(self)) > _LONGEST:
            raise BadRequest(
                f"Expected '{self.sort}:NAME', got the name {self.name[:80]!r}. A name has at "
                "least one character, all of them printable, no space at its ends, and at most "
                f"{_LONGEST - len(self.sort) - 1}."
            )

    def __str__(self) -> str:
        return f"{self.sort}:{self.name}" if self.name else self.sort.value

    def ends(self, deed: Deed) -> bool:
        """Return whether this, stopped, ends the deed."""
        if deed.work not in ENDS[self.sort]:
            return False
        match self.sort:
            case Sort.EVERYTHING | Sort.ANSWERS:
                return True
            case Sort.USER:
                return self.name == deed.user
            case Sort.SOURCE:
                return self.name == deed.source
            case Sort.TOOL:
                return self.name == deed.tool
            case Sort.CHANNEL:
                return self.name == deed.channel


EVERYTHING = Target(Sort.EVERYTHING)
ANSWERS = Target(Sort.ANSWERS)


@dataclass(frozen=True, slots=True)
class Stop:
    """Something that is stopped: why, by whom, since when."""

    target: Target
    reason: str
    by: str
    at: int


def target_of(text: str) -> Target:
    """Return what `everything`, `answers` or `user:NAME` and the like name.

    Raises:
        BadRequest: it is none of these.
    """
    sort, colon, name = text.partition(":")
    if sort not in list(Sort) or (colon and not name):
        raise BadRequest(
            "Expected everything, answers, user:NAME, source:NAME, tool:NAME or channel:NAME, "
            f"got {text[:80]!r}."
        )
    return Target(Sort(sort), name)


def _is_name(name: str) -> bool:
    return name != "" and name.isprintable() and name.strip() == name
