"""From rows of versions and what was decided to what counts; written where that is new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from retrieval.documents import ALWAYS, NEVER, Status, end_of, start_of
from retrieval.governance.deciding import Decided, stood
from retrieval.governance.standing import Settled, Stated, settled
from retrieval.rows import to_date
from retrieval.tables import standings, versions

_PIECE = 500


@dataclass(frozen=True, slots=True)
class Counting:
    """What counts of a version: how it stands when, whose it is, by when to look at it again."""

    version_id: int
    settled: Settled
    owner: str
    review_by: str | None

    def columns(self) -> dict[str, object]:
        """Return the columns of `versions` that say so."""
        in_force = self.settled.in_force
        return {
            "declared": self.settled.declared.value,
            "owner": self.owner,
            "review_by": self.review_by,
            "has_past": int(bool(self.settled.past)),
            "in_force_start": in_force.start,
            "in_force_end": in_force.end,
            "ended_by": in_force.ended_by.value if in_force.ended_by else None,
        }


def counting(rows: Sequence[Row[Any]], said: Decided, succeeded_at: int) -> list[Counting]:
    """Return what counts of a document's versions; `rows` are in order of number."""
    every = [_stated(row, rows[at - 1] if at else None) for at, row in enumerate(rows)]
    return [
        Counting(row.id, each, said.owner or row.stated_owner, said.review_by or None)
        for row, each in zip(rows, settled(every, said.rulings, succeeded_at), strict=True)
    ]


async def write_counts(
    connection: AsyncConnection, counts: Sequence[Counting], rows: Mapping[int, Row[Any]]
) -> set[int]:
    """Write what counts and return the ids where that is new; `rows` are as they were read."""
    known = await stood(connection, [at for at, row in rows.items() if row.has_past])
    changed = [each for each in counts if not _is_written(each, rows[each.version_id])]
    past = [each for each in counts if each.settled.past != known.get(each.version_id, ())]
    if changed:
        values = changed[0].columns()
        statement = (
            update(versions)
            .where(versions.c.id == bindparam("of"))
            .values({name: bindparam(f"is_{name}") for name in values})
        )
        await connection.execute(statement, [_bound(each) for each in changed])
    await _write_past(connection, past)
    return {each.version_id for each in (*changed, *past)}


async def _write_past(connection: AsyncConnection, counts: Sequence[Counting]) -> None:
    ids = [each.version_id for each in counts]
    for start in range(0, len(ids), _PIECE):
        chosen = standings.c.version_id.in_(ids[start : start + _PIECE])
        await connection.execute(delete(standings).where(chosen))
    fresh = [
        {"version_id": each.version_id, "start": one.start, "end": one.end, "status": one.status}
        for each in counts
        for one in each.settled.past
    ]
    if fresh:
        await connection.execute(insert(standings), fresh)


def _is_written(each: Counting, row: Row[Any]) -> bool:
    return all(row._mapping[name] == value for name, value in each.columns().items())


def _bound(each: Counting) -> dict[str, object]:
    return {"of": each.version_id} | {f"is_{name}": at for name, at in each.columns().items()}


def _stated(row: Row[Any], previous: Row[Any] | None) -> Stated:
    expires = to_date(row.expires_on)
    return Stated(
        id=row.id,
        blob=row.blob,
        added_at=row.added_at,
        start=_start(row, previous),
        expires=end_of(expires) if expires else NEVER,
        base=Status(row.arrived_as or row.stated_status),
        waits=row.arrived_as == Status.DRAFT,
    )


def _start(row: Row[Any], previous: Row[Any] | None) -> int:
    """Return when a version counts from: its day, its arrival, or for ever."""
    day = to_date(row.effective_from)
    if previous is None:
        return start_of(day) if day else ALWAYS
    if row.effective_from == previous.effective_from or day is None:
        return int(row.added_at)
    return start_of(day)
