"""Slack's objects, read: users, conversations and messages. What is missing is the careful case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assistant.slack.profiles import ChannelInfo, Installed, Posted, UserInfo


def user_info(user: Mapping[str, Any], own: Installed) -> UserInfo:
    """Return what `users.info` tells: https://docs.slack.dev/reference/objects/user-object.

    Somebody of another workspace is a stranger unless it belongs to the same organisation. Of that,
    whoever is a member of this workspace is of it, wherever their account was made.
    """
    profile = user.get("profile") or {}
    team = str(user.get("team_id") or "")
    enterprise = user.get("enterprise_user") or {}
    is_colleague = bool(own.enterprise) and enterprise.get("enterprise_id") == own.enterprise
    if is_colleague and own.team in (enterprise.get("teams") or ()):
        team = own.team
    is_ours = team == own.team or is_colleague
    return UserInfo(
        user=str(user["id"]),
        team=team,
        name=str(profile.get("real_name") or user.get("real_name") or ""),
        email=str(profile.get("email") or ""),
        is_email_confirmed=user.get("is_email_confirmed") is True,
        is_bot=bool(user.get("is_bot") or user.get("is_workflow_bot")),
        is_deleted=bool(user.get("deleted")),
        is_guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
        is_stranger=bool(user.get("is_stranger")) or not is_ours,
        locale=str(user.get("locale") or ""),
    )


def channel_info(channel: Mapping[str, Any]) -> ChannelInfo:
    """Return what `conversations.info` tells.

    https://docs.slack.dev/reference/objects/conversation-object
    """
    pending = channel.get("pending_connected_team_ids") or channel.get("pending_shared")
    is_direct, is_group = bool(channel.get("is_im")), bool(channel.get("is_mpim"))
    is_private = is_direct or is_group or channel.get("is_private") is not False
    is_member = channel.get(
        "is_member"
    )  # what is private and ours not to see is not told of at all
    return ChannelInfo(
        channel=str(channel["id"]),
        name=str(channel.get("name") or ""),
        is_private=is_private,
        is_direct=is_direct,
        is_group_direct=is_group,
        is_archived=bool(channel.get("is_archived") or channel.get("is_frozen")),
        is_shared=bool(channel.get("is_shared") or channel.get("is_org_shared")),
        is_external=bool(
            channel.get("is_ext_shared") or channel.get("is_pending_ext_shared") or pending
        ),
        is_member=is_direct or is_member is True or (is_private and is_member is None),
        user=str(channel.get("user") or ""),
    )


def posted(message: Mapping[str, Any], own: Installed, event_type: str) -> Posted:
    """Return a message of a thread; a mark counts on our own messages alone."""
    is_own = bool(own.bot_id) and message.get("bot_id") == own.bot_id
    metadata = message.get("metadata") or {}
    payload = metadata.get("event_payload") or {}
    is_marked = is_own and metadata.get("event_type") == event_type
    return Posted(
        ts=str(message["ts"]),
        thread=str(message.get("thread_ts") or ""),
        user=str(message.get("user") or ""),
        is_own=is_own,
        mark=str(payload.get("id") or "") if is_marked else "",
    )
