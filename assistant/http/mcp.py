"""The entrance for other agents: the Model Context Protocol over streamable HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from assistant.http.documented import ERRORS
from assistant.http.parts import InParts, address_of, caller_of
from assistant.mcp.entrance import HOUSE, McpEntrance
from assistant.mcp.offered import House
from assistant.signin.caller import Action, Caller, Means, may, require
from assistant.signin.errors import NotAllowed
from retrieval.errors import Unavailable

PATH = "/mcp"
_OFFERED = (Action.ASK, Action.SEARCH, Action.READ)

router = APIRouter(tags=["mcp"], responses=ERRORS)


class _Handed(Response):
    """A response that the protocol's own side writes."""

    def __init__(self, entrance: McpEntrance) -> None:
        super().__init__()
        self._entrance = entrance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._entrance.handle(scope, receive, send)


@router.post(PATH, summary="Call Pincite as an MCP server", response_class=Response)
async def mcp(
    request: Request,
    parts: InParts,
    caller: Annotated[Caller, Depends(caller_of)],
    address: Annotated[str, Depends(address_of)],
) -> Response:
    """Offer `search`, `ask` and `open_document` with the caller's own token and rights.

    It is for programs: a browser's session does not count here.
    """
    if caller.means is Means.SESSION:
        raise NotAllowed(
            "Expected a token, got a browser's session. Make a token, and send it as "
            "`Authorization: Bearer TOKEN`."
        )
    if not any(may(caller, each) for each in _OFFERED):
        require(caller, Action.ASK)
    entrance: McpEntrance | None = getattr(request.app.state, "mcp", None)
    if entrance is None:
        raise Unavailable("The entrance for agents is not open yet.")
    request.scope[HOUSE] = House(parts, caller, address)
    return _Handed(entrance)
