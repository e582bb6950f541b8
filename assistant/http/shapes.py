"""What is shown over HTTP. Texts are cleaned for showing; `words` are exact."""

from __future__ import annotations

from datetime import date
from typing import Literal
from urllib.parse import quote

from pydantic import BaseModel

from assistant.answers import (
    Answer,
    Asking,
    Citation,
    Notice,
    Opening,
    Question,
    Refusal,
    RefusalReason,
    Reply,
    Sentence,
    Source,
    opening_of,
)
from assistant.http.approved_named import ApprovedOut, shown_approved
from assistant.http.confirmation_shapes import (
    AskingOut,
    ConfirmationOut,
    shown_asking,
    shown_confirmation,
)
from assistant.http.origin import origin_link
from retrieval.documents import Kind, Passage, Status, Version, day_of, now
from retrieval.plain import plain


class CitationOut(BaseModel):
    """The exact words that a sentence rests on; offsets are characters of the stored text.

    `head` stands above the list of which they are an item, "" where they are none.
    """

    source: int
    document: str
    version: int
    passage: int
    start: int
    end: int
    page: int | None
    words: str
    head: str = ""
    link: str


class SentenceOut(BaseModel):
    """One shown sentence; one that `differs` is another source's, and states otherwise."""

    text: str
    citations: list[CitationOut]
    differs: bool = False


class SourceOut(BaseModel):
    """A version that is cited, or near; taken in on `added_on`, from `origin_link`.

    `status` is that of the day asked for, and `today` how it stands now, null where that is the
    same. `overdue_since` is the first day on which its review was overdue, null while it is not.
    """

    number: int
    document: str
    version: int
    title: str
    kind: Kind
    status: Status
    today: Status | None = None
    effective_from: date | None
    expires_on: date | None
    added_on: date
    overdue_since: date | None = None
    owner: str
    uri: str
    origin_link: str
    link: str


class OpeningOut(BaseModel):
    """What an answer begins with: how it is made, and what it rests on.

    `looked_for` is the question made to stand alone, "" where it does already; `conversation`
    continues here, `turn` is this answer's name in it: "" where none is kept. `mode` is `model`,
    `quotes`, or `approved`: then a reviewer wrote it, and `approved` says whose it is.
    """

    outcome: Literal["answer"] = "answer"
    conversation: str = ""
    turn: str = ""
    looked_for: str = ""
    mode: str
    question: str
    as_of: date
    model: str
    lead: str
    sources: list[SourceOut]
    approved: ApprovedOut | None = None


class AnswerOut(OpeningOut):
    """Sentences, each pinned to the words it rests on, and what waits for your word beside them."""

    sentences: list[SentenceOut]
    notices: list[str]
    confirmation: ConfirmationOut | None = None


class NoticeOut(BaseModel):
    """What a reader must know of how an answer came about."""

    text: str


class RefusalOut(BaseModel):
    """Nothing is said, and why; the nearest sources are named."""

    outcome: Literal["refusal"] = "refusal"
    conversation: str = ""
    turn: str = ""
    looked_for: str = ""
    reason: RefusalReason
    text: str
    nearest: list[SourceOut]


class PassageOut(BaseModel):
    """A citable stretch of a version."""

    document: str
    version: int
    title: str
    kind: Kind
    status: Status
    effective_from: date | None
    uri: str
    start: int
    end: int
    page: int | None
    headings: list[str]
    text: str
    passage: int
    link: str


def source_link(document: str, version: int, start: int | None = None, end: int = 0) -> str:
    """Return our own address of a version, opened at a span if one is given."""
    path = f"/source/{quote(document, safe='')}/{version}"
    return path if start is None else f"{path}?start={start}&end={end}"


def shown(reply: Reply) -> AnswerOut | RefusalOut | AskingOut:
    """Return a reply as it is sent."""
    match reply:
        case Answer():
            return shown_answer(reply)
        case Refusal():
            return shown_refusal(reply)
        case Asking():
            return shown_asking(reply)


def shown_answer(answer: Answer) -> AnswerOut:
    """Return an answer as it is sent."""
    versions = {each.number: each.version for each in answer.sources}
    return AnswerOut(
        **dict(shown_opening(opening_of(answer))),
        sentences=[shown_sentence(each, versions) for each in answer.sentences],
        notices=[plain(each) for each in answer.notices],
        confirmation=shown_confirmation(answer.asking, answer.question.principal.name)
        if answer.asking
        else None,
    )


def shown_notice(notice: Notice) -> NoticeOut:
    """Return a notice as it is sent."""
    return NoticeOut(text=plain(notice.text))


def shown_opening(opening: Opening) -> OpeningOut:
    """Return the beginning of an answer as it is sent."""
    question = opening.question
    return OpeningOut(
        **continued(question),
        mode=opening.mode,
        model=plain(opening.model),
        question=plain(question.asked or question.text),
        as_of=day_of(opening.question.scope.as_of),
        lead=plain(opening.lead),
        sources=[shown_source(each) for each in opening.sources],
        approved=shown_approved(opening.approved),
    )


def continued(question: Question) -> dict[str, str]:
    """Return where a question stands, and as what it was looked for."""
    looked_for = plain(question.text) if question.asked else ""
    place = {"conversation": question.conversation or "", "turn": question.turn}
    return place | {"looked_for": looked_for}


def shown_refusal(refusal: Refusal) -> RefusalOut:
    """Return a refusal as it is sent."""
    return RefusalOut(
        **continued(refusal.question),
        reason=refusal.reason,
        text=plain(refusal.text),
        nearest=[shown_source(each) for each in refusal.nearest],
    )


def shown_sentence(sentence: Sentence, versions: dict[int, Version]) -> SentenceOut:
    """Return a sentence as it is sent; `versions` are by source number."""
    return SentenceOut(
        text=plain(sentence.text),
        citations=[shown_citation(each, versions[each.source]) for each in sentence.citations],
        differs=sentence.differs,
    )


def shown_citation(citation: Citation, version: Version) -> CitationOut:
    """Return a citation as it is sent."""
    return CitationOut(
        source=citation.source,
        document=version.document_id,
        version=version.number,
        passage=citation.passage_id,
        start=citation.start,
        end=citation.end,
        page=citation.page,
        words=citation.words,
        head=plain(citation.head),
        link=source_link(version.document_id, version.number, citation.start, citation.end),
    )


def shown_source(source: Source) -> SourceOut:
    """Return a source as it is sent."""
    version, instant = source.version, now()
    today = version.status_at(instant)
    return SourceOut(
        number=source.number,
        document=version.document_id,
        version=version.number,
        title=plain(version.title),
        kind=version.kind,
        status=Status(source.status),
        today=today if today != source.status else None,
        effective_from=version.effective_from,
        expires_on=version.expires_on,
        added_on=day_of(version.added_at),
        overdue_since=version.overdue_since(instant) if source.status == Status.APPROVED else None,
        owner=plain(version.owner),
        uri=plain(version.uri),
        origin_link=origin_link(version.link),
        link=source_link(version.document_id, version.number),
    )


def shown_passage(passage: Passage, instant: int) -> PassageOut:
    """Return a passage with its status at this instant."""
    version = passage.version
    return PassageOut(
        document=version.document_id,
        version=version.number,
        title=plain(version.title),
        kind=version.kind,
        status=version.status_at(instant),
        effective_from=version.effective_from,
        uri=plain(version.uri),
        start=passage.start,
        end=passage.end,
        page=passage.page,
        headings=[plain(each) for each in passage.headings],
        text=passage.text,
        passage=passage.id,
        link=source_link(version.document_id, version.number, passage.start, passage.end),
    )
