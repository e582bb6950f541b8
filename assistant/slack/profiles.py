"""What Slack tells of users, channels and messages, as far as anything here depends on it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class UserInfo:
    """A user as `users.info` tells; `email` is "" where it is not told.

    `team` is where the account lives, which for `is_stranger` is another company's. `is_guest` is
    a guest of one channel or of several.
    """

    user: str
    team: str
    name: str = ""
    email: str = field(default="", repr=False)
    is_email_confirmed: bool = False
    is_bot: bool = False
    is_deleted: bool = False
    is_guest: bool = False
    is_stranger: bool = False
    locale: str = ""


@dataclass(frozen=True, slots=True)
class ChannelInfo:
    """A conversation as `conversations.info` tells.

    `is_external` says that people of other companies are in it or are invited to it, `is_shared`
    that more than one workspace is. `user` is the other side of a direct message.
    """

    channel: str
    name: str = ""
    is_private: bool = False
    is_direct: bool = False
    is_group_direct: bool = False
    is_archived: bool = False
    is_shared: bool = False
    is_external: bool = False
    is_member: bool = False
    user: str = ""


@dataclass(frozen=True, slots=True)
class Posted:
    """A message in a thread. `mark` is the id of the answer that we posted it for, or "".

    `is_own` says that this app wrote it.
    """

    ts: str
    thread: str
    user: str
    is_own: bool = False
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Installed:
    """The app as it is installed in a workspace, as `auth.test` tells.

    `scopes` are those of its token, `clock_apart_seconds` how far Slack's clock is ahead of ours.
    `enterprise` is the organisation that the workspace is of, "" if none; where the app
    `is_org_wide`, one token is for every workspace of it, and `team` may be the organisation.
    """

    team: str
    name: str
    bot_user: str
    bot_id: str
    enterprise: str = ""
    is_org_wide: bool = False
    scopes: frozenset[str] = frozenset()
    clock_apart_seconds: float = 0.0
