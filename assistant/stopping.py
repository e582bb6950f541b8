"""Answers while they are being written: told piece by piece, and ended when they are stopped.

Whoever asks takes pieces; a task of its own writes them, a little ahead. To stop is to cancel that
task, which closes whatever it has open towards a model, and to give out nothing more.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractContextManager, aclosing, nullcontext
from typing import Protocol

from assistant.answers import Context, Opening, Piece, Question, Refusal, RefusalReason
from retrieval.access import Principal
from retrieval.errors import BadRequest, NotFound
from retrieval.halting import Deed, Sort, Stop, Work

STOPPED = "Answers are stopped for now."
STOPPED_FOR_YOU = "Answers are stopped for you."
SOURCE_STOPPED = "A source that this answer rests on was stopped, so it ends here."
BY_YOU = "You stopped this answer."
GOES_ON = "You can still search and read."

_AHEAD = 16

Pieces = AsyncGenerator[Piece, None]


class Standing(Protocol):
    """What is stopped, as answers need to know it."""

    async def of(self, deed: Deed) -> Stop | None:
        """Return what stops this now; raise `Unavailable` if that cannot be told."""

    def standing(self, deed: Deed) -> Stop | None:
        """Return what stops this, as last seen."""

    def shut(self) -> frozenset[str]:
        """Return the sources that no answer may rest on, as last seen."""

    def listening(self, told: Callable[[], None]) -> AbstractContextManager[None]:
        """Call `told` whenever something may have been stopped."""


class NeverStopped:
    """Nothing is ever stopped."""

    async def of(self, deed: Deed) -> Stop | None:
        """Return nothing."""

    def standing(self, deed: Deed) -> Stop | None:
        """Return nothing."""

    def shut(self) -> frozenset[str]:
        """Return no source."""
        return frozenset()

    def listening(self, told: Callable[[], None]) -> AbstractContextManager[None]:
        """Call nobody."""
        return nullcontext()


class Underway:
    """The answers being written in this process, each its asker's own."""

    def __init__(self, stops: Standing) -> None:
        self.stops = stops
        self._answers: dict[tuple[str, str], Answering] = {}
        self._closing: set[asyncio.Task[None]] = set()

    async def told(self, question: Question, pieces: Pieces) -> Pieces:
        """Yield the pieces as they are written; once stopped, a last refusal and nothing more.

        Close it (`contextlib.aclosing`) when nobody takes the pieces any longer: that ends the
        writing too.

        Raises:
            Unavailable: it cannot be told whether answers are stopped.
            BadRequest: this person has an answer of the same id under way.
        """
        key = (question.principal.name, question.id)
        if key in self._answers:
            raise BadRequest(
                "Expected an id that no other answer of yours has, got one that is being written. "
                "Choose another."
            )
        answering = self._answers[key] = Answering(question, pieces, self.stops)
        try:
            stop = await self.stops.of(answering.deed)
            if stop is not None:
                answering.end(_why(stop))
            with self.stops.listening(answering.look):
                while (piece := await answering.next()) is not None:
                    yield piece
        finally:
            del self._answers[key]
            self._close(answering)

    def stop(self, answer_id: str, *, principal: Principal) -> None:
        """End an answer of this person's.

        Raises:
            NotFound: they have no such answer under way here; somebody else's looks the same.
        """
        answering = self._answers.get((principal.name, answer_id))
        if answering is None:
            raise NotFound("There is no such answer of yours being written.")
        answering.end(BY_YOU)

    def _close(self, answering: Answering) -> None:
        """Cancel the writing, and hold on to it until it has let go of what it had open."""
        task = answering.cancel()
        if task is not None and not task.done():
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)


class Answering:
    """One answer being written. Once it is ended, not one more piece of it is given out."""

    def __init__(self, question: Question, pieces: Pieces, stops: Standing) -> None:
        self.deed = Deed(Work.ANSWER, user=question.principal.name, channel=question.channel)
        self._question = question
        self._pieces = pieces
        self._stops = stops
        self._sources: frozenset[str] = frozenset()
        self._written: deque[Piece] = deque()
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._why: str | None = None
        self._is_over = False

    async def next(self) -> Piece | None:
        """Return the next piece, or None after the last."""
        if self._why is None and self._task is None:
            self._task = asyncio.create_task(self._write())
            self._task.add_done_callback(self._finished)
        while not self._is_over:
            if self._why is not None:
                self._is_over = True
                return Refusal(self._question, RefusalReason.STOPPED, self._why, ())
            if self._written:
                return self._taken()
            assert self._task is not None
            if self._task.done():
                self._is_over = True
                self._task.result()
                break
            self._news.clear()
            await self._news.wait()
        return None

    def look(self) -> None:
        """End this if it, or a source that it rests on, is stopped by now."""
        for deed in (self.deed, *(Deed(Work.CITE, source=each) for each in self._sources)):
            stop = self._stops.standing(deed)
            if stop is not None:
                self.end(_why(stop))
                return

    def end(self, why: str) -> None:
        """Give out nothing more but why."""
        if self._why is None:
            self._why = why
            self._news.set()
            self.cancel()

    def cancel(self) -> asyncio.Task[None] | None:
        """Cancel the writing, and return its task if it had begun."""
        if self._task is not None:
            self._task.cancel()
        return self._task

    def _taken(self) -> Piece:
        piece = self._written.popleft()
        self._room.set()
        return piece

    async def _write(self) -> None:
        async with aclosing(self._pieces) as pieces:
            async for piece in pieces:
                if isinstance(piece, Context | Opening):
                    self._sources |= _sources_of(piece)
                    self.look()
                await self._give(piece)

    async def _give(self, piece: Piece) -> None:
        while len(self._written) >= _AHEAD:
            self._room.clear()
            await self._room.wait()
        self._written.append(piece)
        self._news.set()

    def _finished(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled():
            task.exception()  # read, so that one nobody waits for is not reported as lost
        self._news.set()


def _sources_of(piece: Context | Opening) -> frozenset[str]:
    versions = piece.passages if isinstance(piece, Context) else piece.sources
    return frozenset(each.version.source for each in versions)


def _why(stop: Stop) -> str:
    known = {Sort.USER: STOPPED_FOR_YOU, Sort.SOURCE: SOURCE_STOPPED}
    return f"{known.get(stop.target.sort, STOPPED)} {GOES_ON}"
