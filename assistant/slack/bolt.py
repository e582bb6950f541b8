"""One Slack app through Bolt: what comes by HTTP or by socket, taken in before it is acknowledged.

https://docs.slack.dev/tools/bolt-python. Bolt asks Slack nothing here: as what the app is
installed is known from the start. Nothing of a request is logged, by Bolt neither.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from assistant.slack.handlers import Handlers, ToSlack
from assistant.slack.profiles import Installed
from assistant.slack.quiet import SILENT
from assistant.slack.signature import Headers, Signature
from assistant.slack.taking import take

log = logging.getLogger("pincite.slack")

_ANY: Final = re.compile("")
_MOST_FIELDS: Final = 100
Proceed = Callable[[], Any]


REFUSED: Final = ToSlack(401, b"Expected a request that Slack signed in the last five minutes.")
_NO_BODY: Final = ToSlack(400, b"Expected a body as Slack sends it.")


class Entrance:
    """Takes in what comes for one app. `installed` may grow, and shrink, while it runs.

    `secret` is the app's signing secret; without one nothing is taken in by HTTP.
    """

    def __init__(
        self,
        installed: Mapping[str, Installed],
        handlers: Handlers,
        *,
        api: str,
        secret: str = "",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._installed = installed
        self._handlers = handlers
        self._signature = Signature(secret, clock) if secret else None
        self.app = self._bolt(api)

    def is_for(self, raw: bytes, headers: Headers) -> bool:
        """Return whether Slack signed these bytes for this app, just now."""
        return self._signature is not None and self._signature.is_on(raw, headers)

    async def received(self, raw: bytes, headers: Headers) -> ToSlack:
        """Take a request in, if it is Slack's, and return what Slack is answered."""
        if not self.is_for(raw, headers):
            return REFUSED
        try:
            body = _body_of(raw)
        except (ValueError, RecursionError):
            return _NO_BODY
        # Read and verified already: Bolt's own reading drops commands with the word "payload".
        try:
            request = AsyncBoltRequest(body=body, mode="socket_mode")
            response = await self.app.async_dispatch(request)
        except Exception as error:  # Bolt's own, of a body that is none of Slack's
            log.warning("Slack: could not read a request: %s", type(error).__name__)
            return _NO_BODY
        kind = response.first_headers().get("content-type", "text/plain")
        return ToSlack(response.status, response.body.encode(), kind)

    def _bolt(self, api: str) -> AsyncApp:
        app = AsyncApp(
            logger=SILENT,
            name="pincite.slack.bolt",  # Bolt silences the logger of this name
            client=AsyncWebClient(base_url=api, logger=SILENT, retry_handlers=[]),
            process_before_response=True,  # acknowledged is only what has been taken in
            request_verification_enabled=False,  # done by `is_for`, over the bytes themselves
            before_authorize=self._know,
            authorize=_Known(self._installed),  # type: ignore[arg-type]
            attaching_function_token_enabled=False,
            attaching_conversation_kwargs_enabled=False,
        )
        app.error(self._failed)
        for listen in (app.event, app.action, app.command, app.shortcut, app.view):
            listen(_ANY)(self._take)
        return app

    async def _know(self, context: AsyncBoltContext, next_: Proceed) -> BoltResponse | None:
        """Acknowledge and leave what is of a workspace where the app is not known for sure."""
        if context.is_enterprise_install:
            log.warning("Slack: left what came by an installation for a whole organisation")
            return BoltResponse(status=200, body="")
        if context.team_id is not None and context.team_id not in self._installed:
            log.warning("Slack: left what came of the unknown workspace %.20s", context.team_id)
            return BoltResponse(status=200, body="")
        await next_()
        return None

    async def _take(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        await take(self._handlers, body, self._installed[str(context.team_id)])
        await ack()

    async def _failed(self, error: Exception, body: dict[str, Any]) -> None:
        """Tell that something was not taken in: Slack is not answered, and sends it again."""
        what = str(body.get("event_id") or body.get("type") or "")
        log.error("Slack: could not take in %.40s: %s", what, type(error).__name__)


class _Known(AsyncAuthorize):
    """Says as what the app is installed without asking Slack."""

    def __init__(self, installed: Mapping[str, Installed]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._installed = installed

    async def __call__(self, *, team_id: str | None, **_: Any) -> AuthorizeResult | None:
        own = self._installed.get(team_id or "")
        if own is None:
            return None
        return AuthorizeResult(
            enterprise_id=None, team_id=own.team, bot_user_id=own.bot_user, bot_id=own.bot_id
        )


def _body_of(raw: bytes) -> dict[str, Any]:
    """Return what Slack posted: JSON of events, a form of commands, JSON in a form of the rest."""
    text = raw.decode("utf-8")
    if not text.startswith("{"):
        form = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
        if "payload" not in form:
            return dict(form)
        text = form["payload"]
    body = json.loads(text)
    if not isinstance(body, dict):
        raise ValueError("Expected a JSON object.")
    return body
