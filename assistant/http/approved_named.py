"""Whose an approved answer is, as it is sent with every answer."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel

from assistant.answers import Named
from retrieval.plain import plain


class ApprovedOut(BaseModel):
    """Whose an approved answer is, and until when; `version` is its edition, from 1."""

    id: int
    version: int
    owner: str
    approved_on: date
    review_by: date


def shown_approved(named: Named | None) -> ApprovedOut | None:
    """Return whose an approved answer is, as it is sent."""
    if named is None:
        return None
    return ApprovedOut(
        id=named.id,
        version=named.number,
        owner=plain(named.owner),
        approved_on=named.approved_on,
        review_by=named.review_by,
    )
