"""Slack, if a bot token says so: signed in, connected and answered beside the web server.

Without one nothing that talks to Slack is imported. Whatever is wrong with Slack is told on
standard error, and the web server goes on.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from assistant.slack.channels import Configured, Workspace
from assistant.slack.configuration import read_slack
from assistant.slack.credentials import Credentials
from assistant.slack.handlers import ToSlack
from deploy.parts import Parts
from deploy.settings import Settings
from deploy.terminal import err
from retrieval.errors import BadRequest, RetrievalError

if TYPE_CHECKING:
    from assistant.slack.connecting import Connecting

_LIBRARIES: Final = ("assistant.slack.connecting", "deploy.slack_joined")
_NEEDED: Final = {
    "socket": ("app", "SLACK_APP_TOKEN", "an app-level token (xapp-...)"),
    "http": ("signing", "SLACK_SIGNING_SECRET", "a signing secret"),
}
_STARTING: Final = ToSlack(503, b"Not ready. Send it again.")


def slack_of(settings: Settings) -> Slack | None:
    """Return what answers in Slack; None where nothing is set of it.

    Raises:
        BadRequest: slack.yaml or a file that it names is not what was expected, or a token is
            missing.
    """
    if not is_set(settings):
        return None
    configured = configured_of(settings)
    return Slack(settings, configured, credentials_of(settings, configured))


def is_set(settings: Settings) -> bool:
    """Return whether anything is set of Slack: one secret alone is a mistake that is told."""
    secrets = (settings.slack_bot_token, settings.slack_app_token, settings.slack_signing_secret)
    return any(map(bool, secrets)) or settings.slack_file() is not None


def configured_of(settings: Settings) -> Configured:
    """Return what slack.yaml says, or what holds without one; raises `BadRequest`."""
    file = settings.slack_file()
    return read_slack(file) if file else Configured()


def credentials_of(settings: Settings, configured: Configured) -> list[Credentials]:
    """Return with what the app signs in: in each workspace that is named, or in the token's own.

    Raises:
        BadRequest: a token is missing, or a file with one cannot be read.
    """
    named: Iterable[Workspace] = configured.workspaces.values()
    found = []
    for each in named or (Workspace(""),):
        given = {
            "bot": _secret(each.tokens.bot) or settings.slack_bot_token.get_secret_value(),
            "app": _secret(each.tokens.app) or settings.slack_app_token.get_secret_value(),
            "signing": _secret(each.tokens.signing)
            or settings.slack_signing_secret.get_secret_value(),
        }
        _check(given, settings.slack_connection, each.team)
        found.append(Credentials(**given, team=each.team))
    return found


class Slack:
    """What answers in Slack while `run` runs. `received` takes what Slack sends by HTTP."""

    def __init__(
        self, settings: Settings, configured: Configured, credentials: list[Credentials]
    ) -> None:
        self._settings = settings
        self._configured = configured
        self._credentials = credentials
        self._connecting: Connecting | None = None

    @property
    def is_http(self) -> bool:
        """Return whether Slack comes by HTTP."""
        return self._settings.slack_connection == "http"

    async def received(self, raw: bytes, headers: Iterable[tuple[bytes, bytes]]) -> ToSlack:
        """Take a request in if Slack signed these bytes, and return what it is answered."""
        if self._connecting is None:
            return _STARTING
        return await self._connecting.received(raw, headers)

    async def run(self, parts: Parts) -> None:
        """Answer in Slack until cancelled. What goes wrong is told, and nothing raised."""
        try:
            await self._run(parts)
        except RetrievalError as error:
            _tell(f"Slack: {error} Nothing is answered there until this is started again.")
        except Exception as error:  # Slack's trouble is not the web server's
            _tell(f"Slack: stopped by a fault of ours ({type(error).__name__}). Start this again.")

    async def _run(self, parts: Parts) -> None:
        for name in _LIBRARIES:
            await asyncio.to_thread(importlib.import_module, name)
        from assistant.slack.connecting import Connecting
        from deploy.slack_joined import joined

        connecting = Connecting(
            self._credentials, _tell, is_http=self.is_http, api=self._settings.slack_api
        )
        try:
            await connecting.sign_in()
            if not connecting.teams:
                _tell("Slack: no workspace could be signed in to, so nothing is answered there.")
                return
            async with joined(parts, self._configured, connecting.web) as handling:
                self._connecting = connecting
                await connecting.run(handling)
        finally:
            self._connecting = None
            await connecting.close()


def _secret(path: Path | None) -> str:
    """Return what stands in a file, "" if there is none; raises `BadRequest`."""
    if path is None:
        return ""
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "no text"
        raise BadRequest(f"Expected a token alone in {path}, got: {why}.") from None
    if not text or len(text.split()) != 1 or not text.isascii():
        raise BadRequest(f"Expected a token alone in {path}, got none or more than one.")
    return text


def _check(given: dict[str, str], connection: str, team: str) -> None:
    of = f" of {team}" if team else ""
    if not given["bot"]:
        raise BadRequest(
            f"Expected a bot token{of}, xoxb-..., in SLACK_BOT_TOKEN or in a file that slack.yaml "
            "names, got none. deploy/slack/README.md says where it is found."
        )
    name, variable, what = _NEEDED[connection]
    if not given[name]:
        raise BadRequest(
            f"Expected {what}{of} in {variable} because SLACK_CONNECTION is {connection}, got "
            "none. deploy/slack/README.md says where it is found."
        )


def _tell(text: str) -> None:
    err.print(text, markup=False, soft_wrap=True)
