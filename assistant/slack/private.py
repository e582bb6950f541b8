"""What is said to whoever pressed a button, and to nobody else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from assistant.slack.errors import SlackFailed
from assistant.slack.event import Place
from assistant.slack.handlers import Pressed
from assistant.slack.posting import is_for_good
from assistant.slack.shown import Shown


class Web(Protocol):
    """A workspace, as far as presses are answered in it. Each raises `SlackFailed`."""

    async def post(self, place: Place, shown: Shown, *, mark: str) -> str:
        """Post a message and return its `ts`; by `mark` it is known again."""

    async def update(self, place: Place, ts: str, shown: Shown, *, mark: str) -> None:
        """Put something else into a message of ours."""

    async def tell(self, place: Place, user: str, shown: Shown) -> str:
        """Show something to one member of a channel alone, in passing."""

    async def respond(self, url: str, shown: Shown | None, *, replaces: bool = False) -> None:
        """Answer by a `response_url`, to whoever acted alone."""

    async def dm(self, user: str) -> str:
        """Return the channel of the direct messages with a user."""

    async def open_view(self, trigger_id: str, view: Mapping[str, Any]) -> str:
        """Open a form within three seconds of what it answers to."""

    async def permalink(self, place: Place, ts: str) -> str:
        """Return Slack's own address of a message."""


Workspaces = Callable[[str], Web]
"""Return the workspace with this id, or raise `SlackFailed`: the app is not there."""


class Private:
    """Tells people what is theirs alone, by whichever way Slack lets us."""

    def __init__(self, workspaces: Workspaces) -> None:
        self._workspaces = workspaces

    async def tell(self, pressed: Pressed, shown: Shown) -> None:
        """Say something beside what was pressed.

        Raises:
            SlackFailed: there is no way, or Slack is in trouble.
        """
        web, place = self._workspaces(pressed.place.team), pressed.place
        if pressed.response_url:
            try:
                await web.respond(pressed.response_url, shown)
                return
            except SlackFailed as failed:
                if not is_for_good(failed):
                    raise
        if place.channel and not place.channel.startswith("D"):
            try:
                await web.tell(place, pressed.by.user, shown)
                return
            except SlackFailed as failed:
                if not is_for_good(failed):
                    raise
        channel = await web.dm(pressed.by.user)
        await web.post(Place(place.team, channel), shown, mark=f"press {pressed.id}"[:200])

    async def replace(self, pressed: Pressed, shown: Shown, *, mark: str) -> None:
        """Put something in the place of what was pressed, which only they see.

        Raises:
            SlackFailed: there is no way, or Slack is in trouble.
        """
        web = self._workspaces(pressed.place.team)
        try:
            if pressed.is_ephemeral:
                await web.respond(pressed.response_url, shown, replaces=True)
            else:
                await web.update(pressed.place, pressed.message_ts, shown, mark=mark)
        except SlackFailed as failed:
            if not is_for_good(failed):
                raise
            await self.tell(pressed, shown)
