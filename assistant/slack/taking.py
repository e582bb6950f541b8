"""What comes from Slack, handed to whom it is for. Only what is needed is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from assistant.slack.arrival import asked_of, is_ts, plain_words
from assistant.slack.event import Asked, Member, Place, order_of
from assistant.slack.handlers import Edit, Handlers, Pressed
from assistant.slack.profiles import Installed
from assistant.slack.shown import OPEN

Body = Mapping[str, Any]

_MEMBERSHIP: Final = frozenset(
    {
        "channel_archive",
        "channel_shared",
        "channel_unarchive",
        "channel_unshared",
        "group_archive",
        "group_unarchive",
        "member_joined_channel",
        "member_left_channel",
    }
)
_PEOPLE: Final = frozenset({"team_join", "user_change"})
_CHANNEL_SEEN: Final = "slack#/types/channel_id"
LATEST_SECONDS: Final = 3_600
"""How long after it was said a message may still come: Slack tries for less than that."""
_OPENED: Final = frozenset({"assistant_thread_started", "assistant_thread_context_changed"})


async def take(handlers: Handlers, body: Body, own: Installed) -> None:
    """Hand what came to whom it is for; what is for nobody is left."""
    kind = _text(body, "type")
    if kind == "event_callback":
        await _take_event(handlers, body, own)
    elif kind in ("block_actions", "view_submission"):
        for pressed in pressed_of(body, own):
            await handlers.pressed(pressed)
    else:
        await _take_asked(handlers, body, own)


async def _take_asked(handlers: Handlers, body: Body, own: Installed) -> None:
    asked = asked_of(body)
    if isinstance(asked, Asked):
        await handlers.arrived(_here(asked, own))


def _here(asked: Asked, own: Installed) -> Asked:
    """Return a question as one of this workspace.

    In a shared channel the envelope may name the other company's workspace, and its own
    organisation (`E...`) where somebody is from: then the workspace tells who they are.
    """
    by = replace(asked.by, team=_workspace_of(asked.by.team, own))
    return replace(asked, place=replace(asked.place, team=own.team), by=by)


def _workspace_of(team: str, own: Installed) -> str:
    return own.team if not team or team.startswith("E") else team


async def _take_event(handlers: Handlers, body: Body, own: Installed) -> None:
    event = _part(body, "event")
    kind, subtype = _text(event, "type"), _text(event, "subtype")
    if kind in _OPENED:
        await _take_opened(handlers, _part(event, "assistant_thread"), own)
    elif kind == "app_home_opened":
        await _take_messages_opened(handlers, event, own)
    elif kind in _MEMBERSHIP:
        channel = _text(event, "channel") or _text(_part(event, "channel"), "id")
        await handlers.membership_changed(own.team, channel)
    elif kind in _PEOPLE:
        user = _text(_part(event, "user"), "id")
        if user:  # without one it would be everybody
            await handlers.person_changed(own.team, user)
    elif kind == "app_uninstalled" or (
        kind == "tokens_revoked" and _part(event, "tokens").get("bot")
    ):
        await handlers.left(own.team)
    elif subtype in ("message_changed", "message_deleted"):
        await _take_edit(handlers, body, own)
    else:
        await _take_asked(handlers, body, own)


async def _take_opened(handlers: Handlers, thread: Body, own: Installed) -> None:
    channel, ts, user = (_text(thread, each) for each in ("channel_id", "thread_ts", "user_id"))
    if channel and ts and user:
        viewing = _text(_part(thread, "context"), "channel_id")
        place = Place(own.team, channel, ts)
        await handlers.opened_pane(place, Member(own.team, user), viewing)


async def _take_messages_opened(handlers: Handlers, event: Body, own: Installed) -> None:
    """Tell that direct messages were opened, which are the pane of newer apps, without a thread."""
    channel, user = _text(event, "channel"), _text(event, "user")
    if event.get("tab") == "messages" and channel and user:
        entities = _part(event, "context").get("entities")
        seen = (
            [each for each in entities if isinstance(each, Mapping)]
            if isinstance(entities, list)
            else []
        )
        viewing = [each for each in seen if each.get("type") == _CHANNEL_SEEN]
        shown = _text(viewing[0], "value") if viewing else ""
        await handlers.opened_pane(Place(own.team, channel), Member(own.team, user), shown)


async def _take_edit(handlers: Handlers, body: Body, own: Installed) -> None:
    """Tell that a message was edited or deleted. One with replies leaves a stone, as a change."""
    event = _part(body, "event")
    before, now = _part(event, "previous_message"), _part(event, "message")
    ts = _text(event, "deleted_ts") or _text(now or before, "ts")
    place = Place(own.team, _text(event, "channel"), _text(before, "thread_ts"))
    if not is_ts(ts) or not place.channel or before.get("bot_id") or now.get("bot_id"):
        return
    is_fresh = order_of(ts)[0] > _whole(body.get("event_time")) - LATEST_SECONDS
    if event.get("subtype") == "message_deleted" or now.get("subtype") == "tombstone":
        await handlers.deleted(place, ts, is_fresh=is_fresh)
    elif _text(now, "text") != _text(before, "text"):  # else a link of it was unfurled
        text, at = (
            plain_words(_text(now, "text"), us=own.bot_user),
            _text(_part(now, "edited"), "ts"),
        )
        edit = Edit(place, ts, text, at if is_ts(at) else "")
        if is_fresh:
            was, asks = (_asked_again(body, each, own) for each in (before, now))
            edit = replace(edit, was=was, asks=asks and replace(asks, edited=edit.at))
        await handlers.changed(edit)


def _asked_again(body: Body, message: Body, own: Installed) -> Asked | None:
    """Return a message of an edit as the question that it would have come as."""
    event = _part(body, "event")
    channel = _text(event, "channel")
    kind = _text(event, "channel_type") or ("im" if channel.startswith("D") else "channel")
    said = {name: value for name, value in message.items() if name != "edited"}
    said |= {"type": "message", "channel": channel, "channel_type": kind}
    asked = asked_of({**body, "event": said})
    return _here(asked, own) if isinstance(asked, Asked) else None


def pressed_of(body: Body, own: Installed) -> Iterator[Pressed]:
    """Yield the presses that a `block_actions` or `view_submission` body holds.

    A form's `action` is its `callback_id`, its `value` its `private_metadata`.
    """
    user, view = _part(body, "user"), _part(body, "view")
    by = Member(_workspace_of(_text(user, "team_id"), own), _text(user, "id"))
    container, trigger = _part(body, "container"), _text(body, "trigger_id")
    channel = _text(container, "channel_id") or _text(_part(body, "channel"), "id")
    usual = Pressed(
        id=trigger or _text(view, "id"),
        place=Place(own.team, channel, _text(container, "thread_ts")),
        by=by,
        action=_text(view, "callback_id"),
        value=_text(view, "private_metadata"),
        message_ts=_text(container, "message_ts"),
        trigger_id=trigger,
        response_url=_text(body, "response_url"),
        is_ephemeral=container.get("is_ephemeral") is True,
        fields=_fields(_part(_part(view, "state") or _part(body, "state"), "values")),
    )
    if not usual.id or not by.user:
        return
    if body.get("type") == "view_submission":
        yield usual
        return
    listed = body.get("actions")
    for at, action in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(action, Mapping) and _text(action, "action_id") != OPEN:
            each = replace(usual, action=_text(action, "action_id"), value=_chosen(action))
            yield each if at == 0 else replace(each, id=f"{usual.id}:{at}")


def _fields(values: Body) -> Mapping[str, str]:
    return {
        f"{block}.{action}": _chosen(given)
        for block, filled in values.items()
        if isinstance(filled, Mapping)
        for action, given in filled.items()
        if isinstance(given, Mapping)
    }


def _chosen(given: Body) -> str:
    return _text(given, "value") or _text(_part(given, "selected_option"), "value")


def _part(body: Body, name: str) -> Body:
    value = body.get(name)
    return value if isinstance(value, Mapping) else {}


def _whole(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _text(body: Body, name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""
