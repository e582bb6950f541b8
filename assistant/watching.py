"""Who watches answers being written: told of each step, of what came of it, and of the end.

Which question a step belongs to goes along with the task that answers it and with every task that
this starts. A watcher is given what there is; what it keeps or passes on is its own to answer for.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeVar, runtime_checkable

from assistant.answers import Context, Question, Told
from assistant.completion import Usage
from assistant.course import Course
from assistant.model import Failing
from assistant.prompt import Prompt

T = TypeVar("T")


class Step(StrEnum):
    """What is done on the way to an answer."""

    RETRIEVE = "retrieve"
    COMPOSE = "compose"
    COMPLETE = "complete"
    VERIFY = "verify"
    QUOTE = "quote"
    RECORD = "record"
    SEARCH = "search"
    CALL = "call"


@dataclass(frozen=True, slots=True)
class Spoken:
    """A model's first word came after so many seconds, its turn not waited for."""

    model: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Written:
    """All that a model wrote for one prompt, whole or not."""

    text: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A sentence was held against the words that it cites; `faults` are kinds, fixed words."""

    is_carried: bool
    cited: int
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Noted:
    """An event is on record: its kind and its number there."""

    act: str
    number: int


@dataclass(frozen=True, slots=True)
class Quoted:
    """So many sentences were quoted, and so many of them are word for word what they cite."""

    chosen: int
    kept: int


@dataclass(frozen=True, slots=True)
class Called:
    """A tool was called: its name, "" where there is none of that name, and what came of it."""

    tool: str
    came: str


Seen = Context | Prompt | Spoken | Written | Usage | Failing | Checked | Quoted | Noted | Called
"""What came of a step: passages found, a prompt composed, how a model did, what was checked."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Asked:
    """A question that is being answered: no two are equal, though the same was asked."""

    question: Question


class Watching(Protocol):
    """Whoever watches answers being written. It never fails, and never makes anybody wait."""

    def began(self, asked: Asked) -> None:
        """Note that a question is being answered from now on."""

    def told(self, asked: Asked, piece: Told) -> None:
        """Note what who asked is told."""

    def ended(self, asked: Asked, course: Course) -> None:
        """Note how it went."""

    def step(self, step: Step) -> AbstractContextManager[object]:
        """Return a block in which that is done, for the question of this task if there is one."""

    def saw(self, seen: Seen) -> None:
        """Note what came of it."""


class Unwatched:
    """Nobody watches."""

    def began(self, asked: Asked) -> None:
        """Note nothing."""

    def told(self, asked: Asked, piece: Told) -> None:
        """Note nothing."""

    def ended(self, asked: Asked, course: Course) -> None:
        """Note nothing."""

    def step(self, step: Step) -> AbstractContextManager[object]:
        """Return a block that nobody looks at."""
        return nullcontext()

    def saw(self, seen: Seen) -> None:
        """Note nothing."""


@runtime_checkable
class Scoring(Protocol):
    """Where scores of answers go. It never fails and never waits."""

    def scored(self, answer_id: str, *, person: str, is_helpful: bool, reason: str) -> None:
        """Note what a person said of what they were told under this id; `reason` is a code."""


class Watchers:
    """Several who watch the same."""

    def __init__(self, *watching: Watching) -> None:
        self._all = watching

    @contextmanager
    def along(self, watching: Watching) -> Iterator[None]:
        """Let one more watch while the block runs."""
        self._all += (watching,)
        try:
            yield
        finally:
            self._all = tuple(each for each in self._all if each is not watching)

    def began(self, asked: Asked) -> None:
        """Tell each that a question is being answered."""
        for each in self._all:
            each.began(asked)

    def told(self, asked: Asked, piece: Told) -> None:
        """Tell each what who asked is told."""
        for each in self._all:
            each.told(asked, piece)

    def ended(self, asked: Asked, course: Course) -> None:
        """Tell each how it went."""
        for each in self._all:
            each.ended(asked, course)

    def scored(self, answer_id: str, *, person: str, is_helpful: bool, reason: str) -> None:
        """Tell each that takes scores what was said of an answer."""
        for each in self._all:
            if isinstance(each, Scoring):
                each.scored(answer_id, person=person, is_helpful=is_helpful, reason=reason)

    @contextmanager
    def step(self, step: Step) -> Iterator[None]:
        """Return a block that each looks at."""
        with ExitStack() as stack:
            for each in self._all:
                stack.enter_context(each.step(step))
            yield

    def saw(self, seen: Seen) -> None:
        """Tell each what came of a step."""
        for each in self._all:
            each.saw(seen)


_asked: ContextVar[Asked | None] = ContextVar("asked", default=None)


def asked_here() -> Asked | None:
    """Return the question that this task works on."""
    return _asked.get()


async def working_on(asked: Asked, pieces: AsyncGenerator[T, None]) -> AsyncGenerator[T, None]:
    """Yield the pieces, each made while `asked` is what the task works on that takes it.

    It is set anew for each, because another task may take the next. Closes the pieces in the end.
    """
    try:
        while True:
            with at_work_on(asked):
                try:
                    piece = await anext(pieces)
                except StopAsyncIteration:
                    return
            yield piece
    finally:
        with at_work_on(asked):
            await pieces.aclose()


@contextmanager
def at_work_on(asked: Asked) -> Iterator[None]:
    """Let this task, and what it starts, work on a question while the block runs."""
    token = _asked.set(asked)
    try:
        yield
    finally:
        _asked.reset(token)
