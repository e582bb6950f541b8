"""Where requests of the protocol come in. What speaks it is imported when the first one does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.types import Receive, Scope, Send

if TYPE_CHECKING:
    from assistant.mcp.server import McpServer

HOUSE = "pincite.house"
"""Where in a request's scope the route leaves who calls, and what for."""


class McpEntrance:
    """Takes requests of the protocol, once who sent them is known."""

    def __init__(self) -> None:
        self._is_wanted = asyncio.Event()
        self._server: asyncio.Future[McpServer] = asyncio.get_running_loop().create_future()

    @asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """Take requests while the block runs."""
        serving = asyncio.create_task(self._serve())
        try:
            yield
        finally:
            serving.cancel()
            await asyncio.wait({serving})

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; its scope holds a `House` under `HOUSE`."""
        self._is_wanted.set()
        server = await asyncio.shield(self._server)
        await server.handle(scope, receive, send)

    async def _serve(self) -> None:
        """Serve in one task from the first request on: the protocol's own side wants it so."""
        try:
            await self._is_wanted.wait()
            server = await asyncio.to_thread(_made)
            async with server.run():
                self._server.set_result(server)
                await asyncio.Event().wait()
        except Exception as error:  # whoever asks is told what every request is told
            if not self._server.done():
                self._server.set_exception(error)
        finally:
            self._server.cancel()


def _made() -> McpServer:
    from assistant.mcp.server import McpServer

    return McpServer()
