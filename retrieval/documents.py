"""The nouns: what a document, a version, a page and a passage are.

Offsets are Python characters into the stored text of one version, end exclusive.
Instants are whole seconds since 1970-01-01 UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

ALWAYS = -(2**62)
NEVER = 2**62


class Kind(StrEnum):
    """What sort of document it is."""

    CONTRACT = "contract"
    POLICY = "policy"
    TICKET = "ticket"
    OTHER = "other"


class Status(StrEnum):
    """Where a version stands. A source declares the first two, time brings the others.

    A person may decide on any of them.
    """

    DRAFT = "draft"
    APPROVED = "approved"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a version's text, and the number of the page it starts on."""

    start: int
    end: int
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Details:
    """What a source says about a document, apart from its content.

    Nobody who answers to a name in `denied` reads it, whatever `readers` says.
    """

    title: str
    kind: Kind = Kind.OTHER
    readers: frozenset[str] = frozenset()
    status: Status = Status.APPROVED
    owner: str = ""
    link: str = ""
    parties: tuple[str, ...] = ()
    effective_from: date | None = None
    expires_on: date | None = None
    supersedes: str | None = None
    denied: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class InForce:
    """When a version counts: from `start` until just before `end`."""

    start: int = ALWAYS
    end: int = NEVER
    ended_by: Status | None = None

    def covers(self, instant: int) -> bool:
        """Return whether the version is in force at this instant."""
        return self.start <= instant < self.end


@dataclass(frozen=True, slots=True)
class Stood:
    """How a version stood from `start` until just before `end`, before somebody decided anew."""

    start: int
    end: int
    status: Status

    def covers(self, instant: int) -> bool:
        """Return whether it stood so at this instant."""
        return self.start <= instant < self.end


@dataclass(frozen=True, slots=True)
class Version:
    """One state of a document's content, never changed once published.

    Nobody who answers to a name in `denied` reads it, whatever `readers` says. `declared` is the
    status while it is in force, `past` how it stood before that, oldest first: empty unless a
    decision changed it. `review_by` is the last day until which nobody need look at it again.
    """

    id: int
    document_id: str
    number: int
    title: str
    kind: Kind
    source: str
    uri: str
    declared: Status
    owner: str
    link: str
    parties: tuple[str, ...]
    effective_from: date | None
    expires_on: date | None
    media_type: str
    blob: str
    characters: int
    pages: int
    added_at: int
    in_force: InForce
    readers: frozenset[str] = field(repr=False)
    problems: tuple[str, ...] = ()
    denied: frozenset[str] = field(default=frozenset(), repr=False)
    past: tuple[Stood, ...] = ()
    review_by: date | None = None

    @property
    def begins(self) -> int:
        """Return the instant from which it counts, however it stood since."""
        return self.past[0].start if self.past else self.in_force.start

    def overdue_since(self, instant: int) -> date | None:
        """Return the first day on which its review was overdue at this instant, if it was."""
        if self.review_by is None or instant < end_of(self.review_by):
            return None
        return self.review_by + timedelta(days=1)

    def status_at(self, instant: int) -> Status:
        """Return draft, approved, superseded or expired as it stood at this instant."""
        for each in self.past:
            if each.covers(instant):
                return each.status
        if self.in_force.ended_by and instant >= self.in_force.end:
            return self.in_force.ended_by
        return self.declared


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a version: where its text lies and a box for every character.

    `boxes` is zlib-compressed little-endian uint16, shape (end - start, 4): left, top,
    right, bottom in tenths of a point from the page's top left corner; all zero where a
    character has no place on the page. `width` and `height` are in points.
    """

    number: int
    start: int
    end: int
    width: float
    height: float
    boxes: bytes = field(repr=False, default=b"")


@dataclass(frozen=True, slots=True)
class Passage:
    """A citable stretch of a version, with what is needed to show and to rank it."""

    id: int
    version: Version
    ordinal: int
    start: int
    end: int
    page: int | None
    headings: tuple[str, ...]
    text: str
    sentences: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """What a search is limited to beyond readers. Empty sets mean no limit.

    `as_of` is the instant at which a version must be in force. `statuses` may also name
    superseded and expired, which then adds versions whose time had ended by `as_of`.
    """

    as_of: int
    kinds: frozenset[Kind] = frozenset()
    statuses: frozenset[Status] = frozenset({Status.APPROVED, Status.DRAFT})
    sources: frozenset[str] = frozenset()
    parties: frozenset[str] = frozenset()
    documents: frozenset[str] = frozenset()

    def admits(self, version: Version) -> bool:
        """Return whether a version lies inside; the twin in Python of the index filter."""
        return (
            (not self.kinds or version.kind in self.kinds)
            and (not self.sources or version.source in self.sources)
            and (not self.parties or not self.parties.isdisjoint(version.parties))
            and (not self.documents or version.document_id in self.documents)
            and self._stands(version)
        )

    def _stands(self, version: Version) -> bool:
        for each in version.past:
            if each.covers(self.as_of):
                return each.status in self.statuses
        if version.in_force.covers(self.as_of):
            return version.declared in self.statuses
        ended = version.in_force.end <= self.as_of
        return ended and version.in_force.ended_by in self.statuses


def now() -> int:
    """Return the present instant."""
    return int(datetime.now(UTC).timestamp())


def day_of(instant: int) -> date:
    """Return the day (UTC) of an instant."""
    return datetime.fromtimestamp(instant, UTC).date()


def start_of(day: date) -> int:
    """Return the first instant of a day (UTC)."""
    return int(datetime.combine(day, time.min, UTC).timestamp())


def end_of(day: date) -> int:
    """Return the first instant after a day (UTC)."""
    return start_of(day + timedelta(days=1))
