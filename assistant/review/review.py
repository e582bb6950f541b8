"""Everything that reviewing needs, joined: the queue, what fills it, and who may look."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.review.lately import Lately
from assistant.review.queueing import Queueing
from assistant.review.reporting import Reporting
from assistant.review.reviewing import Opened, Reviewing
from retrieval.audit.event import Record
from retrieval.review.cases import Cases


@dataclass(frozen=True, slots=True)
class Review:
    """The queue; `queueing` is told what becomes of questions, and closed at the end."""

    cases: Cases
    queueing: Queueing
    reporting: Reporting
    reviewing: Reviewing

    async def forget(self, person: str) -> int:
        """Let go of somebody who was erased; return how many cases of theirs were there."""
        self.queueing.forget(person)
        return await self.cases.sweep()

    @classmethod
    def over(cls, cases: Cases, library: Opened, record: Record) -> Review:
        """Return what works on these cases."""
        lately = Lately()
        return cls(
            cases,
            Queueing(cases, lately),
            Reporting(cases, lately, record),
            Reviewing(cases, library, record),
        )
