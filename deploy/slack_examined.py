"""`pincite doctor` on Slack: tokens, scopes and clock, asked of Slack itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assistant.slack.channels import Configured
from assistant.slack.credentials import Credentials
from assistant.slack.scopes import needless
from deploy.settings import Settings
from deploy.slacking import configured_of, credentials_of, is_set
from retrieval.errors import BadRequest

if TYPE_CHECKING:
    from assistant.slack.profiles import Installed

_PATIENCE_SECONDS: Final = 15.0


async def examine_slack(settings: Settings) -> str:
    """Return how the app is installed in each workspace, for the doctor.

    Raises:
        BadRequest: slack.yaml, a token, a scope or the clock is not as it has to be.
        SlackFailed: Slack does not take a token, or cannot be reached.
    """
    if not is_set(settings):
        return "none: nobody asks there"
    configured = configured_of(settings)
    found = [
        await _examine(settings, configured, each) for each in credentials_of(settings, configured)
    ]
    notes = [note for _, listed in found for note in listed]
    if not settings.pincite_url:
        notes.append(f"footnotes lead to {settings.address()}: set PINCITE_URL to what people use")
    told = "; ".join([text for text, _ in found] + notes)
    return f"Note: {told}" if notes else told


async def _examine(
    settings: Settings, configured: Configured, credentials: Credentials
) -> tuple[str, list[str]]:
    """Return what was found of one workspace, and what is to be noted of it."""
    from assistant.slack.bolt_socket import check_app_token
    from assistant.slack.connecting import notes_on, why_not
    from assistant.slack.pace import Pace
    from assistant.slack.web import Web

    web = Web(
        credentials.bot, api=settings.slack_api, pace=Pace(patience_seconds=_PATIENCE_SECONDS)
    )
    try:
        own = await web.installed()
    finally:
        await web.close()
    if why := why_not(credentials, own):
        raise BadRequest(why)
    if wrong := notes_on(own):
        raise BadRequest(" ".join(wrong))
    way = "the signing secret counts when Slack first comes"
    if settings.slack_connection == "socket":
        await check_app_token(credentials.app, settings.slack_api)
        way = "the app-level token connects"
    apart = f"{own.clock_apart_seconds:+.0f} s apart"
    told = f"{own.name} ({own.team}): every scope is there, clocks {apart}, {way}"
    return told, _notes(configured, own)


def _notes(configured: Configured, own: Installed) -> list[str]:
    notes = []
    if many := needless(own.scopes):
        notes.append(f"more scopes than are needed ({', '.join(many)}): leave them out")
    known = configured.workspace(own.team)
    if not known.domains and not known.people:
        notes.append(f"nobody of {own.team} is known here: name a domain or people in slack.yaml")
    return notes
