"""Search over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from assistant.http.documented import ERRORS, FOUND
from assistant.http.health import PART_WAITS_SECONDS
from assistant.http.hit_shapes import HitOut, HitsOut, shown_hits
from assistant.http.parts import InParts, Parts, Searcher
from assistant.http.requests import SearchIn
from assistant.signin.caller import Caller

router = APIRouter(prefix="/api", tags=["search"], responses=ERRORS)


async def hits(asked: SearchIn, parts: Parts, caller: Caller) -> list[HitOut]:
    """Return what is found, with statuses as they stood at the asked date."""
    assistant = await parts.assistant.get(wait_seconds=PART_WAITS_SECONDS)
    question = asked.by(caller.principal, caller.origin)
    return shown_hits(await assistant.search(question, asked.limit), question.scope.as_of)


@router.get("/search", summary="Find passages", responses=FOUND)
async def search(
    asked: Annotated[SearchIn, Query()],
    parts: InParts,
    caller: Searcher,
) -> HitsOut:
    """Return the passages nearest to the question, best first."""
    return HitsOut(hits=await hits(asked, parts, caller))
