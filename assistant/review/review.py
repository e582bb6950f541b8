"""Everything that reviewing needs, joined: the queue, what fills it, and who may look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from assistant.review.approving import Approving, Judging
from assistant.review.colleagues import Directory
from assistant.review.first import ApprovedFirst
from assistant.review.lately import Lately
from assistant.review.queueing import Queueing
from assistant.review.reporting import Reporting
from assistant.review.reviewing import Reviewing
from assistant.review.seeing import NO_RESULTS, Results, Shelved
from retrieval.audit.event import Record
from retrieval.audit.record import KeptRecord
from retrieval.database import Database
from retrieval.drafts.draft import Left
from retrieval.drafts.drafts import Drafts
from retrieval.library import Library
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
    """The queue; `queueing` is told what becomes of questions, and closed at the end.

    `approving` is None where nothing can be approved.
    """

    cases: Cases
    drafts: Drafts
    queueing: Queueing
    reporting: Reporting
    reviewing: Reviewing
    put: Put
    approving: Approving | None = None

    @property
    def first(self) -> ApprovedFirst | None:
        """Return what the assistant asks before it looks for anything."""
        return self.approving.first if self.approving else None

    def with_approved(
        self,
        database: Database,
        record: KeptRecord,
        library: Library,
        directory: Directory,
        judging: Judging,
    ) -> Review:
        """Return the same with approved answers, kept in this database."""
        cases, reviewing = self.cases, self.reviewing
        joined = Approving.over(database, record, library, directory, judging, cases, reviewing)
        return replace(self, approving=joined)

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
        if self.approving is not None:
            await self.approving.tidy()

    @classmethod
    def over(
        cls,
        cases: Cases,
        drafts: Drafts,
        library: Shelved,
        record: Record,
        put: Put | None = None,
        results: Results = NO_RESULTS,
    ) -> Review:
        """Return what works on these cases; accepted drafts are put nowhere unless it is said.

        `results` are those of tools: without it, a case that rests on one opens to nobody.
        """
        lately = Lately()
        return cls(
            cases,
            drafts,
            Queueing(cases, lately),
            Reporting(cases, lately, record),
            Reviewing(cases, drafts, library, record, results),
            put or PutNowhere(),
        )
