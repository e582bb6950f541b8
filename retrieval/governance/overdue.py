"""Approved documents whose day of review has passed, for whoever expires them by configuration."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from retrieval.documents import Status
from retrieval.governance.decision import Change, Planned
from retrieval.governance.listing import today
from retrieval.tables import documents, versions


async def overdue(
    connection: AsyncConnection, sources: Sequence[str], instant: int, limit: int
) -> list[Planned]:
    """Return what is to expire of these sources, by id; at most `limit`."""
    statement = (
        select(versions, documents.c.source, documents.c.published_id)
        .join(documents, documents.c.id == versions.c.document_id)
        .where(documents.c.removed_at.is_(None), versions.c.published == 1)
        .where(documents.c.source.in_(sources), versions.c.declared == Status.APPROVED.value)
        .where(versions.c.in_force_start <= instant, versions.c.in_force_end > instant)
        .where(versions.c.review_by < today(instant))
        .order_by(documents.c.id)
        .limit(limit)
    )
    return [
        Planned(
            document_id=row.document_id,
            version_id=row.id,
            number=row.number,
            blob=row.blob,
            seen_id=row.published_id,
            title=row.title,
            source=row.source,
            was=(Status.APPROVED, row.owner, row.review_by),
            change=Change(status=Status.EXPIRED.value),
        )
        for row in await connection.execute(statement)
    ]
