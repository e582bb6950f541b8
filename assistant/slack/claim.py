"""The noun of the queue: a question that somebody has claimed to answer, once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

from assistant.slack.event import Asked, Member, Place, Surface

ALONE = frozenset({Surface.COMMAND, Surface.SHORTCUT})
"""Surfaces on which the asker alone is told, wherever they asked."""


class Wish(StrEnum):
    """What is to be done about a question."""

    ANSWER = "answer"
    DELETE = "delete"


class State(StrEnum):
    """How far a question is."""

    WAITING = "waiting"
    WORKING = "working"
    DONE = "done"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class Claim:
    """A question to be answered by whoever holds this, or an answer to be deleted.

    `id` names the answer in Slack and here. `is_posting` says that a message of ours may stand in
    Slack already, `posted` is its `ts`, "" where nobody knows. `attempt` counts from 1;
    `has_waited` says that there was no room for it before.
    """

    id: str
    asked: Asked
    wish: Wish
    revision: int
    holder: str
    attempt: int
    is_posting: bool = False
    posted: str = ""
    has_waited: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What is kept of a question that was answered: no word of it.

    `place` is where the answer stands, `posted` its `ts` or "" where it was told to its asker
    alone; `conversation` and `turn` are where its words are kept, for their person.
    """

    id: str
    surface: Surface
    place: Place
    by: Member
    ts: str
    posted: str
    conversation: str
    turn: str
    at: int


class Lost(Exception):
    """The claim is somebody else's by now, or the question is no longer what it was."""


def id_of(asked: Asked) -> str:
    """Return the name of an arrival: 32 letters and digits, the same for the same delivery."""
    return _digest("arrival", asked.place.team, asked.id)


def message_of(place: Place, ts: str) -> str:
    """Return the name of a message."""
    return _digest("message", place.team, place.channel, ts)


def root_of(asked: Asked) -> str:
    """Return the `ts` of the first message of the thread that an answer belongs to, or ""."""
    return asked.place.thread or asked.ts


UNTOUCHED: Final[Mapping[str, Any]] = {
    "revision": 0,
    "wish": Wish.ANSWER.value,
    "state": State.WAITING.value,
    "due": 0,
    "until": 0,
    "holder": "",
    "attempts": 0,
    "is_posting": 0,
    "posted": "",
    "conversation": "",
    "turn": "",
}
"""The columns of a question that nobody has worked on."""


def answer_place(asked: Asked) -> Place:
    """Return where an answer belongs: the thread of the message that asked."""
    return Place(asked.place.team, asked.place.channel, root_of(asked))


def values_of(asked: Asked) -> dict[str, Any]:
    """Return a question as columns, without its words."""
    place, is_message = asked.place, asked.surface not in (*ALONE, Surface.SHARE)
    lane = (asked.by.user, "alone") if asked.surface in ALONE else (root_of(asked),)
    return {
        "id": id_of(asked),
        "message": message_of(place, asked.ts) if is_message else None,
        "lane": _digest("lane", place.team, place.channel, *lane),
        "surface": asked.surface.value,
        "team": place.team,
        "channel": place.channel,
        "thread": root_of(asked),
        "ts": asked.ts,
        "user_team": asked.by.team,
        "user": asked.by.user,
        "is_shared": int(asked.is_shared_channel),
    }


def words_of(asked: Asked) -> str:
    """Return what of a question is sealed."""
    names = ("id", "text", "response_url", "edited")
    return json.dumps({each: getattr(asked, each) for each in names})


def asked_from(row: Mapping[str, Any], words: str | None) -> Asked:
    """Return a question from its columns and what was sealed of it; without, one of no words."""
    kept = json.loads(words) if words else {}
    thread = "" if row["thread"] == row["ts"] else row["thread"]
    return Asked(
        id=kept.get("id", ""),
        surface=Surface(row["surface"]),
        place=Place(row["team"], row["channel"], thread),
        by=Member(row["user_team"], row["user"]),
        ts=row["ts"],
        text=kept.get("text", ""),
        at=row["at"],
        response_url=kept.get("response_url", ""),
        is_shared_channel=bool(row["is_shared"]),
        edited=kept.get("edited", ""),
    )


def told_from(row: Mapping[str, Any]) -> Told:
    """Return what is kept of a question that was answered."""
    return Told(
        id=row["id"],
        surface=Surface(row["surface"]),
        place=Place(row["team"], row["channel"], row["thread"]),
        by=Member(row["user_team"], row["user"]),
        ts=row["ts"],
        posted=row["posted"],
        conversation=row["conversation"],
        turn=row["turn"],
        at=row["at"],
    )


def _digest(*parts: str) -> str:
    return sha256("\n".join(parts).encode()).hexdigest()[:32]
