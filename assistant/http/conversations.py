"""One's own conversations over HTTP: list them, open one, remove one."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from assistant.http.conversation_shapes import (
    BranchOut,
    ConversationsOut,
    TurnsOut,
    shown_conversations,
    shown_turns,
)
from assistant.http.documented import ERRORS
from assistant.http.health import PART_WAITS_SECONDS
from assistant.http.parts import Asker, InParts
from assistant.http.remembering import Remembering
from retrieval.access import Principal
from retrieval.conversations import MOST_LISTED
from retrieval.errors import NotFound

router = APIRouter(prefix="/api", tags=["conversations"], responses=ERRORS)

ID = re.compile(r"[0-9a-f]{32}")
_PLACE = r"^\d{1,18}-[0-9a-f]{32}$"


class BranchIn(BaseModel):
    """Before which turn of the conversation another one begins."""

    model_config = ConfigDict(extra="forbid")

    before: str = Field(pattern=r"^[0-9a-f]{32}$")


async def history_of(parts: InParts) -> Remembering:
    """Return the conversations; where none is kept, there is no such thing."""
    if parts.history is None:
        raise NotFound
    return await parts.history.get(wait_seconds=PART_WAITS_SECONDS)


async def conversation_id(conversation: Annotated[str, Path()]) -> str:
    """Return the id, or raise the same `NotFound` for what cannot be one."""
    if not ID.fullmatch(conversation):
        raise NotFound
    return conversation


InHistory = Annotated[Remembering, Depends(history_of)]
Own = Annotated[str, Depends(conversation_id)]
Before = Annotated[str | None, Query(pattern=_PLACE)]


async def listed(
    history: Remembering, principal: Principal, before: str | None
) -> ConversationsOut:
    """Return a person's conversations as they are sent."""
    at, _, last = (before or "").partition("-")
    own = await history.own(principal=principal, before=(int(at), last) if before else None)
    more = "{}-{}".format(*own[-1].place) if len(own) == MOST_LISTED else None
    return shown_conversations(own, more)


@router.get("/conversations", summary="List your conversations")
async def conversations(
    caller: Asker, history: InHistory, before: Before = None
) -> ConversationsOut:
    """Return your own, the latest first; `before` takes what `more` of the last list said."""
    return await listed(history, caller.principal, before)


@router.get("/conversations/{conversation}", summary="Open a conversation of yours")
async def conversation(caller: Asker, history: InHistory, conversation: Own) -> TurnsOut:
    """Return its turns; of each answer, the sentences whose sources you may read now."""
    turns = await history.opened(conversation, principal=caller.principal)
    return shown_turns(conversation, turns)


@router.delete(
    "/conversations/{conversation}", status_code=204, summary="Remove a conversation of yours"
)
async def remove(caller: Asker, history: InHistory, conversation: Own) -> Response:
    """Remove it: it is not shown again and nothing can follow it."""
    await history.remove(conversation, principal=caller.principal)
    return Response(status_code=204)


@router.post(
    "/conversations/{conversation}/branches", summary="Ask a question of a conversation anew"
)
async def branch(
    caller: Asker, history: InHistory, conversation: Own, asked: BranchIn
) -> BranchOut:
    """Begin another conversation with what came before a turn; this one stays as it is.

    Ask in the one returned: the question takes that turn's place there.
    """
    begun = await history.branch(conversation, asked.before, principal=caller.principal)
    return BranchOut(conversation=begun)
