"""Who is told what comes from Slack, before it is acknowledged: nothing here may take long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from assistant.slack.event import Asked, Member, Place


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button that was pressed, or a form that was sent.

    `id` names the press: the same delivery again has the same. `action` is the button's or the
    form's name and `value` what was put into it. `message_ts` is the message with the button, ""
    for a form. `fields` are what was filled in, by block and then by action: `block.action`.
    `response_url` and `trigger_id` are secrets, the latter of three seconds.
    """

    id: str
    place: Place
    by: Member
    action: str
    value: str = field(default="", repr=False)
    message_ts: str = ""
    trigger_id: str = field(default="", repr=False)
    response_url: str = field(default="", repr=False)
    is_ephemeral: bool = False
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Edit:
    """A message that reads otherwise now: `text` are its words, `at` is the `ts` of the edit.

    `was` and `asks` are the question that it was and that it is, None where it is none to us, or
    is so old that neither can come as a question any more.
    """

    place: Place
    ts: str
    text: str = field(repr=False)
    at: str = ""
    was: Asked | None = None
    asks: Asked | None = None


@dataclass(frozen=True, slots=True)
class ToSlack:
    """What Slack is answered to a request of its own."""

    status: int
    body: bytes = b""
    media_type: str = "text/plain"


class Handlers(Protocol):
    """What is done with what comes. Slack is told that it came when this returns.

    Whatever is raised is not acknowledged, so Slack delivers it again.
    """

    async def arrived(self, asked: Asked) -> None:
        """Take a question in."""

    async def pressed(self, pressed: Pressed) -> None:
        """Take in that a button was pressed or a form sent."""

    async def opened_pane(self, place: Place, member: Member, viewing: str) -> None:
        """Note that the assistant pane was opened; `viewing` is the channel beside it, or ""."""

    async def changed(self, edit: Edit) -> None:
        """Note that a message was edited."""

    async def deleted(self, place: Place, ts: str, *, is_fresh: bool) -> None:
        """Note that a message was deleted; it `is_fresh` if it may yet come as a question."""

    async def left(self, team: str) -> None:
        """Note that the app was removed from a workspace, or its tokens revoked."""

    async def membership_changed(self, team: str, channel: str) -> None:
        """Note that somebody came to a channel or left it, or that the channel itself changed."""

    async def person_changed(self, team: str, user: str) -> None:
        """Note that what Slack tells of a user may be another thing now."""
