"""Slack's Web API, as far as it is used, for one workspace: https://docs.slack.dev/reference/methods.

What is posted is blocks and a fixed sentence: no field that Slack would read mark-up in is ever
set. Calls wait for Slack's limits; what may be repeated is repeated when no answer came.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp

from assistant.slack.errors import SlackFailed, SlackUnreachable
from assistant.slack.event import Member, Place
from assistant.slack.pace import Pace
from assistant.slack.posting import Check
from assistant.slack.profiles import ChannelInfo, Installed, Posted, UserInfo
from assistant.slack.shown import Block, Shown
from assistant.slack.told import channel_info, posted, user_info
from assistant.slack.web_calls import Calls
from assistant.wording import say

API: Final = "https://slack.com/api"
MARK: Final = "pincite_answer"
METHODS: Final = frozenset(
    {
        "assistant.threads.setStatus",
        "assistant.threads.setSuggestedPrompts",
        "assistant.threads.setTitle",
        "auth.test",
        "chat.appendStream",
        "chat.delete",
        "chat.getPermalink",
        "chat.postEphemeral",
        "chat.postMessage",
        "chat.startStream",
        "chat.stopStream",
        "chat.update",
        "conversations.info",
        "conversations.members",
        "conversations.open",
        "conversations.replies",
        "users.info",
        "users.lookupByEmail",
        "views.open",
    }
)
"""Every method that is called with a workspace's token."""

_PLAIN: Final = {"parse": "none", "link_names": False}
_UNFURLED: Final = {"unfurl_links": False, "unfurl_media": False}


class Web:
    """The Web API of one workspace. Close it in the end."""

    def __init__(self, token: str, *, api: str = API, pace: Pace | None = None) -> None:
        self._api = api
        self._calls = Calls(token, api, pace)
        self._installed: Installed | None = None
        self._direct: dict[str, str] = {}

    async def close(self) -> None:
        """Close the connections."""
        await self._calls.close()

    async def installed(self) -> Installed:
        """Return as what the token is installed, asked once; a wrong token is `SlackFailed`."""
        if self._installed is None:
            began = time.time()
            told, headers = await self._calls.call("auth.test", {})
            self._installed = Installed(
                team=str(told.get("team_id") or ""),
                name=str(told.get("team") or ""),
                bot_user=str(told.get("user_id") or ""),
                bot_id=str(told.get("bot_id") or ""),
                enterprise=str(told.get("enterprise_id") or ""),
                is_org_wide=told.get("is_enterprise_install") is True,
                scopes=frozenset(filter(None, headers.get("x-oauth-scopes", "").split(","))),
                clock_apart_seconds=_apart(headers.get("date", ""), (began + time.time()) / 2),
            )
        return self._installed

    async def post(
        self, place: Place, shown: Shown, *, mark: str = "", check: Check | None = None
    ) -> str:
        """Post a message; return its ts. `mark` is the id by which it is found again.

        `check` is done just before, here and below, when all waiting is over.
        """
        content = {**_threaded(place), **_content(shown), **_marked(mark), **_UNFURLED}
        told = await self._calls.do(
            "chat.postMessage", {"channel": place.channel, **content}, check
        )
        return str(told["ts"])

    async def update(
        self, place: Place, ts: str, shown: Shown, *, mark: str = "", check: Check | None = None
    ) -> None:
        """Change a message of ours."""
        content = {**_content(shown), **_marked(mark)}
        await self._calls.do("chat.update", {**_at(place, ts), **content}, check)

    async def delete(self, place: Place, ts: str) -> None:
        """Delete a message of ours; one that is gone already is no error."""
        try:
            await self._calls.do("chat.delete", {"channel": place.channel, "ts": ts})
        except SlackFailed as failed:
            if failed.code != "message_not_found":
                raise

    async def tell(
        self, place: Place, user: str, shown: Shown, *, check: Check | None = None
    ) -> str:
        """Say something to one member of a channel alone; return its ts, by which nothing is found.

        The app has to be in the channel: else use `respond`, or `post` to their `dm`.
        """
        to = {"channel": place.channel, "user": user}
        about = {**to, **_threaded(place), **_content(shown)}
        told = await self._calls.do("chat.postEphemeral", about, check)
        return str(told["message_ts"])

    async def respond(self, url: str, shown: Shown | None, *, replaces: bool = False) -> None:
        """Answer by a `response_url`, to whoever acted alone; None deletes what was acted on.

        Raises:
            SlackFailed: it is used up or too old (five times, thirty minutes), or not Slack's.
        """
        if not self._is_slacks(url):
            raise SlackFailed("response_url", "foreign_address")
        body: dict[str, Any] = {"delete_original": True}
        if shown is not None:
            body = {"response_type": "ephemeral", "replace_original": replaces, **_content(shown)}
        try:
            async with self._calls.session.post(url, json=body, allow_redirects=False) as response:
                status = response.status
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise SlackUnreachable("response_url", type(error).__name__) from None
        if status >= 500:
            raise SlackUnreachable("response_url", f"http_{status}")
        if status != 200:
            raise SlackFailed("response_url", f"http_{status}")

    async def dm(self, user: str) -> str:
        """Return the channel of direct messages with a user."""
        if user not in self._direct:
            told = await self._calls.do("conversations.open", {"users": user})
            self._direct[user] = str(told["channel"]["id"])
        return self._direct[user]

    async def begin_stream(
        self, place: Place, to: Member, shown: Shown, *, check: Check | None = None
    ) -> str:
        """Begin a message that grows, in a thread; return its ts. `to` is who asked."""
        recipient = {"recipient_team_id": to.team, "recipient_user_id": to.user}
        begun = {"channel": place.channel, **_threaded(place), **recipient, **_chunks(shown)}
        return str((await self._calls.do("chat.startStream", begun, check))["ts"])

    async def append(
        self, place: Place, ts: str, shown: Shown, *, check: Check | None = None
    ) -> None:
        """Append blocks to a message that grows."""
        await self._calls.do("chat.appendStream", {**_at(place, ts), **_chunks(shown)}, check)

    async def end_stream(
        self, place: Place, ts: str, shown: Shown, *, mark: str = "", check: Check | None = None
    ) -> None:
        """End a message that grows; the blocks are shown at its end."""
        last = {"blocks": list(shown.blocks)} if shown.blocks else {}
        about = {**_at(place, ts), **last, **_marked(mark)}
        await self._calls.do("chat.stopStream", about, check)

    async def status(self, place: Place, text: str) -> None:
        """Show what is being done beside a thread; "" removes it."""
        at = {"channel_id": place.channel, "thread_ts": place.thread}
        await self._calls.do("assistant.threads.setStatus", {**at, "status": text})

    async def prompts(self, place: Place, title: str, offered: Sequence[tuple[str, str]]) -> None:
        """Offer questions in the pane: what is shown, and what is asked; at most four.

        A thread is named in panes of the older kind alone: in others nothing would be shown.
        """
        told = [{"title": shown, "message": message} for shown, message in offered[:4]]
        at = {"channel_id": place.channel, **_threaded(place)}
        about = {**at, "title": title, "prompts": told}
        await self._calls.do("assistant.threads.setSuggestedPrompts", about)

    async def title(self, place: Place, text: str) -> None:
        """Name a thread of the pane."""
        at = {"channel_id": place.channel, "thread_ts": place.thread}
        await self._calls.do("assistant.threads.setTitle", {**at, "title": text})

    async def user(self, user: str) -> UserInfo:
        """Return what Slack tells of a user."""
        told = await self._calls.do("users.info", {"user": user, "include_locale": True})
        return user_info(told["user"], await self.installed())

    async def user_with(self, address: str) -> str:
        """Return whose e-mail address it is, "" if it is nobody's."""
        try:
            told = await self._calls.do("users.lookupByEmail", {"email": address})
        except SlackFailed as failed:
            if failed.code == "users_not_found":
                return ""
            raise
        return str(told["user"]["id"])

    async def channel(self, channel: str) -> ChannelInfo:
        """Return what Slack tells of a conversation."""
        return channel_info(
            (await self._calls.do("conversations.info", {"channel": channel}))["channel"]
        )

    async def members(self, channel: str) -> AsyncIterator[str]:
        """Yield every member of a conversation, the app too."""
        async for page in self._calls.pages("conversations.members", {"channel": channel}):
            for user in page.get("members") or ():
                yield str(user)

    async def replies(self, place: Place) -> list[Posted]:
        """Return the messages of a thread, its first one too, oldest first."""
        own = await self.installed()
        about = {"channel": place.channel, "ts": place.thread, "include_all_metadata": True}
        return [
            posted(each, own, MARK)
            async for page in self._calls.pages("conversations.replies", about)
            for each in page.get("messages") or ()
        ]

    async def permalink(self, place: Place, ts: str) -> str:
        """Return Slack's own address of a message."""
        about = {"channel": place.channel, "message_ts": ts}
        return str((await self._calls.do("chat.getPermalink", about))["permalink"])

    async def open_view(self, trigger_id: str, view: Mapping[str, Any]) -> str:
        """Open a form within three seconds of what it answers to; return its id."""
        told = await self._calls.do("views.open", {"trigger_id": trigger_id, "view": dict(view)})
        return str(told["view"]["id"])

    def _is_slacks(self, url: str) -> bool:
        own, other = urlsplit(self._api), urlsplit(url)
        is_hook = other.scheme == "https" and other.netloc == f"hooks.{own.netloc}"
        return is_hook or (own.scheme, own.netloc) == (other.scheme, other.netloc)


def _content(shown: Shown) -> dict[str, Any]:
    return {"text": say(shown.text), "blocks": _listed(shown.blocks), **_PLAIN}


def _chunks(shown: Shown) -> dict[str, Any]:
    return {"chunks": [{"type": "blocks", "blocks": _listed(shown.blocks)}]}


def _listed(blocks: Sequence[Block]) -> list[dict[str, Any]]:
    return [dict(each) for each in blocks]


def _marked(mark: str) -> dict[str, Any]:
    return {"metadata": {"event_type": MARK, "event_payload": {"id": mark}}} if mark else {}


def _threaded(place: Place) -> dict[str, Any]:
    return {"thread_ts": place.thread} if place.thread else {}


def _at(place: Place, ts: str) -> dict[str, Any]:
    return {"channel": place.channel, "ts": ts}


def _apart(date: str, now: float) -> float:
    try:
        return parsedate_to_datetime(date).timestamp() - now
    except (TypeError, ValueError):
        return 0.0
