"""How cases are shown over HTTP: texts cleaned for showing; `words` are exact."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

from pydantic import BaseModel

from assistant.http.shapes import source_link
from assistant.review.asking import Asked
from assistant.review.reviewing import Listing
from assistant.review.seeing import Seen
from retrieval.documents import Kind, Status, Version, now
from retrieval.drafts.draft import DraftState
from retrieval.plain import plain
from retrieval.review.case import CaseKind, CaseState, Place, Said


class PlaceOut(BaseModel):
    """A stretch of a document version; `words` are what stands there, where they are shown.

    `status` is how the version stands today, and `is_in_force` whether today is one of its days.
    `instead` is the number of the version that counts today where that is another, as far as you
    may read it; a list of cases does not tell.
    """

    document: str
    version: int
    status: Status
    is_in_force: bool
    instead: int | None = None
    title: str
    kind: Kind
    passage: int
    start: int
    end: int
    page: int | None
    words: str
    link: str


class FaultOut(BaseModel):
    """What speaks against a sentence: a kind, and the piece of it."""

    kind: str
    piece: str


class SaidOut(BaseModel):
    """A sentence that was withheld, or told and reported."""

    text: str
    faults: list[FaultOut]
    citations: list[PlaceOut]


class AskedOut(BaseModel):
    """How a question was asked, the first time if it was asked more often.

    `typed` is what was typed, where that was made to stand alone, and `earlier` the questions
    before it, oldest first. The rest is what the search was limited to: `as_of` null is the day it
    was asked on, an empty list no limit. `is_hidden` tells of names that are not yours to know.
    """

    typed: str
    earlier: list[str]
    as_of: date | None
    kinds: list[str]
    statuses: list[str]
    sources: list[str]
    parties: list[str]
    is_hidden: bool


class CaseOut(BaseModel):
    """A case; where its sources are not yours to read, only the first five fields say anything.

    `assignee` is who works on it, `approved` the approved answer that it is about or became, and
    `told` what whoever asked was told of it.
    `draft` is how far it is as a draft of a test case, and `asked` how it was asked; a list of
    cases tells neither.
    """

    id: int
    kind: CaseKind
    state: CaseState
    at: datetime
    is_readable: bool
    question: str = ""
    times: int = 0
    last_at: datetime | None = None
    reason: str = ""
    notes: list[str] = []
    model: str = ""
    sentences: list[SaidOut] = []
    evidence: list[PlaceOut] = []
    closed_by: str = ""
    closed_at: datetime | None = None
    closing_note: str = ""
    draft: DraftState | None = None
    asked: AskedOut | None = None
    assignee: str = ""
    assigned_at: datetime | None = None
    approved: int | None = None
    told: str = ""


class CasesOut(BaseModel):
    """Cases in order; `earlier` is the `before` (or `after`) of the next list, null at the end."""

    cases: list[CaseOut]
    earlier: int | None


def shown_cases(listing: Listing) -> CasesOut:
    """Return cases as they are sent."""
    return CasesOut(cases=[shown_case(each) for each in listing.cases], earlier=listing.earlier)


def shown_case(seen: Seen) -> CaseOut:
    """Return a case as it is sent: of one whose sources are not readable, that there is one."""
    out = CaseOut(
        id=seen.id,
        kind=seen.kind,
        state=seen.state,
        at=_moment(seen.at),
        is_readable=seen.case is not None,
    )
    if seen.case is None:
        return out
    matter, closing = seen.case.matter, seen.case.closing
    out.question, out.times = plain(matter.question), seen.case.count
    out.last_at, out.reason = _moment(seen.case.last_at), matter.reason
    out.notes = [plain(each) for each in (matter.note, *seen.case.notes) if each]
    out.model, out.draft = plain(matter.made_by), seen.draft
    out.sentences = [_said(each, seen) for each in matter.said]
    out.evidence = [_cited(each, seen) for each in matter.evidence]
    out.assignee, out.approved = plain(seen.case.assignee), seen.case.approved
    out.assigned_at = _moment(seen.case.assigned_at) if seen.case.assigned_at else None
    out.told = plain(seen.case.reply)
    out.asked = shown_asked(seen.asked) if seen.asked else None
    if closing is not None:
        out.closed_by, out.closed_at = closing.by, _moment(closing.at)
        out.closing_note = plain(closing.note)
    return out


def shown_asked(asked: Asked) -> AskedOut:
    """Return how a question was asked as it is sent."""
    how = asked.how
    return AskedOut(
        typed=plain(how.written),
        earlier=[plain(each) for each in how.earlier],
        as_of=date.fromisoformat(how.as_of) if how.as_of else None,
        kinds=list(how.kinds),
        statuses=list(how.statuses),
        sources=[plain(each) for each in how.sources],
        parties=[plain(each) for each in how.parties],
        is_hidden=asked.is_hidden,
    )


def instead_of(version: Version, counting: Mapping[str, int] | None) -> int | None:
    """Return the number of the version that counts today if that is another; `counting` says."""
    counts = (counting or {}).get(version.document_id)
    return None if counts == version.number else counts


def shown_place(
    place: Place, version: Version, words: str, counting: Mapping[str, int] | None = None
) -> PlaceOut:
    """Return a stretch of a version, and what stands there, as they are sent."""
    instant = now()
    return PlaceOut(
        status=version.status_at(instant),
        is_in_force=version.in_force.covers(instant),
        instead=instead_of(version, counting),
        document=version.document_id,
        version=version.number,
        title=plain(version.title),
        kind=version.kind,
        passage=place.passage_id,
        start=place.start,
        end=place.end,
        page=place.page,
        words=words,
        link=source_link(version.document_id, version.number, place.start, place.end),
    )


def _said(said: Said, seen: Seen) -> SaidOut:
    return SaidOut(
        text=plain(said.text),
        faults=[FaultOut(kind=each.kind, piece=plain(each.piece)) for each in said.flaws],
        citations=[_cited(each, seen) for each in said.cites],
    )


def _cited(place: Place, seen: Seen) -> PlaceOut:
    version = (seen.versions or {})[place.version_id]
    return shown_place(place, version, (seen.words or {}).get(place, ""), seen.counting)


def _moment(instant: int) -> datetime:
    return datetime.fromtimestamp(instant, UTC)
