"""For agents that start a program and speak to it: what they say is passed to a running Pincite.

Nothing is opened or decided here. The token goes with every request, and the server judges it.
"""

from __future__ import annotations

from typing import Any, TextIO

import anyio
import httpx2
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.server.lowlevel.server import Server
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolRequestParams, CallToolResult, ListToolsResult, PaginatedRequestParams

from assistant.mcp.server import NAME
from retrieval.errors import Unavailable

PATH = "/mcp"
_CONNECT_SECONDS = 5.0
_ANSWER_SECONDS = 120.0


async def pass_on(
    address: str, token: str, said: TextIO | None = None, told: TextIO | None = None
) -> None:
    """Serve the protocol on standard input and output until the input ends.

    `address` is that of the server, `token` the caller's own, "" where nobody has to sign in.

    Raises:
        Unavailable: the server cannot be reached, or does not let this token in.
    """
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    patience = httpx2.Timeout(_ANSWER_SECONDS, connect=_CONNECT_SECONDS)
    async with httpx2.AsyncClient(headers=headers, timeout=patience, trust_env=False) as http:
        await _knock(http, address)
        async with (
            Client(streamable_http_client(f"{address}{PATH}", http_client=http)) as there,
            stdio_server(
                anyio.wrap_file(said) if said else None, anyio.wrap_file(told) if told else None
            ) as (heard, spoken),
        ):
            here = _passing_to(there)
            await here.run(heard, spoken, here.create_initialization_options())


async def _knock(http: httpx2.AsyncClient, address: str) -> None:
    """Ask once for the list, so that a wrong address or token is told in one sentence."""
    asked = {"jsonrpc": "2.0", "id": 0, "method": "tools/list"}
    accepted = {"Accept": "application/json, text/event-stream"}
    try:
        response = await http.post(f"{address}{PATH}", json=asked, headers=accepted)
    except httpx2.HTTPError:
        raise Unavailable(
            f"Expected a Pincite server at {address}, got no answer. Start it with "
            "`pincite serve`, or name another with --server."
        ) from None
    if response.status_code in (401, 403):
        raise Unavailable(
            "Expected a token that the server lets in, got none such. Make one with `pincite token "
            "make`, and give it in PINCITE_TOKEN."
        )
    if response.status_code != 200:
        raise Unavailable(
            f"Expected a Pincite server at {address}, got status {response.status_code}. Name the "
            "address that people use with --server."
        )


def _passing_to(there: Client) -> Server[Any]:
    async def listed(_: Any, params: PaginatedRequestParams | None) -> ListToolsResult:
        return await there.list_tools()

    async def called(_: Any, params: CallToolRequestParams) -> CallToolResult:
        try:
            return await there.call_tool(params.name, params.arguments or {})
        except MCPError as error:
            raise MCPError(error.code, error.message) from None

    server: Server[Any] = Server(
        NAME, instructions=there.instructions, on_list_tools=listed, on_call_tool=called
    )
    server.middleware.clear()
    return server
