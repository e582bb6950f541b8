"""An assistant that says what it is given to say, when it is let, for tests of what is shown."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from assistant.answers import (
    Citation,
    Notice,
    Opening,
    Question,
    Refusal,
    RefusalReason,
    Sentence,
    Source,
    Told,
)
from retrieval.access import Principal
from retrieval.documents import Version
from retrieval.errors import NotFound
from tests.assistant.http_world import ShelfLibrary

Step = Told | asyncio.Event | Exception


@dataclass
class Speaks:
    """`script` makes what is said: pieces, events to wait for, and errors to end with."""

    script: Callable[[Question], Iterable[Step]]
    asked: list[Question] = field(default_factory=list)
    found: Sequence[Any] = ()

    async def stream(self, question: Question) -> AsyncGenerator[Told, None]:
        self.asked.append(question)
        for step in self.script(question):
            if isinstance(step, asyncio.Event):
                await step.wait()
            elif isinstance(step, Exception):
                raise step
            else:
                yield step

    async def search(self, question: Question, limit: int) -> Sequence[Any]:
        return self.found

    def stop(self, answer_id: str, *, principal: Principal) -> None:
        raise NotFound("There is no such answer of yours being written.")


def version_of(library: ShelfLibrary, title: str) -> Version:
    """Return a version of the firm's by the beginning of its title."""
    return next(each.version for each in library.held if each.version.title.startswith(title))


def told(question: Question, version: Version, *sentences: str) -> list[Told]:
    """Return a model's answer that rests on one version."""
    cited = Citation(1, 4711, 10, 20, 1, "the words")
    return [
        Opening(question, "model", "", (), "small-model"),
        Source(1, version, "approved"),
        *(Sentence(each, (cited,)) for each in sentences),
    ]


def stopped(question: Question) -> Refusal:
    """Return what comes last when an answer is stopped."""
    return Refusal(question, RefusalReason.STOPPED, "You stopped this answer.", ())


def withheld() -> Notice:
    """Return that something was left out."""
    return Notice("A part of what was written is left out.")
