"""What people say of answers in Slack: kept, on record, and looked at by whoever reviews.

A verdict is a code; words that somebody adds go to the review queue alone, sealed with their key.
What is said to be not helpful becomes a case there, and a draft of a test case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import delete

from assistant.review.reporting import Reporting
from assistant.review.seeing import calls_of
from assistant.slack.evidence import Evidence, Keys, named
from assistant.watching import Scoring
from retrieval.access import Principal
from retrieval.audit.event import Act, Event, Json, Record
from retrieval.database import Database, insert_into
from retrieval.documents import now
from retrieval.drafts.drafts import Drafts
from retrieval.review.cases import LONGEST_NOTE, Cases
from retrieval.slack_tables import slack_feedback as table


class Verdict(StrEnum):
    """What somebody says of an answer."""

    HELPFUL = "helpful"
    NOT_HELPFUL = "not_helpful"
    NEEDS_HELP = "needs_help"


class Reason(StrEnum):
    """Why an answer was not helpful."""

    WRONG = "wrong"
    INCOMPLETE = "incomplete"
    OUTDATED = "outdated"
    OTHER_QUESTION = "other_question"
    MISSING_SOURCE = "missing_source"
    OTHER = "other"


TOLD: Final[Mapping[Reason, str]] = {
    Reason.WRONG: "It is wrong",
    Reason.INCOMPLETE: "Something is missing",
    Reason.OUTDATED: "It is out of date",
    Reason.OTHER_QUESTION: "It answers another question",
    Reason.MISSING_SOURCE: "The right document is not among the sources",
    Reason.OTHER: "Something else",
}


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says of what they were told; `told` is the id that it was asked under."""

    told: str
    verdict: Verdict
    reason: Reason | None = None
    note: str = ""


class Unscored:
    """Nobody takes scores."""

    def scored(self, answer_id: str, *, person: str, is_helpful: bool, reason: str) -> None:
        """Do nothing."""


class Feedback:
    """Takes what people say of answers."""

    def __init__(
        self,
        database: Database,
        keys: Keys,
        record: Record,
        reporting: Reporting,
        cases: Cases,
        drafts: Drafts,
        evidence: Evidence,
        scoring: Scoring | None = None,
        clock: Callable[[], int] = now,
    ) -> None:
        self._database = database
        self._keys = keys
        self._record = record
        self._reporting = reporting
        self._cases = cases
        self._drafts = drafts
        self._evidence = evidence
        self._scoring = scoring or Unscored()
        self._clock = clock

    async def take(self, said: Said, *, principal: Principal, origin: str) -> None:
        """Keep a verdict; what was said before of the same answer is replaced.

        Raises:
            Unavailable: it cannot be noted or kept now.
        """
        reason = said.reason.value if said.reason else ""
        about: dict[str, Json] = {"answer": said.told, "verdict": said.verdict.value}
        if reason:
            about["reason"] = reason
        await self._record.note(Event(Act.REPORT, principal.name, origin, about))
        await self._keep(said, reason, principal.name)
        if said.verdict is not Verdict.NEEDS_HELP:
            is_helpful = said.verdict is Verdict.HELPFUL
            self._scoring.scored(
                said.told, person=principal.name, is_helpful=is_helpful, reason=reason
            )

    async def report(self, said: Said, *, principal: Principal, origin: str) -> None:
        """Put an answer into the review queue with what was said of it, and draft a test case.

        Raises:
            NotFound: what they were told is not kept any longer.
            ReportedOften: they must wait.
            Unavailable: it cannot be noted or kept now.
        """
        above = [TOLD[said.reason]] if said.reason else []
        asks = ["I still need help"] if said.verdict is Verdict.NEEDS_HELP else []
        note = "\n".join([*asks, *above, said.note]).strip()[:LONGEST_NOTE]
        await self._recall(said.told, principal.name)
        number = await self._reporting.report(said.told, note, principal=principal, origin=origin)
        if number is None:
            return
        case = await self._cases.get(number)
        is_of_tools = bool(calls_of(case))  # no suite has what a tool gave
        if not is_of_tools and await self._drafts.make(case, by=principal.name):
            about: dict[str, Json] = {"do": "draft", "case": number}
            await self._record.note(Event(Act.REVIEW, principal.name, origin, about))

    async def _recall(self, answer_id: str, person: str) -> None:
        """Have it remembered what an answer was about, if it was told long ago or elsewhere."""
        if self._reporting.told(person, answer_id) is None:
            matter = await self._evidence.recalled(answer_id, person=person)
            if matter is not None:
                self._reporting.recall(matter)

    async def _keep(self, said: Said, reason: str, person: str) -> None:
        subject = await self._keys.subject(person)
        own = {"answer": named(said.told), "subject": subject.id}
        values = {"verdict": said.verdict.value, "reason": reason, "at": self._clock()}
        async with self._database.transaction() as connection:
            adding = insert_into(connection, table).values(**own, **values)
            keys = [table.c.answer, table.c.subject]
            adding = adding.on_conflict_do_update(index_elements=keys, set_=values)
            await connection.execute(adding)


async def tidy(database: Database, keys: Keys, before: int) -> int:
    """Forget what was said before an instant, and all that erased people said."""
    standing = await keys.standing()
    is_free = table.c.subject.not_in(sorted(standing.held))
    is_gone = (table.c.at < before) & is_free | table.c.subject.in_(sorted(standing.erased))
    async with database.transaction() as connection:
        return (await connection.execute(delete(table).where(is_gone))).rowcount
