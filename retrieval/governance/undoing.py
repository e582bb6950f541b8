"""What brings back what an act changed: for each document what counted before it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from retrieval.access import AclFilter
from retrieval.documents import Status, now
from retrieval.errors import BadRequest, NotFound
from retrieval.governance.deciding import DECLARED, to_ruling
from retrieval.governance.decision import ActKind, Change, Chosen, Planned
from retrieval.governance.listing import every
from retrieval.governance.planning import ruled
from retrieval.governance.tables import decision_acts, decisions

_PIECE = 500


async def undoing(
    connection: AsyncConnection, acl: AclFilter, act_id: str, *, by: str = ""
) -> list[Planned]:
    """Return what undoing an act changes; what somebody decided anew since stays as it is.

    `by` is the act that does so, where it is written already. Raises `NotFound` unless every
    document of the act may be read, `BadRequest` where nothing can be undone.
    """
    kind = select(decision_acts.c.kind).where(decision_acts.c.id == act_id)
    of_act = select(decisions).where(decisions.c.act == act_id).order_by(decisions.c.document_id)
    rows = (await connection.execute(of_act)).all()
    ids = [row.document_id for row in rows]
    chosen = Chosen(documents=frozenset(ids))
    listed = {row.document_id: row for row in await every(connection, acl, chosen, now(), len(ids))}
    if not rows or len(listed) < len(ids):
        raise NotFound("There is no such act that you could undo. Look at the list of acts.")
    if (await connection.execute(kind)).scalar_one() == ActKind.EXPIRE:
        raise BadRequest(
            "Expected something that a person decided, got documents that expired because their "
            "day of review passed. Approve them anew, with a new day."
        )
    await _check_once(connection, act_id, by)
    histories = await _histories(connection, ids)
    back = [
        one
        for row in rows
        if (one := _back(row, histories[row.document_id], listed[row.document_id]))
    ]
    if not back:
        raise BadRequest(
            "Expected an act of which something still counts, got one of which all was decided "
            "anew. There is nothing to undo."
        )
    return back


async def _check_once(connection: AsyncConnection, act_id: str, by: str) -> None:
    undone = select(decision_acts.c.id).where(
        decision_acts.c.undoes == act_id, decision_acts.c.id != by
    )
    if (await connection.execute(undone)).first() is not None:
        raise undone_before()


def undone_before() -> BadRequest:
    """Return that an act was undone already."""
    return BadRequest("Expected an act that counts, got one that was undone. Nothing was done.")


async def _histories(
    connection: AsyncConnection, document_ids: Sequence[str]
) -> dict[str, list[Row[Any]]]:
    found: dict[str, list[Row[Any]]] = {}
    for start in range(0, len(document_ids), _PIECE):
        piece = decisions.c.document_id.in_(document_ids[start : start + _PIECE])
        for row in await connection.execute(
            select(decisions).where(piece).order_by(decisions.c.id)
        ):
            found.setdefault(row.document_id, []).append(row)
    return found


def _back(row: Row[Any], history: Sequence[Row[Any]], listed: Row[Any]) -> Planned | None:
    """Return what brings back what one decision changed, None if nothing of it counts."""
    before = [each for each in history if each.id < row.id]
    after = [each for each in history if each.id > row.id]
    status, successor = None, None
    if row.status is not None and not any(each.status for each in after):
        rulings = [to_ruling(each) for each in before if each.status is not None]
        last = ruled(row.version_id, row.blob, rulings)
        status = last.status.value if last and last.status else DECLARED
        if status == Status.SUPERSEDED:
            successor = next(each.successor for each in before if last and each.id == last.id)
    change = Change(
        status, _was("owner", row, before, after), _was("review_by", row, before, after), successor
    )
    if change == Change():
        return None
    return Planned(
        document_id=row.document_id,
        version_id=row.version_id,
        number=row.number,
        blob=row.blob,
        seen_id=row.seen_id,
        title=listed.title,
        source=listed.source,
        was=(Status(listed.status), listed.owner, listed.review_by or ""),
        change=change,
    )


def _was(
    name: str, row: Row[Any], before: Sequence[Row[Any]], after: Sequence[Row[Any]]
) -> str | None:
    """Return what a column is to say again: what it said before, None where nothing changes."""
    said = [each._mapping[name] for each in before if each._mapping[name] is not None]
    is_changed = any(each._mapping[name] is not None for each in after)
    return None if row._mapping[name] is None or is_changed else (said[-1] if said else "")
