"""The answers told lately, so that whoever was told one can say that it is not right.

They are kept in memory: of each person a few, of a few people, for a day. After a restart, or at
another process, an answer can no longer be reported.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from retrieval.documents import now
from retrieval.review.case import Matter

_DAY_SECONDS = 86_400
_HOUR_SECONDS = 3_600


@dataclass(frozen=True, slots=True)
class Most:
    """How many people are remembered, how many answers of each, how many reports an hour."""

    people: int = 500
    answers: int = 20
    reports: int = 10


@dataclass(slots=True)
class _Answer:
    matter: Matter
    at: int
    is_reported: bool = False


@dataclass(slots=True)
class _Memory:
    answers: OrderedDict[str, _Answer] = field(default_factory=OrderedDict)
    reports: deque[int] = field(default_factory=deque)


class Lately:
    """What each person was told lately, by the name of the answer, and how often they reported."""

    def __init__(self, most: Most | None = None, clock: Callable[[], int] = now) -> None:
        self._most = most or Most()
        self._clock = clock
        self._people: OrderedDict[str, _Memory] = OrderedDict()

    def keep(self, matter: Matter) -> None:
        """Remember what somebody was told; the oldest is forgotten for it."""
        memory = self._people.setdefault(matter.asker, _Memory())
        self._people.move_to_end(matter.asker)
        memory.answers[matter.answer_id] = _Answer(matter, self._clock())
        memory.answers.move_to_end(matter.answer_id)
        while len(memory.answers) > self._most.answers:
            memory.answers.popitem(last=False)
        while len(self._people) > self._most.people:
            self._people.popitem(last=False)

    def told(self, person: str, answer_id: str) -> Matter | None:
        """Return what this person was told under this name, if it was lately."""
        answer = self._answer(person, answer_id)
        return answer.matter if answer else None

    def is_reported(self, person: str, answer_id: str) -> bool:
        """Return whether this person has said of it already that it is not right."""
        answer = self._answer(person, answer_id)
        return answer is not None and answer.is_reported

    def wait_seconds(self, person: str) -> int:
        """Return how long this person must wait before they may report again; 0 if not at all."""
        memory, instant = self._people.get(person), self._clock()
        if memory is None:
            return 0
        while memory.reports and memory.reports[0] <= instant - _HOUR_SECONDS:
            memory.reports.popleft()
        if len(memory.reports) < self._most.reports:
            return 0
        return memory.reports[0] + _HOUR_SECONDS - instant

    def report(self, person: str, answer_id: str) -> None:
        """Note that this person reports it."""
        if answer := self._answer(person, answer_id):
            answer.is_reported = True
            self._people[person].reports.append(self._clock())

    def take_back(self, person: str, answer_id: str) -> None:
        """Note that the report could not be kept, so that it may be tried again."""
        if answer := self._answer(person, answer_id):
            answer.is_reported = False

    def forget(self, person: str) -> None:
        """Forget all that this person was told."""
        self._people.pop(person, None)

    def _answer(self, person: str, answer_id: str) -> _Answer | None:
        memory = self._people.get(person)
        answer = memory.answers.get(answer_id) if memory else None
        is_lately = answer is not None and answer.at > self._clock() - _DAY_SECONDS
        return answer if is_lately else None
