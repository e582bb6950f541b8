"""A workspace of the fake: who and what is in it, and what was said there."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.slack.fake.block_kit import words_in

Body = dict[str, Any]


@dataclass(eq=False)
class User:
    """Somebody in a workspace. `home` is their account's: another workspace if external.

    `workspaces` are those of the organisation `enterprise` that they are a member of.
    """

    id: str
    team: str
    home: str
    name: str
    email: str = ""
    is_email_confirmed: bool = True
    is_bot: bool = False
    is_deleted: bool = False
    is_guest: bool = False
    is_single_channel_guest: bool = False
    locale: str = "en-US"
    enterprise: str = ""
    workspaces: tuple[str, ...] = ()


@dataclass(eq=False)
class Message:
    """What was said. `thread` is the first message's ts, "" outside of threads."""

    channel: str
    ts: str
    user: str
    text: str
    thread: str = ""
    blocks: list[Body] = field(default_factory=list)
    metadata: Body | None = None
    is_ours: bool = False
    is_streaming: bool = False
    is_deleted: bool = False
    edits: int = 0
    last_blocks: list[Body] = field(default_factory=list)

    @property
    def words(self) -> str:
        """Return everything that people see of it."""
        blocks = self.blocks + self.last_blocks
        return "".join(words_in(blocks)) if blocks else self.text


@dataclass(eq=False)
class Whisper:
    """What only one person sees. `way` is "ephemeral" or "response_url"."""

    channel: str
    user: str
    text: str
    blocks: list[Body]
    thread: str = ""
    way: str = "ephemeral"
    ts: str = ""
    is_replaced: bool = False

    @property
    def words(self) -> str:
        """Return everything that people see of it."""
        return "".join(words_in(self.blocks)) if self.blocks else self.text


@dataclass(eq=False)
class Channel:
    """A conversation; `kind` is channel, group (private), im or mpim, as events call them."""

    id: str
    team: str
    name: str
    kind: str
    members: list[str]
    messages: dict[str, Message] = field(default_factory=dict)
    is_archived: bool = False
    is_ext_shared: bool = False
    is_pending_ext_shared: bool = False
    is_org_shared: bool = False


class Workspace:
    """One team: users, channels, and the app as it is installed there."""

    def __init__(
        self, team: str, clock: Callable[[], float], app: str, scopes: Iterable[str]
    ) -> None:
        self.id = team
        self.app = app
        self.bot_token = f"xoxb-{secrets.token_hex(12)}"
        self.scopes = set(scopes)
        self.is_revoked = False
        self.enterprise = ""
        self.is_org_wide = False
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.whispers: list[Whisper] = []
        self.statuses: list[tuple[str, str, str]] = []
        self.prompts: list[Body] = []
        self.titles: dict[tuple[str, str], str] = {}
        self.views: list[Body] = []
        self.page = 100
        self._clock = clock
        self._number = itertools.count(1)
        self.bot = self.user("Pincite", is_bot=True)
        self.bot_id = f"B{self._next():09d}"

    def _next(self) -> int:
        return next(self._number)

    def stamp(self) -> str:
        """Return the ts of something that happens now; each is unique and later than the last."""
        return f"{int(self._clock())}.{self._next():06d}"

    def user(self, name: str, email: str = "", **more: Any) -> User:
        """Add somebody; `home="T..."` makes an external person, `is_guest=True` a guest."""
        user = User(
            id=more.pop("id", f"U{self._next():09d}"),
            team=self.id,
            home=more.pop("home", self.id),
            name=name,
            email=email,
            **more,
        )
        self.users[user.id] = user
        return user

    def channel(
        self,
        name: str,
        members: Sequence[User] = (),
        *,
        kind: str = "channel",
        has_bot: bool = True,
        **more: Any,
    ) -> Channel:
        """Add a channel with these members, and the bot unless `has_bot` is false."""
        ids = [each.id for each in members] + ([self.bot.id] if has_bot else [])
        letter = {"im": "D", "mpim": "G"}.get(kind, "C")
        channel = Channel(f"{letter}{self._next():09d}", self.id, name, kind, ids, **more)
        self.channels[channel.id] = channel
        return channel

    def dm(self, user: User) -> Channel:
        """Return the direct messages between somebody and the app."""
        for each in self.channels.values():
            if each.kind == "im" and user.id in each.members:
                return each
        return self.channel("", [user], kind="im")

    def says(self, user: User, channel: Channel, text: str, thread: str = "") -> Message:
        """Let somebody say something; nothing is delivered by that."""
        message = Message(channel.id, self.stamp(), user.id, text, thread)
        channel.messages[message.ts] = message
        return message

    def posted(self, channel: Channel | None = None, thread: str | None = None) -> list[Message]:
        """Return what the app posted and did not delete: everywhere, in a channel, in a thread."""
        channels = [channel] if channel else list(self.channels.values())
        return [
            message
            for each in channels
            for message in each.messages.values()
            if message.is_ours
            and not message.is_deleted
            and (thread is None or message.thread == thread)
        ]

    def whispered(self, user: User) -> list[Whisper]:
        """Return what was told to one person alone in channels."""
        return [each for each in self.whispers if each.user == user.id and not each.is_replaced]
