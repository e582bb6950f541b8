"""The register of contracts: look up a record, list what expires, propose a change, take it back.

READ FIRST: four hands, and `Register`, which is what a kind of register has to be able to do.
No hand changes a record: a proposal lies beside it until somebody in charge of it decides.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Protocol

from retrieval.documents import day_of
from tools.call import Json
from tools.fields import Choice, Number, Text
from tools.once import Once
from tools.tool import MOST_RESULT_CHARACTERS, Effect, Errand, Hand, Result, Tool, ToolFailed

MOST_LISTED: Final = 100
MOST_DAYS: Final = 366
ID: Final = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"


@dataclass(frozen=True, slots=True)
class Record:
    """A record of the register: `values` by what they are called, as text."""

    id: str
    title: str
    expires: date | None = None
    values: Mapping[str, str] | None = None
    link: str = ""


@dataclass(frozen=True, slots=True)
class Records:
    """Some records, what expires first ahead; `is_all` unless there are more."""

    listed: tuple[Record, ...]
    is_all: bool


@dataclass(frozen=True, slots=True)
class Change:
    """That a field of a record should have another value, and why."""

    record: str
    field: str
    value: str
    reason: str


class Register(Protocol):
    """A kind of register. It shows what the asker may see. Everything raises `ToolFailed`."""

    @property
    def name(self) -> str:
        """Return what people call it."""

    @property
    def system(self) -> str:
        """Return the far system whose credential of the asker's it needs, "" if none."""

    @property
    def changeable(self) -> tuple[str, ...]:
        """Return the fields that a change may be proposed of."""

    async def record(self, id: str, errand: Errand) -> Record:  # noqa: A002
        """Return a record with its values."""

    async def expiring(self, first: date, last: date, errand: Errand) -> Records:
        """Return what expires from `first` to `last`."""

    async def proposed(self, errand: Errand) -> str:
        """Return the id of the proposal that was made for this errand, "" if there is none."""

    async def propose(self, change: Change, errand: Errand) -> str:
        """Make a proposal, once for the errand; return its id."""

    async def withdraw(self, proposal: str, errand: Errand) -> None:
        """Withdraw a proposal of the asker's; again, it changes nothing."""


class LookUpRecord:
    """register.look_up."""

    def __init__(self, register: Register) -> None:
        self._register = register
        self.tool: Final = Tool(
            name="register.look_up",
            says=f"Shows a record of {register.name} by its number.",
            fields={"record": _record(register)},
            effect=Effect.READS,
            system=register.system,
        )

    async def run(self, arguments: Mapping[str, Json], errand: Errand) -> Result:
        """Return the record."""
        found = await self._register.record(str(arguments["record"]), errand)
        if found.id != arguments["record"]:
            raise ToolFailed(
                f"Expected the record asked for from {self._register.name}, got another."
            )
        lines = [f"Expires: {found.expires.isoformat()}"] if found.expires else []
        lines += [f"{name}: {value}" for name, value in (found.values or {}).items() if value]
        return Result(
            title=f"{found.id}: {found.title}"[:200],
            text="\n".join(lines)[:MOST_RESULT_CHARACTERS],
            link=found.link,
            ids=(found.id,),
        )


class ListExpiring:
    """register.list_expiring."""

    def __init__(self, register: Register) -> None:
        self._register = register
        self.tool: Final = Tool(
            name="register.list_expiring",
            says=f"Lists the records of {register.name} that expire within some days from today.",
            fields={"days": Number("Within how many days.", 1, MOST_DAYS)},
            effect=Effect.READS,
            system=register.system,
        )

    async def run(self, arguments: Mapping[str, Json], errand: Errand) -> Result:
        """Return their numbers, titles and days."""
        first = day_of(errand.as_of)
        last = first + timedelta(days=int(str(arguments["days"])))
        found = await self._register.expiring(first, last, errand)
        lines = [
            _line(f"{each.expires or ''} · {each.id[:64]} · {each.title}") for each in found.listed
        ]
        if not found.is_all:
            lines.append("There are more; these expire first.")
        return Result(
            title=f"{self._register.name}: {len(found.listed)} expire from {first} to {last}",
            text="\n".join(lines)[:MOST_RESULT_CHARACTERS],
            ids=tuple(each.id for each in found.listed if _is_id(each.id)),
        )


class ProposeChange:
    """register.propose_change."""

    def __init__(self, register: Register) -> None:
        self._register = register
        self._once = Once(is_sure=True)
        self.tool: Final = Tool(
            name="register.propose_change",
            says=f"Proposes another value for a field of a record of {register.name}.",
            fields={
                "record": _record(register),
                "field": Choice("Which field.", register.changeable),
                "value": Text("The value that it should have."),
                "reason": Text("Why, in a sentence.", most=500),
            },
            effect=Effect.CHANGES,
            will="A proposal for {field} of {record} is filed in your name. The record stays as it "
            "is until somebody in charge of it decides.",
            system=register.system,
            can_try=True,
            can_undo=True,
        )

    async def run(self, arguments: Mapping[str, Json], errand: Errand) -> Result:
        """File it."""
        change = _change(arguments)

        async def look() -> Result | None:
            proposal = await self._register.proposed(errand)
            return self._filed(proposal, change) if proposal else None

        async def act() -> Result:
            return self._filed(await self._register.propose(change, errand), change)

        return await self._once.do(errand, look, act)

    async def attempt(self, arguments: Mapping[str, Json], errand: Errand) -> str:
        """Return what the field holds now."""
        change = _change(arguments)
        found = await self._register.record(change.record, errand)
        value = (found.values or {}).get(change.field, "")
        return f"{change.field} of {change.record} is {value or 'empty'} now."

    def _filed(self, proposal: str, change: Change) -> Result:
        if not _is_id(proposal):
            raise ToolFailed(
                f"Expected the number of a proposal from {self._register.name}, got none. Look "
                "there.",
                happened=None,
            )
        return Result(
            title=f"Filed proposal {proposal} for {change.record}",
            undo=f"Withdraw proposal {proposal}.",
            ids=(proposal,),
        )


class WithdrawProposal:
    """register.withdraw_proposal."""

    def __init__(self, register: Register) -> None:
        self._register = register
        self.tool: Final = Tool(
            name="register.withdraw_proposal",
            says=f"Withdraws a proposal that you filed in {register.name}.",
            fields={"proposal": Text("The number of the proposal.", most=64, pattern=ID)},
            effect=Effect.CHANGES,
            will="Your proposal {proposal} is withdrawn.",
            system=register.system,
        )

    async def run(self, arguments: Mapping[str, Json], errand: Errand) -> Result:
        """Withdraw it."""
        proposal = str(arguments["proposal"])
        await self._register.withdraw(proposal, errand)
        return Result(f"Withdrew proposal {proposal}", ids=(proposal,))


def hands_of(register: Register) -> tuple[Hand, ...]:
    """Return every hand of a register; one without changeable fields is only read."""
    hands = (LookUpRecord(register), ListExpiring(register))
    if not register.changeable:
        return hands
    return (*hands, ProposeChange(register), WithdrawProposal(register))


def _record(register: Register) -> Text:
    return Text(f"The number of a record in {register.name}.", most=64, pattern=ID)


def _change(arguments: Mapping[str, Json]) -> Change:
    names = ("record", "field", "value", "reason")
    return Change(*(str(arguments[name]) for name in names))


def _is_id(text: str) -> bool:
    return bool(re.fullmatch(ID[1:-1], text, re.ASCII))


def _line(text: str) -> str:
    return " ".join(text[:300].split())
