"""Every workspace in which the app is installed: signed in at the start, connected from then on.

READ FIRST: `Connecting.sign_in`, then `Connecting.run`. A token that Slack does not take is told,
and the others go on; while Slack cannot be reached, it is tried again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final

from assistant.slack.bolt import REFUSED, Entrance
from assistant.slack.bolt_socket import Socket
from assistant.slack.credentials import Credentials
from assistant.slack.errors import SlackBusy, SlackFailed, SlackUnreachable
from assistant.slack.handlers import Handlers, ToSlack
from assistant.slack.pace import Pace
from assistant.slack.profiles import Installed
from assistant.slack.scopes import missing
from assistant.slack.web import API, Web

CLOCK_APART_SECONDS: Final = 120
_LONGEST_PAUSE_SECONDS: Final = 60.0
_NOT_READY: Final = ToSlack(503, b"Not ready. Send it again.")

Tell = Callable[[str], None]


class Connecting:
    """The workspaces, and how requests come from them. Close it in the end."""

    def __init__(
        self,
        credentials: Sequence[Credentials],
        tell: Tell,
        *,
        is_http: bool = False,
        api: str = API,
        pace: Callable[[], Pace] = Pace,
        ping_seconds: float = 10.0,
    ) -> None:
        self._credentials = credentials
        self._tell = tell
        self._is_http = is_http
        self._api = api
        self._pace = pace
        self._ping = ping_seconds
        self._webs: dict[str, Web] = {}
        self._installed: dict[tuple[str, str], dict[str, Installed]] = {}
        self._entrances: list[Entrance] | None = None
        self._greeted: set[str] = set()
        self.is_connected = False

    @property
    def teams(self) -> list[str]:
        """Return the workspaces that are signed in."""
        return list(self._webs)

    def web(self, team: str) -> Web:
        """Return a workspace; one that is not signed in is `SlackFailed`."""
        if team not in self._webs:
            raise SlackFailed("auth.test", "not_installed", f"Add a bot token of {team}.")
        return self._webs[team]

    async def close(self) -> None:
        """Close every connection."""
        for web in self._webs.values():
            await web.close()

    async def sign_in(self) -> None:
        """Find out as what each token is installed, however long Slack is away."""
        await asyncio.gather(*(self._sign_in(each) for each in self._credentials))

    async def run(self, handlers: Handlers) -> None:
        """Take in what comes until cancelled, or until no app can be connected any more."""
        entrances = {
            app: Entrance(known, handlers, api=self._api, secret=app[1])
            for app, known in self._installed.items()
        }
        if self._is_http:
            self._entrances = list(entrances.values())
            self.is_connected = True
            await asyncio.Event().wait()
        await asyncio.gather(*(self._connect(app[0], one) for app, one in entrances.items()))

    async def received(self, raw: bytes, headers: Iterable[tuple[bytes, bytes]]) -> ToSlack:
        """Hand a request to the app that Slack signed it for; until all is ready it comes again."""
        if self._entrances is None:
            return _NOT_READY
        listed = list(headers)
        for entrance in self._entrances:
            if entrance.is_for(raw, listed):
                return await entrance.received(raw, listed)
        return REFUSED

    async def _sign_in(self, credentials: Credentials) -> None:
        web = Web(credentials.bot, api=self._api, pace=self._pace())
        try:
            own = await self._installed_as(web)
        except SlackFailed as failed:
            await web.close()
            self._tell(f"{_named(credentials)}: {failed} It is left alone; the rest goes on.")
            return
        if why := self._why_not(credentials, own):
            await web.close()
            self._tell(f"Slack: {why} It is left alone; the rest goes on.")
            return
        self._webs[own.team] = web
        app = credentials.app, credentials.signing
        self._installed.setdefault(app, {})[own.team] = own
        for note in notes_on(own):
            self._tell(f"Slack workspace {own.team}: {note}")

    async def _installed_as(self, web: Web) -> Installed:
        pause = 1.0
        while True:
            try:
                return await web.installed()
            except (SlackBusy, SlackUnreachable) as failed:
                if pause == 1.0:
                    self._tell(f"Slack cannot be reached ({failed.code}). It is tried again.")
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    def _why_not(self, credentials: Credentials, own: Installed) -> str:
        if why := why_not(credentials, own):
            return why
        if own.team in self._webs:
            return f"Expected one bot token of {own.team}, got another of the same workspace."
        return ""

    async def _connect(self, app_token: str, entrance: Entrance) -> None:
        told = partial(self._note, app_token)
        socket = Socket(entrance, app_token, told=told, ping_seconds=self._ping)
        try:
            await socket.run()
        except SlackFailed as failed:
            self._tell(f"Slack: {failed} Nothing comes from there until this is started again.")

    def _note(self, app_token: str, is_connected: bool) -> None:
        self.is_connected = is_connected
        if is_connected and app_token not in self._greeted:
            self._greeted.add(app_token)
            self._greet(f for app, f in self._installed.items() if app[0] == app_token)

    def _greet(self, installed: Iterable[dict[str, Installed]]) -> None:
        """Tell once that all is well: nothing else shows it before somebody asks."""
        names = [f"{own.name} ({own.team})" for each in installed for own in each.values()]
        self._tell(f"Slack: connected to {', '.join(sorted(names))}.")


def why_not(credentials: Credentials, own: Installed) -> str:
    """Return why nothing is answered as what the app is installed with this token, "" if it is."""
    if own.is_org_wide or not own.team.startswith("T"):
        return (
            f"Expected a bot token of one workspace, got one of a whole organisation "
            f"({own.enterprise or own.team or 'not named'}). With that, nobody can tell for sure "
            "of which workspace a question is, and so who reads the answer. Leave "
            "org_deploy_enabled off, install the app in each workspace by itself, and name the "
            "token of each in slack.yaml."
        )
    if credentials.team not in ("", own.team):
        return (
            f"Expected a bot token of {credentials.team}, got one of {own.team} ({own.name}). If "
            f"that is the workspace that is meant, write {own.team} in slack.yaml; if not, take "
            f"the token of {credentials.team} from the app's page, Install App."
        )
    return ""


def notes_on(own: Installed) -> list[str]:
    """Return what is not as it should be about how the app is installed."""
    notes = []
    if lacking := missing(own.scopes):
        notes.append(
            f"Expected every scope of the manifest, got all but {', '.join(lacking)}. Add them on "
            "the app's page, OAuth & Permissions, and install the app again."
        )
    if abs(own.clock_apart_seconds) > CLOCK_APART_SECONDS:
        notes.append(
            f"Expected the same time here and at Slack, got {own.clock_apart_seconds:+.0f} seconds "
            "there. Set the clock: at 300 seconds apart no request of Slack's counts."
        )
    return notes


def _named(credentials: Credentials) -> str:
    return f"Slack workspace {credentials.team}" if credentials.team else "Slack"
