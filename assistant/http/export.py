"""Take an answer, a conversation or what was found away as a file.

Nothing that is exported is sent by the browser: it names what it wants, and all of it is read anew
under the rights of who asks, at this moment. That it leaves is on record before it does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from assistant.conversation_recalled import Recalled
from assistant.export.exported import Exported, Section
from assistant.export.forms import Form, file_of
from assistant.export.gathering import of_passages, of_turns
from assistant.http.conversations import InHistory, Own
from assistant.http.documented import ERRORS, EXPORTED
from assistant.http.errors import BadInput
from assistant.http.parts import Asker, Reader, address_of, parts_of
from assistant.http.reading import Library
from assistant.http.requests import Day, to_question
from assistant.signin.caller import Caller
from retrieval.audit.event import Act, Event, Json
from retrieval.documents import now
from retrieval.errors import NotFound

MOST_PASSAGES = 50

router = APIRouter(prefix="/api/export", tags=["export"], responses=ERRORS)

Address = Annotated[str, Depends(address_of)]
Turn = Annotated[str | None, Query(pattern="^[0-9a-f]{32}$", description="One turn alone")]


def _searched(value: Any) -> str:
    return to_question(value) if value else ""


Searched = Annotated[str, BeforeValidator(_searched)]


class PassagesIn(BaseModel):
    """Passages by number, in the order in which they were found for `q`."""

    model_config = ConfigDict(extra="forbid")

    passage: list[Annotated[int, Field(ge=1, le=2**62)]] = Field(
        min_length=1, max_length=MOST_PASSAGES
    )
    q: Searched = ""
    as_of: Day = None
    form: Form = Form.DOCX


@router.get(
    "/conversations/{conversation}",
    summary="Save a conversation of yours, or an answer of it",
    response_class=Response,
    responses=EXPORTED,
)
async def conversation(
    request: Request,
    caller: Asker,
    history: InHistory,
    library: Library,
    address: Address,
    conversation: Own,
    form: Form = Form.DOCX,
    turn: Turn = None,
) -> Response:
    """Return a file with numbered footnotes, each compared with the library just now.

    A sentence whose words you may not read any more, or which changed, is left out and counted.
    """
    turns = _chosen(await history.opened(conversation, principal=caller.principal), turn)
    sections = await of_turns(turns, library, principal=caller.principal, address=address)
    about: dict[str, Json] = {"conversation": conversation, "turn": turn or ""}
    return await sent(request, caller, sections, form, about)


@router.get(
    "/passages",
    summary="Save passages that you found",
    response_class=Response,
    responses=EXPORTED,
)
async def passages(
    request: Request,
    caller: Reader,
    library: Library,
    address: Address,
    asked: Annotated[PassagesIn, Query()],
) -> Response:
    """Return a file of these passages, by their numbers, under the words you searched for."""
    sections = await of_passages(
        asked.passage,
        library,
        principal=caller.principal,
        address=address,
        asked=asked.q,
        as_of=asked.as_of,
    )
    if not sections[0].stated:
        raise NotFound("There are no such passages for you. Search again.")
    about: dict[str, Json] = {"passages": list[Json](asked.passage)}
    return await sent(request, caller, sections, asked.form, about)


def _chosen(turns: Sequence[Recalled], turn: str | None) -> list[Recalled]:
    """Return all turns or the one named; another's looks like one that is not there."""
    chosen = [each for each in turns if turn in (None, each.id)]
    if not chosen:
        raise NotFound("There is no such turn in this conversation. Check the address.")
    return chosen


async def sent(
    request: Request,
    caller: Caller,
    sections: tuple[Section, ...],
    form: Form,
    about: dict[str, Json],
) -> Response:
    """Return the file, once it is on record what leaves; raise `BadInput` if nothing would."""
    if not any(each.stated for each in sections):
        raise BadInput(
            "something whose every word you may read now",
            "nothing that could be checked",
            "Ask or search again: what you may read has changed, or there was no answer.",
        )
    exported = Exported(sections, caller.display, now())
    file = await asyncio.to_thread(file_of, exported, form)
    await _note(request, caller, exported, about | {"form": form.value})
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name)}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return Response(file.content, media_type=file.media_type, headers=headers)


async def _note(
    request: Request, caller: Caller, exported: Exported, about: dict[str, Json]
) -> None:
    """Note who takes what away: every stretch of every version, and how much was left out."""
    cited: list[Json] = [
        {
            "document": each.version.document_id,
            "version": each.version.number,
            "start": each.start,
            "end": each.end,
        }
        for each in exported.footnotes
    ]
    noted = about | {"cited": cited, "left_out": exported.left_out}
    event = Event(Act.TAKE_OUT, caller.principal.name, caller.origin, noted)
    await parts_of(request).record.note(event)
