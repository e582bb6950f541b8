"""Socket Mode: one connection that Slack sends everything over, opened anew whenever it is lost.

https://docs.slack.dev/apis/events-api/using-socket-mode. Slack asks for a new connection every few
hours. The library does that, and this looks after the library: a connection that does not come
back by itself is thrown away with everything around it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import aiohttp
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from assistant.slack.bolt import Entrance
from assistant.slack.errors import SlackFailed, SlackUnreachable
from assistant.slack.quiet import SILENT

log = logging.getLogger("pincite.slack")

_PING_SECONDS: Final = 10.0
_LOOK_SECONDS: Final = 1.0
_LOST_SECONDS: Final = 30.0
_LONGEST_PAUSE_SECONDS: Final = 60.0
_METHOD: Final = "apps.connections.open"
_REMEDY: Final = (
    "Take the app-level token anew, with the scope connections:write: Basic Information, "
    "App-Level Tokens."
)


class Socket:
    """Keeps an app connected while `run` runs.

    `told` learns when the connection comes and goes.
    """

    def __init__(
        self,
        entrance: Entrance,
        app_token: str,
        *,
        told: Callable[[bool], None] = lambda _: None,
        ping_seconds: float = _PING_SECONDS,
        lost_seconds: float = _LOST_SECONDS,
    ) -> None:
        self._entrance = entrance
        self._token = app_token
        self._told = told
        self._ping = ping_seconds
        self._lost = lost_seconds
        self.is_connected = False

    async def run(self) -> None:
        """Stay connected until cancelled.

        Raises:
            SlackFailed: Slack does not take the app's token: nothing is to be waited for.
        """
        pause = 1.0
        while True:
            try:
                if await self._once():
                    pause = 1.0
            except SlackUnreachable as unreachable:
                log.warning("Slack: not connected: %s", unreachable.code)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    async def _once(self) -> bool:
        """Connect and watch until it is lost for good; return whether it was ever there."""
        handler = AsyncSocketModeHandler(
            self._entrance.app, self._token, logger=SILENT, ping_interval=self._ping
        )
        client = handler.client
        try:
            client.wss_uri = await new_address(self._entrance.app.client, self._token)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._lost):
                    await client.connect()  # type: ignore[no-untyped-call]
            return await self._watch(handler)
        finally:
            self._note(False)
            with suppress(aiohttp.ClientError, OSError):
                await handler.close_async()  # type: ignore[no-untyped-call]

    async def _watch(self, handler: AsyncSocketModeHandler) -> bool:
        loop, was_there = asyncio.get_running_loop(), False
        seen = loop.time()
        while loop.time() - seen < self._lost:
            is_connected = await handler.client.is_connected()
            self._note(is_connected)
            if is_connected:
                seen, was_there = loop.time(), True
            await asyncio.sleep(_LOOK_SECONDS)
        return was_there

    def _note(self, is_connected: bool) -> None:
        if is_connected is not self.is_connected:
            self.is_connected = is_connected
            log.info("Slack: %s", "connected" if is_connected else "not connected")
            self._told(is_connected)


async def new_address(client: AsyncWebClient, app_token: str) -> str:
    """Return an address for one connection.

    Raises:
        SlackFailed: Slack does not take the token.
        SlackUnreachable: no answer came, or Slack lets nobody in now.
    """
    try:
        return str((await client.apps_connections_open(app_token=app_token))["url"])
    except SlackApiError as error:
        data = error.response.data
        code = str(data.get("error") or "") if isinstance(data, dict) else ""
        if code in ("", "ratelimited", "internal_error") or error.response.status_code >= 500:
            raise SlackUnreachable(_METHOD, code or "no answer") from None
        raise SlackFailed(_METHOD, code, _REMEDY) from None
    except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        raise SlackUnreachable(_METHOD, type(error).__name__) from None


async def check_app_token(app_token: str, api: str) -> None:
    """Find out whether a connection could be opened; raises what `new_address` does."""
    client = AsyncWebClient(base_url=api, logger=SILENT, retry_handlers=[])
    await new_address(client, app_token)
