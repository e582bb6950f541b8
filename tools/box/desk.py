"""The service desk: look up a ticket, list one's own, comment on one, create one.

READ FIRST: four hands, and `Desk`, which is what a kind of service desk has to be able to do.
Tickets are somebody else's text. What is written goes out as plain text, never as markup.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from tools.call import Json
from tools.fields import Choice, Text
from tools.once import Once
from tools.tool import MOST_RESULT_CHARACTERS, Effect, Errand, Result, Tool, ToolFailed

MOST_LISTED: Final = 50
MOST_COMMENTS: Final = 20

URGENCIES: Final = ("low", "normal", "high", "urgent")


@dataclass(frozen=True, slots=True)
class Comment:
    """What somebody wrote under a ticket, and when (as the desk writes instants)."""

    author: str
    at: str
    text: str


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket, with its newest comments first where they were asked for."""

    key: str
    title: str
    status: str
    link: str
    updated: str = ""
    requester: str = ""
    assignee: str = ""
    text: str = ""
    comments: tuple[Comment, ...] = ()


@dataclass(frozen=True, slots=True)
class Tickets:
    """Some tickets, newest change first; `is_all` unless there are more."""

    listed: tuple[Ticket, ...]
    is_all: bool


@dataclass(frozen=True, slots=True)
class Draft:
    """A ticket to be created. `urgency` is one of `URGENCIES`, or "" for what the desk takes."""

    queue: str
    title: str
    text: str
    urgency: str = ""


class Desk(Protocol):
    """A kind of service desk, called as the asker alone. Everything raises `ToolFailed`."""

    @property
    def system(self) -> str:
        """Return the name of the far system."""

    @property
    def key_pattern(self) -> str:
        """Return what a ticket's key looks like, from ^ to $."""

    @property
    def queues(self) -> tuple[str, ...]:
        """Return where tickets may be created, by name."""

    @property
    def finds_all_created(self) -> bool:
        """Return whether `created` finds a ticket as soon as it is there."""

    async def ticket(self, key: str, errand: Errand) -> Ticket:
        """Return a ticket with its newest comments."""

    async def mine(self, role: str, errand: Errand) -> Tickets:
        """Return open tickets that the asker is `requester` or `assignee` of."""

    async def commented(self, key: str, errand: Errand) -> bool:
        """Return whether the comment of this errand is there."""

    async def comment(self, key: str, text: str, errand: Errand) -> str:
        """Add a comment that all who see the ticket may read; return the ticket's link."""

    async def created(self, errand: Errand) -> Ticket | None:
        """Return the ticket that was created for this errand, None if none is found."""

    async def create(self, draft: Draft, errand: Errand) -> Ticket:
        """Create a ticket of the asker's, marked with the errand."""


class LookUpTicket:
    """desk.look_up."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.tool: Final = Tool(
            name="desk.look_up",
            says=f"Shows a ticket of {desk.system} with its newest comments, by its key.",
            fields={"key": _key(desk)},
            effect=Effect.READS,
            system=desk.system,
        )

    async def run(self, arguments: Mapping[str, Json], errand: Errand) -> Result:
        """Return the ticket."""
        ticket = await self._desk.ticket(str(arguments["key"]), errand)
        if ticket.key != arguments["key"]:  # it was moved, or is not what was asked for
            raise ToolFailed(f"{self._desk.system} has no ticket of this key now.")
        return _shown(ticket)


class ListMyTickets:
    """desk.list_mine."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.tool: Final = Tool(
            name="desk.list_mine",
            says=f"Lists your open tickets in {desk.system}.",
            fields={
                "role": Choice(
                    "What you are to them: who asked for them, or who works on them.",
                    ("requester", "assignee"),
                )
            },
            effect=Effect.READS,
            system=desk.system,
        )

    async def run(self, arguments: Mapping[str, Json], errand: Errand) -> Result:
        """Return their keys, titles and standing."""
        found = await self._desk.mine(str(arguments["role"]), errand)
        listed = [each for each in found.listed if _is_key(each.key, self._desk)]
        lines = [_line(f"{each.key} · {each.status} · {each.title}") for each in listed]
        if not found.is_all:
            lines.append("There are more; these changed last.")
        return Result(
            title=f"Your tickets in {self._desk.system}: {len(listed)}",
            text="\n".join(lines)[:MOST_RESULT_CHARACTERS],
            ids=tuple(each.key for each in listed),
        )


class CommentOnTicket:
    """desk.comment."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._once = Once(is_sure=True)
        self.tool: Final = Tool(
            name="desk.comment",
            says=f"Adds a comment to a ticket of {desk.system}, in your name.",
            fields={
                "key": _key(desk),
                "text": Text("The comment, as plain text.", most=4_000, is_long=True),
            },
            effect=Effect.CHANGES,
            will="This comment is added to {key} in your name. All who see {key} may read it.",
            system=desk.system,
        )

    async def run(self, arguments: Mapping[str, Json], errand: Errand) -> Result:
        """Add it."""
        key = str(arguments["key"])

        async def look() -> Result | None:
            is_there = await self._desk.commented(key, errand)
            return Result(f"Commented on {key}", ids=(key,)) if is_there else None

        async def act() -> Result:
            link = await self._desk.comment(key, str(arguments["text"]), errand)
            return Result(f"Commented on {key}", link=link, ids=(key,))

        return await self._once.do(errand, look, act)


class CreateTicket:
    """desk.create_ticket."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._once = Once(is_sure=desk.finds_all_created)
        self.tool: Final = Tool(
            name="desk.create_ticket",
            says=f"Creates a ticket in {desk.system}, in your name.",
            fields={
                "queue": Choice("Where it is created.", desk.queues),
                "title": Text("What it is about, in one line."),
                "text": Text("What is asked for, as plain text.", most=4_000, is_long=True),
                "urgency": Choice("How urgent it is.", URGENCIES, is_required=False),
            },
            effect=Effect.CHANGES,
            will="A ticket is created in {queue} in your name. All who see {queue} may read it.",
            system=desk.system,
        )

    async def run(self, arguments: Mapping[str, Json], errand: Errand) -> Result:
        """Create it."""
        draft = Draft(
            queue=str(arguments["queue"]),
            title=str(arguments["title"]),
            text=str(arguments["text"]),
            urgency=str(arguments.get("urgency") or ""),
        )

        async def look() -> Result | None:
            found = await self._desk.created(errand)
            return self._made(found) if found else None

        async def act() -> Result:
            return self._made(await self._desk.create(draft, errand))

        return await self._once.do(errand, look, act)

    def _made(self, ticket: Ticket) -> Result:
        if not _is_key(ticket.key, self._desk):
            raise ToolFailed(
                f"Expected the key of a ticket from {self._desk.system}, got none. Look there.",
                happened=None,
            )
        return Result(f"Created {ticket.key}", link=ticket.link, ids=(ticket.key,))


def hands_of(
    desk: Desk,
) -> tuple[LookUpTicket | ListMyTickets | CommentOnTicket | CreateTicket, ...]:
    """Return every hand of a service desk; one without queues creates no tickets."""
    hands = (LookUpTicket(desk), ListMyTickets(desk), CommentOnTicket(desk))
    return (*hands, CreateTicket(desk)) if desk.queues else hands


def _key(desk: Desk) -> Text:
    return Text(f"The key of a ticket in {desk.system}.", most=40, pattern=desk.key_pattern)


def _is_key(key: str, desk: Desk) -> bool:
    return bool(re.fullmatch(desk.key_pattern[1:-1], key, re.ASCII))


def _line(text: str) -> str:
    return " ".join(text[:300].split())


def _shown(ticket: Ticket) -> Result:
    told = {
        "Status": ticket.status,
        "Asked for by": ticket.requester,
        "Worked on by": ticket.assignee,
        "Changed": ticket.updated,
    }
    parts = ["\n".join(f"{name}: {value}" for name, value in told.items() if value), ticket.text]
    parts += [f"{each.author}, {each.at}:\n{each.text}" for each in ticket.comments]
    return Result(
        title=f"{ticket.key}: {ticket.title}"[:200],
        text="\n\n".join(part for part in parts if part)[:MOST_RESULT_CHARACTERS],
        link=ticket.link,
        ids=(ticket.key,),
    )
