"""What became of a question, and what of it a person should look at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from assistant.answers import Citation, Question, Refusal, RefusalReason, Sentence, Source, Withheld
from retrieval.documents import Passage, Status, Version, day_of, end_of
from retrieval.review.case import CaseKind, Circumstances, Flaw, Matter, Place, Said

EVALUATION = "evaluation"
"""The channel by which suites are asked: what becomes of those questions is looked at elsewhere."""

_LONGEST = 500
_MOST_EARLIER = 20
_USUAL = frozenset({Status.APPROVED, Status.DRAFT})


@dataclass(frozen=True, slots=True)
class Outcome:
    """A question with all that was found, told and withheld.

    `asked` is its number on record, `looked_for` the question made to stand alone, if it was, and
    `made_by` what answers: model and settings. It `differs` where the answer says that approved
    sources do; `approved` is the approved answer that was told, if it was one.
    """

    question: Question
    asked: int
    made_by: str
    passages: tuple[Passage, ...] = ()
    looked_for: str = ""
    sources: tuple[Source, ...] = ()
    sentences: tuple[Sentence, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    refusal: Refusal | None = None
    differs: bool = False
    approved: int | None = None


class Outcomes(Protocol):
    """Whoever takes note of what becomes of questions. It never fails and never waits."""

    def ended(self, outcome: Outcome) -> None:
        """Take note of one."""


class Untold:
    """Nobody takes note."""

    def ended(self, outcome: Outcome) -> None:
        """Do nothing."""


def to_review(outcome: Outcome) -> Matter | None:
    """Return what of an outcome a person should look at on their own account, if anything.

    One that was stopped is not refused: nothing can be said of it. Where all was withheld, that
    says more than that nothing was told. What an evaluation asks waits for nobody.
    """
    if outcome.question.channel == EVALUATION:
        return None
    if outcome.withheld:
        return _matter(CaseKind.WITHHELD, outcome, map(_written, outcome.withheld))
    refusal = outcome.refusal
    if refusal is None or refusal.reason is RefusalReason.STOPPED:
        return None
    return _matter(CaseKind.REFUSED, outcome, ())


def conflicting(outcome: Outcome) -> Matter | None:
    """Return what was told of sources that state different things, if they do."""
    if outcome.question.channel == EVALUATION or not (outcome.differs and outcome.sentences):
        return None
    return _matter(CaseKind.CONFLICTING, outcome, _told(outcome))


def reported(outcome: Outcome) -> Matter | None:
    """Return what its reader may say is not right: None if they were told nothing."""
    if not outcome.sentences and outcome.refusal is None:
        return None
    return _matter(CaseKind.REPORTED, outcome, _told(outcome))


def _told(outcome: Outcome) -> Iterator[Said]:
    versions = {each.number: each.version for each in outcome.sources}
    for each in outcome.sentences:
        yield Said(each.text, tuple(_cited(each.citations, versions)))


def _matter(kind: CaseKind, outcome: Outcome, said: Iterable[Said]) -> Matter:
    question = outcome.question
    recalled = [*question.rests_on, *(each for turn in question.earlier for each in turn.rests_on)]
    return Matter(
        kind=kind,
        asker=question.principal.name,
        question=outcome.looked_for or question.text,
        answer_id=question.id,
        asked=outcome.asked,
        made_by=outcome.made_by,
        evidence=tuple(dict.fromkeys(map(_found, outcome.passages))),
        said=tuple(said),
        recalled=tuple(sorted({each.id for each in recalled})),
        reason=outcome.refusal.reason.value if outcome.refusal else "",
        how=_circumstances(outcome),
        approved=outcome.approved,
    )


def _circumstances(outcome: Outcome) -> Circumstances:
    """Return how a question was asked; what is so for every question is not said."""
    question, scope = outcome.question, outcome.question.scope
    statuses = scope.statuses if scope.statuses != _USUAL else frozenset[Status]()
    return Circumstances(
        written=question.text if outcome.looked_for else "",
        earlier=tuple(each.asked for each in question.earlier[-_MOST_EARLIER:]),
        as_of=_chosen_day(scope.as_of),
        kinds=tuple(sorted(scope.kinds)),
        statuses=tuple(sorted(statuses)),
        sources=tuple(sorted(scope.sources)),
        parties=tuple(sorted(scope.parties)),
    )


def _chosen_day(instant: int) -> str:
    """Return the day whose last instant it is: whoever chooses a day asks of its end."""
    day = day_of(instant)
    return day.isoformat() if end_of(day) - 1 == instant else ""


def _written(withheld: Withheld) -> Said:
    cites = tuple(
        _place(
            each.passage.version, each.passage.id, each.span.start, each.span.end, each.span.page
        )
        for each in withheld.cited
    )
    flaws = tuple(Flaw(str(each.kind), each.piece[:_LONGEST]) for each in withheld.faults)
    return Said(withheld.text, cites, flaws)


def _cited(citations: Iterable[Citation], versions: Mapping[int, Version]) -> Iterator[Place]:
    for each in citations:
        yield _place(versions[each.source], each.passage_id, each.start, each.end, each.page)


def _found(passage: Passage) -> Place:
    return _place(passage.version, passage.id, passage.start, passage.end, passage.page)


def _place(version: Version, passage: int, start: int, end: int, page: int | None) -> Place:
    return Place(version.id, version.document_id, version.number, passage, start, end, page)
