"""Ask over HTTP: at once, or sentence by sentence as server-sent events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import StreamingResponse

from assistant.http.documented import ANSWERED, ERRORS, STREAMED
from assistant.http.health import PART_WAITS_SECONDS
from assistant.http.parts import Asker, Parts, parts_of
from assistant.http.requests import AskIn
from assistant.http.shapes import AnswerOut, RefusalOut, shown
from assistant.signin.caller import Caller

router = APIRouter(prefix="/api", tags=["ask"], responses=ERRORS)

InParts = Annotated[Parts, Depends(parts_of)]


async def replied(asked: AskIn, parts: Parts, caller: Caller) -> AnswerOut | RefusalOut:
    """Return the reply, waiting a little for an assistant that is still loading."""
    assistant = await parts.assistant.get(wait_seconds=PART_WAITS_SECONDS)
    return shown(await assistant.ask(asked.by(caller.principal, caller.origin)))


@router.post("/ask", summary="Ask a question", responses=ANSWERED)
async def ask(asked: AskIn, parts: InParts, caller: Asker) -> AnswerOut | RefusalOut:
    """Return an answer whose every sentence is pinned to the words it rests on, or a refusal."""
    return await replied(asked, parts, caller)


@router.post(
    "/ask/stream",
    summary="Ask a question and read the answer as it comes",
    response_class=StreamingResponse,
    responses=STREAMED,
)
async def ask_stream(asked: AskIn, parts: InParts, caller: Asker) -> StreamingResponse:
    """Send `sources`, one `sentence` for each sentence, then `done`; or one `refusal`.

    The reply is complete before the first event, so that a failure has an error status.
    """
    reply = await replied(asked, parts, caller)
    return StreamingResponse(
        events(reply), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"}
    )


def events(reply: AnswerOut | RefusalOut) -> Iterator[str]:
    """Yield the reply as server-sent events."""
    body = reply.model_dump(mode="json")
    if isinstance(reply, RefusalOut):
        yield event("refusal", body)
        return
    sentences = body.pop("sentences")
    yield event("sources", body)
    for sentence in sentences:
        yield event("sentence", sentence)
    yield event("done", {"sentences": len(sentences)})


def event(name: str, data: dict[str, Any]) -> str:
    """Return one event; JSON keeps line breaks escaped, so the data is one line."""
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"
