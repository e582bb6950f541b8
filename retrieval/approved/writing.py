"""How an edition is written down and read again: sentences as one text, people by pseudonym."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import astuple
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy import Row

from retrieval.approved.approved import Approved, ApprovedState, Content, Edition, Known, Stated
from retrieval.audit.subject import Subject
from retrieval.review.case import Flaw, Place


def sentences_of(content: Content) -> str:
    """Return the sentences as one text: words, places, and what was said against them."""
    return json.dumps(
        [
            {
                "text": each.text,
                "cites": [astuple(place) for place in each.cites],
                "by_hand": each.by_hand,
                "flaws": [astuple(flaw) for flaw in each.flaws],
            }
            for each in content.sentences
        ]
    )


def to_edition(row: Row[Any], subjects: Mapping[str, Subject]) -> Edition:
    """Return the edition in a row; names of the erased are ""."""
    content = Content(
        question=row.question,
        sentences=tuple(_stated(each) for each in json.loads(row.sentences)),
        readers=frozenset(row.readers),
        owner=_name(row.owner, subjects),
        review_by=date.fromisoformat(row.review_by),
        language=row.language,
    )
    by = _name(row.published_by, subjects)
    return Edition(row.edition, content, by, row.published_at)


def to_approved(row: Row[Any], subjects: Mapping[str, Subject]) -> Approved:
    """Return the answer in a row joined with its newest edition."""
    return Approved(
        id=row.answer_id,
        state=ApprovedState(row.state),
        edition=to_edition(row, subjects),
        case=row.case_id,
        withdrawn_by=_name(row.withdrawn_by, subjects),
        withdrawn_at=row.withdrawn_at,
    )


def to_known(row: Row[Any], subjects: Mapping[str, Subject]) -> Known:
    """Return the answer in a row with the vector of its question."""
    vector = np.frombuffer(row.vector, np.float32)
    return Known(to_approved(row, subjects), row.model, vector)


def _stated(values: dict[str, Any]) -> Stated:
    return Stated(
        values["text"],
        tuple(Place(*each) for each in values["cites"]),
        values["by_hand"],
        tuple(Flaw(*each) for each in values["flaws"]),
    )


def _name(pseudonym: str | None, subjects: Mapping[str, Subject]) -> str:
    subject = subjects.get(pseudonym or "")
    return subject.name if subject else ""
