"""What Slack sends to an app, in the shape in which it sends it."""

from __future__ import annotations

import itertools
import json
import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from tests.slack.fake.workspace import Body, Channel, Message, User, Whisper, Workspace

if TYPE_CHECKING:
    from tests.slack.fake.server import FakeSlack

_numbers = itertools.count(1)


class Bodies:
    """Makes the bodies of one workspace; each makes one with ids of its own."""

    def __init__(self, slack: FakeSlack, team: Workspace) -> None:
        self._slack, self._team = slack, team

    def event(self, event: Body, channel: Channel | None = None, **more: Any) -> Body:
        """Return an event as the Events API wraps it."""
        team = self._team
        authorization = {"team_id": team.id, "user_id": team.bot.id}
        authorization |= {"enterprise_id": team.enterprise or None}
        return {
            "token": "one-long-verification-token",
            "team_id": team.id,
            "context_team_id": team.id,
            "context_enterprise_id": None,
            "api_app_id": team.app,
            "event": event,
            "type": "event_callback",
            "event_id": f"Ev{next(_numbers):09d}",
            "event_time": int(self._slack.now()),
            "authorizations": [
                authorization | {"is_bot": True, "is_enterprise_install": team.is_org_wide}
            ],
            "is_ext_shared_channel": bool(channel and channel.is_ext_shared),
            "event_context": f"4-{secrets.token_hex(8)}",
        } | more

    def asked(
        self,
        user: User,
        channel: Channel,
        text: str,
        thread: str = "",
        *,
        mentions: bool = True,
    ) -> list[Body]:
        """Let somebody ask; return every event that Slack sends for it, in Slack's order.

        A mention in a channel comes twice, as `app_mention` and as `message`, with ids of their
        own. In direct messages there is no mention. `text` gets the mention put before it.
        """
        is_mention = mentions and channel.kind != "im"
        said = f"<@{self._team.bot.id}> {text}" if is_mention else text
        return self.of_message(self._team.says(user, channel, said, thread))

    def of_message(self, message: Message) -> list[Body]:
        """Return the events of a message that was said: one, or two if it mentions the app."""
        channel = self._team.channels[message.channel]
        bodies = []
        if f"<@{self._team.bot.id}>" in message.text and channel.kind != "im":
            bodies.append(self.event(self._message(message) | {"type": "app_mention"}, channel))
        if self._team.bot.id in channel.members:
            kind = {"channel_type": channel.kind}
            bodies.append(self.event(self._message(message) | kind, channel))
        return bodies

    def _message(self, message: Message) -> Body:
        element = {"type": "text", "text": message.text}
        section = {"type": "rich_text_section", "elements": [element]}
        told: Body = {
            "type": "message",
            "user": message.user,
            "ts": message.ts,
            "client_msg_id": secrets.token_hex(16),
            "text": message.text,
            "team": self._team.id,
            "blocks": [{"type": "rich_text", "block_id": "b1", "elements": [section]}],
            "channel": message.channel,
            "event_ts": message.ts,
        }
        user = self._team.users.get(message.user)
        if user is not None and user.home != self._team.id:
            told |= {"user_team": user.home, "source_team": user.home}
        if message.thread:
            channel = self._team.channels[message.channel]
            first = channel.messages[message.thread]
            told |= {"thread_ts": message.thread, "parent_user_id": first.user}
        if message.is_ours:
            told |= {"bot_id": self._team.bot_id, "app_id": self._team.app}
        return told

    def edited(self, message: Message, text: str) -> Body:
        """Let its author edit a message; return the event."""
        channel = self._team.channels[message.channel]
        before = self._inner(message)
        message.text, message.edits = text, message.edits + 1
        edited = {"edited": {"user": message.user, "ts": self._team.stamp()}}
        return self._hidden(channel, "message_changed", self._inner(message) | edited, before)

    def deleted(self, message: Message) -> Body:
        """Let its author delete a message; return the event.

        The first message of a thread with replies stays as a tombstone: that comes as a change.
        """
        channel = self._team.channels[message.channel]
        before = self._inner(message)
        has_replies = any(
            each.thread == message.ts and not each.is_deleted for each in channel.messages.values()
        )
        message.is_deleted = not has_replies
        if has_replies:
            message.text = "This message was deleted."
            stone = self._inner(message) | {"subtype": "tombstone", "user": "USLACKBOT"}
            return self._hidden(channel, "message_changed", stone | {"hidden": True}, before)
        body = self._hidden(channel, "message_deleted", None, before)
        body["event"]["deleted_ts"] = message.ts
        return body

    def _inner(self, message: Message) -> Body:
        told = self._message(message)
        for name in ("channel", "event_ts"):
            del told[name]
        return told

    def _hidden(self, channel: Channel, subtype: str, now: Body | None, before: Body) -> Body:
        ts = self._team.stamp()
        event: Body = {"type": "message", "subtype": subtype, "hidden": True, "channel": channel.id}
        event |= {"ts": ts, "event_ts": ts, "channel_type": channel.kind}
        event |= {"previous_message": before}
        if now is not None:
            event["message"] = now
        return self.event(event, channel)

    def pane_opened(self, user: User, viewing: Channel | None = None) -> Body:
        """Let somebody open the pane; its thread is `event.assistant_thread.thread_ts`."""
        dm = self._team.dm(user)
        ts = self._team.stamp()
        dm.messages[ts] = Message(
            dm.id, ts, self._team.bot.id, "New Assistant Thread", is_ours=False
        )
        context: Body = {"team_id": self._team.id, "enterprise_id": None}
        if viewing:
            context["channel_id"] = viewing.id
        thread = {"user_id": user.id, "context": context, "channel_id": dm.id, "thread_ts": ts}
        event = {"type": "assistant_thread_started", "assistant_thread": thread, "event_ts": ts}
        return self.event(event)

    def messages_opened(self, user: User, viewing: Channel | None = None) -> Body:
        """Let somebody open direct messages with the app: the pane of apps with `agent_view`."""
        event: Body = {"type": "app_home_opened", "user": user.id, "tab": "messages"}
        event |= {"channel": self._team.dm(user).id, "event_ts": self._team.stamp()}
        if viewing:
            seen = {"type": "slack#/types/channel_id", "value": viewing.id}
            event["context"] = {"entities": [seen | {"team_id": self._team.id}]}
        return self.event(event)

    def membership(self, kind: str, user: User, channel: Channel) -> Body:
        """Let somebody join or leave; `kind` is member_joined_channel or member_left_channel."""
        if kind == "member_joined_channel":
            channel.members.append(user.id)
        else:
            channel.members.remove(user.id)
        event = {"type": kind, "user": user.id, "channel": channel.id, "channel_type": "C"}
        return self.event(event | {"team": self._team.id, "event_ts": self._team.stamp()}, channel)

    def changed(self, user: User, kind: str = "user_change") -> Body:
        """Return that an account changed, after that was done to `user`; or that it is new."""
        told = {"id": user.id, "team_id": user.home, "deleted": user.is_deleted, "profile": {}}
        return self.event({"type": kind, "user": told, "event_ts": self._team.stamp()})

    def uninstalled(self) -> list[Body]:
        """Let an administrator remove the app; return both events that come."""
        self._team.is_revoked = True
        tokens = {"oauth": [], "bot": [self._team.bot.id]}
        return [
            self.event({"type": "tokens_revoked", "tokens": tokens}),
            self.event({"type": "app_uninstalled"}),
        ]

    def command(self, user: User, channel: Channel, text: str, command: str = "/pincite") -> Body:
        """Let somebody use the slash command."""
        return {
            "token": "one-long-verification-token",
            "team_id": self._team.id,
            "team_domain": "firm",
            "channel_id": channel.id,
            "channel_name": channel.name or "directmessage",
            "user_id": user.id,
            "user_name": user.name.lower(),
            "command": command,
            "text": text,
            "api_app_id": self._team.app,
            "is_enterprise_install": "false",
            "response_url": self._slack.new_response_url(self._team, channel, user),
            "trigger_id": self._slack.new_trigger(),
        }

    def shortcut(self, user: User, message: Message, callback: str = "ask_pincite") -> Body:
        """Let somebody use the shortcut on a message."""
        channel = self._team.channels[message.channel]
        return self._interaction(user, channel) | {
            "type": "message_action",
            "action_ts": self._team.stamp(),
            "callback_id": callback,
            "message_ts": message.ts,
            "message": self._inner(message),
            "response_url": self._slack.new_response_url(self._team, channel, user),
        }

    def press(
        self, user: User, on: Message | Whisper, action: str, value: str | None = None
    ) -> Body:
        """Let somebody press the button with this action in what was posted.

        `value` stands in for the button's own: what a forger would send.
        """
        channel = self._team.channels[on.channel]
        is_whisper = isinstance(on, Whisper)
        button, block_id = _button_in(on, action)
        container: Body = {"type": "message", "message_ts": on.ts, "channel_id": channel.id}
        container["is_ephemeral"] = is_whisper
        if on.thread:
            container["thread_ts"] = on.thread
        pressed = {"action_id": action, "block_id": block_id, "type": "button"}
        pressed |= {"text": button["text"], "action_ts": self._team.stamp()}
        pressed["value"] = button.get("value", "") if value is None else value
        body = self._interaction(user, channel) | {
            "type": "block_actions",
            "container": container,
            "state": {"values": {}},
            "actions": [pressed],
            "response_url": self._slack.new_response_url(
                self._team, channel, user, on if isinstance(on, Whisper) else None
            ),
        }
        if isinstance(on, Message):
            body["message"] = self._inner(on)
        return body

    def submitted(self, user: User, view: Body, values: dict[str, dict[str, str]]) -> Body:
        """Let somebody send a form: `values` is block id to action id to what was put in."""
        state = {
            block: {
                action: {"type": "plain_text_input", "value": value}
                for action, value in given.items()
            }
            for block, given in values.items()
        }
        body = self._interaction(user, None)
        del body["channel"]
        filled = {**view, "state": {"values": state}}
        return body | {"type": "view_submission", "view": filled, "response_urls": []}

    def _interaction(self, user: User, channel: Channel | None) -> Body:
        named = {"id": user.id, "username": user.name.lower(), "name": user.name.lower()}
        where = channel and {"id": channel.id, "name": channel.name or "directmessage"}
        return {
            "user": named | {"team_id": user.home},
            "api_app_id": self._team.app,
            "token": "one-long-verification-token",
            "trigger_id": self._slack.new_trigger(),
            "team": {"id": self._team.id, "domain": "firm"},
            "enterprise": {"id": self._team.enterprise} if self._team.enterprise else None,
            "is_enterprise_install": self._team.is_org_wide,
            "channel": where,
        }


def _button_in(on: Message | Whisper, action: str) -> tuple[Body, str]:
    blocks = on.blocks + (on.last_blocks if isinstance(on, Message) else [])
    for at, block in enumerate(blocks):
        for element in [*block.get("elements", []), block.get("accessory", {})]:
            if isinstance(element, dict) and element.get("action_id") == action:
                return element, block.get("block_id", f"b{at}")
    raise AssertionError(f"No button {action} in what was posted: {blocks}")


def kind_of(body: Body) -> str:
    """Return the type of the envelope that such a body comes in."""
    if body.get("type") == "event_callback":
        return "events_api"
    return "slash_commands" if "command" in body else "interactive"


def as_http(body: Body) -> tuple[bytes, str]:
    """Return the bytes and the content type in which Slack posts such a body."""
    match kind_of(body):
        case "events_api":
            return json.dumps(body).encode(), "application/json"
        case "slash_commands":
            return urlencode(body).encode(), "application/x-www-form-urlencoded"
        case _:
            form = urlencode({"payload": json.dumps(body)})
            return form.encode(), "application/x-www-form-urlencoded"
