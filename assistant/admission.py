"""Who is let in: before anything is looked for, and whichever way they come.

So many questions are open at once, and so many of one person. Beyond that a question is refused
at once, so that whoever is let in is answered in time; the last places are kept for people who
have nothing open yet, so that nobody's many questions keep others out.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager

from assistant.answers import Question, Reply, Told, reply_of
from assistant.measured import Answering
from assistant.recorded import Found
from assistant.turns import Room
from retrieval.access import Principal
from retrieval.errors import Busy

EACH = 8
_REMEMBERED = 32
_LONGEST_RETRY_SECONDS = 60
_FULL = "More is asked than can be answered now."
_YOURS = "More is asked than can be answered now, and something of yours is open already."


class Places:
    """Places for what is open at once: as many as the room has turns, and as may wait for one.

    Nobody has more than `each`. Once every turn is taken, and half of those who may wait do, a
    place is only for somebody who has none.
    """

    def __init__(
        self, room: Callable[[], Room], each: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._room = room
        self._each = each
        self._clock = clock
        self._open: Counter[str] = Counter()
        self._ended = 0
        self._seconds = 0.0

    @contextmanager
    def place_of(self, asker: str) -> Iterator[None]:
        """Lend a place while the block runs; raise `Busy` at once if there is none."""
        self._check(asker)
        self._open[asker] += 1
        began = self._clock()
        try:
            yield
        finally:
            self._took(self._clock() - began)
            self._open[asker] -= 1
            if not self._open[asker]:
                del self._open[asker]

    def check(self) -> None:
        """Raise `Busy` if there is no place for anybody."""
        room = self._room()
        if self._open.total() >= room.at_once + room.waiting:
            raise Busy(_FULL, self._retry_seconds())

    def _check(self, asker: str) -> None:
        self.check()
        room, own, taken = self._room(), self._open[asker], self._open.total()
        if own >= self._each or (own and taken >= room.at_once + room.waiting // 2):
            raise Busy(_YOURS, self._retry_seconds())

    def _took(self, seconds: float) -> None:
        self._ended = min(self._ended + 1, _REMEMBERED)
        self._seconds += (seconds - self._seconds) / self._ended

    def _retry_seconds(self) -> int:
        """Return how long it takes until what is open now has ended, going by what ended last."""
        return min(max(math.ceil(self._seconds), 1), _LONGEST_RETRY_SECONDS)


class Admission:
    """The places of questions, and those of searches: while answers are slow, searching goes on."""

    def __init__(
        self,
        room: Room | None = None,
        each: int = EACH,
        clock: Callable[[], float] = time.monotonic,
        turned_away: Callable[[], None] = lambda: None,
    ) -> None:
        fixed = room or Room()
        self._turned_away = turned_away
        self._turns: Callable[[], Room] = lambda: fixed
        self.questions = Places(lambda: self._turns(), each, clock)
        self.searches = Places(lambda: fixed, each, clock)

    def let_in(self) -> None:
        """Raise `Busy` if no question may be asked by anybody, and count it; it costs nothing.

        For an entrance to ask first: to find out who asks takes statements and threads, which are
        what those who were let in wait for.
        """
        try:
            self.questions.check()
        except Busy:
            self._turned_away()
            raise

    def follow(self, turns: Callable[[], Room]) -> None:
        """Go from now on by the turns that there are at the model for the places of questions."""
        self._turns = turns


class Admitted:
    """An assistant whose every question and search has a place, or is refused."""

    def __init__(self, assistant: Answering, admission: Admission) -> None:
        self._assistant = assistant
        self._admission = admission

    async def ask(self, question: Question) -> Reply:
        """Return an answer or a refusal; raise `Busy` at once if too much is asked."""
        return reply_of([told async for told in self.stream(question)])

    async def stream(self, question: Question) -> AsyncGenerator[Told, None]:
        """Yield the same piece by piece; close it when nobody takes them any longer."""
        with self._admission.questions.place_of(question.principal.name):
            async with aclosing(self._assistant.stream(question)) as pieces:
                async for piece in pieces:
                    yield piece

    def stop(self, answer_id: str, *, principal: Principal) -> None:
        """End an answer of this person's that is being written; raise `NotFound` if none is."""
        self._assistant.stop(answer_id, principal=principal)

    async def search(self, question: Question, limit: int) -> Sequence[Found]:
        """Return the best passages, best first; raise `Busy` at once if too much is searched."""
        with self._admission.searches.place_of(question.principal.name):
            return await self._assistant.search(question, limit)
