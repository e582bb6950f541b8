"""How one question goes: which way it was answered, how it ended, and when. No words of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from assistant.answers import Asking, Opening, Refusal, RefusalReason, Sentence, Told
from retrieval.errors import BadRequest, Busy, NotFound, Unavailable

Clock = Callable[[], float]
"""Seconds that only grow."""


class Mode(StrEnum):
    """How an answer came about; NONE if there was none."""

    MODEL = "model"
    QUOTES = "quotes"
    APPROVED = "approved"
    NONE = "none"


class Ended(StrEnum):
    """How a question ended that was not refused for a reason.

    ASKED: nothing was said but what waits for the asker's word. LEFT: who asked did not wait.
    BUSY: too many asked. REJECTED: it could not be asked like that.
    UNAVAILABLE: a part was not there. FAILED: by a fault of ours.
    """

    ANSWERED = "answered"
    ASKED = "asked"
    LEFT = "left"
    BUSY = "busy"
    REJECTED = "rejected"
    UNAVAILABLE = "unavailable"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Course:
    """How one question went; `first_seconds` is until the first sentence, None without one.

    `error` is the class of what ended it, if it did not end well.
    """

    mode: Mode
    outcome: Ended | RefusalReason
    seconds: float
    first_seconds: float | None = None
    sentences: int = 0
    error: str = ""


class Going:
    """One question while it is answered. How it ended first is how it ended."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began = clock()
        self._mode = Mode.NONE
        self._first: float | None = None
        self._sentences = 0
        self._has_asked = False
        self._outcome: Ended | RefusalReason | None = None
        self._error = ""
        self._seconds = 0.0

    def take(self, piece: Told) -> None:
        """Note a piece as it is told."""
        match piece:
            case Opening():
                self._mode = Mode(piece.mode)
            case Sentence():
                self._sentences += 1
                if self._first is None:
                    self._first = self._clock() - self._began
            case Asking():
                self._has_asked = True
            case Refusal():
                self.end(piece.reason)

    def end(self, outcome: Ended | RefusalReason) -> None:
        """Note how it ended."""
        if self._outcome is None:
            is_asked = outcome is Ended.ANSWERED and self._has_asked and not self._sentences
            self._outcome = Ended.ASKED if is_asked else outcome
            self._seconds = self._clock() - self._began

    def fail(self, error: BaseException) -> None:
        """Note what ended it before its end."""
        outcome = _ended_by(error)
        if self._outcome is None and outcome is not Ended.LEFT:
            self._error = type(error).__name__
        self.end(outcome)

    def course(self) -> Course:
        """Return how it went, once it has ended."""
        assert self._outcome is not None
        return Course(
            self._mode, self._outcome, self._seconds, self._first, self._sentences, self._error
        )


def _ended_by(error: BaseException) -> Ended:
    match error:
        case GeneratorExit() | asyncio.CancelledError():
            return Ended.LEFT
        case Busy():
            return Ended.BUSY
        case Unavailable():
            return Ended.UNAVAILABLE
        case BadRequest() | NotFound():
            return Ended.REJECTED
        case _:
            return Ended.FAILED
