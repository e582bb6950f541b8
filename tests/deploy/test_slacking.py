"""Slack's settings, and what the doctor says of them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from assistant.slack.errors import SlackFailed
from deploy.settings import Settings, SettingsError, read_settings
from deploy.slack_examined import examine_slack
from deploy.slacking import configured_of, credentials_of, slack_of
from retrieval.errors import BadRequest
from tests.slack.fake import FakeSlack

RULES = "workspaces:\n  T0123ABCD:\n    domains:\n      example.com: name\n"


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        fake.team("T0123ABCD")
        yield fake


def settings_of(home: Path, slack: FakeSlack | None = None, **more: Any) -> Settings:
    given: dict[str, Any] = {"pincite_home": home, "pincite_url": "https://pincite.firm.example"}
    if slack is not None:
        given |= {
            "slack_bot_token": SecretStr(slack.team("T0123ABCD").bot_token),
            "slack_app_token": SecretStr(slack.app_token),
            "slack_signing_secret": SecretStr(slack.signing_secret),
            "slack_api": slack.url.rstrip("/"),
        }
    return Settings(**(given | more))


@pytest.mark.slow
def test_without_settings_of_slack_nothing_that_talks_to_it_is_imported() -> None:
    program = (
        "import sys, pincite, deploy.serving, deploy.doctor, assistant.http.app\n"
        "from deploy.settings import Settings\n"
        "from deploy.slacking import slack_of\n"
        "assert slack_of(Settings()) is None\n"
        "told = [name for name in sys.modules if name.partition('.')[0] in "
        "('slack_bolt', 'slack_sdk', 'aiohttp')]\n"
        "assert told == [], told"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("SLACK_BOT_TOKEN", "xoxp-1-canary", "begins with xoxb-"),
        ("SLACK_APP_TOKEN", "xoxb-1-canary", "begins with xapp-"),
        ("SLACK_SIGNING_SECRET", "a b-canary", "without a space"),
        ("SLACK_CONNECTION", "pigeon", "'socket' or 'http'"),
        ("SLACK_API", "slack.com", "http://"),
        ("SLACK_PROMPTS", "How long?", "JSON list"),
        ("SLACK_PROMPTS", '["1", "2", "3", "4", "5"]', "4"),
    ],
)
def test_a_wrong_setting_is_named_and_never_repeated(
    tmp_path: Path, name: str, value: str, told: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings({"PINCITE_HOME": str(tmp_path), name: value})

    assert name in str(caught.value)
    assert told in str(caught.value)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"slack_app_token": SecretStr("")}, "SLACK_APP_TOKEN"),
        ({"slack_signing_secret": SecretStr(""), "slack_connection": "http"}, "SLACK_SIGNING"),
        ({"slack_bot_token": SecretStr("")}, "SLACK_BOT_TOKEN"),
        ({"slack_bot_token": SecretStr(""), "slack_rules": "slack.yaml"}, "SLACK_BOT_TOKEN"),
    ],
)
async def test_a_missing_token_is_named_before_anything_starts(
    slack: FakeSlack, tmp_path: Path, more: dict[str, Any], told: str
) -> None:
    if "slack_rules" in more:
        more["slack_rules"] = tmp_path / "slack.yaml"
        more["slack_rules"].write_text(RULES)

    with pytest.raises(BadRequest, match=told):
        slack_of(settings_of(tmp_path, slack, **more))


def test_each_workspace_has_its_own_token_from_a_file(tmp_path: Path, slack: FakeSlack) -> None:
    (tmp_path / "slack.yaml").write_text(
        "workspaces:\n  T0123ABCD:\n    tokens: {bot: north}\n"
        "  T0456EFGH:\n    tokens: {bot: south}\n"
    )
    (tmp_path / "north").write_text("xoxb-north\n")
    (tmp_path / "south").write_text("xoxb-south\n")
    settings = settings_of(tmp_path, slack, slack_bot_token=SecretStr(""))

    found = credentials_of(settings, configured_of(settings))

    assert [(each.team, each.bot) for each in found] == [
        ("T0123ABCD", "xoxb-north"),
        ("T0456EFGH", "xoxb-south"),
    ]
    assert "north" not in repr(found)
    (tmp_path / "south").unlink()
    with pytest.raises(BadRequest, match="south"):
        credentials_of(settings, configured_of(settings))
    (tmp_path / "south").write_text("two words-of-a-secret")
    with pytest.raises(BadRequest) as caught:
        credentials_of(settings, configured_of(settings))
    assert "of-a-secret" not in str(caught.value)


async def test_the_doctor_says_that_all_is_well(tmp_path: Path, slack: FakeSlack) -> None:
    (tmp_path / "slack.yaml").write_text(RULES)

    told = await examine_slack(settings_of(tmp_path, slack))

    assert "Firm (T0123ABCD): every scope is there" in told
    assert "the app-level token connects" in told
    assert not told.startswith("Note")
    assert await examine_slack(settings_of(tmp_path / "none")) == "none: nobody asks there"
    by_http = await examine_slack(settings_of(tmp_path, slack, slack_connection="http"))
    assert "signing secret" in by_http


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda slack: slack.team("T0123ABCD").scopes.discard("im:write"), "im:write"),
        (lambda slack: setattr(slack.team("T0123ABCD"), "is_revoked", True), "account_inactive"),
        (lambda slack: setattr(slack, "app_token", "xapp-new"), "App-Level Tokens"),
        (lambda slack: slack.advance(400), "Set the clock"),
        (lambda slack: slack.advance(-400), "Set the clock"),
    ],
)
async def test_the_doctor_says_what_is_wrong(
    tmp_path: Path, slack: FakeSlack, change: Callable[[FakeSlack], None], told: str
) -> None:
    settings = settings_of(tmp_path, slack)
    change(slack)

    with pytest.raises((BadRequest, SlackFailed), match=told):
        await examine_slack(settings)


async def test_the_doctor_notes_what_could_be_better(tmp_path: Path, slack: FakeSlack) -> None:
    slack.team("T0123ABCD").scopes.add("channels:manage")

    told = await examine_slack(settings_of(tmp_path, slack, pincite_url=""))

    assert told.startswith("Note: ")
    assert "footnotes lead to http://127.0.0.1:8080: set PINCITE_URL" in told
    assert "more scopes than are needed (channels:manage)" in told
    assert "nobody of T0123ABCD is known here" in told


async def test_a_token_of_another_workspace_is_wrong(tmp_path: Path, slack: FakeSlack) -> None:
    (tmp_path / "slack.yaml").write_text(RULES.replace("T0123ABCD", "T0999ABCD"))

    with pytest.raises(BadRequest, match="Expected a bot token of T0999ABCD, got one of T0123ABCD"):
        await examine_slack(settings_of(tmp_path, slack))
