"""What stands around the assistant, its model and its record to see how they do, from outside.

Nothing is changed on its way, nothing is kept of it but how long it took and how it ended.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Protocol

from assistant.answers import Question, Reply, Told, reply_of
from assistant.course import Clock, Ended, Going
from assistant.metrics import Metrics
from assistant.model import Model, ModelFailed
from assistant.prompt import Prompt
from assistant.recorded import Found
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
    """An assistant, every question of which is counted and timed as who asks sees it."""

    def __init__(
        self, assistant: Answering, metrics: Metrics, clock: Clock = time.monotonic
    ) -> None:
        self._assistant = assistant
        self._metrics = metrics
        self._clock = clock

    async def ask(self, question: Question) -> Reply:
        """Return an answer or a refusal."""
        return reply_of([told async for told in self.stream(question)])

    async def stream(self, question: Question) -> AsyncGenerator[Told, None]:
        """Yield the same piece by piece; close it when nobody takes them any longer."""
        going = Going(self._clock)
        self._metrics.question_began()
        try:
            async with aclosing(self._assistant.stream(question)) as pieces:
                async for piece in pieces:
                    going.take(piece)
                    yield piece
            going.end(Ended.ANSWERED)
        except BaseException as error:
            going.fail(error)
            raise
        finally:
            self._metrics.question_ended(going.course())

    def stop(self, answer_id: str, *, principal: Principal) -> None:
        """End an answer of this person's that is being written; raise `NotFound` if none is."""
        self._assistant.stop(answer_id, principal=principal)

    async def search(self, question: Question, limit: int) -> Sequence[Found]:
        """Return the best passages, best first."""
        with self._metrics.searching():
            return await self._assistant.search(question, limit)


class MeasuredModel:
    """A model whose first words are timed and whose failures are counted."""

    def __init__(self, model: Model, metrics: Metrics, clock: Clock = time.monotonic) -> None:
        self._model = model
        self._metrics = metrics
        self._clock = clock

    @property
    def name(self) -> str:
        """Return the model's name."""
        return self._model.name

    async def complete(self, prompt: Prompt) -> AsyncGenerator[str, None]:
        """Yield the answer as it is written; raise `ModelFailed` as the model does."""
        began, has_spoken = self._clock(), False
        try:
            async with aclosing(self._model.complete(prompt)) as pieces:
                async for piece in pieces:
                    if not has_spoken:
                        self._metrics.model_spoke(self._clock() - began)
                        has_spoken = True
                    yield piece
        except ModelFailed as failed:
            self._metrics.model_failed(failed.failing)
            raise


class MeasuredRecord:
    """A record whose notes are timed, and counted where they fail."""

    def __init__(self, record: Record, metrics: Metrics) -> None:
        self._record = record
        self._metrics = metrics

    async def note(self, event: Event) -> int:
        """Make an event durable and return its number; raise `Unavailable` as the record does."""
        try:
            with self._metrics.noting():
                return await self._record.note(event)
        except Exception:
            self._metrics.not_noted()
            raise
