"""Which questions may be claimed: of one thread one at a time, in the order in which they came."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from assistant.slack.claim import State
from retrieval.slack_tables import slack_questions as table

OPEN: Final = (State.WAITING.value, State.WORKING.value)
_MOST_TRIED: Final = 16


def is_free(one: Any, instant: int) -> ColumnElement[bool]:
    """Return what nobody holds."""
    lapsed = and_(one.c.state == State.WORKING.value, one.c.until <= instant)
    return or_(one.c.state == State.WAITING.value, lapsed)


def is_next(one: Any, instant: int) -> ColumnElement[bool]:
    """Return what may be claimed: nobody holds another of its lane, and none came before it."""
    other = table.alias("other")
    is_held = (other.c.state == State.WORKING.value) & (other.c.until > instant)
    is_before = (other.c.number < one.c.number) & other.c.state.in_(OPEN)
    is_behind = exists().where(
        other.c.lane == one.c.lane, other.c.number != one.c.number, is_held | is_before
    )
    return and_(is_free(one, instant), one.c.due <= instant, ~is_behind)


async def claimable(connection: AsyncConnection, instant: int) -> Sequence[tuple[int, str]]:
    """Return the number and lane of the oldest that may be claimed, oldest first."""
    each = table.alias("each")
    oldest = select(each.c.number, each.c.lane).where(is_next(each, instant))
    rows = await connection.execute(oldest.order_by(each.c.number).limit(_MOST_TRIED))
    return [(row.number, row.lane) for row in rows]


async def is_alone(connection: AsyncConnection, lane: str) -> bool:
    """Return whether nobody else claims anything of this lane until this transaction ends.

    What is read after this is how things stand with the lane. SQLite lets one write at a time.
    """
    if connection.dialect.name == "sqlite":
        return True
    lock = func.pg_try_advisory_xact_lock(func.hashtextextended(f"slack {lane}", 0))
    return bool((await connection.execute(select(lock))).scalar_one())
