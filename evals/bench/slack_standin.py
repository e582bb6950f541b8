"""A stand-in for Slack's Web API: says yes to everything, after about as long as Slack takes."""

from __future__ import annotations

import asyncio
import itertools
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from assistant.slack.scopes import SCOPES

TEAM, BOT, USER = "T000000001", "U000000001", "U000000002"
DOMAIN = "firm.example"
_TAKES_SECONDS = 0.12


class SlackStandIn:
    """The server. `told` is how many messages were begun, in a channel or to one person alone."""

    def __init__(self, person: str) -> None:
        self.told = 0
        self._person = person
        self._numbers = itertools.count(1)

    @asynccontextmanager
    async def served(self) -> AsyncGenerator[str, None]:
        """Serve while the block runs; lend the address."""
        app = Starlette(routes=[Route("/api/{method}", self._answer, methods=["GET", "POST"])])
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/api"
        finally:
            server.should_exit = True
            await serving

    async def _answer(self, request: Request) -> JSONResponse:
        await asyncio.sleep(_TAKES_SECONDS)
        method = request.path_params["method"]
        told = {"ok": True, "ts": f"1700000000.{next(self._numbers):06d}"} | self._told(method)
        return JSONResponse(told, headers={"x-oauth-scopes": ",".join(SCOPES)})

    def _told(self, method: str) -> dict[str, Any]:
        match method:
            case "auth.test":
                return {"team_id": TEAM, "team": "Firm", "user_id": BOT, "bot_id": "B000000001"}
            case "users.info":
                profile = {"email": f"{self._person}@{DOMAIN}"}
                user = {"id": USER, "team_id": TEAM, "profile": profile}
                return {"user": user | {"is_email_confirmed": True}}
            case "conversations.info":
                return {"channel": {"id": "C000000001", "is_private": True, "is_member": True}}
            case "conversations.members":
                return {"members": [USER, BOT], "response_metadata": {"next_cursor": ""}}
            case "conversations.open":
                return {"channel": {"id": "D000000001"}}
            case "chat.postMessage" | "chat.startStream" | "chat.postEphemeral":
                self.told += 1
                return {"message_ts": "1700000000.000001"}
            case _:
                return {"messages": []}
