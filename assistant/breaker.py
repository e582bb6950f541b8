"""A breaker: a model that fails again and again is left alone for a while.

Five failures in a row open it. Then every request fails at once, but one in ten seconds, which
tries whether the model is back: its first word lets everybody in again, and one more failure
nobody. So it is closed a few seconds after the model is, as soon as somebody asks.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from assistant.model import Failing, Model, ModelFailed
from assistant.prompt import Prompt

COUNTED = frozenset({Failing.DOWN, Failing.SLOW, Failing.BROKEN, Failing.CUT})
"""What counts. A server that is busy, refuses a request or has said enough is there, and works."""


class Breaker:
    """A model that rests after `most_failures` in a row; `clock` gives seconds that only grow."""

    def __init__(
        self,
        model: Model,
        *,
        most_failures: int = 5,
        rest_seconds: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.times_opened = 0
        self._model = model
        self._most = most_failures
        self._rest_seconds = rest_seconds
        self._clock = clock
        self._failures = 0
        self._try_at: float | None = None

    @property
    def name(self) -> str:
        """Return the model's name."""
        return self._model.name

    @property
    def is_resting(self) -> bool:
        """Return whether the model is left alone."""
        return self._try_at is not None

    async def complete(self, prompt: Prompt) -> AsyncGenerator[str, None]:
        """Yield the model's answer; raise `ModelFailed`, at once while it rests."""
        attempt = _Attempt(self._admit(), self.times_opened)
        try:
            async with aclosing(self._model.complete(prompt)) as pieces:
                async for piece in pieces:
                    if not attempt.has_words:
                        attempt.has_words = True
                        self._spoke(attempt)
                    yield piece
            attempt.has_words = True
        except ModelFailed as failed:
            self._failed(attempt, failed.failing)
            attempt.is_told = True
            raise
        finally:
            if not attempt.is_told:
                self._ended(attempt)

    def _admit(self) -> bool:
        """Return whether this request tries out a resting model; raise `ModelFailed` if none may.

        The next may try after another rest, so that a request without an end blocks nobody.
        """
        if self._try_at is None:
            return False
        now = self._clock()
        if now < self._try_at:
            raise ModelFailed(Failing.RESTING, "The model failed often.", self._try_at - now)
        self._try_at = now + self._rest_seconds
        return True

    def _spoke(self, attempt: _Attempt) -> None:
        if attempt.is_trial:
            self._let_in()

    def _ended(self, attempt: _Attempt) -> None:
        """Note an answer that is whole, or that its reader had enough of."""
        if attempt.times_opened != self.times_opened:
            return
        if attempt.has_words:
            self._failures, self._try_at = 0, None
        elif attempt.is_trial and self._try_at is not None:
            self._try_at = self._clock()

    def _failed(self, attempt: _Attempt, failing: Failing) -> None:
        if attempt.times_opened != self.times_opened:
            return
        if failing not in COUNTED:
            if attempt.is_trial:
                self._let_in()
            return
        self._failures += 1
        if self._failures >= self._most:
            self.times_opened += self._try_at is None
            self._try_at = self._clock() + self._rest_seconds

    def _let_in(self) -> None:
        """Let everybody in, until one more failure."""
        self._failures, self._try_at = self._most - 1, None


class _Attempt:
    """One request: whether it tries out a resting model, and what became of it.

    What began before the model was last left alone says nothing about now: `times_opened` tells.
    """

    def __init__(self, is_trial: bool, times_opened: int) -> None:
        self.is_trial = is_trial
        self.times_opened = times_opened
        self.has_words = False
        self.is_told = False
