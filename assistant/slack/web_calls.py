"""Calling Slack's Web API: its limits waited for, its refusals told, nothing of it logged."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from assistant.slack.errors import SlackFailed, SlackUnreachable
from assistant.slack.pace import Pace
from assistant.slack.posting import Check
from assistant.slack.quiet import SILENT

_PAGE: Final = 200
_TIMEOUT_SECONDS: Final = 30
_REST_SECONDS: Final = (1.0, 2.0, 4.0)
_ONCE: Final = frozenset(
    {
        "chat.appendStream",
        "chat.postEphemeral",
        "chat.postMessage",
        "chat.startStream",
        "views.open",
    }
)
"""Methods that do it again when they are called again."""

_READS: Final = frozenset(
    {
        "chat.getPermalink",
        "conversations.info",
        "conversations.members",
        "conversations.replies",
        "users.info",
        "users.lookupByEmail",
    }
)
"""Methods that take no JSON."""

_LIMITED: Final = frozenset({"ratelimited", "rate_limited"})
_UNSURE: Final = frozenset(
    {"fatal_error", "internal_error", "request_timeout", "service_unavailable"}
)
_WRONG_TOKEN: Final = frozenset(
    {
        "account_inactive",
        "invalid_auth",
        "not_allowed_token_type",
        "not_authed",
        "token_expired",
        "token_revoked",
    }
)


class Calls:
    """Calls methods with one token. Close it in the end."""

    def __init__(self, token: str, api: str, pace: Pace | None = None) -> None:
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT_SECONDS)
        self.session = aiohttp.ClientSession(timeout=timeout, trust_env=True)
        self._client = AsyncWebClient(
            token, base_url=api, session=self.session, logger=SILENT, retry_handlers=[]
        )
        self._client.proxy = None  # the session knows of proxies, and of what goes around them
        self._pace = pace or Pace()

    async def close(self) -> None:
        """Close the connections."""
        await self.session.close()

    async def pages(
        self, method: str, about: Mapping[str, Any]
    ) -> AsyncIterator[Mapping[str, Any]]:
        """Yield the pages of a list."""
        cursor = ""
        while True:
            more = {"cursor": cursor} if cursor else {}
            page = await self.do(method, {**about, "limit": _PAGE, **more})
            yield page
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return

    async def do(
        self, method: str, arguments: Mapping[str, Any], check: Check | None = None
    ) -> Mapping[str, Any]:
        """Return what Slack answers; raises what `call` does."""
        told, _ = await self.call(method, arguments, check)
        return told

    async def call(
        self, method: str, arguments: Mapping[str, Any], check: Check | None = None
    ) -> tuple[Mapping[str, Any], Mapping[str, str]]:
        """Return what Slack answers, and its headers in small letters.

        `check` is done each time after all waiting, which may take minutes, and what it raises is
        raised.

        Raises:
            SlackFailed: Slack refused.
            SlackBusy: Slack's limits hold for longer than anybody waits.
            SlackUnreachable: no answer came, so it may have been done.
        """
        channel, since, tried = str(arguments.get("channel", "")), self._pace.now(), 0
        while True:
            await self._pace.turn(method, channel, since)
            if check is not None:
                await check()
            try:
                return await self._send(method, arguments)
            except _Limited as limited:
                self._pace.hold(method, channel, limited.seconds)
            except SlackUnreachable:
                if method in _ONCE or tried == len(_REST_SECONDS):
                    raise
                await self._pace.rest(method, _REST_SECONDS[tried], since)
                tried += 1

    async def _send(
        self, method: str, arguments: Mapping[str, Any]
    ) -> tuple[Mapping[str, Any], Mapping[str, str]]:
        way: dict[str, Any] = {"json": dict(arguments)}
        if method in _READS:
            way = {"params": dict(arguments), "http_verb": "GET"}
        try:
            response = await self._client.api_call(method, **way)
        except SlackApiError as error:
            raise _refusal(method, error) from None
        except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise SlackUnreachable(method, type(error).__name__) from None
        assert isinstance(response.data, dict)
        return response.data, {name.lower(): value for name, value in response.headers.items()}


class _Limited(Exception):
    """Slack lets nobody in for some seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def _refusal(method: str, error: SlackApiError) -> Exception:
    """Return Slack's refusal as ours; nothing of what was sent or told is kept."""
    response = error.response
    data = response.data if isinstance(response.data, dict) else {}
    code = str(data.get("error") or f"http_{response.status_code}")
    if response.status_code == 429 or code in _LIMITED:
        return _Limited(_seconds(response.headers))
    if response.status_code >= 500 or code in _UNSURE or "error" not in data:
        return SlackUnreachable(method, code)
    return SlackFailed(method, code, _remedy(code, data))


def _remedy(code: str, data: Mapping[str, Any]) -> str:
    if code == "missing_scope":
        return f"Add the scope {data.get('needed')} from the manifest, and install the app again."
    if code in _WRONG_TOKEN:
        return "Take the token anew from the app's page, Install App."
    return ""


def _seconds(headers: Mapping[str, str]) -> float:
    told = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    return float(max(1, int(told))) if told.isascii() and told.isdigit() else 1.0
