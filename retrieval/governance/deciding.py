"""What people decided about documents, as the library takes it into account."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from retrieval.documents import Status, Stood
from retrieval.governance.standing import Ruling
from retrieval.governance.tables import decisions
from retrieval.tables import standings

DECLARED: Final = "declared"
_PIECE: Final = 500


@dataclass(frozen=True, slots=True)
class Decided:
    """What counts of a document's decisions: the rulings on its status, owner and day of review.

    An empty owner is the source's, an empty day none.
    """

    rulings: tuple[Ruling, ...] = ()
    owner: str = ""
    review_by: str = ""


UNDECIDED: Final = Decided()


async def decided(connection: AsyncConnection, document_ids: Collection[str]) -> dict[str, Decided]:
    """Return what was decided about each document that anybody decided about."""
    found: dict[str, list[Row[Any]]] = {}
    listed = sorted(document_ids)
    for start in range(0, len(listed), _PIECE):
        piece = listed[start : start + _PIECE]
        statement = select(decisions).where(decisions.c.document_id.in_(piece))
        for row in await connection.execute(statement.order_by(decisions.c.id)):
            found.setdefault(row.document_id, []).append(row)
    return {document_id: _to_decided(rows) for document_id, rows in found.items()}


async def stood(
    connection: AsyncConnection, version_ids: Sequence[int]
) -> dict[int, tuple[Stood, ...]]:
    """Return how each of the versions stood before, oldest first; those with a past alone."""
    found: dict[int, list[Stood]] = {}
    for start in range(0, len(version_ids), _PIECE):
        piece = version_ids[start : start + _PIECE]
        statement = select(standings).where(standings.c.version_id.in_(piece))
        for row in await connection.execute(statement.order_by(standings.c.start)):
            one = Stood(row.start, row.end, Status(row.status))
            found.setdefault(row.version_id, []).append(one)
    return {at: tuple(each) for at, each in found.items()}


def _to_decided(rows: Sequence[Row[Any]]) -> Decided:
    """Return what the decisions about one document come to; the last one on each thing counts."""
    owners = [row.owner for row in rows if row.owner is not None]
    days = [row.review_by for row in rows if row.review_by is not None]
    rulings = tuple(to_ruling(row) for row in rows if row.status is not None)
    return Decided(rulings, owners[-1] if owners else "", days[-1] if days else "")


def to_ruling(row: Row[Any]) -> Ruling:
    """Return the decision on status in a row of `decisions` that has one."""
    status = None if row.status == DECLARED else Status(row.status)
    return Ruling(row.id, row.version_id, row.seen_id, row.blob, row.at, status)
