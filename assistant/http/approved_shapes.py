"""How approved answers are sent over HTTP: texts cleaned for showing; `words` are exact."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from assistant.http.review_shapes import shown_place
from assistant.review.answering import LONGEST_SENTENCE, Checked, Pick, Written
from assistant.review.publishing import LONGEST_QUESTION, Shown, Wanted
from retrieval.approved.approved import ApprovedState, Edition, Stated
from retrieval.documents import Status
from retrieval.plain import plain
from retrieval.review.case import Flaw, Place

_EXAMPLE: dict[str, Any] = {
    "question": "How much notice must the tenant give?",
    "sentences": [
        {
            "text": "The tenant must give ninety days of notice.",
            "citations": [{"document": "6f0c", "version": 2, "start": 120, "end": 182}],
        }
    ],
    "readers": ["group:legal"],
    "owner": "ann",
    "review_by": "2027-03-31",
}


class PickIn(BaseModel):
    """Characters `start` to `end` of the stored text of a document's version."""

    model_config = ConfigDict(extra="forbid")

    document: str = Field(min_length=1, max_length=200)
    version: int = Field(ge=1, le=2**31)
    start: int = Field(ge=0, le=2**40)
    end: int = Field(ge=1, le=2**40)


class SentenceIn(BaseModel):
    """A sentence and what it rests on; `by_hand` publishes it though the check objects."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(max_length=LONGEST_SENTENCE * 2)
    citations: list[PickIn] = Field(max_length=20)
    by_hand: bool = False

    def written(self) -> Written:
        """Return the sentence as it is checked."""
        picks = (Pick(each.document, each.version, each.start, each.end) for each in self.citations)
        return Written(_sound(self.text), tuple(picks), self.by_hand)


class SentencesIn(BaseModel):
    """Sentences to be checked; nothing is kept."""

    model_config = ConfigDict(extra="forbid")

    sentences: list[SentenceIn] = Field(max_length=20)


class WantedIn(SentencesIn):
    """What is to be published. Without an owner it is yours."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})

    question: str = Field(max_length=LONGEST_QUESTION * 2)
    readers: list[str] = Field(max_length=100)
    owner: str = Field("", max_length=200)
    review_by: date
    language: str = Field("en", max_length=20)

    def wanted(self, by: str) -> Wanted:
        """Return it as it is published by somebody."""
        return Wanted(
            _sound(self.question),
            tuple(each.written() for each in self.sentences),
            tuple(map(_sound, self.readers)),
            _sound(self.owner) or by,
            self.review_by,
            self.language,
        )


class ChangedIn(WantedIn):
    """A new edition; `after` is the number of the newest one that you know."""

    after: int = Field(ge=1, le=2**31)


class FlawOut(BaseModel):
    """What speaks against a sentence: a kind, and the piece of it."""

    kind: str
    piece: str


class CheckedOut(BaseModel):
    """What the check says of a sentence: whether the words cited carry it, and what not."""

    text: str
    is_carried: bool
    faults: list[FlawOut]


class ChecksOut(BaseModel):
    """What the check says of each sentence, in order."""

    sentences: list[CheckedOut]


class CitedOut(BaseModel):
    """The words that a published sentence rests on.

    `status` is how the version stands today, and `is_in_force` whether today is one of its days.
    `instead` is the number of the version that counts today where that is another.
    """

    document: str
    version: int
    status: Status
    is_in_force: bool
    instead: int | None = None
    title: str
    passage: int
    start: int
    end: int
    page: int | None
    words: str
    link: str


class StatedOut(BaseModel):
    """A published sentence; one `by_hand` was published though the check objected."""

    text: str
    by_hand: bool
    faults: list[FlawOut]
    citations: list[CitedOut] = []


class EditionOut(BaseModel):
    """What was published once: by whom, when, and for whom."""

    number: int
    question: str
    sentences: list[StatedOut]
    readers: list[str]
    owner: str
    language: str
    review_by: date
    published_by: str
    published_at: datetime


class AnswerOut(BaseModel):
    """An approved answer; where its sources are not yours to read, only that there is one.

    `newest` is what is shown; `editions` are all of them, newest first, with citations in the
    newest alone. A list of answers has no editions and no words.
    """

    id: int
    state: ApprovedState
    is_readable: bool
    case: int | None = None
    withdrawn_by: str = ""
    withdrawn_at: datetime | None = None
    newest: EditionOut | None = None
    editions: list[EditionOut] = []


class AnswersOut(BaseModel):
    """Approved answers, newest first; `earlier` is the `before` of the next list, or null."""

    answers: list[AnswerOut]
    earlier: int | None


def shown_checks(checked: list[Checked]) -> ChecksOut:
    """Return what the check said as it is sent."""
    return ChecksOut(
        sentences=[
            CheckedOut(
                text=plain(each.text), is_carried=each.is_carried, faults=shown_flaws(each.flaws)
            )
            for each in checked
        ]
    )


def shown_flaws(flaws: tuple[Flaw, ...]) -> list[FlawOut]:
    """Return what speaks against a sentence as it is sent."""
    return [FlawOut(kind=each.kind, piece=plain(each.piece)) for each in flaws]


def shown_approved_answer(shown: Shown) -> AnswerOut:
    """Return an approved answer as it is sent."""
    out = AnswerOut(id=shown.id, state=shown.state, is_readable=shown.approved is not None)
    if shown.approved is None:
        return out
    approved = shown.approved
    out.case, out.withdrawn_by = approved.case, approved.withdrawn_by
    out.withdrawn_at = _moment(approved.withdrawn_at) if approved.withdrawn_at else None
    out.newest = _edition(approved.edition, shown)
    out.editions = [_edition(each, None) for each in shown.editions]
    return out


def _edition(edition: Edition, shown: Shown | None) -> EditionOut:
    content = edition.content
    return EditionOut(
        number=edition.number,
        question=plain(content.question),
        sentences=[_stated(each, shown) for each in content.sentences],
        readers=sorted(content.readers),
        owner=plain(content.owner),
        language=content.language,
        review_by=content.review_by,
        published_by=plain(edition.by),
        published_at=_moment(edition.at),
    )


def _stated(stated: Stated, shown: Shown | None) -> StatedOut:
    return StatedOut(
        text=plain(stated.text),
        by_hand=stated.by_hand,
        faults=shown_flaws(stated.flaws),
        citations=[_cited(each, shown) for each in stated.cites] if shown else [],
    )


def _cited(place: Place, shown: Shown) -> CitedOut:
    version = shown.versions[place.version_id]
    found = shown_place(place, version, shown.words(place), shown.counting)
    return CitedOut.model_validate(found, from_attributes=True)


def _sound(text: str) -> str:
    """Return a text that every database keeps and every page can show."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode()


def _moment(instant: int) -> datetime:
    return datetime.fromtimestamp(instant, UTC)
