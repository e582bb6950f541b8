"""The Web API methods that the app calls, each as https://docs.slack.dev/reference/methods tells.

A method says which scope it needs (one of several by the kind of conversation), which fields it
takes and of which type. A field it does not know is refused, stricter than Slack.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.slack.fake.block_kit import MOST_BLOCKS, MOST_MARKDOWN, check_blocks, check_view
from tests.slack.fake.refusing import Refused, need
from tests.slack.fake.workspace import Body, Channel, Message, User, Whisper, Workspace

if TYPE_CHECKING:
    from tests.slack.fake.server import FakeSlack

Args = dict[str, Any]
Answer = Callable[["FakeSlack", Workspace, Args], Body]

_MESSAGE = {
    "text": str,
    "blocks": list,
    "metadata": dict,
    "parse": str,
    "link_names": bool,
    "markdown_text": str,
}
_BY_KIND = {"channel": "channels", "group": "groups", "im": "im", "mpim": "mpim"}


@dataclass(frozen=True)
class Method:
    """`needs` and `takes` are fields with their types. `scopes`: all of them; `by_kind` is the
    suffix of the scope that depends on the kind of conversation, such as `read`."""

    answer: Answer
    needs: Mapping[str, type] = field(default_factory=dict)
    takes: Mapping[str, type] = field(default_factory=dict)
    scopes: tuple[str, ...] = ()
    by_kind: str = ""
    is_for_app: bool = False


def called(slack: FakeSlack, team: Workspace, name: str, given: Mapping[str, Any]) -> Body:
    """Return what the method answers to these arguments; raise `Refused` with Slack's error."""
    method = METHODS[name]
    types = {**method.needs, **method.takes}
    args = {key: typed(key, value, types) for key, value in given.items() if key != "token"}
    for key in method.needs:
        need(key in args, "invalid_arguments", f"missing required field: {key}")
    for scope in method.scopes:
        _need_scope(team, scope)
    if method.by_kind:
        channel = channel_of(team, args)
        _need_scope(team, f"{_BY_KIND[channel.kind]}:{method.by_kind}")
    return {"ok": True, **method.answer(slack, team, args)}


def typed(key: str, value: object, types: Mapping[str, type]) -> object:
    """Return the value as its type, as forms and JSON bring it."""
    need(key in types, "invalid_arguments", f"unknown field: {key}")
    kind = types[key]
    if isinstance(value, str) and kind in (list, dict):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise Refused("invalid_arguments", f"{key} is no JSON") from error
    if isinstance(value, str) and kind is bool:
        value = value in ("1", "true", "True")
    if isinstance(value, str) and kind is int:
        need(value.isdigit(), "invalid_arguments", f"{key} is no number")
        value = int(value)
    is_right = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
    need(is_right, "invalid_arguments", f"{key} must be {kind.__name__}")
    return value


def _need_scope(team: Workspace, scope: str) -> None:
    if scope not in team.scopes:
        provided = ",".join(sorted(team.scopes))
        raise Refused("missing_scope", needed=scope, provided=provided)


def channel_of(team: Workspace, args: Args, key: str = "channel") -> Channel:
    """Return the conversation; the app sees public channels and those that it is in."""
    channel = team.channels.get(args[key])
    if channel is None or (channel.kind != "channel" and team.bot.id not in channel.members):
        raise Refused("channel_not_found")
    return channel


def _writable(team: Workspace, args: Args, key: str = "channel") -> Channel:
    channel = channel_of(team, args, key)
    need(team.bot.id in channel.members, "not_in_channel")
    need(not channel.is_archived, "is_archived")
    return channel


def _message_of(channel: Channel, ts: str) -> Message:
    message = channel.messages.get(ts)
    if message is None or message.is_deleted:
        raise Refused("message_not_found")
    return message


def _thread(channel: Channel, args: Args, key: str = "thread_ts") -> str:
    thread = args.get(key, "")
    if thread:
        first = channel.messages.get(thread)
        if first is None:
            raise Refused("thread_not_found")
        need(first.thread in ("", thread), "cannot_reply_to_message", "ts of a reply, not a thread")
    return str(thread)


def _content(args: Args, most_text: int) -> tuple[str, list[Body], Body | None]:
    if "markdown_text" in args:
        need("text" not in args and "blocks" not in args, "markdown_text_conflict")
        need(len(args["markdown_text"]) <= MOST_MARKDOWN, "msg_too_long")
    blocks = check_blocks(args.get("blocks", []))
    text = args.get("text", args.get("markdown_text", ""))
    need(text or blocks, "no_text")
    need(len(text) <= most_text, "msg_too_long")
    need(
        args.get("parse", "none") in ("none", "full", "mrkdwn", "false", "client"),
        "invalid_arguments",
    )
    return text, blocks, _metadata(args)


def _metadata(args: Args) -> Body | None:
    metadata = args.get("metadata")
    if metadata is None or metadata == {}:
        return None
    need(set(metadata) <= {"event_type", "event_payload"}, "invalid_metadata_schema")
    event_type, payload = metadata.get("event_type"), metadata.get("event_payload")
    need(isinstance(event_type, str) and 0 < len(event_type) <= 255, "invalid_metadata_format")
    need(isinstance(payload, dict), "invalid_metadata_format")
    assert isinstance(payload, dict)
    plain = all(
        isinstance(value, str | int | float | bool | list | dict) for value in payload.values()
    )
    need(plain, "invalid_metadata_format")
    need(len(json.dumps(metadata)) <= 16_000, "metadata_too_large")
    return dict(metadata)


def shape(team: Workspace, message: Message, *, has_metadata: bool = False) -> Body:
    """Return a message as Slack tells it."""
    told: Body = {"type": "message", "user": message.user, "ts": message.ts, "text": message.text}
    told["team"] = team.id
    if message.blocks or message.last_blocks:
        told["blocks"] = message.blocks + message.last_blocks
    if message.thread:
        told["thread_ts"] = message.thread
    if message.is_ours:
        told |= {"bot_id": team.bot_id, "app_id": team.app}
    if has_metadata and message.metadata:
        told["metadata"] = message.metadata
    return told


def _post_message(slack: FakeSlack, team: Workspace, args: Args) -> Body:
    if args["channel"] in team.users:
        args = args | {"channel": team.dm(team.users[args["channel"]]).id}
    channel = _writable(team, args)
    text, blocks, metadata = _content(args, 40_000)
    message = Message(
        channel.id, team.stamp(), team.bot.id, text, _thread(channel, args), blocks, metadata, True
    )
    channel.messages[message.ts] = message
    slack.happened(team, channel, message)
    told = shape(team, message, has_metadata=True)
    return {"channel": channel.id, "ts": message.ts, "message": told}


def _update(slack: FakeSlack, team: Workspace, args: Args) -> Body:
    channel = channel_of(team, args)
    need(not channel.is_archived, "is_inactive")
    message = _message_of(channel, args["ts"])
    need(message.is_ours, "cant_update_message")
    need(not message.is_streaming, "streaming_state_conflict")
    text, blocks, metadata = _content(args, 4_000)
    message.text, message.last_blocks = text, []
    if "blocks" in args or "text" in args:
        message.blocks = blocks
    if "metadata" in args:
        message.metadata = metadata
    message.edits += 1
    slack.happened(team, channel, message, "message_changed")
    return {"channel": channel.id, "ts": message.ts, "text": text}


def _delete(slack: FakeSlack, team: Workspace, args: Args) -> Body:
    channel = channel_of(team, args)
    message = _message_of(channel, args["ts"])
    need(message.is_ours, "cant_delete_message")
    message.is_deleted, message.is_streaming = True, False
    return {"channel": channel.id, "ts": message.ts}


def _post_ephemeral(slack: FakeSlack, team: Workspace, args: Args) -> Body:
    channel = _writable(team, args)
    need(args["user"] in channel.members, "user_not_in_channel")
    text, blocks, _ = _content(args | {"metadata": {}}, 40_000)
    ts = team.stamp()
    thread = _thread(channel, args)
    team.whispers.append(Whisper(channel.id, args["user"], text, blocks, thread, ts=ts))
    return {"message_ts": ts}


def _get_permalink(slack: FakeSlack, team: Workspace, args: Args) -> Body:
    channel = channel_of(team, args)
    message = _message_of(channel, args["message_ts"])
    path = f"{channel.id}/p{message.ts.replace('.', '')}"
    return {"channel": channel.id, "permalink": f"https://firm.slack.com/archives/{path}"}


def _chunked(args: Args, *, is_needed: bool) -> list[Body]:
    """Return the blocks of chunks; text of mark-up is not shown in blocks."""
    need(
        "markdown_text" not in args or "chunks" not in args,
        "cannot_provide_both_markdown_text_and_chunks",
    )
    if is_needed:
        is_there = args.get("markdown_text") or args.get("chunks")
        need(is_there, "markdown_text_or_chunks_required")
    blocks: list[Body] = []
    for chunk in args.get("chunks", []):
        need(isinstance(chunk, dict), "invalid_chunks")
        match chunk.get("type"):
            case "blocks":
                need(set(chunk) == {"type", "blocks"}, "invalid_chunks")
                need(len(chunk["blocks"]) <= MOST_BLOCKS, "msg_blocks_too_many")
                blocks += check_blocks(chunk["blocks"])
            case "markdown_text":
                need(isinstance(chunk.get("text"), str), "invalid_chunks")
                blocks.append({"type": "markdown", "text": chunk["text"]})
            case "task_update":
                need(isinstance(chunk.get("id"), str), "invalid_chunks")
                need(isinstance(chunk.get("title"), str), "invalid_chunks")
                need(
                    chunk.get("status") in ("pending", "in_progress", "complete", "error"),
                    "invalid_chunks",
                )
            case "plan_update":
                need(isinstance(chunk.get("title"), str), "invalid_chunks")
            case _:
                raise Refused("invalid_chunks")
    need(len(args.get("markdown_text", "")) <= MOST_MARKDOWN, "msg_too_long")
    if args.get("markdown_text"):
        blocks.append({"type": "markdown", "text": args["markdown_text"]})
    return blocks


def _start_stream(slack: FakeSlack, team: Workspace, args: Args) -> Body:
    need(slack.can_stream, "unknown_method")
    need(slack.can_stream_blocks or "chunks" not in args, "invalid_chunks")
    channel = _writable(team, args)
    if channel.kind != "im":
        need(args.get("recipient_team_id"), "missing_recipient_team_id")
        need(args.get("recipient_user_id"), "missing_recipient_user_id")
        need(args["recipient_user_id"] in team.users, "user_not_found")
    blocks = _chunked(args, is_needed=False)
    thread = _thread(channel, args)
    message = Message(channel.id, team.stamp(), team.bot.id, "", thread, blocks, is_ours=True)
    message.is_streaming = True
    slack.modes[message.ts] = "markdown" if "markdown_text" in args else "chunks"
    channel.messages[message.ts] = message
    slack.happened(team, channel, message)
    return {"channel": channel.id, "ts": message.ts}


def _streamed(slack: FakeSlack, team: Workspace, args: Args) -> tuple[Message, list[Body]]:
    channel = channel_of(team, args)
    message = _message_of(channel, args["ts"])
    need(message.is_ours, "message_not_owned_by_app")
    need(message.is_streaming, "message_not_in_streaming_state")
    mode = "markdown" if "markdown_text" in args else "chunks"
    is_same = mode == slack.modes[message.ts] or not ({"markdown_text", "chunks"} & args.keys())
    need(is_same, "streaming_mode_mismatch")
    return message, message.blocks + _chunked(args, is_needed=False)


def _append_stream(slack: FakeSlack, team: Workspace, args: Args) -> Body:
    message, blocks = _streamed(slack, team, args)
    _chunked(args, is_needed=True)
    need(len(blocks) <= MOST_BLOCKS, "msg_blocks_too_many")
    message.blocks = check_blocks(blocks)
    return {"channel": message.channel, "ts": message.ts}


def _stop_stream(slack: FakeSlack, team: Workspace, args: Args) -> Body:
    message, blocks = _streamed(slack, team, args)
    need(len(blocks) <= MOST_BLOCKS, "msg_blocks_too_many")
    last = check_blocks(args.get("blocks", []))
    message.blocks, message.last_blocks = check_blocks(blocks), last
    need(blocks or last, "no_text")
    message.metadata = _metadata(args)
    message.is_streaming = False
    told = shape(team, message, has_metadata=True)
    return {"channel": message.channel, "ts": message.ts, "message": told}


def _conversation(team: Workspace, channel: Channel) -> Body:
    if channel.kind == "im":
        [user] = [each for each in channel.members if each != team.bot.id]
        told: Body = {"id": channel.id, "is_im": True, "user": user, "is_archived": False}
        return told | {"is_org_shared": False, "context_team_id": team.id}
    return {
        "id": channel.id,
        "name": channel.name,
        "is_channel": channel.kind == "channel",
        "is_group": channel.kind == "group",
        "is_im": False,
        "is_mpim": channel.kind == "mpim",
        "is_private": channel.kind != "channel",
        "is_archived": channel.is_archived,
        "is_shared": channel.is_ext_shared or channel.is_org_shared,
        "is_ext_shared": channel.is_ext_shared,
        "is_org_shared": channel.is_org_shared,
        "is_pending_ext_shared": channel.is_pending_ext_shared,
        "is_member": team.bot.id in channel.members,
        "context_team_id": team.id,
        "shared_team_ids": [team.id],
        "pending_connected_team_ids": [],
    }


def _info(slack: FakeSlack, team: Workspace, args: Args) -> Body:
    return {"channel": _conversation(team, channel_of(team, args))}


def _page(items: list[Any], args: Args, most: int) -> tuple[list[Any], Body]:
    limit = args.get("limit", 100)
    need(0 < limit <= 1000, "invalid_limit")
    cursor = args.get("cursor", "")
    need(not cursor or cursor.startswith("at:"), "invalid_cursor")
    start = int(cursor.removeprefix("at:") or 0)
    end = start + min(limit, most)
    more = f"at:{end}" if end < len(items) else ""
    return items[start:end], {"response_metadata": {"next_cursor": more}}


def _members(slack: FakeSlack, team: Workspace, args: Args) -> Body:
    members, more = _page(channel_of(team, args).members, args, team.page)
    return {"members": members, **more}


def _replies(slack: FakeSlack, team: Workspace, args: Args) -> Body:
    channel = channel_of(team, args)
    need(team.bot.id in channel.members, "not_in_channel")
    need(args["ts"] in channel.messages, "thread_not_found")
    oldest = args.get("oldest", "0")
    found = [
        each
        for each in channel.messages.values()
        if args["ts"] in (each.ts, each.thread)
        and not each.is_deleted
        and (each.ts == args["ts"] or float(each.ts) > float(oldest))
    ]
    page, more = _page(sorted(found, key=lambda each: each.ts), args, team.page)
    has_metadata = args.get("include_all_metadata", False)
    told = [shape(team, each, has_metadata=has_metadata) for each in page]
    more["has_more"] = bool(more["response_metadata"]["next_cursor"])
    return {"messages": told, **more}


def _open(slack: FakeSlack, team: Workspace, args: Args) -> Body:
    need("users" in args or "channel" in args, "users_list_not_supplied")
    user = team.users.get(args.get("users", ""))
    if user is None:
        raise Refused("user_not_found")
    need(not user.is_deleted, "user_disabled")
    return {"channel": {"id": team.dm(user).id}}


def _user(team: Workspace, user: User) -> Body:
    profile: Body = {"real_name": user.name, "display_name": user.name, "team": user.home}
    if "users:read.email" in team.scopes and user.email:
        profile["email"] = user.email
    told: Body = {
        "id": user.id,
        "team_id": user.home,
        "name": user.name.lower(),
        "profile": profile,
    }
    told |= {"deleted": user.is_deleted, "real_name": user.name, "locale": user.locale}
    told |= {"is_restricted": user.is_guest or user.is_single_channel_guest}
    told |= {"is_ultra_restricted": user.is_single_channel_guest, "is_bot": user.is_bot}
    told |= {"is_app_user": False, "is_email_confirmed": user.is_email_confirmed}
    if user.enterprise:
        about = {"id": user.id, "enterprise_id": user.enterprise}
        told["enterprise_user"] = about | {"teams": list(user.workspaces)}
    if user.home != team.id:
        told["is_stranger"] = False  # false once a channel is shared: the team tells the truth
    return told


def _users_info(slack: FakeSlack, team: Workspace, args: Args) -> Body:
    user = team.users.get(args["user"])
    if user is None:
        raise Refused("user_not_found")
    return {"user": _user(team, user)}


def _lookup_by_email(slack: FakeSlack, team: Workspace, args: Args) -> Body:
    found = (each for each in team.users.values() if each.email == args["email"])
    user = next((each for each in found if not each.is_deleted), None)
    if user is None:
        raise Refused("users_not_found")
    return {"user": _user(team, user)}


def _auth_test(slack: FakeSlack, team: Workspace, args: Args) -> Body:
    told = {"url": "https://firm.slack.com/", "team": "Firm", "user": "pincite", "team_id": team.id}
    told |= {"user_id": team.bot.id, "bot_id": team.bot_id}
    if team.enterprise:
        told["enterprise_id"] = team.enterprise
    if team.is_org_wide:
        del told["team_id"]
    return told | {"is_enterprise_install": team.is_org_wide}


def _connections_open(slack: FakeSlack, team: Workspace, args: Args) -> Body:
    return {"url": slack.new_socket_url()}


def _set_status(slack: FakeSlack, team: Workspace, args: Args) -> Body:
    channel = channel_of(team, args, "channel_id")
    need(args["thread_ts"] in channel.messages, "invalid_thread_ts")
    need(len(args.get("loading_messages", [])) <= 10, "invalid_arguments")
    team.statuses.append((channel.id, args["thread_ts"], args["status"]))
    return {}


def _set_prompts(slack: FakeSlack, team: Workspace, args: Args) -> Body:
    channel = channel_of(team, args, "channel_id")
    need(args.get("thread_ts", "") in ("", *channel.messages), "invalid_thread_ts")
    need(0 < len(args["prompts"]) <= 4, "invalid_arguments", "1 to 4 prompts")
    for each in args["prompts"]:
        need(set(each) == {"title", "message"}, "invalid_arguments")
        need(all(isinstance(value, str) and value for value in each.values()), "invalid_arguments")
    team.prompts.append(args)
    return {}


def _set_title(slack: FakeSlack, team: Workspace, args: Args) -> Body:
    channel = channel_of(team, args, "channel_id")
    need(args["thread_ts"] in channel.messages, "invalid_thread_ts")
    team.titles[channel.id, args["thread_ts"]] = args["title"]
    return {}


def _open_view(slack: FakeSlack, team: Workspace, args: Args) -> Body:
    slack.exchange(args["trigger_id"])
    view = check_view(args["view"])
    opened = {**view, "id": f"V{len(team.views):09d}", "team_id": team.id, "app_id": team.app}
    opened |= {"app_installed_team_id": team.id, "bot_id": team.bot_id, "hash": "1.abc"}
    team.views.append(opened)
    return {"view": opened}


_POST = _MESSAGE | {"thread_ts": str, "unfurl_links": bool, "unfurl_media": bool}
_ONE = {"channel": str, "ts": str}
_PANE = {"channel_id": str, "thread_ts": str}
_STREAM = {"chunks": list, "markdown_text": str}
_RECIPIENT = {"recipient_team_id": str, "recipient_user_id": str, "task_display_mode": str}
_CURSOR = {"cursor": str, "limit": int}
_WRITE, _PANES = ("chat:write",), ("assistant:write",)

METHODS: dict[str, Method] = {
    "apps.connections.open": Method(_connections_open, is_for_app=True),
    "assistant.threads.setStatus": Method(
        _set_status, _PANE | {"status": str}, {"loading_messages": list}, _WRITE
    ),
    "assistant.threads.setSuggestedPrompts": Method(
        _set_prompts, {"channel_id": str, "prompts": list}, {"thread_ts": str, "title": str}, _PANES
    ),
    "assistant.threads.setTitle": Method(_set_title, _PANE | {"title": str}, {}, _PANES),
    "auth.test": Method(_auth_test),
    "chat.appendStream": Method(_append_stream, _ONE, _STREAM, _WRITE),
    "chat.delete": Method(_delete, _ONE, {}, _WRITE),
    "chat.getPermalink": Method(_get_permalink, {"channel": str, "message_ts": str}),
    "chat.postEphemeral": Method(
        _post_ephemeral, {"channel": str, "user": str}, _MESSAGE | {"thread_ts": str}, _WRITE
    ),
    "chat.postMessage": Method(
        _post_message, {"channel": str}, _POST | {"reply_broadcast": bool}, _WRITE
    ),
    "chat.startStream": Method(
        _start_stream, {"channel": str, "thread_ts": str}, _STREAM | _RECIPIENT, _WRITE
    ),
    "chat.stopStream": Method(
        _stop_stream, _ONE, _STREAM | {"blocks": list, "metadata": dict}, _WRITE
    ),
    "chat.update": Method(_update, _ONE, _MESSAGE | {"reply_broadcast": bool}, _WRITE),
    "conversations.info": Method(
        _info,
        {"channel": str},
        {"include_locale": bool, "include_num_members": bool},
        by_kind="read",
    ),
    "conversations.members": Method(_members, {"channel": str}, _CURSOR, by_kind="read"),
    "conversations.open": Method(
        _open, {}, {"users": str, "channel": str, "return_im": bool}, ("im:write",)
    ),
    "conversations.replies": Method(
        _replies,
        _ONE,
        _CURSOR | {"include_all_metadata": bool, "inclusive": bool, "latest": str, "oldest": str},
        by_kind="history",
    ),
    "users.info": Method(_users_info, {"user": str}, {"include_locale": bool}, ("users:read",)),
    "users.lookupByEmail": Method(_lookup_by_email, {"email": str}, {}, ("users:read.email",)),
    "views.open": Method(_open_view, {"trigger_id": str, "view": dict}),
}
