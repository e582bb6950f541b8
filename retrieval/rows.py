"""From rows to nouns, and the columns that each noun needs."""

from __future__ import annotations

import json
from datetime import date
from functools import partial
from typing import Any

import numpy as np
from sqlalchemy import Row, Select, select

from retrieval.candidates import Candidate
from retrieval.documents import Details, InForce, Kind, Passage, Span, Status, Stood, Version
from retrieval.keywords import Keywords
from retrieval.tables import documents, versions

_ONLY_FOR_INDEXING = {
    "arrived_as",
    "fingerprint",
    "own_details",
    "recipe",
    "stated_denied",
    "stated_owner",
    "stated_readers",
    "stated_status",
    "supersedes",
}
_SHOWN = [column for column in versions.c if column.name not in _ONLY_FOR_INDEXING]


def versions_with_documents() -> Select[Any]:
    """Return a selection of every published version of documents that still exist."""
    return (
        select(*_SHOWN, documents.c.source, documents.c.uri)
        .join(documents, documents.c.id == versions.c.document_id)
        .where(versions.c.published == 1, documents.c.removed_at.is_(None))
    )


def to_version(
    row: Row[Any],
    readers: frozenset[str],
    denied: frozenset[str] = frozenset(),
    past: tuple[Stood, ...] = (),
) -> Version:
    """Return the version in a row of `versions_with_documents`."""
    return Version(
        id=row.id,
        document_id=row.document_id,
        number=row.number,
        title=row.title,
        kind=Kind(row.kind),
        source=row.source,
        uri=row.uri,
        declared=Status(row.declared),
        owner=row.owner,
        link=row.link,
        parties=tuple(row.parties),
        effective_from=to_date(row.effective_from),
        expires_on=to_date(row.expires_on),
        media_type=row.media_type,
        blob=row.blob,
        characters=row.characters,
        pages=row.pages,
        added_at=row.added_at,
        in_force=to_in_force(row),
        readers=readers,
        problems=tuple(row.problems),
        denied=denied,
        past=past,
        review_by=to_date(row.review_by),
    )


def to_details(row: Row[Any]) -> Details:
    """Return what the source stated about the version in a row of `versions`."""
    return Details(
        title=row.title,
        kind=Kind(row.kind),
        readers=frozenset(row.stated_readers),
        denied=frozenset(row.stated_denied),
        status=Status(row.stated_status),
        owner=row.stated_owner,
        link=row.link,
        parties=tuple(row.parties),
        effective_from=to_date(row.effective_from),
        expires_on=to_date(row.expires_on),
        supersedes=row.supersedes,
    )


def to_in_force(row: Row[Any]) -> InForce:
    """Return when the version in a row counts."""
    ended_by = Status(row.ended_by) if row.ended_by else None
    return InForce(row.in_force_start, row.in_force_end, ended_by)


def to_passage(row: Row[Any], version: Version) -> Passage:
    """Return the passage in a row of `passages`."""
    return Passage(
        id=row.id,
        version=version,
        ordinal=row.ordinal,
        start=row.start,
        end=row.end,
        page=row.page,
        headings=tuple(json.loads(row.headings)),
        text=row.text,
        sentences=tuple(Span(*each) for each in json.loads(row.sentences)),
    )


def to_candidate(row: Row[Any], version: Version) -> Candidate:
    """Return the candidate in a row of `passages` with its vector."""
    return Candidate(
        version,
        np.frombuffer(row.vector, np.float32),
        Keywords.from_bytes(row.terms),
        partial(to_passage, row, version),
    )


def to_date(text: str | None) -> date | None:
    """Return the date of an ISO string, or None."""
    return date.fromisoformat(text) if text else None


def from_date(day: date | None) -> str | None:
    """Return the ISO string of a date, or None."""
    return day.isoformat() if day else None
