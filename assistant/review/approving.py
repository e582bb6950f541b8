"""Approved answers, joined: what is kept, who publishes, what is shown first, what lapses."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.carried import Bounds, Verifier
from assistant.review.answering import Answering
from assistant.review.colleagues import Colleagues, Directory
from assistant.review.first import ApprovedFirst
from assistant.review.lookout import Lookouts
from assistant.review.matching import Matching
from assistant.review.publishing import Publishing
from assistant.review.reviewing import Reviewing
from assistant.review.working import Working
from assistant.writer import Checking
from retrieval.approved.answers import ApprovedAnswers
from retrieval.approved.pinning import Pinning
from retrieval.audit.record import KeptRecord
from retrieval.database import Database
from retrieval.embedder import Embedder
from retrieval.keywords import Terms
from retrieval.library import Library
from retrieval.review.cases import Cases
from retrieval.review.working import Work


@dataclass(frozen=True, slots=True)
class Judging:
    """What tells whether questions are alike, and whether words carry a sentence."""

    embedder: Embedder
    terms: Terms
    checking: Checking

    @classmethod
    def of(cls, embedder: Embedder, terms: Terms) -> Judging:
        """Return what judges by rules and a fitted curve, as of what a model writes."""
        return cls(embedder, terms, Verifier(embedder, terms, Bounds.load()))


@dataclass(frozen=True, slots=True)
class Approving:
    """All that works on approved answers; `first` is what the assistant asks."""

    answers: ApprovedAnswers
    publishing: Publishing
    lookouts: Lookouts
    first: ApprovedFirst
    working: Working

    async def tidy(self) -> None:
        """Let go of what the erased wrote and of what cites lost sources; look for what lapsed."""
        await self.working.let_go()
        await self.answers.sweep()
        await self.lookouts.look()

    @classmethod
    def over(
        cls,
        database: Database,
        record: KeptRecord,
        library: Library,
        directory: Directory,
        judging: Judging,
        cases: Cases,
        reviewing: Reviewing,
    ) -> Approving:
        """Return what works on the approved answers of this database."""
        answers = ApprovedAnswers(database, record)
        matching = Matching(answers, judging.embedder, judging.terms)
        colleagues = Colleagues(directory, library)
        answering = Answering(library, Pinning(database), judging.checking)
        lookouts = Lookouts(answers, cases)
        return cls(
            answers,
            Publishing(answers, answering, matching, library, colleagues, record),
            lookouts,
            ApprovedFirst(matching, library, lookouts),
            Working(Work(database, record), reviewing, colleagues, record),
        )
