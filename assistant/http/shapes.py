"""What is shown over HTTP. Texts are cleaned for showing; `words` are exact."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal
from urllib.parse import quote, urlsplit

from pydantic import BaseModel

from assistant.answers import (
    Answer,
    Citation,
    Notice,
    Opening,
    Question,
    Refusal,
    RefusalReason,
    Reply,
    Sentence,
    Source,
)
from assistant.http.parts import Found
from assistant.http.plain import plain
from assistant.http.requests import day_of
from retrieval.documents import Kind, Passage, Status, Version


class CitationOut(BaseModel):
    """The exact words that a sentence rests on; offsets are characters of the stored text."""

    source: int
    document: str
    version: int
    passage: int
    start: int
    end: int
    page: int | None
    words: str
    link: str


class SentenceOut(BaseModel):
    """One shown sentence; one that `differs` is another source's, and states otherwise."""

    text: str
    citations: list[CitationOut]
    differs: bool = False


class SourceOut(BaseModel):
    """A document version that is cited, or near. `origin_link` is where it came from."""

    number: int
    document: str
    version: int
    title: str
    kind: Kind
    status: Status
    effective_from: date | None
    expires_on: date | None
    owner: str
    uri: str
    origin_link: str
    link: str


class OpeningOut(BaseModel):
    """What an answer begins with: how it is made, and what it rests on.

    `looked_for` is the question made to stand alone, "" where it does already; `conversation`
    continues here, "" where none is kept.
    """

    outcome: Literal["answer"] = "answer"
    conversation: str = ""
    looked_for: str = ""
    mode: str
    question: str
    as_of: date
    model: str
    lead: str
    sources: list[SourceOut]


class AnswerOut(OpeningOut):
    """Sentences, each pinned to the words it rests on."""

    sentences: list[SentenceOut]
    notices: list[str]


class NoticeOut(BaseModel):
    """What a reader must know of how an answer came about."""

    text: str


class RefusalOut(BaseModel):
    """Nothing is said, and why; the nearest sources are named."""

    outcome: Literal["refusal"] = "refusal"
    conversation: str = ""
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


class HitOut(PassageOut):
    """A passage that was found; `score_rank` counts from 1, best first."""

    score_rank: int


class HitsOut(BaseModel):
    """What a search found."""

    hits: list[HitOut]


def source_link(document: str, version: int, start: int | None = None, end: int = 0) -> str:
    """Return our own address of a version, opened at a span if one is given."""
    path = f"/source/{quote(document, safe='')}/{version}"
    return path if start is None else f"{path}?start={start}&end={end}"


def origin_link(link: str) -> str:
    """Return the address at the source if it is a web address, else nothing."""
    try:
        return plain(link) if urlsplit(link).scheme in ("http", "https") else ""
    except ValueError:
        return ""


def shown(reply: Reply) -> AnswerOut | RefusalOut:
    """Return a reply as it is sent."""
    match reply:
        case Answer():
            return shown_answer(reply)
        case Refusal():
            return shown_refusal(reply)


def shown_answer(answer: Answer) -> AnswerOut:
    """Return an answer as it is sent."""
    versions = {each.number: each.version for each in answer.sources}
    opening = Opening(answer.question, answer.mode, answer.lead, answer.sources, answer.model)
    return AnswerOut(
        **dict(shown_opening(opening)),
        sentences=[shown_sentence(each, versions) for each in answer.sentences],
        notices=[plain(each) for each in answer.notices],
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
    )


def continued(question: Question) -> dict[str, str]:
    """Return where a question stands, and as what it was looked for."""
    looked_for = plain(question.text) if question.asked else ""
    return {"conversation": question.conversation or "", "looked_for": looked_for}


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
        link=source_link(version.document_id, version.number, citation.start, citation.end),
    )


def shown_source(source: Source) -> SourceOut:
    """Return a source as it is sent."""
    version = source.version
    return SourceOut(
        number=source.number,
        document=version.document_id,
        version=version.number,
        title=plain(version.title),
        kind=version.kind,
        status=Status(source.status),
        effective_from=version.effective_from,
        expires_on=version.expires_on,
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


def shown_hits(found: Sequence[Found], instant: int) -> list[HitOut]:
    """Return what was found, ranked from 1."""
    return [
        HitOut(**shown_passage(each.passage, instant).model_dump(), score_rank=rank)
        for rank, each in enumerate(found, 1)
    ]
