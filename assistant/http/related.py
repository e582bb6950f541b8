"""What else may be asked, suggested by the sources that an answer cites."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.requests import Request

from assistant.http.documented import ERRORS
from assistant.http.parts import Asker, Reading, parts_of
from assistant.http.reading import Library
from assistant.http.shapes import AnswerOut
from assistant.related_questions import MOST_CITED, related
from assistant.signin.caller import Caller
from retrieval.audit.event import Act, Event, Json
from retrieval.plain import plain

router = APIRouter(prefix="/api", tags=["ask"], responses=ERRORS)

Cited = Annotated[
    list[Annotated[int, Field(ge=1, le=2**62)]], Query(min_length=1, max_length=MOST_CITED)
]


class RelatedOut(BaseModel):
    """A question that the sources suggest, and the section and title it is from."""

    question: str
    section: str
    title: str


class RelatedsOut(BaseModel):
    """What else may be asked; none where the sources suggest nothing."""

    related: list[RelatedOut]


@router.get("/related", summary="What else may be asked of the documents of some passages")
async def related_to(
    request: Request, caller: Asker, library: Library, passage: Cited
) -> RelatedsOut:
    """Return questions about the sections beside these passages, as far as you may read them."""
    return RelatedsOut(related=await suggested(request, library, caller, passage))


def cited_first(answer: AnswerOut) -> list[int]:
    """Return the first passages that an answer cites."""
    cited = (one.passage for each in answer.sentences for one in each.citations)
    return list(dict.fromkeys(cited))[:MOST_CITED]


async def suggested(
    request: Request, library: Reading, caller: Caller, passages: Iterable[int]
) -> list[RelatedOut]:
    """Return what else may be asked, once it is on record which passages that is from."""
    found, used = await related(list(passages), library, principal=caller.principal)
    if not found:
        return []
    places: list[Json] = [
        {"document": each.version.document_id, "version": each.version.number, "passage": each.id}
        for each in used
    ]
    about: dict[str, Json] = {"what": "related", "passages": places}
    event = Event(Act.RETRIEVE, caller.principal.name, caller.origin, about)
    await parts_of(request).record.note(event)
    return [
        RelatedOut(
            question=plain(each.question), section=plain(each.section), title=plain(each.title)
        )
        for each in found
    ]
