"""The pages of one's own conversations: the list, one to go on with, its name, its removal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from assistant.conversation_recalled import Recalled
from assistant.http.conversation_changes import changed
from assistant.http.conversation_shapes import shown_matches, shown_turns
from assistant.http.conversations import Before, InHistory, Own, listed
from assistant.http.forms import Fields
from assistant.http.pages import page
from assistant.http.parts import Asker
from assistant.http.reading import Library
from assistant.http.review import reportable
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
    on_from = asked or (turns[-1] if turns else None)
    return page(
        request,
        "ask.html",
        reply=None,
        problem=None,
        fields={"question": plain(asked.asked) if asked else "", **_narrowed(on_from)},
        past_day=None,
        reportable=await reportable(request, caller, (each.answer for each in turns)),
        examples=(),
        looked_at=[],
        due_of=(),
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


def _narrowed(turn: Recalled | None) -> dict[str, Any]:
    """Return what a question is limited to that goes on from a turn, as fields of the form."""
    if turn is None:
        return {}
    return {"kinds": turn.kinds, "as_of": turn.past_day.isoformat() if turn.past_day else None}


def _edited(turns: Sequence[Recalled], edit: str) -> tuple[Recalled | None, Sequence[Recalled]]:
    """Return the turn that is asked anew and those before it, or None and all turns."""
    if not edit:
        return None, turns
    for at, each in enumerate(turns):
        if each.id == edit:
            return each, turns[:at]
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
