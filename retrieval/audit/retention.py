"""Retention: how long entries are kept, and what may not be pruned yet."""

from __future__ import annotations

from sqlalchemy import ColumnElement, delete, func, insert, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from retrieval.audit import tables
from retrieval.audit.chain import store
from retrieval.audit.checkpoint import Checkpoint, Mark
from retrieval.errors import BadRequest

DEFAULT_DAYS = 400
LEAST_DAYS = {"standard": 184, "hipaa": 2192}
"""The fewest days by profile: six months (EU AI Act, article 26(6)); six years (45 CFR 164.316)."""


def check_retention(days: int, profile: str = "standard") -> int:
    """Return `days` if the profile allows them.

    Raises:
        BadRequest: no such profile, or fewer days than it asks for.
    """
    least = LEAST_DAYS.get(profile)
    if least is None:
        known = ", ".join(sorted(LEAST_DAYS))
        raise BadRequest(f"Expected a profile of retention ({known}), got {profile[:40]!r}.")
    if days < least:
        raise BadRequest(
            f"Expected the record to be kept for at least {least} days (profile {profile}), got "
            f"{days}. Set AUDIT_DAYS to {least} or more."
        )
    return days


def concerning(subject: str) -> ColumnElement[bool]:
    """Return the condition that an entry is by or about a subject."""
    events = tables.events.c
    return or_(events.actor == subject, events.body.contains(f'"{subject}"', autoescape=True))


async def prunable(connection: AsyncConnection, before: int) -> Checkpoint | None:
    """Return the checkpoint up to which entries may go: all older than the instant `before`.

    Nothing from the oldest entry by or about a held person on may go: an entry can be proved
    only together with all that follow it.
    """
    events, marks = tables.events.c, tables.checkpoints.c
    oldest = (await connection.execute(select(func.min(events.number)))).scalar()
    if oldest is None:
        return None
    kept = select(events.number).where(events.at >= before).order_by(events.number).limit(1)
    bounds = [(await connection.execute(kept)).scalar()]
    for subject in (await connection.execute(select(tables.holds.c.subject))).scalars().all():
        held = select(func.min(events.number)).where(concerning(subject))
        bounds.append((await connection.execute(held)).scalar())
    stop = min((bound for bound in bounds if bound is not None), default=None)
    query = select(marks.line).where(marks.kind == Mark.CHECKPOINT, marks.number >= oldest)
    if stop is not None:
        query = query.where(marks.number < stop)
    line = (await connection.execute(query.order_by(marks.number.desc()).limit(1))).scalar()
    return Checkpoint.read(line) if line else None


async def prune(connection: AsyncConnection, anchor: Checkpoint) -> None:
    """Delete every entry up to the anchor, for good, and keep the anchor."""
    if connection.dialect.name == "sqlite":
        await connection.exec_driver_sql("PRAGMA secure_delete=ON")
    events, marks = tables.events.c, tables.checkpoints.c
    await connection.execute(delete(tables.events).where(events.number <= anchor.number))
    await connection.execute(delete(tables.checkpoints).where(marks.number <= anchor.number))
    await store(connection, anchor)


async def held(connection: AsyncConnection, subject: str) -> bool:
    """Return whether a subject is under a legal hold."""
    query = select(literal(1)).where(tables.holds.c.subject == subject)
    return (await connection.execute(query)).first() is not None


async def hold(connection: AsyncConnection, subject: str, at: int, reason: str) -> None:
    """Put a subject under a hold, or renew its reason."""
    erased = select(literal(1)).where(tables.erasures.c.subject == subject)
    if (await connection.execute(erased)).first():
        raise BadRequest("Expected a person who is not being erased. It is too late for a hold.")
    await connection.execute(delete(tables.holds).where(tables.holds.c.subject == subject))
    values = {"subject": subject, "at": at, "reason": reason}
    await connection.execute(insert(tables.holds).values(values))


async def release(connection: AsyncConnection, subject: str) -> None:
    """End a hold, or raise `BadRequest` if there is none."""
    gone = delete(tables.holds).where(tables.holds.c.subject == subject)
    if (await connection.execute(gone)).rowcount != 1:
        raise BadRequest("Expected a person under a legal hold, but there is none on this one.")


async def erase(connection: AsyncConnection, subject: str, at: int) -> None:
    """Note that a subject's key is to go, or raise `BadRequest` if a hold forbids it."""
    if await held(connection, subject):
        raise BadRequest(
            "Expected a person without a legal hold, but there is one on this person, and it "
            "wins. Run `pincite audit release` when it has ended, then erase."
        )
    there = select(literal(1)).where(tables.erasures.c.subject == subject)
    if (await connection.execute(there)).first() is None:
        await connection.execute(insert(tables.erasures).values(subject=subject, at=at))
