"""Everything that reviewing needs, joined: the queue, what fills it, and who may look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from assistant.review.lately import Lately
from assistant.review.queueing import Queueing
from assistant.review.reporting import Reporting
from assistant.review.reviewing import Reviewing
from assistant.review.seeing import Opened
from retrieval.audit.event import Record
from retrieval.drafts.draft import Left
from retrieval.drafts.drafts import Drafts
from retrieval.review.cases import Cases


class Put(Protocol):
    """Where drafts are put once an evaluator has accepted them."""

    async def take_out(self, left: Sequence[Left]) -> None:
        """Take the cases of people who were erased out again."""


class PutNowhere:
    """Nothing is put anywhere."""

    async def take_out(self, left: Sequence[Left]) -> None:
        """Do nothing."""


@dataclass(frozen=True, slots=True)
class Review:
    """The queue; `queueing` is told what becomes of questions, and closed at the end."""

    cases: Cases
    drafts: Drafts
    queueing: Queueing
    reporting: Reporting
    reviewing: Reviewing
    put: Put

    async def forget(self, person: str) -> int:
        """Let go of somebody who was erased; return how many cases of theirs were there."""
        self.queueing.forget(person)
        swept = await self.cases.sweep()
        await self.tidy()
        return swept

    async def tidy(self) -> None:
        """Let go of the drafts of whoever was erased, and of what was made of them."""
        await self.put.take_out(await self.drafts.of_the_erased())
        await self.drafts.sweep()

    @classmethod
    def over(
        cls,
        cases: Cases,
        drafts: Drafts,
        library: Opened,
        record: Record,
        put: Put | None = None,
    ) -> Review:
        """Return what works on these cases; accepted drafts are put nowhere unless it is said."""
        lately = Lately()
        return cls(
            cases,
            drafts,
            Queueing(cases, lately),
            Reporting(cases, lately, record),
            Reviewing(cases, drafts, library, record),
            put or PutNowhere(),
        )
