"""The pages of one's own conversations: the list, one to go on with, its name, its removal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from assistant.conversation_recall import Recalled
from assistant.http.conversation_changes import changed
from assistant.http.conversation_shapes import shown_matches, shown_turns
from assistant.http.conversations import Before, InHistory, Own, listed
from assistant.http.forms import Fields
from assistant.http.pages import page
from assistant.http.parts import Asker
from assistant.http.reading import Library
from assistant.signin.caller import Caller
from retrieval.conversations import LONGEST_TITLE
from retrieval.errors import NotFound
from retrieval.plain import plain

PAGE = "/conversations"

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

Searched = Annotated[str, Query(max_length=200)]
Edited = Annotated[str, Query(pattern="^[0-9a-f]{32}$|^$")]


@router.get(PAGE)
async def conversations(
    request: Request, caller: Asker, history: InHistory, before: Before = None, q: Searched = ""
) -> Response:
    """List one's own conversations, the latest first, or those in which the words stand."""
    words = " ".join(plain(q).split())
    context: dict[str, Any] = {"words": words, "longest": LONGEST_TITLE}
    if words:
        found = await history.looked_through(words, principal=caller.principal)
        context |= {"found": shown_matches(found), "listed": None, "is_first": True}
    else:
        own = await listed(history, caller.principal, before)
        context |= {"found": [], "listed": own, "is_first": before is None}
    return page(request, "conversations.html", **context)


@router.get(PAGE + "/{conversation}")
async def conversation(
    request: Request,
    caller: Asker,
    history: InHistory,
    library: Library,
    conversation: Own,
    edit: Edited = "",
) -> Response:
    """Show a conversation, with the box to go on, or to ask one of its questions anew."""
    turns = await history.opened(conversation, principal=caller.principal)
    title = await history.title(conversation, principal=caller.principal)
    asked, turns = _edited(turns, edit)
    return page(
        request,
        "ask.html",
        reply=None,
        problem=None,
        fields={"question": asked},
        examples=(),
        looked_at=[],
        title=plain(title),
        before=edit,
        related=[],
        **await _shown(conversation, turns, library, caller),
    )


async def _shown(
    conversation: str, turns: Sequence[Recalled], library: Library, caller: Caller
) -> dict[str, Any]:
    return {
        "turns": shown_turns(conversation, turns).turns,
        "changes": await changed(turns, library, principal=caller.principal),
        "conversation": conversation,
    }


def _edited(turns: Sequence[Recalled], edit: str) -> tuple[str, Sequence[Recalled]]:
    """Return the question that is asked anew and the turns before it, or "" and all turns."""
    if not edit:
        return "", turns
    for at, each in enumerate(turns):
        if each.id == edit:
            return plain(each.asked), turns[:at]
    raise NotFound("There is no such question in this conversation. Check the address.")


@router.post(PAGE + "/{conversation}/rename")
async def rename(caller: Asker, history: InHistory, conversation: Own, fields: Fields) -> Response:
    """Give a conversation a name, or take it back, and go back to the list."""
    name = " ".join(plain(fields.get("name", "")).split())[:LONGEST_TITLE]
    await history.rename(conversation, name, principal=caller.principal)
    return RedirectResponse(PAGE, status_code=303)


@router.post(PAGE + "/{conversation}/remove")
async def remove(caller: Asker, history: InHistory, conversation: Own, _: Fields) -> Response:
    """Remove a conversation, and go back to the list."""
    await history.remove(conversation, principal=caller.principal)
    return RedirectResponse(PAGE, status_code=303)
