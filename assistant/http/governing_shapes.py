"""Decisions about documents as they are sent and shown."""

from __future__ import annotations

from datetime import UTC, date, datetime

from pydantic import BaseModel

from assistant.http.shapes import source_link
from retrieval.documents import Kind, Status
from retrieval.governance.decision import Act, Change, Decision, Line, Planned
from retrieval.plain import plain


class LineOut(BaseModel):
    """A document by its version in force, else its newest. `waiting` is a version to approve."""

    document: str
    version: int
    title: str
    kind: Kind
    source: str
    uri: str
    status: Status
    owner: str
    review_by: date | None
    overdue: bool
    waiting: int | None
    link: str


class DocumentsOut(BaseModel):
    """A page of documents, and how many there are that fit."""

    documents: list[LineOut]
    after: str | None
    total: int
    overdue: int
    waiting: int


class ChangeOut(BaseModel):
    """What changes; null is as it was, an empty owner the source's, an empty day none."""

    status: str | None
    owner: str | None
    review_by: str | None
    superseded_by: str | None


class PlannedOut(BaseModel):
    """What would change of a document, and how it is now."""

    document: str
    version: int
    title: str
    source: str
    status: Status
    owner: str
    review_by: str
    change: ChangeOut
    link: str


class PlanOut(BaseModel):
    """What a change would do; give `digest` with the decision to be sure of exactly this."""

    total: int
    unchanged: int
    digest: str
    documents: list[PlannedOut]


class SubjectOut(BaseModel):
    """A document that an act was about, by its version then, and what changed of it."""

    document: str
    version: int
    title: str
    change: ChangeOut
    link: str


class ActOut(BaseModel):
    """What somebody decided at one time. `documents` counts those that you may read.

    `subjects` names the first of these, where acts are listed.
    """

    act: str
    kind: str
    by: str
    at: datetime
    note: str
    documents: int
    whole: bool
    undone: bool
    undoes: str | None
    subjects: list[SubjectOut]


class ActsOut(BaseModel):
    """Acts, newest first."""

    acts: list[ActOut]


class DecisionOut(BaseModel):
    """One decision about a document: who, when, about which version, and what changed."""

    act: str
    kind: str
    by: str
    at: datetime
    note: str
    version: int
    content: str
    change: ChangeOut


class DecisionsOut(BaseModel):
    """Every decision about a document, newest first."""

    decisions: list[DecisionOut]


def shown_line(line: Line) -> LineOut:
    """Return a listed document as it is sent."""
    return LineOut(
        document=line.document_id,
        version=line.number,
        title=plain(line.title),
        kind=line.kind,
        source=plain(line.source),
        uri=plain(line.uri),
        status=line.status,
        owner=plain(line.owner),
        review_by=line.review_by,
        overdue=line.is_overdue,
        waiting=line.waiting,
        link=source_link(line.document_id, line.number),
    )


def shown_planned(planned: Planned) -> PlannedOut:
    """Return what would change as it is sent."""
    status, owner, review_by = planned.was
    return PlannedOut(
        document=planned.document_id,
        version=planned.number,
        title=plain(planned.title),
        source=plain(planned.source),
        status=status,
        owner=plain(owner),
        review_by=review_by,
        change=_change(planned.change),
        link=source_link(planned.document_id, planned.number),
    )


def shown_act(act: Act) -> ActOut:
    """Return an act as it is sent."""
    return ActOut(
        act=act.id,
        kind=act.kind.value,
        by=act.by,
        at=datetime.fromtimestamp(act.at, UTC),
        note=plain(act.note),
        documents=act.documents,
        whole=act.is_whole,
        undone=act.undone,
        undoes=act.undoes,
        subjects=[
            SubjectOut(
                document=each.document_id,
                version=each.number,
                title=plain(each.title),
                change=_change(each.change),
                link=source_link(each.document_id, each.number),
            )
            for each in act.subjects
        ],
    )


def shown_decision(decision: Decision) -> DecisionOut:
    """Return a decision as it is sent."""
    return DecisionOut(
        act=decision.act,
        kind=decision.kind.value,
        by=decision.by,
        at=datetime.fromtimestamp(decision.at, UTC),
        note=plain(decision.note),
        version=decision.number,
        content=decision.blob,
        change=_change(decision.change),
    )


def _change(change: Change) -> ChangeOut:
    return ChangeOut(
        status=change.status,
        owner=change.owner,
        review_by=change.review_by,
        superseded_by=change.successor,
    )
