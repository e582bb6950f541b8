"""The pages of one's own conversations: the list, one of them to go on with, and its removal."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from assistant.http.conversation_shapes import shown_turns
from assistant.http.conversations import Before, InHistory, Own, listed
from assistant.http.forms import Fields
from assistant.http.pages import page
from assistant.http.parts import Asker

PAGE = "/conversations"

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get(PAGE)
async def conversations(
    request: Request, caller: Asker, history: InHistory, before: Before = None
) -> Response:
    """List one's own conversations, the latest first."""
    own = await listed(history, caller.principal, before)
    is_first = before is None
    return page(request, "conversations.html", listed=own, is_first=is_first)


@router.get(PAGE + "/{conversation}")
async def conversation(
    request: Request, caller: Asker, history: InHistory, conversation: Own
) -> Response:
    """Show a conversation, with the box to go on."""
    turns = await history.opened(conversation, principal=caller.principal)
    return page(
        request,
        "ask.html",
        reply=None,
        problem=None,
        fields={},
        examples=(),
        looked_at=[],
        turns=shown_turns(conversation, turns).turns,
        conversation=conversation,
    )


@router.post(PAGE + "/{conversation}/remove")
async def remove(caller: Asker, history: InHistory, conversation: Own, _: Fields) -> Response:
    """Remove a conversation, and go back to the list."""
    await history.remove(conversation, principal=caller.principal)
    return RedirectResponse(PAGE, status_code=303)
