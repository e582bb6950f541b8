"""The nouns of approved answers: what was published, for whom, until when, and its editions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from retrieval.index import Vector
from retrieval.review.case import Flaw, Place


class ApprovedState(StrEnum):
    """Whether an approved answer may be shown to anybody."""

    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class Lapse(StrEnum):
    """Why a published answer is not shown any longer: its sources changed, or its time is over."""

    CHANGED = "changed"
    DUE = "due"


@dataclass(frozen=True, slots=True)
class Stated:
    """A sentence and the places it rests on.

    `flaws` is what the check said against it; a reviewer published it `by_hand` knowing that.
    """

    text: str = field(repr=False)
    cites: tuple[Place, ...]
    by_hand: bool = False
    flaws: tuple[Flaw, ...] = ()


@dataclass(frozen=True, slots=True)
class Content:
    """All that is published: words, readers as names, owner, language and the last day it counts.

    `language` is a code such as `en`. `readers` may narrow who sees it and never widens it:
    whoever sees it may read every version that it cites.
    """

    question: str = field(repr=False)
    sentences: tuple[Stated, ...]
    readers: frozenset[str]
    owner: str
    review_by: date
    language: str = "en"

    @property
    def versions(self) -> frozenset[int]:
        """Return the rows of every version that it cites."""
        return frozenset(place.version_id for each in self.sentences for place in each.cites)


@dataclass(frozen=True, slots=True)
class Edition:
    """A content as it was published, by whom and when; `number` counts from 1.

    Nobody's name is left of the erased.
    """

    number: int
    content: Content
    by: str
    at: int


@dataclass(frozen=True, slots=True)
class Approved:
    """An approved answer with its newest edition. `case` is the review case it came from."""

    id: int
    state: ApprovedState
    edition: Edition
    case: int | None = None
    withdrawn_by: str = ""
    withdrawn_at: int | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What a question is compared with: a published answer and the vector of its question.

    `model` is the embedder that made the vector.
    """

    approved: Approved
    model: str
    vector: Vector = field(repr=False)


@dataclass(frozen=True, slots=True)
class Words:
    """A content with what goes beside it into SQL: the vector of its question, by which model.

    `asker` is whose very words the question is, "" where a reviewer wrote it.
    """

    content: Content
    model: str
    vector: Vector = field(repr=False)
    asker: str = ""
