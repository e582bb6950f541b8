"""A reader says that an answer of theirs is not right."""

from __future__ import annotations

from dataclasses import replace

from assistant.review.lately import Lately
from assistant.review.queueing import Kept
from retrieval.access import Principal
from retrieval.audit.event import Act, Event, Record
from retrieval.errors import Busy, NotFound, RetrievalError, Unavailable
from retrieval.review.case import Matter


class ReportedOften(Busy):
    """This person has reported so much that they must wait."""


class Reporting:
    """Makes cases of what readers report. Each is on record before it is kept."""

    def __init__(self, cases: Kept, lately: Lately, record: Record) -> None:
        self._cases = cases
        self._lately = lately
        self._record = record

    def told(self, person: str, answer_id: str) -> Matter | None:
        """Return what this person was told lately under this name, as far as is remembered."""
        return self._lately.told(person, answer_id)

    def may_report(self, person: str, answer_id: str) -> bool:
        """Return whether this person was told this lately, and has not said that it is wrong."""
        return self.told(person, answer_id) is not None and not self._lately.is_reported(
            person, answer_id
        )

    def recall(self, matter: Matter) -> None:
        """Remember again what somebody was told, so that it can be reported."""
        self._lately.keep(matter)

    async def report(
        self, answer_id: str, note: str, *, principal: Principal, origin: str
    ) -> int | None:
        """Put an answer that this person was told lately into the queue, once.

        Return the number of its case; None if they have reported it already.

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
            return None
        if wait := self._lately.wait_seconds(person):
            raise ReportedOften(
                f"Expected fewer reports at once, got one too many. Wait {wait} seconds.", wait
            )
        self._lately.report(person, answer_id)
        try:
            about = {"asked": told.asked}
            await self._record.note(Event(Act.REPORT, person, origin, about, {"note": note}))
            number = await self._cases.open(replace(told, note=note))
            if number is None:
                raise Unavailable(
                    "Expected room for a report, got a review queue that is full. Tell whoever "
                    "reviews, and report it again later."
                )
        except RetrievalError:
            self._lately.take_back(person, answer_id)
            raise
        return number
