"""Pincite as a model that OpenAI's clients can use, with the caller's own token and rights."""

from __future__ import annotations

import logging
import secrets
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.responses import Response

from assistant.answers import Told, pieces_of
from assistant.http.ask import InAssistant, streamed
from assistant.http.errors import problem_of
from assistant.http.openai_asked import CHANNEL, MODEL, ChatIn
from assistant.http.openai_errors import FAILURES, failure_of
from assistant.http.openai_told import DONE, ChoiceOut, Chunks, CompletionOut, Written, data
from assistant.http.parts import HAS_ROOM, Asker, address_of
from assistant.signin.caller import Action, may
from retrieval.documents import now
from retrieval.errors import NotFound

router = APIRouter(prefix="/v1", tags=["openai"], responses=FAILURES)
log = logging.getLogger(__name__)

Address = Annotated[str, Depends(address_of)]


class ModelOut(BaseModel):
    """What can be asked. Since when is not told: `created` is zero."""

    id: str = MODEL
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str = MODEL


class ModelsOut(BaseModel):
    """All that can be asked."""

    object: Literal["list"] = "list"
    data: list[ModelOut]


@router.get("/models", summary="List the only model")
async def models(_: Asker) -> ModelsOut:
    """Return the list that clients choose from."""
    return ModelsOut(data=[ModelOut()])


@router.get("/models/{model}", summary="Look at the only model")
async def model(model: str, _: Asker) -> ModelOut:
    """Return the model of this name, if it is the one there is."""
    if model != MODEL:
        raise NotFound
    return ModelOut()


@router.post(
    "/chat/completions",
    summary="Ask a question in OpenAI's form",
    dependencies=[HAS_ROOM],
    response_model=CompletionOut,
    responses={200: {"content": {"text/event-stream": {"example": "data: {...}\n\n"}}}},
)
async def complete(
    asked: ChatIn, caller: Asker, assistant: InAssistant, address: Address
) -> CompletionOut | Response:
    """Answer the last user message from the sources; it may follow earlier ones of the user.

    The content is Markdown: each sentence with the marks of its footnotes, which stand at the end.
    `annotations` say where each mark stands (in characters) and, under `pincite`, which words it
    stands for; in a stream they come with the last choice. A refusal is content too.

    What fails before the first word has an error status; what fails later ends the stream with an
    `error` and without `[DONE]`: then nothing of the answer counts.
    """
    answer = f"chatcmpl-{secrets.token_hex(16)}"
    origin = caller.origin.replace("web", CHANNEL, 1)
    question = replace(
        asked.by(caller.principal, origin, answer),
        roles=caller.roles,
        may_act=may(caller, Action.ACT),
    )
    written = Written(address)
    if asked.stream:
        has_usage = bool(asked.stream_options and asked.stream_options.include_usage)
        chunks = Chunks(answer, now(), has_usage)
        return await streamed(_events(assistant.stream(question), written, chunks), _failed)
    for piece in pieces_of(await assistant.ask(question)):
        written.take(piece)
    written.end()
    choice = ChoiceOut(message=written.message())
    return CompletionOut(id=answer, created=now(), choices=[choice])


async def _events(
    pieces: AsyncGenerator[Told, None], written: Written, chunks: Chunks
) -> AsyncGenerator[str, None]:
    """Yield the text as it is told, in OpenAI's chunks, then where its words are from."""
    has_begun = False
    async with aclosing(pieces):
        async for piece in pieces:
            if not has_begun:
                yield chunks.event({"role": "assistant", "content": ""})
                has_begun = True
            if added := written.take(piece):
                yield chunks.event({"content": added})
    if added := written.end():
        yield chunks.event({"content": added})
    about = written.message().model_dump(mode="json", include={"annotations", "pincite"})
    yield chunks.event(about, "stop")
    if chunks.has_usage:
        yield chunks.usage()
    yield DONE


def _failed(error: Exception) -> str:
    log.warning("An answer failed after its stream had begun: %s.", type(error).__name__)
    return data(failure_of(problem_of(error)).model_dump())
