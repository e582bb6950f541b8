"""Approved answers that are shown no longer come back to the reviewers, once for each reason."""

from __future__ import annotations

import logging
from datetime import date
from typing import Final

from assistant.review.queueing import Kept
from retrieval.approved.answers import ApprovedAnswers
from retrieval.approved.approved import Approved, Lapse
from retrieval.audit.record import OPERATOR
from retrieval.documents import day_of, now
from retrieval.errors import RetrievalError
from retrieval.review.case import CaseKind, Matter, Said

_KINDS: Final = {Lapse.CHANGED: CaseKind.CHANGED, Lapse.DUE: CaseKind.DUE}

_log = logging.getLogger(__name__)


class Lookouts:
    """Finds what has lapsed, and opens a case of it. It fails nobody's answer."""

    def __init__(self, answers: ApprovedAnswers, cases: Kept) -> None:
        self._answers = answers
        self._cases = cases

    async def lapsed(self, approved: Approved, why: Lapse) -> None:
        """Open a case of an answer that is shown no longer, if none was opened for that yet."""
        try:
            if await self._answers.is_queued(approved, why):
                return
            if await self._cases.open(matter_of(approved, why)) is not None:
                await self._answers.queue(approved, why)
        except RetrievalError as error:  # the next look tries again
            _log.error("A lapsed answer is not in the queue: %s.", type(error).__name__)

    async def look(self) -> int:
        """Look at every published answer; return how many are shown no longer."""
        every = [each.approved for each in await self._answers.known()]
        cited = frozenset[int]().union(*(each.edition.content.versions for each in every))
        in_force = await self._answers.in_force(cited) if cited else frozenset[int]()
        today, count = _today(), 0
        for each in every:
            if why := _lapse(each, in_force, today):
                count += 1
                await self.lapsed(each, why)
        return count


def _lapse(approved: Approved, in_force: frozenset[int], today: date) -> Lapse | None:
    content = approved.edition.content
    if not content.versions <= in_force:
        return Lapse.CHANGED
    return Lapse.DUE if content.review_by < today else None


def matter_of(approved: Approved, why: Lapse) -> Matter:
    """Return what a reviewer should look at; it is sealed for whoever owns the answer."""
    content = approved.edition.content
    return Matter(
        kind=_KINDS[why],
        asker=content.owner or approved.edition.by or OPERATOR.by,
        question=content.question,
        answer_id="",
        asked=0,
        made_by="",
        evidence=tuple(dict.fromkeys(at for each in content.sentences for at in each.cites)),
        said=tuple(Said(each.text, each.cites, each.flaws) for each in content.sentences),
        approved=approved.id,
    )


def _today() -> date:
    return day_of(now())
