"""Uploading: what somebody brings by hand, and to whom they may give it to read.

Whoever may manage access gives to anybody there is. Everybody else gives to themselves and to the
groups that they are in: nothing reaches people by an upload whom its uploader does not answer to.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from assistant.signin.caller import Action, Caller, may
from retrieval.access import EVERYONE, reader
from retrieval.audit.record import Desk
from retrieval.documents import Kind, Status
from retrieval.errors import BadRequest

LONGEST_OWNER = 200
MOST_READERS = 50


@dataclass(frozen=True, slots=True)
class Label:
    """What is said of an upload: who reads it, who owns it, what it is, whether it is approved."""

    readers: frozenset[str]
    owner: str = ""
    kind: Kind = Kind.OTHER
    status: Status = Status.DRAFT


class Became(StrEnum):
    """What became of a file. REPLACED: it is a new version of the one of the same name."""

    STORED = "stored"
    REPLACED = "replaced"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file that lies in the source now, at this URI, under this name."""

    uri: str
    name: str
    became: Became


class Reached(StrEnum):
    """How far a file has come since it was uploaded."""

    WAITING = "waiting"
    FOUND = "found"
    PARTLY = "partly"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How far a file has come, and why it could not be taken in, or not whole."""

    reached: Reached
    expected: str = ""
    got: str = ""
    do: str = ""


class Uploads(Protocol):
    """Where uploads go: a source of its own."""

    @property
    def source(self) -> str:
        """Return the name of the source."""

    @property
    def most_bytes(self) -> int:
        """Return how large a file may be."""

    @property
    def accepted(self) -> str:
        """Return the kinds of files that are read, as people call them."""

    @property
    def suffixes(self) -> Collection[str]:
        """Return the endings of names that such files have, with their dots."""

    async def take(
        self,
        name: str,
        pieces: AsyncIterator[bytes],
        label: Label,
        desk: Desk,
        *,
        replaces: bool = False,
    ) -> Uploaded:
        """Store a file whole or not at all, on record first, and have the source looked at.

        Raises:
            BadRequest: it is too large, of a kind that is not read, damaged, or another file of
                this name lies there and `replaces` is not given. Nothing was stored.
            Unavailable: it cannot be noted or written. Nothing was stored.
        """

    async def outcome(self, uri: str) -> Outcome:
        """Return how far a file has come, or raise `NotFound`."""


def givable(caller: Caller) -> frozenset[str] | None:
    """Return the readers that somebody may give to, None if they may give to anybody."""
    if may(caller, Action.MANAGE_ACCESS):
        return None
    return frozenset(each for each in caller.principal.keys if each != EVERYONE)


def declarable(caller: Caller) -> tuple[Status, ...]:
    """Return what somebody may say a file is: that it is approved only who decides so anyway."""
    is_theirs = may(caller, Action.GOVERN)
    return (Status.DRAFT, Status.APPROVED) if is_theirs else (Status.DRAFT,)


def label_of(
    caller: Caller,
    readers: Collection[str],
    known: Collection[str],
    *,
    owner: str,
    kind: str,
    status: str,
) -> Label:
    """Return what an uploader says of a file, as far as it is theirs to say.

    `known` are the readers that there are. Raises `BadRequest` for whatever is not.
    """
    named = frozenset(reader(each) for each in readers)
    if not named:
        raise BadRequest("Expected at least one reader, got none. Choose who may read it.")
    if len(named) > MOST_READERS:
        raise BadRequest(
            f"Expected at most {MOST_READERS} readers, got {len(named)}. Put them into a group."
        )
    own = givable(caller)
    beyond = named - own if own is not None else named - {EVERYONE, *known}
    if beyond:
        expected = "yourself and groups that you are in" if own is not None else "readers there are"
        raise BadRequest(f"Expected {expected}, got {sorted(beyond)[0]}. Choose among those shown.")
    if kind not in list(Kind):
        raise BadRequest(f"Expected a kind ({', '.join(Kind)}), got {kind[:40]!r}.")
    if status not in (declared := declarable(caller)):
        expected = " or ".join(declared)
        raise BadRequest(
            f"Expected {expected}, got {status[:40]!r}. Who decides about documents approves them."
        )
    if len(owner) > LONGEST_OWNER:
        raise BadRequest(
            f"Expected an owner of at most {LONGEST_OWNER} characters, got {len(owner)}."
        )
    return Label(named, owner, Kind(kind), Status(status))
