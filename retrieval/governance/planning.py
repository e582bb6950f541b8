"""What an act would do: which version of each document it is about, and what that changes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from retrieval.access import AclFilter
from retrieval.documents import Status
from retrieval.errors import BadRequest, NotFound
from retrieval.governance.deciding import DECLARED, UNDECIDED, Decided, decided
from retrieval.governance.decision import MOST_DOCUMENTS, Change, Chosen, Plan, Planned
from retrieval.governance.listing import every, today
from retrieval.governance.standing import Ruling
from retrieval.governance.tables import decisions
from retrieval.people.tables import users
from retrieval.tables import versions

_PIECE = 500


async def planned(
    connection: AsyncConnection,
    acl: AclFilter,
    chosen: Chosen,
    change: Change,
    instant: int,
    *,
    number: int | None = None,
) -> Plan:
    """Return what a change would do to the documents chosen, of those one may read.

    `number` is the version that a decision about one document is about; else each is about the
    version that waits to be approved, where there is one and the change approves, or the one in
    force, or the newest.

    Raises `BadRequest` for a change that cannot be made of all of them, and `NotFound` where a
    document named is not one that may be read.
    """
    rows = await every(connection, acl, chosen, instant, MOST_DOCUMENTS + 1)
    _check_how_many(rows, chosen)
    await _check_change(connection, acl, change, instant, {row.document_id for row in rows})
    about = await _about(connection, rows, change, instant, number)
    said = await decided(connection, [row.document_id for row in rows])
    successors = await _successors(connection, list(said)) if change.successor else {}
    every_one = [
        one
        for row in rows
        if (
            one := _one(
                row, about, change, said.get(row.document_id, UNDECIDED), successors, instant
            )
        )
    ]
    _check_review(every_one, instant)
    return Plan(tuple(every_one), len(rows) - len(every_one), _digest(every_one, said))


def ruled(version_id: int, blob: str, rulings: Sequence[Ruling]) -> Ruling | None:
    """Return the decision that a version's status rests on, if there is one."""
    own = [each for each in rulings if each.version_id == version_id]
    if own:
        return own[-1]
    carried = [each for each in rulings if each.seen_id < version_id]
    if not carried or (carried[-1].status is Status.APPROVED and carried[-1].blob != blob):
        return None
    return carried[-1]


def _one(
    row: Row[Any],
    about: Mapping[str, Row[Any]],
    change: Change,
    said: Decided,
    successors: Mapping[int, str | None],
    instant: int,
) -> Planned | None:
    """Return what changes of a document, None if nothing does."""
    version = about.get(row.document_id, row)
    status = _status_of(row, version, instant)
    last = ruled(version.id, version.blob, said.rulings)
    is_so = change.status is None or _is_so(change, status, last, version.id, successors)
    kept = Change(
        status=None if is_so else change.status,
        owner=None if change.owner in (None, said.owner) else change.owner,
        review_by=None if change.review_by in (None, said.review_by) else change.review_by,
        successor=None if is_so else change.successor,
    )
    if kept == Change():
        return None
    return Planned(
        document_id=row.document_id,
        version_id=version.id,
        number=version.number,
        blob=version.blob,
        seen_id=row.published_id,
        title=row.title,
        source=row.source,
        was=(status, row.owner, row.review_by or ""),
        change=kept,
    )


def _is_so(
    change: Change,
    status: Status,
    last: Ruling | None,
    version_id: int,
    successors: Mapping[int, str | None],
) -> bool:
    """Return whether the version's status was decided to be that already, and is."""
    if change.status == DECLARED:
        return last is None or last.status is None
    is_own = last is not None and last.version_id == version_id
    if last is None or not is_own or last.status != change.status or status != change.status:
        return False
    return successors.get(last.id) == change.successor


def _status_of(row: Row[Any], version: Row[Any], instant: int) -> Status:
    if version.id == row.id:
        return Status(row.status)
    is_over = version.ended_by and version.in_force_end <= instant
    return Status(version.ended_by if is_over else version.declared)


async def _about(
    connection: AsyncConnection,
    rows: Sequence[Row[Any]],
    change: Change,
    instant: int,
    number: int | None,
) -> dict[str, Row[Any]]:
    """Return the version that the change is about, of each document where it is not the listed."""
    if number is not None:
        return await _numbered(connection, rows, instant, number)
    waiting = [row.published_id for row in rows if row.waiting is not None]
    if change.status != Status.APPROVED or not waiting:
        return {}
    found: dict[str, Row[Any]] = {}
    for start in range(0, len(waiting), _PIECE):
        chosen = versions.c.id.in_(waiting[start : start + _PIECE])
        for each in await connection.execute(select(versions).where(chosen)):
            found[each.document_id] = each
    return found


async def _numbered(
    connection: AsyncConnection, rows: Sequence[Row[Any]], instant: int, number: int
) -> dict[str, Row[Any]]:
    """Return the one document's version of this number, if that still is or may yet come to be."""
    [row] = rows
    if number == row.number:
        return {}
    statement = select(versions).where(
        versions.c.document_id == row.document_id,
        versions.c.number == number,
        versions.c.published == 1,
    )
    found = (await connection.execute(statement)).first()
    if found is None:
        raise missing()
    is_replaced = found.id < row.id or (
        found.ended_by == Status.SUPERSEDED and found.in_force_end <= instant
    )
    if is_replaced:
        raise BadRequest(
            f"Expected a version that counts or may come to count, got version {number}, which a "
            f"newer one has replaced. Decide about version {row.number}."
        )
    return {row.document_id: found}


def _check_how_many(rows: Sequence[Row[Any]], chosen: Chosen) -> None:
    if len(rows) > MOST_DOCUMENTS:
        raise BadRequest(
            f"Expected at most {MOST_DOCUMENTS:,} documents at a time, got more. Narrow the choice."
        )
    if chosen.documents is not None and len(rows) < len(chosen.documents):
        raise missing()
    if not rows:
        raise BadRequest("Expected documents to decide about, got none. Choose others.")


async def _check_change(
    connection: AsyncConnection, acl: AclFilter, change: Change, instant: int, ids: set[str]
) -> None:
    if change == Change():
        raise BadRequest(
            "Expected something to change, got nothing. Choose a status, owner or day."
        )
    if change.status and change.status not in (DECLARED, *Status):
        raise BadRequest(f"Expected a status, got {change.status[:80]!r}. Choose one of the list.")
    if change.owner:
        held = (users.c.name == change.owner) & users.c.suspended_at.is_(None)
        if (await connection.execute(select(users.c.id).where(held))).first() is None:
            raise BadRequest(
                f"Expected the name of somebody who may come in as owner, got "
                f"{change.owner[:80]!r}. Take the name by which they sign in."
            )
    if change.review_by:
        _check_day(change.review_by, instant)
    if (change.status == Status.SUPERSEDED) != (change.successor is not None):
        raise BadRequest(
            "Expected the document that supersedes, with that status and no other, got "
            + ("a document with another." if change.successor else "none. Give its id.")
        )
    if change.successor is not None:
        await _check_successor(connection, acl, change.successor, instant, ids)


def _check_day(given: str, instant: int) -> None:
    try:
        day = date.fromisoformat(given)
    except ValueError:
        day = None
    if day is None or day.isoformat() != given:
        raise BadRequest(f"Expected a day of review as YYYY-MM-DD, got {given[:80]!r}.")
    if given < today(instant):
        raise BadRequest(
            f"Expected a day of review from today on, got {given}. Choose a later day."
        )


async def _check_successor(
    connection: AsyncConnection, acl: AclFilter, successor: str, instant: int, ids: set[str]
) -> None:
    """Refuse what may not be read, the document itself, and a circle."""
    only = Chosen(documents=frozenset((successor,)))
    found = await every(connection, acl, only, instant, 1)
    if not found:
        raise missing()
    seen, at = set(ids), successor
    while at:
        if at in seen:
            raise BadRequest(
                "Expected another document as the one that supersedes, got one that would in the "
                "end supersede itself. Choose the document that counts now."
            )
        seen.add(at)
        at = await _superseded_by(connection, at)


async def _superseded_by(connection: AsyncConnection, document_id: str) -> str:
    """Return by what the last decision about its status has a document superseded, if by any."""
    statement = (
        select(decisions.c.successor)
        .where(decisions.c.document_id == document_id, decisions.c.status.is_not(None))
        .order_by(decisions.c.id.desc())
        .limit(1)
    )
    return (await connection.execute(statement)).scalar() or ""


async def _successors(
    connection: AsyncConnection, document_ids: Sequence[str]
) -> dict[int, str | None]:
    """Return the successor of each decision about these documents that names one."""
    found: dict[int, str | None] = {}
    for start in range(0, len(document_ids), _PIECE):
        piece = decisions.c.document_id.in_(document_ids[start : start + _PIECE])
        named = select(decisions.c.id, decisions.c.successor).where(piece)
        rows = await connection.execute(named.where(decisions.c.successor.is_not(None)))
        found |= {row.id: row.successor for row in rows}
    return found


def _check_review(every_one: Sequence[Planned], instant: int) -> None:
    """Refuse to approve what would be overdue at once."""
    late = 0
    for each in every_one:
        day = each.was[2] if each.change.review_by is None else each.change.review_by
        late += each.change.status == Status.APPROVED and bool(day) and day < today(instant)
    if late:
        raise BadRequest(
            f"Expected a day of review that has not passed, got one that has for {late:,} of the "
            "documents. Give a new day, or none, with the decision."
        )


def _digest(every_one: Sequence[Planned], said: Mapping[str, Decided]) -> str:
    told = hashlib.sha256()
    for each in every_one:
        rulings = said.get(each.document_id, UNDECIDED).rulings
        told.update(repr((replace(each, title=""), rulings[-1:])).encode())
    return told.hexdigest()[:32]


def missing() -> NotFound:
    """Return the same for what is not there and what may not be read."""
    return NotFound("There is no such document for you. Check its id, or ask its owner.")
