"""The nouns: what somebody wants to change of documents, and what was decided."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from retrieval.documents import Kind, Status

MOST_DOCUMENTS: Final = 10_000
LONGEST_NOTE: Final = 500


class Order(StrEnum):
    """How a list of documents goes: by title, by source and URI, or by the day of review."""

    TITLE = "title"
    SOURCE = "source"
    REVIEW = "review"


class ActKind(StrEnum):
    """What sort of act it is: somebody's decision, its undoing, or the passing of a day."""

    DECIDE = "decide"
    UNDO = "undo"
    EXPIRE = "expire"


@dataclass(frozen=True, slots=True)
class Change:
    """What is to change; None leaves a thing as it is.

    `status` is a status or `declared`: as the source has it. An empty owner is the source's, an
    empty `review_by` none. `successor` is the document that supersedes, for that status alone.
    """

    status: str | None = None
    owner: str | None = None
    review_by: str | None = None
    successor: str | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which documents: those that fit everything given, each by its version in force or newest.

    `documents` are ids; None is any. `is_overdue` is an approved document whose day of review has
    passed, `due_until` one whose day is not later than this, `waits` one with a newer version that
    nobody has approved. `owners` are owners as they are written, any of
    which will do. `title` is words that all stand in the title, in whatever case.
    """

    title: str = ""
    source: str = ""
    kind: Kind | None = None
    status: Status | None = None
    owner: str = ""
    is_overdue: bool = False
    waits: bool = False
    due_until: date | None = None
    documents: frozenset[str] | None = None
    owners: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A document as it is listed, by the version that is in force now, else the newest.

    `waiting` is the number of a newer version that waits to be approved.
    """

    document_id: str
    version_id: int
    number: int
    title: str
    kind: Kind
    source: str
    uri: str
    status: Status
    owner: str
    review_by: date | None
    waiting: int | None
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of documents; `after` goes on behind it, None at the end."""

    lines: tuple[Line, ...]
    after: str | None


@dataclass(frozen=True, slots=True)
class Tallies:
    """How many documents fit, and how many of them there are of each."""

    total: int
    statuses: dict[Status, int]
    overdue: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Planned:
    """What an act would do to one document: the version it is about, and each thing before it.

    `was` names the status as it stands, the owner and the day of review as they are now.
    """

    document_id: str
    version_id: int
    number: int
    blob: str
    seen_id: int
    title: str
    source: str
    was: tuple[Status, str, str]
    change: Change


@dataclass(frozen=True, slots=True)
class Plan:
    """What an act would do, and how many of the documents chosen it would leave as they are.

    `digest` is the same only while nothing that it rests on has changed.
    """

    planned: tuple[Planned, ...]
    unchanged: int
    digest: str


@dataclass(frozen=True, slots=True)
class Subject:
    """A document that an act was about, by its version then, and what changed of it.

    Of what superseded it nothing is told.
    """

    document_id: str
    number: int
    title: str = field(repr=False)
    change: Change


@dataclass(frozen=True, slots=True)
class Act:
    """Something that somebody decided at one time. `documents` are as many as one may read.

    `is_whole` is whether those are all, `undone` whether it was undone since. `subjects` are the
    first of them, where acts are listed.
    """

    id: str
    kind: ActKind
    by: str
    at: int
    note: str = field(repr=False)
    documents: int = 0
    is_whole: bool = True
    undone: bool = False
    undoes: str | None = None
    subjects: tuple[Subject, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """One line of a document's history. `number` is the version that it is about.

    `successor` is named only to those who may read it.
    """

    act: str
    kind: ActKind
    by: str
    at: int
    note: str = field(repr=False)
    number: int = 0
    blob: str = ""
    change: Change = field(default_factory=Change)
