"""The manifest asks for exactly what is needed: no scope too many, none too few."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.slack import taking
from assistant.slack.event import Surface
from assistant.slack.scopes import SCOPES, missing, needless
from assistant.slack.web import METHODS
from tests.slack.fake import SCOPES as FAKES
from tests.slack.fake.methods import METHODS as SLACKS

MANIFEST = Path("deploy/slack/manifest.yaml")

HEARD = {
    "app_home_opened": set(),
    "app_mention": {"app_mentions:read"},
    "app_uninstalled": set(),
    "channel_archive": {"channels:read"},
    "channel_shared": {"channels:read", "groups:read"},
    "channel_unarchive": {"channels:read"},
    "channel_unshared": {"channels:read", "groups:read"},
    "group_archive": {"groups:read"},
    "group_unarchive": {"groups:read"},
    "member_joined_channel": {"channels:read", "groups:read"},
    "member_left_channel": {"channels:read", "groups:read"},
    "message.channels": {"channels:history"},
    "message.groups": {"groups:history"},
    "message.im": {"im:history"},
    "message.mpim": {"mpim:history"},
    "team_join": {"users:read"},
    "tokens_revoked": set(),
    "user_change": {"users:read"},
}
"""What https://docs.slack.dev/reference/events says of each event that is heard."""

KINDS = {
    "read": {"channels", "groups", "mpim"},
    "history": {"channels", "groups", "im", "mpim"},
}
"""Where it is looked who reads along, and where threads are read."""


@pytest.fixture
def manifest() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    return found


def needed() -> set[str]:
    scopes = {"commands", "users:read.email"}  # the slash command; the address in users.info
    for name in METHODS:
        method = SLACKS[name]
        scopes |= set(method.scopes)
        if method.by_kind:
            scopes |= {f"{kind}:{method.by_kind}" for kind in KINDS[method.by_kind]}
    return scopes.union(*HEARD.values())


def test_the_scopes_are_exactly_those_that_are_needed(manifest: dict[str, Any]) -> None:
    asked = manifest["oauth_config"]["scopes"]["bot"]

    assert set(asked) == needed() == set(SCOPES) == set(FAKES)
    assert asked == sorted(asked)
    assert "user" not in manifest["oauth_config"]["scopes"]
    assert (missing(asked), needless(asked)) == ([], [])


def test_each_scope_is_explained() -> None:
    lines = MANIFEST.read_text(encoding="utf-8").splitlines()
    for scope in SCOPES:
        [line] = [each for each in lines if re.match(rf"\s*- {re.escape(scope)}\s", each)]
        assert len(line.partition("#")[2].split()) >= 4, line


def test_the_events_are_exactly_those_that_are_handled(manifest: dict[str, Any]) -> None:
    events = set(manifest["settings"]["event_subscriptions"]["bot_events"])
    source = Path(taking.__file__).read_text(encoding="utf-8")
    messages = {each for each in events if each.startswith("message.")}

    assert events == set(HEARD)
    assert not taking._MEMBERSHIP - events
    for each in events - messages - {"app_mention"}:
        assert f'"{each}"' in source, each


def test_every_way_of_asking_is_in_it(manifest: dict[str, Any]) -> None:
    features, settings = manifest["features"], manifest["settings"]

    assert [each["command"] for each in features["slash_commands"]] == ["/pincite"]
    assert [each["type"] for each in features["shortcuts"]] == ["message"]
    assert features["app_home"]["messages_tab_enabled"]
    assert not features["app_home"]["messages_tab_read_only_enabled"]
    assert "agent_description" in features["agent_view"]
    assert settings["interactivity"]["is_enabled"]
    assert settings["socket_mode_enabled"]
    assert len(Surface) == 7


def test_by_http_everything_goes_to_one_place() -> None:
    urls = re.findall(r"#\s*(?:request_)?url: (\S+)", MANIFEST.read_text(encoding="utf-8"))

    assert urls == ["https://pincite.example.org/slack/events"] * 3
