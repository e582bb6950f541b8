"""What comes from Slack: who asked what, where, and by which way."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Surface(StrEnum):
    """The way that a question came."""

    MENTION = "mention"
    DIRECT = "direct"
    THREAD = "thread"
    PANE = "pane"
    COMMAND = "command"
    SHORTCUT = "shortcut"
    SHARE = "share"


@dataclass(frozen=True, slots=True)
class Place:
    """Where words would be shown.

    `team` is the workspace in which the app is installed (`T...`), `channel` a channel, group or
    direct message (`C...`, `G...`, `D...`), `thread` the `ts` of the thread's first message, ""
    outside of threads.
    """

    team: str
    channel: str
    thread: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """A Slack user (`U...` or `W...`) of a workspace, not yet a person."""

    team: str
    user: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it came from Slack.

    `id` names the arrival: the same delivery again has the same. `ts` is the message's own, `at`
    the instant in whole seconds UTC. `response_url` is of commands and shortcuts, and a secret.
    `is_shared_channel` says that people of other companies are in the channel, `edited` is the `ts`
    of the edit from which the words are, "" if none.
    """

    id: str
    surface: Surface
    place: Place
    by: Member
    ts: str
    text: str
    at: int
    response_url: str = field(default="", repr=False)
    is_shared_channel: bool = False
    edited: str = ""


def order_of(ts: str) -> tuple[int, int]:
    """Return by what the `ts` of messages and edits are ordered; "" comes first."""
    whole, _, rest = ts.partition(".")
    return int(whole or 0), int(rest or 0)
