"""What comes back to a person: an answer whose every sentence is pinned, or a refusal."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from retrieval.access import Principal
from retrieval.documents import Scope, Version


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, by whom, and what the search is limited to."""

    text: str
    principal: Principal
    scope: Scope


@dataclass(frozen=True, slots=True)
class Source:
    """A numbered document version that an answer rests on, with its status at the asked date."""

    number: int
    version: Version
    status: str


@dataclass(frozen=True, slots=True)
class Citation:
    """The exact words: `start` and `end` are characters into the version's stored text."""

    source: int
    passage_id: int
    start: int
    end: int
    page: int | None
    words: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """One shown sentence and the words it rests on. In quotes mode it is those words."""

    text: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """The sources that are cited, and the sentences, best first within each source."""

    question: Question
    mode: str
    lead: str
    sentences: tuple[Sentence, ...]
    sources: tuple[Source, ...]


class RefusalReason(StrEnum):
    """Why nothing is said."""

    NOTHING_READABLE = "nothing_readable"
    NOT_SUPPORTED = "not_supported"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Nothing the person may read answers the question; the nearest sources are named."""

    question: Question
    reason: RefusalReason
    text: str
    nearest: tuple[Source, ...]


Reply = Answer | Refusal
