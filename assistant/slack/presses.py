"""What a button's value stands for: pressed once, by one person, in one place, under one answer.

A value is a random name of a row here and says nothing itself, so there is nothing to alter in it.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Row, delete, insert, select, update

from assistant.slack import evidence
from assistant.slack.event import Member, Place
from retrieval.database import Database
from retrieval.documents import now
from retrieval.slack_tables import slack_buttons as table

LASTS_SECONDS: Final = 86_400
KEPT_SECONDS: Final = 7 * 86_400
"""How long after its end it is still told why a button does nothing."""
_NO_FACTS: Final[Mapping[str, str | int]] = MappingProxyType({})


class Action(StrEnum):
    """What a button does, as Slack sends it back."""

    HELPFUL = "pincite_helpful"
    NOT_HELPFUL = "pincite_not_helpful"
    REASON = "pincite_reason"
    HELP = "pincite_help"
    SOURCES = "pincite_sources"
    MORE = "pincite_more"
    STOP = "pincite_stop"
    TAKE_BACK = "pincite_take_back"
    SHARE = "pincite_share"
    CONFIRM = "pincite_confirm"
    DECLINE = "pincite_decline"


class Fault(StrEnum):
    """Why a press does not count, as it is put on record."""

    UNKNOWN = "unknown"
    OTHER_ACTION = "other_action"
    OTHER_PERSON = "other_person"
    OTHER_PLACE = "other_place"
    LATE = "late"
    REPLAY = "replay"


_LASTS: Final[Mapping[Action, int]] = {
    Action.HELPFUL: evidence.LASTS_SECONDS,
    Action.NOT_HELPFUL: evidence.LASTS_SECONDS,
    Action.HELP: evidence.LASTS_SECONDS,
    Action.REASON: 3600,
}
"""How long something may be said of an answer: while it is known what it rests on."""


@dataclass(frozen=True, slots=True)
class Press:
    """What one value stands for. `answer` is the id of the question that the answer is to.

    `about` holds ids and figures alone. `expires` is an instant.
    """

    action: Action
    place: Place
    by: Member
    answer: str
    about: Mapping[str, str | int] = field(default_factory=lambda: _NO_FACTS)
    expires: int = 0
    id: str = ""


class Presses:
    """Every button that stands in Slack, and whether it was pressed."""

    def __init__(self, database: Database, clock: Callable[[], int] = now) -> None:
        self._database = database
        self._clock = clock

    async def put(self, families: Sequence[Sequence[Press]]) -> list[list[str]]:
        """Keep what can be pressed and return the values; one press uses up its whole family.

        What has no end of its own lasts a day, or as long as the evidence of an answer does.
        """
        rows = [
            [self._row(each, family) for each in presses] for family, presses in _named(families)
        ]
        async with self._database.transaction() as connection:
            await connection.execute(insert(table), [each for family in rows for each in family])
        return [[str(each["id"]) for each in family] for family in rows]

    async def take(self, value: str, action: str, by: Member, place: Place | None) -> Press | Fault:
        """Use up a value and return what it stands for, or why it does not count.

        `place` is where it was pressed, None for a form, which stands nowhere. A direct message
        with the presser is any place of theirs: what is theirs alone may have been told there.
        """
        instant = self._clock()
        async with self._database.transaction() as connection:
            found = await connection.execute(select(table).where(table.c.id == value[:32]))
            row = found.first()
            if row is None or row.id != value:
                return Fault.UNKNOWN
            if fault := _fault(row, action, by, place, instant):
                return fault
            is_unused = (table.c.family == row.family) & table.c.used_at.is_(None)
            used = update(table).where(is_unused).values(used_at=instant)
            if not (await connection.execute(used)).rowcount:
                return Fault.REPLAY
        return _press(row)

    async def look(self, value: str) -> Press | None:
        """Return what a value stands for, whether it counts or not, without using it up."""
        async with self._database.transaction() as connection:
            found = await connection.execute(select(table).where(table.c.id == value[:32]))
            row = found.first()
        return _press(row) if row is not None and row.id == value else None

    async def give_back(self, press: Press) -> None:
        """Let a value be pressed again: what it stands for was not done."""
        family = select(table.c.family).where(table.c.id == press.id).scalar_subquery()
        again = update(table).where(table.c.family == family).values(used_at=None)
        async with self._database.transaction() as connection:
            await connection.execute(again)

    def _row(self, press: Press, family: str) -> dict[str, Any]:
        instant = self._clock()
        return {
            "id": secrets.token_hex(16),
            "family": family,
            "action": press.action.value,
            "team": press.place.team,
            "channel": press.place.channel,
            "thread": press.place.thread,
            "user_team": press.by.team,
            "user": press.by.user,
            "answer": press.answer,
            "about": json.dumps(dict(press.about)),
            "at": instant,
            "expires": press.expires or instant + lasts_seconds(press.action),
        }

    async def tidy(self) -> int:
        """Forget what has been over for long, and return how many there were."""
        gone = delete(table).where(table.c.expires < self._clock() - KEPT_SECONDS)
        async with self._database.transaction() as connection:
            return (await connection.execute(gone)).rowcount


def lasts_seconds(action: Action) -> int:
    """Return how long a button can be pressed that has no end of its own."""
    return _LASTS.get(action, LASTS_SECONDS)


def _named(families: Sequence[Sequence[Press]]) -> Iterator[tuple[str, Sequence[Press]]]:
    for each in families:
        yield secrets.token_hex(16), each


def _fault(
    row: Row[Any], action: str, by: Member, place: Place | None, instant: int
) -> Fault | None:
    """Return why a press does not count; whoever is not its person is told nothing else."""
    is_own = place is not None and place.channel.startswith("D")
    is_there = place is None or (place.team, place.channel) == (row.team, row.channel)
    faults = {
        Fault.OTHER_PERSON: (by.team, by.user) != (row.user_team, row.user),
        Fault.OTHER_ACTION: action != row.action,
        Fault.OTHER_PLACE: not is_there and not (is_own and place and place.team == row.team),
        Fault.REPLAY: row.used_at is not None,
        Fault.LATE: instant >= row.expires,
    }
    return next((fault for fault, is_so in faults.items() if is_so), None)


def _press(row: Row[Any]) -> Press:
    return Press(
        Action(row.action),
        Place(row.team, row.channel, row.thread),
        Member(row.user_team, row.user),
        row.answer,
        MappingProxyType(json.loads(row.about)),
        row.expires,
        row.id,
    )
