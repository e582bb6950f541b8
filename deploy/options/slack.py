"""Settings of Slack: with what the app signs in there, and how it comes here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from deploy.options.group import Address, Group

_BEGINS = {"slack_bot_token": "xoxb-", "slack_app_token": "xapp-"}


class Slack(Group):
    """Where questions from Slack come in. `deploy/slack/README.md` goes through it."""

    slack_bot_token: SecretStr = Field(
        SecretStr(""),
        description="Bot token of the Slack app, xoxb-... Without one, here or in SLACK_RULES, "
        "Slack is left alone. `deploy/slack/README.md` says how to make the app.",
    )
    slack_app_token: SecretStr = Field(
        SecretStr(""),
        description="App-level token of the Slack app with connections:write, xapp-..., for "
        "SLACK_CONNECTION=socket.",
    )
    slack_signing_secret: SecretStr = Field(
        SecretStr(""), description="Signing secret of the Slack app, for SLACK_CONNECTION=http."
    )
    slack_connection: Literal["socket", "http"] = Field(
        "socket",
        description="How Slack comes here: socket, over a connection that this server opens, or "
        "http, to PINCITE_URL/slack/events, which Slack must be able to reach.",
    )
    slack_rules: Path | None = Field(
        None,
        description="File with who of Slack is who here, and what is answered where. Default: "
        "slack.yaml in PINCITE_HOME, if there is one.",
    )
    slack_streams: bool = Field(
        True, description="Whether answers grow while they are written, by Slack's own streaming."
    )
    slack_prompts: tuple[str, ...] = Field(
        (),
        max_length=4,
        description="Questions that the assistant pane in Slack offers, at most four, as a JSON "
        'list such as ["How long is the notice?"].',
    )
    slack_api: Address = Field(
        "https://slack.com/api",
        description="Address of Slack's Web API; GovSlack's is https://slack-gov.com/api.",
    )

    @field_validator("slack_bot_token", "slack_app_token", "slack_signing_secret")
    @classmethod
    def _is_as_slack_shows_it(cls, secret: SecretStr) -> SecretStr:
        text = secret.get_secret_value()
        if not (text.isascii() and text.isprintable()) or " " in text:
            raise ValueError("a token or secret as Slack shows it, without a space")
        return secret

    @field_validator("slack_prompts", mode="before")
    @classmethod
    def _from_a_list(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value or "[]")
        except ValueError:
            raise ValueError('a JSON list such as ["How long is the notice?"]') from None

    @model_validator(mode="after")
    def _is_fitting(self) -> Self:
        for name, begins in _BEGINS.items():
            text = getattr(self, name).get_secret_value()
            if text and not text.startswith(begins):
                raise ValueError(
                    f"{name.upper()}: expected a token that begins with {begins}, got another. "
                    "The page of the app at api.slack.com/apps shows which is which."
                )
        return self
