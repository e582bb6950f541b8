"""What became of a question, and what of it a person should look at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from assistant.answers import Citation, Question, Refusal, RefusalReason, Sentence, Source, Withheld
from retrieval.documents import Passage, Version
from retrieval.review.case import CaseKind, Flaw, Matter, Place, Said

EVALUATION = "evaluation"
"""The channel by which suites are asked: what becomes of those questions is looked at elsewhere."""

_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Outcome:
    """A question with all that was found, told and withheld.

    `asked` is its number on record, `looked_for` the question made to stand alone, if it was, and
    `made_by` what answers: model and settings.
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


def reported(outcome: Outcome) -> Matter | None:
    """Return what its reader may say is not right: None if they were told nothing."""
    if not outcome.sentences and outcome.refusal is None:
        return None
    versions = {each.number: each.version for each in outcome.sources}
    told = (Said(each.text, tuple(_cited(each.citations, versions))) for each in outcome.sentences)
    return _matter(CaseKind.REPORTED, outcome, told)


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
    )


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
