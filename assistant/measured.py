"""What stands around the assistant, its model and its record and tells who watches how they do.

Nothing is changed on its way.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Protocol

from assistant.answers import Question, Reply, Told, reply_of
from assistant.course import Clock, Ended, Going
from assistant.model import Model, ModelFailed
from assistant.prompt import Prompt
from assistant.recorded import Found
from assistant.watching import Asked, Noted, Spoken, Step, Watching, Written, working_on
from retrieval.access import Principal
from retrieval.audit.event import Event, Record


class Answering(Protocol):
    """The assistant that is measured."""

    def stream(self, question: Question) -> AsyncGenerator[Told, None]:
        """Yield an answer or a refusal, piece by piece."""

    def stop(self, answer_id: str, *, principal: Principal) -> None:
        """End an answer of this person's; raise `NotFound` if none is being written."""

    async def search(self, question: Question, limit: int) -> Sequence[Found]:
        """Return the best passages, best first."""


class Measured:
    """An assistant, every question of which is watched as who asks sees it."""

    def __init__(
        self, assistant: Answering, watching: Watching, clock: Clock = time.monotonic
    ) -> None:
        self._assistant = assistant
        self._watching = watching
        self._clock = clock

    async def ask(self, question: Question) -> Reply:
        """Return an answer or a refusal."""
        return reply_of([told async for told in self.stream(question)])

    async def stream(self, question: Question) -> AsyncGenerator[Told, None]:
        """Yield the same piece by piece; close it when nobody takes them any longer."""
        asked, going = Asked(question), Going(self._clock)
        self._watching.began(asked)
        try:
            async with aclosing(working_on(asked, self._assistant.stream(question))) as pieces:
                async for piece in pieces:
                    going.take(piece)
                    self._watching.told(asked, piece)
                    yield piece
            going.end(Ended.ANSWERED)
        except BaseException as error:
            going.fail(error)
            raise
        finally:
            self._watching.ended(asked, going.course())

    def stop(self, answer_id: str, *, principal: Principal) -> None:
        """End an answer of this person's that is being written; raise `NotFound` if none is."""
        self._assistant.stop(answer_id, principal=principal)

    async def search(self, question: Question, limit: int) -> Sequence[Found]:
        """Return the best passages, best first."""
        with self._watching.step(Step.SEARCH):
            return await self._assistant.search(question, limit)


class MeasuredModel:
    """A model whose first words are timed and whose failures are told."""

    def __init__(self, model: Model, watching: Watching, clock: Clock = time.monotonic) -> None:
        self._model = model
        self._watching = watching
        self._clock = clock

    @property
    def name(self) -> str:
        """Return the model's name."""
        return self._model.name

    async def complete(self, prompt: Prompt) -> AsyncGenerator[str, None]:
        """Yield the answer as it is written; raise `ModelFailed` as the model does."""
        began, written = self._clock(), list[str]()
        with self._watching.step(Step.COMPLETE):
            try:
                async with aclosing(self._model.complete(prompt)) as pieces:
                    async for piece in pieces:
                        if not written and not prompt.offered:
                            seconds = self._clock() - began
                            self._watching.saw(Spoken(self._model.name, seconds))
                        written.append(piece)
                        yield piece
            except ModelFailed as failed:
                self._watching.saw(failed.failing)
                raise
            finally:
                self._watching.saw(Written("".join(written)))


class MeasuredRecord:
    """A record whose notes are timed, and told of where they fail."""

    def __init__(self, record: Record, watching: Watching) -> None:
        self._record = record
        self._watching = watching

    async def note(self, event: Event) -> int:
        """Make an event durable and return its number; raise `Unavailable` as the record does."""
        with self._watching.step(Step.RECORD):
            number = await self._record.note(event)
        self._watching.saw(Noted(event.act.value, number))
        return number
