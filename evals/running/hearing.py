"""What is told of one question, and when; and what a watcher is told of it besides."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

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
from assistant.completion import Usage
from assistant.course import Course
from assistant.review.outcome import EVALUATION
from assistant.watching import Asked, Called, Checked, Quoted, Seen, Step, asked_here
from evals.running.sharing import Sharing


@dataclass(slots=True)
class Besides:
    """What is not told: what the model's server counted, sentences that were withheld.

    `model_seconds` is this question's share of the time in which the model was at work. `denied`
    are tools of which a call was denied, "" where there is none of the name.
    """

    tokens_read: int | None = None
    tokens_written: int | None = None
    withheld: int = 0
    model_seconds: float | None = None
    denied: list[str] = field(default_factory=list)

    def worked(self, seconds: float) -> None:
        """Note that the model was at work so much longer for this question."""
        self.model_seconds = (self.model_seconds or 0.0) + seconds

    def saw(self, seen: Seen) -> None:
        """Note what came of a step."""
        match seen:
            case Usage():
                self.tokens_read = (self.tokens_read or 0) + seen.prompt
                self.tokens_written = (self.tokens_written or 0) + seen.answer
            case Checked():
                self.withheld += not seen.is_carried
            case Called() if seen.came == "denied":
                self.denied.append(seen.tool)
            case Quoted():
                self.withheld += seen.chosen - seen.kept


@dataclass(slots=True)
class Heard:
    """A reply as it came; seconds count from when this was made."""

    began: float = field(default_factory=time.perf_counter)
    opening: Opening | None = None
    refusal: Refusal | None = None
    sources: list[Source] = field(default_factory=list)
    sentences: list[Sentence] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    first_seconds: float | None = None
    seconds: float = 0.0
    besides: Besides = field(default_factory=Besides)

    def take(self, piece: Told) -> None:
        """Note a piece as it comes."""
        match piece:
            case Opening():
                self.opening = piece
                self.sources += piece.sources
            case Source():
                self.sources.append(piece)
            case Sentence():
                self.sentences.append(piece)
            case Notice():
                self.notices.append(piece.text)
            case Refusal():
                self.refusal = piece
                self.sources += piece.nearest
        if self.first_seconds is None and isinstance(piece, Sentence | Refusal):
            self.first_seconds = time.perf_counter() - self.began

    def end(self) -> None:
        """Note that nothing more comes."""
        self.seconds = time.perf_counter() - self.began

    @property
    def question(self) -> Question | None:
        """Return the question as it was answered, made to stand alone where it was."""
        first = self.opening or self.refusal
        return first.question if first else None

    @property
    def was_stopped(self) -> bool:
        """Return whether it was stopped, by whomever."""
        return self.refusal is not None and self.refusal.reason is RefusalReason.STOPPED

    @property
    def shown(self) -> Iterable[Sentence]:
        """Return the sentences that stand; one that was stopped is not shown in part."""
        return () if self.refusal else self.sentences


class Overhearing:
    """A watcher that keeps what comes of a question until it is asked for, by the question's id."""

    def __init__(self) -> None:
        self._besides: dict[str, Besides] = {}
        self._sharing = Sharing()

    def besides(self, question: Question) -> Besides:
        """Return what came of a question, and forget it."""
        return self._besides.pop(question.id, Besides())

    def began(self, asked: Asked) -> None:
        """Note that a question is being answered from now on, if an evaluation asks it."""
        if asked.question.channel == EVALUATION:
            self._besides[asked.question.id] = Besides()

    def told(self, asked: Asked, piece: Told) -> None:
        """Note nothing: who asks is told the same."""

    def ended(self, asked: Asked, course: Course) -> None:
        """Note nothing: what came of it is asked for when it is over."""

    def step(self, step: Step) -> AbstractContextManager[object]:
        """Return a block that is timed if a model writes in it for a question of ours."""
        asked = asked_here()
        besides = self._besides.get(asked.question.id) if asked else None
        if step is not Step.COMPLETE or besides is None:
            return nullcontext()
        return self._sharing.at_work(besides.worked)

    def saw(self, seen: Seen) -> None:
        """Note what came of a step for the question of this task."""
        asked = asked_here()
        if asked is not None and asked.question.id in self._besides:
            self._besides[asked.question.id].saw(seen)
