"""What owners are told: what of theirs is due for review, and who broke the glass over it, and why.

An owner who may not read a document themselves is told nothing of it: the owner is free text that
a document may state of itself, and it must not reveal one that would otherwise look missing.
Administrators see every broken glass, whoever may read what it opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.requests import Request

from assistant.http.health import PART_WAITS_SECONDS
from assistant.http.parts import parts_of
from assistant.signin.caller import Action, Caller, may
from assistant.wording import day, say
from retrieval.access import EVERYONE
from retrieval.documents import Version, now
from retrieval.governance.decision import Line
from retrieval.people.glass import Glass
from retrieval.people.owning import is_owned, owner_names


@dataclass(frozen=True, slots=True)
class LookedAt:
    """A document of the reader's own that was opened by glass: who did it last, and on which day.

    `version` is the one that a link leads to.
    """

    version: Version
    who: str
    day: str


async def looks_at(request: Request, version: Version, caller: Caller) -> list[str]:
    """Return what to tell the caller of a document they may read, if they own it; newest first."""
    told = await parts_of(request).glass.of_owner(_names(caller), document_id=version.document_id)
    instant = now()
    return [sentence(each, instant) for each in told]


async def looked_at(request: Request, caller: Caller) -> list[LookedAt]:
    """Return the caller's own documents that were opened by glass, the last opened first.

    Only what they may read is among them. Where there is no such glass, this is one statement.
    """
    parts = parts_of(request)
    told = await parts.glass.of_owner(_names(caller))
    if not told:
        return []
    library = await parts.library.get(wait_seconds=PART_WAITS_SECONDS)
    last: dict[str, Glass] = {}
    for each in told:
        last.setdefault(each.document_id, each)
    found = await library.current(last, principal=caller.principal)
    return [
        LookedAt(found[document], each.user_name, _day(each.starts_at))
        for document, each in last.items()
        if document in found
    ]


async def due_of(request: Request, caller: Caller) -> Sequence[Line]:
    """Return the caller's own documents that are due for review or overdue, the longest due first.

    Only what they may read is among them, and no more than a page of it.
    """
    part = parts_of(request).governing
    if part is None:
        return ()
    governing = await part.get(wait_seconds=PART_WAITS_SECONDS)
    return (await governing.due_of(_names(caller), principal=caller.principal)).lines


def readers_of(version: Version, caller: Caller) -> list[str]:
    """Return who is named as a reader of a version that the caller may read themselves.

    Only its owner is told, and whoever manages access, who sees the same in administration.
    """
    if not (is_owned(version.owner, _names(caller)) or may(caller, Action.MANAGE_ACCESS)):
        return []
    return sorted(map(_reader, version.readers))


def _reader(name: str) -> str:
    kind, _, who = name.partition(":")
    return say("everybody who is signed in") if name == EVERYONE else f"{kind} {who}"


def sentence(glass: Glass, instant: int) -> str:
    """Return one sentence that tells an owner of a glass."""
    start, end = (datetime.fromtimestamp(at, UTC) for at in (glass.starts_at, glass.ends_at))
    until = f"{end:%H:%M}" if end.date() == start.date() else f"{day(end)}, {end:%H:%M}"
    facts = {"who": glass.user_name, "reason": glass.reason, "day": day(start)}
    facts |= {"start": f"{start:%H:%M}", "end": until}
    if glass.is_open(instant):
        return say(
            "An administrator ({who}) can read this from {day}, {start} to {end} UTC: {reason}",
            **facts,
        )
    return say(
        "An administrator ({who}) could read this from {day}, {start} to {end} UTC: {reason}",
        **facts,
    )


def _names(caller: Caller) -> frozenset[str]:
    return owner_names(caller.principal, caller.display)


def _day(instant: int) -> str:
    return day(datetime.fromtimestamp(instant, UTC))
