"""An approved answer comes first, to whoever is among its readers and may read all it cites, now.

It is the whole reply: beside it, what a model writes of the same would only make its reader wonder
which of both holds. It is not shown of a day that has been, of sources that the question leaves
out, after its review-by date, or once a version that it cites is no longer in force: then a
reviewer is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol

from assistant.answers import Answer, Citation, Named, Question, Sentence, Source
from assistant.review.matching import Matching
from assistant.review.seeing import Opened
from retrieval.approved.approved import Approved, Lapse
from retrieval.documents import Passage, day_of, now
from retrieval.review.case import Place

MODE: Final = "approved"
BY_HAND: Final = (
    "A reviewer published a part of this by hand, though the check of its words objected."
)


class Lookout(Protocol):
    """Whoever is told of approved answers that are not shown any longer."""

    async def lapsed(self, approved: Approved, why: Lapse) -> None:
        """Take note of one."""


@dataclass(frozen=True, slots=True)
class First:
    """An approved answer as it is told, and the passages that it cites."""

    answer: Answer
    passages: tuple[Passage, ...]


class ApprovedFirst:
    """Answers from what was approved, where that is asked for."""

    def __init__(self, matching: Matching, library: Opened, lookout: Lookout) -> None:
        self._matching = matching
        self._library = library
        self._lookout = lookout

    async def of(self, question: Question) -> First | None:
        """Return the approved answer to a question, or None if there is none for who asks.

        `question.principal` is whoever will see it: with whom sources are shut, and who reads
        along, counts.
        """
        if question.skips_approved or day_of(question.scope.as_of) != day_of(now()):
            return None
        keys = question.principal.keys
        for approved in await self._matching.asked_for(question.text, keys):
            if first := await self._shown(approved, question):
                return first
        return None

    async def _shown(self, approved: Approved, question: Question) -> First | None:
        content, principal = approved.edition.content, question.principal
        readable = await self._library.readable(content.versions, principal=principal)
        if readable.keys() < content.versions:
            return None
        if not all(question.scope.admits(each) for each in readable.values()):
            if not all(each.in_force.covers(now()) for each in readable.values()):
                await self._lookout.lapsed(approved, Lapse.CHANGED)
            return None
        if content.review_by < day_of(now()):
            await self._lookout.lapsed(approved, Lapse.DUE)
            return None
        places = [place for each in content.sentences for place in each.cites]
        ids = {each.passage_id for each in places}
        passages = await self._library.passages(ids, principal=principal)
        if not all(_holds(each, passages) for each in places):
            await self._lookout.lapsed(approved, Lapse.CHANGED)
            return None
        cited = tuple(passages[each] for each in dict.fromkeys(at.passage_id for at in places))
        return First(_answer(approved, question, passages), cited)


def _holds(place: Place, passages: Mapping[int, Passage]) -> bool:
    """Return whether the characters cited are in the passage that they were taken from."""
    passage = passages.get(place.passage_id)
    if passage is None or passage.version.id != place.version_id:
        return False
    return passage.start <= place.start < place.end <= passage.end


def _answer(approved: Approved, question: Question, passages: Mapping[int, Passage]) -> Answer:
    stated = approved.edition.content.sentences
    cited = (place for each in stated for place in each.cites)
    versions = dict.fromkeys(passages[each.passage_id].version for each in cited)
    numbers = {version.id: number for number, version in enumerate(versions, 1)}
    as_of = question.scope.as_of
    sources = tuple(Source(numbers[each.id], each, each.status_at(as_of)) for each in versions)
    sentences = tuple(
        Sentence(each.text, tuple(_citations(each.cites, numbers, passages))) for each in stated
    )
    notices = (BY_HAND,) if any(each.by_hand for each in stated) else ()
    named = named_of(approved)
    return Answer(question, MODE, lead_of(named), sentences, sources, notices, approved=named)


def _citations(
    places: Sequence[Place], numbers: Mapping[int, int], passages: Mapping[int, Passage]
) -> Iterator[Citation]:
    for each in places:
        passage = passages[each.passage_id]
        words = passage.text[each.start - passage.start : each.end - passage.start]
        number = numbers[each.version_id]
        yield Citation(number, each.passage_id, each.start, each.end, each.page, words)


def named_of(approved: Approved) -> Named:
    """Return what a reader is told of an approved answer: whose it is, and until when."""
    edition = approved.edition
    content = edition.content
    return Named(approved.id, edition.number, content.owner, day_of(edition.at), content.review_by)


def lead_of(named: Named) -> str:
    """Return what stands above an approved answer."""
    by = f" by {named.owner}," if named.owner else ""
    approved, due = _written(named.approved_on), _written(named.review_by)
    return f"Approved answer,{by} {approved}, to be reviewed by {due}"


def _written(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
