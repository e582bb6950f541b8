"""A prompt as tests of the client send it, and models at stand-ins."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from assistant.grammar import grammar_of
from assistant.model import Model
from assistant.prompt import Message, Numbered, Prompt
from assistant.sglang import Patience, SGLang
from retrieval.documents import Span

IDS = ("1.1", "1.2", "2.1")
ASKED = "Canary question?"
QUICK = Patience(
    connect_seconds=20, first_word_seconds=0.3, next_word_seconds=0.3, whole_seconds=20
)
PATIENT = Patience(20, 20, 20, 20)


def prompt_of(text: str = ASKED, *, salt: str = "pepper", most_tokens: int = 50) -> Prompt:
    """Return a prompt with three sentences that may be cited."""
    passage: Any = None  # the client sends ids only
    return Prompt(
        messages=(Message("system", "Answer from the passages."), Message("user", text)),
        sentences={each: Numbered(each, passage, Span(0, 1)) for each in IDS},
        grammar=grammar_of(IDS),
        salt=salt,
        most_tokens=most_tokens,
    )


@asynccontextmanager
async def sglang_at(url: str, **more: Any) -> AsyncIterator[SGLang]:
    """Lend a model at this address, patient unless told otherwise."""
    model = SGLang(url, "tiny", **({"patience": PATIENT} | more))
    try:
        yield model
    finally:
        await model.close()


async def whole(model: Model, prompt: Prompt | None = None) -> str:
    """Return all that it says."""
    return "".join([piece async for piece in model.complete(prompt or prompt_of())])
