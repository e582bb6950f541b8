"""From rows of the queue to cases, as far as the keys of those who wrote are still there."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Row

from retrieval.audit.subject import Subject
from retrieval.review.case import Case, CaseState, Closing
from retrieval.review.writing import (
    closing_context,
    context_of,
    matter_of,
    note_context,
    reply_context,
)

MOST_NOTES = 10


def opened_words(row: Row[Any], subjects: Mapping[str, Subject]) -> str | None:
    """Return the words of a matter, or None if their key is gone."""
    subject = subjects.get(row.subject)
    context = context_of(row.kind, row.opened_at, row.evidence)
    return subject.unseal(row.sealed, context) if subject else None


def to_case(row: Row[Any], subjects: Mapping[str, Subject]) -> Case | None:
    """Return the case in a row, or None if the key of its asker is gone."""
    words = opened_words(row, subjects)
    if words is None:
        return None
    matter = matter_of(
        words,
        row.evidence,
        kind=row.kind,
        asker=subjects[row.subject].name,
        asked=row.asked,
        made_by=row.made_by,
        approved=row.approved_id,
    )
    return Case(
        id=row.id,
        matter=matter,
        state=CaseState(row.state),
        count=row.times,
        opened_at=row.opened_at,
        last_at=row.last_at,
        closing=_to_closing(row, subjects),
        notes=tuple(_notes(row, subjects)),
        assignee=_name(row.assignee, subjects),
        assigned_at=row.assigned_at,
        approved=row.approved_id,
        reply=reply_of(row, subjects),
    )


def reply_of(row: Row[Any], subjects: Mapping[str, Subject]) -> str:
    """Return what the asker of a case is told, "" if nothing."""
    subject = subjects.get(row.subject)
    if subject is None or row.reply is None:
        return ""
    return subject.unseal(row.reply, reply_context(row.id)) or ""


def _name(pseudonym: str | None, subjects: Mapping[str, Subject]) -> str:
    subject = subjects.get(pseudonym or "")
    return subject.name if subject else ""


def _to_closing(row: Row[Any], subjects: Mapping[str, Subject]) -> Closing | None:
    if row.closed_at is None:
        return None
    subject = subjects.get(row.closed_by)
    context = closing_context(row.id, row.state, row.closed_at)
    note = subject.unseal(row.closing, context) if subject else None
    return Closing(subject.name if subject else "", row.closed_at, note or "")


def noted_also(row: Row[Any], subject: Subject, note: str, instant: int) -> str:
    """Return the further notes of a case with one more; the first ones stay when it is full."""
    kept = json.loads(row.notes)
    if note and len(kept) < MOST_NOTES:
        kept.append([subject.id, instant, subject.seal(note, note_context(row.id, instant))])
    return json.dumps(kept)


def _notes(row: Row[Any], subjects: Mapping[str, Subject]) -> Iterator[str]:
    for subject_id, instant, sealed in json.loads(row.notes):
        subject = subjects.get(subject_id)
        note = subject.unseal(sealed, note_context(row.id, instant)) if subject else None
        if note:
            yield note
