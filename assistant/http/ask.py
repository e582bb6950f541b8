"""Ask over HTTP: at once, or sentence by sentence as server-sent events."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.responses import Response, StreamingResponse

from assistant.answers import Asking as Waits
from assistant.answers import (
    Notice,
    Opening,
    Question,
    Refusal,
    RefusalReason,
    Sentence,
    Source,
    Told,
)
from assistant.http.confirmation_shapes import AskingOut, shown_asking
from assistant.http.documented import ANSWERED, ERRORS, STREAMED
from assistant.http.errors import problem_of
from assistant.http.health import PART_WAITS_SECONDS
from assistant.http.parts import HAS_ROOM, Asker, Asking, InParts, Parts
from assistant.http.requests import AskIn
from assistant.http.shapes import (
    AnswerOut,
    RefusalOut,
    shown,
    shown_notice,
    shown_opening,
    shown_refusal,
    shown_sentence,
    shown_source,
)
from assistant.signin.caller import Action, Caller, may
from retrieval.documents import Version

BEGINS_AFTER_SECONDS = 1.0
"""A stream begins after so long without an event: only then is it seen that nobody listens."""

router = APIRouter(prefix="/api", tags=["ask"], responses=ERRORS)
log = logging.getLogger(__name__)


async def _assistant(parts: InParts) -> Asking:
    """Return the assistant, waiting a little for one that is still loading."""
    return await parts.assistant.get(wait_seconds=PART_WAITS_SECONDS)


InAssistant = Annotated[Asking, Depends(_assistant)]


def question_of(asked: AskIn, caller: Caller) -> Question:
    """Return the question as this caller asks it, with what tools go by."""
    return replace(
        asked.by(caller.principal, caller.origin),
        channel=caller.channel,
        roles=caller.roles,
        session=caller.bound_to,
        may_act=may(caller, Action.ACT),
    )


async def replied(asked: AskIn, parts: Parts, caller: Caller) -> AnswerOut | RefusalOut | AskingOut:
    """Return the reply as it is sent."""
    assistant = await _assistant(parts)
    return shown(await assistant.ask(question_of(asked, caller)))


@router.post("/ask", summary="Ask a question", responses=ANSWERED, dependencies=[HAS_ROOM])
async def ask(asked: AskIn, parts: InParts, caller: Asker) -> AnswerOut | RefusalOut | AskingOut:
    """Return an answer whose every sentence is pinned to the words it rests on, or a refusal.

    What would change something is not done: it waits for your word, beside an answer or instead.
    """
    return await replied(asked, parts, caller)


@router.post(
    "/ask/stream",
    summary="Ask a question and read the answer as it comes",
    response_class=StreamingResponse,
    responses=STREAMED,
    dependencies=[HAS_ROOM],
)
async def ask_stream(asked: AskIn, caller: Asker, assistant: InAssistant) -> StreamingResponse:
    """Send `sources`, each `sentence` as it is ready, then `done`; or one `refusal`.

    A `source` comes before the first sentence that cites it, unless `sources` named it; a
    `notice` tells what to know of how the answer came about. `confirmation` comes before all
    else, and tells of a call that waits for your word; then there may be no answer. `stopped` may
    come at any moment and is the last. What fails at once has an error status; what fails later
    ends the stream with an `error` event instead of `done`: then nothing of the answer counts.
    """
    told = events(assistant.stream(question_of(asked, caller)))
    return await streamed(told, _failed)


@router.post("/answers/{answer}/stop", status_code=204, summary="Stop an answer of yours")
async def stop(answer: str, caller: Asker, assistant: InAssistant) -> Response:
    """End the answer that was asked for under this id: not one more sentence of it is sent."""
    assistant.stop(answer, principal=caller.principal)
    return Response(status_code=204)


async def streamed(
    told: AsyncGenerator[str, None], failed: Callable[[Exception], str]
) -> StreamingResponse:
    """Return a response of these events; raise what goes wrong before the first, if that is soon.

    What goes wrong later ends the stream with the event that `failed` makes of it.
    """
    first = asyncio.ensure_future(anext(told))
    await asyncio.wait({first}, timeout=BEGINS_AFTER_SECONDS)
    if first.done():
        first.result()
    return StreamingResponse(
        _from(first, told, failed),
        media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no"},
    )


async def _from(
    first: asyncio.Future[str],
    rest: AsyncGenerator[str, None],
    failed: Callable[[Exception], str],
) -> AsyncIterator[str]:
    """Yield the first event, late if need be, and the rest; who leaves ends it at any moment."""
    try:
        yield await first
        async for each in rest:
            yield each
    except Exception as error:  # the stream has begun: only an event can tell of it
        yield failed(error)
    finally:
        first.cancel()
        await asyncio.wait({first})
        await rest.aclose()


async def events(pieces: AsyncGenerator[Told, None]) -> AsyncGenerator[str, None]:
    """Yield a reply as server-sent events; raise what goes wrong before the first."""
    versions: dict[int, Version] = {}
    sentences, has_begun, is_refused = 0, False, False
    async with aclosing(pieces):
        try:
            async for piece in pieces:
                has_begun = True
                sentences += isinstance(piece, Sentence)
                is_refused = isinstance(piece, Refusal)
                yield _event_of(piece, versions)
        except Exception as error:  # the same, unless nothing was sent yet
            if not has_begun:
                raise
            yield _failed(error)
            return
        if not is_refused:
            yield event("done", Done(sentences=sentences))


def _event_of(piece: Told, versions: dict[int, Version]) -> str:
    """Return a piece as an event; `versions` by number are those told of, and are added to."""
    match piece:
        case Opening():
            versions |= {each.number: each.version for each in piece.sources}
            return event("sources", shown_opening(piece))
        case Source():
            versions[piece.number] = piece.version
            return event("source", shown_source(piece))
        case Waits():
            return event("confirmation", shown_asking(piece))
        case Notice():
            return event("notice", shown_notice(piece))
        case Sentence():
            return event("sentence", shown_sentence(piece, versions))
        case Refusal():
            is_stop = piece.reason is RefusalReason.STOPPED
            return event("stopped" if is_stop else "refusal", shown_refusal(piece))


def _failed(error: Exception) -> str:
    log.warning("An answer failed after its stream had begun: %s.", type(error).__name__)
    return event("error", problem_of(error).detail)


class Done(BaseModel):
    """The reply is whole."""

    sentences: int


def event(name: str, data: BaseModel) -> str:
    """Return one event; JSON keeps line breaks escaped, so the data is one line."""
    return f"event: {name}\ndata: {json.dumps(data.model_dump(mode='json'))}\n\n"
