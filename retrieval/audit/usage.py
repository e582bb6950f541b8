"""How much is asked and what becomes of it, counted on the record in SQL: no word is opened.

What was noted before entries told the channel and the time is counted under neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, Row, Select, cast, distinct, func, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection

from retrieval.audit import tables
from retrieval.audit.event import Act
from retrieval.database import Database

_DAY_SECONDS = 86_400
_STEP_MILLISECONDS = 100
_SHARES = (0.5, 0.95)
_NONE = "none"


@dataclass(slots=True)
class Counted:
    """Questions, and what became of them; `short` are answers of which something was left out."""

    asked: int = 0
    answered: int = 0
    refused: int = 0
    short: int = 0


@dataclass(slots=True)
class Usage:
    """What was asked since a day. `people` asked at least once, `by_day` tells how many each day.

    `seconds` are the median and the 95th of a hundred, from a question to the end of its answer
    or refusal; None where no time is known.
    """

    since: date
    total: Counted = field(default_factory=Counted)
    by_day: dict[date, Counted] = field(default_factory=dict)
    people_by_day: dict[date, int] = field(default_factory=dict)
    by_channel: dict[str, Counted] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    people: int = 0
    searches: int = 0
    seconds: tuple[float, float] | None = None


async def usage(database: Database, since: date, besides: str = "") -> Usage:
    """Return what was asked from a day on by every channel, or by all but one."""
    found = Usage(since)
    instant = int(datetime(since.year, since.month, since.day, tzinfo=UTC).timestamp())
    async with database.transaction() as connection:
        recent = tables.events.c.number >= await _first_since(connection, instant)
        recent &= func.coalesce(_about(connection, "channel"), "") != (besides or _NONE)
        counted = (await connection.execute(_counts(connection, recent))).all()
        times = (await connection.execute(_times(connection, recent))).all()
        asked = recent & (tables.events.c.act == Act.ASK.value)
        people = select(_DAY, func.count(distinct(tables.events.c.actor))).where(asked)
        by_day = (await connection.execute(people.group_by(_DAY))).all()
        whole = select(func.count(distinct(tables.events.c.actor))).where(asked)
        found.people = int((await connection.execute(whole)).scalar_one())
    found.people_by_day = {_day(day): count for day, count in by_day}
    for row in counted:
        _add(found, row)
    found.seconds = _seconds([(int(row[0]), int(row[1])) for row in times])
    return found


async def _first_since(connection: AsyncConnection, instant: int) -> int:
    """Return the number of the first entry since an instant, by halves: times follow numbers."""
    numbers = select(func.min(tables.events.c.number), func.max(tables.events.c.number))
    low, high = (await connection.execute(numbers)).one()
    low, high = low or 1, (high or 0) + 1
    while low < high:
        middle = (low + high) // 2
        at = select(tables.events.c.at).where(tables.events.c.number >= middle)
        found = await connection.execute(at.order_by(tables.events.c.number).limit(1))
        if (found.scalar() or instant) < instant:
            low = middle + 1
        else:
            high = middle
    return int(low)


_DAY: ColumnElement[int] = (tables.events.c.at // _DAY_SECONDS).label("day")


def _counts(connection: AsyncConnection, recent: ColumnElement[bool]) -> Select[Any]:
    acts = [each.value for each in (Act.ASK, Act.ANSWER, Act.REFUSE, Act.SEARCH)]
    channel = _about(connection, "channel").label("channel")
    reason = _about(connection, "reason").label("reason")
    short = (_about(connection, "withheld").is_not(None)).label("short")
    columns = (_DAY, tables.events.c.act, channel, reason, short)
    chosen = recent & tables.events.c.act.in_(acts)
    return select(*columns, func.count().label("times")).where(chosen).group_by(*columns)


def _times(connection: AsyncConnection, recent: ColumnElement[bool]) -> Select[Any]:
    told = _about(connection, "milliseconds", is_number=True)
    step = (told // _STEP_MILLISECONDS).label("step")
    ends = tables.events.c.act.in_([Act.ANSWER.value, Act.REFUSE.value])
    chosen = recent & ends & told.is_not(None)
    return select(step, func.count()).where(chosen).group_by(step).order_by(step)


def _about(connection: AsyncConnection, key: str, *, is_number: bool = False) -> ColumnElement[Any]:
    """Return what an entry says under a key; a database knows JSON in a text its own way."""
    body = tables.events.c.body
    is_lite = connection.dialect.name == "sqlite"
    whole: Any = type_coerce(body, JSON) if is_lite else cast(body, JSON)
    told = whole["about", key]
    found: ColumnElement[Any] = told.as_integer() if is_number else told.as_string()
    return found


def _add(found: Usage, row: Row[Any]) -> None:
    if row.act == Act.SEARCH:
        found.searches += row.times
        return
    channel = found.by_channel.setdefault(row.channel or "", Counted())
    for each in (found.total, found.by_day.setdefault(_day(row.day), Counted()), channel):
        match row.act:
            case Act.ASK:
                each.asked += row.times
            case Act.ANSWER:
                each.answered += row.times
                each.short += row.times if row.short else 0
            case _:
                each.refused += row.times
    if row.act == Act.REFUSE and row.reason:
        found.reasons[row.reason] = found.reasons.get(row.reason, 0) + row.times


def _seconds(times: Sequence[tuple[int, int]]) -> tuple[float, float] | None:
    """Return the shares of the times that stand in ordered steps, each by its upper edge."""
    whole = sum(count for _, count in times)
    if not whole:
        return None
    found: list[float] = []
    for share in _SHARES:
        passed = 0
        for step, count in times:
            passed += count
            if passed >= share * whole:
                found.append((step + 1) * _STEP_MILLISECONDS / 1000)
                break
    return found[0], found[1]


def _day(number: int) -> date:
    return datetime.fromtimestamp(number * _DAY_SECONDS, UTC).date()
