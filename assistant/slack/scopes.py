"""What the app may do in a workspace, and why: the least that what is called and heard needs.

`deploy/slack/manifest.yaml` asks for exactly these; a test compares them with what Slack documents
for each method that is called and each event that is heard.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

SCOPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "app_mentions:read": "hear when it is named in a channel",
        "assistant:write": "offer questions in the assistant pane and name its threads",
        "channels:history": "hear follow-ups in threads of public channels, find its own messages",
        "channels:read": "see who is in a public channel, because all of them will read along",
        "chat:write": "post answers where it was invited, change and delete its own messages",
        "commands": "be asked by the slash command and by the shortcut on a message",
        "groups:history": "the same as channels:history in private channels it was invited to",
        "groups:read": "the same as channels:read in private channels it was invited to",
        "im:history": "hear questions in direct messages with it",
        "im:write": "tell somebody alone what is not for a channel",
        "mpim:history": "the same as channels:history in group messages that it was added to",
        "mpim:read": "the same as channels:read in group messages that it was added to",
        "users:read": "see who is a guest, a bot or gone, and hear when that changes",
        "users:read.email": "know who somebody is here, by an address that Slack has confirmed",
    }
)


def missing(scopes: Iterable[str]) -> list[str]:
    """Return what is needed and not among these, sorted."""
    return sorted(SCOPES.keys() - set(scopes))


def needless(scopes: Iterable[str]) -> list[str]:
    """Return what is among these and not needed, sorted."""
    return sorted(set(scopes) - SCOPES.keys())
