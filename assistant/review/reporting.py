"""A reader says that an answer of theirs is not right."""

from __future__ import annotations

from dataclasses import replace

from assistant.review.lately import Lately
from assistant.review.queueing import Kept
from retrieval.access import Principal
from retrieval.audit.event import Act, Event, Record
from retrieval.errors import Busy, NotFound, RetrievalError, Unavailable


class ReportedOften(Busy):
    """This person has reported so much that they must wait."""


class Reporting:
    """Makes cases of what readers report. Each is on record before it is kept."""

    def __init__(self, cases: Kept, lately: Lately, record: Record) -> None:
        self._cases = cases
        self._lately = lately
        self._record = record

    async def report(self, answer_id: str, note: str, *, principal: Principal, origin: str) -> None:
        """Put an answer that this person was told lately into the queue, once.

        Raises:
            NotFound: they were told no such answer lately; somebody else's looks the same.
            ReportedOften: they must wait.
            Unavailable: it cannot be noted or kept now.
        """
        person = principal.name
        told = self._lately.told(person, answer_id)
        if told is None:
            raise NotFound("There is no such answer that you were told lately.")
        if self._lately.is_reported(person, answer_id):
            return
        if wait := self._lately.wait_seconds(person):
            raise ReportedOften(
                f"Expected fewer reports at once, got one too many. Wait {wait} seconds.", wait
            )
        self._lately.report(person, answer_id)
        try:
            about = {"asked": told.asked}
            await self._record.note(Event(Act.REPORT, person, origin, about, {"note": note}))
            if await self._cases.open(replace(told, note=note)) is None:
                raise Unavailable(
                    "Expected room for a report, got a review queue that is full. Tell whoever "
                    "reviews, and report it again later."
                )
        except RetrievalError:
            self._lately.take_back(person, answer_id)
            raise
