"""A workbench for tests: a real record and database, and far systems that count what they do."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from retrieval.access import Principal
from retrieval.audit.reading import Choice
from retrieval.audit.record import OPERATOR, KeptRecord
from retrieval.database import Database
from retrieval.errors import NotFound, RetrievalError, Unavailable
from retrieval.halting import Deed, Stop
from retrieval.stops import Stops
from tools.call import Call, Json
from tools.calls import Calls
from tools.confirmation import Confirmation, Waiting
from tools.confirmations import Confirmations
from tools.fields import Choice as OneOf
from tools.fields import Number, Text
from tools.policy import Allowance, Approver, Listed, Policy
from tools.secrets import Secrets
from tools.tool import Asker, Effect, Errand, Hand, Result, Tool
from tools.turn import Turn
from tools.workbench import Workbench

SESSION = "session-of-ann"
TICKET = {"title": "The printer is on fire", "level": "high"}

CREATE = Tool(
    name="desk.create_ticket",
    says="Create a ticket.",
    fields={
        "title": Text("What it is about.", most=120),
        "level": OneOf("How urgent it is.", ("low", "high")),
        "cost": Number("What it may cost.", 0, 10_000, is_required=False),
    },
    effect=Effect.CHANGES,
    will="A ticket {title} of level {level} is created at the desk; it may cost {cost}.",
    system="desk",
    can_undo=True,
)
LOOK_UP = Tool(
    name="desk.look_up",
    says="Look up a ticket.",
    fields={"ticket": Text("Its number.", pattern="^[A-Z]{2,5}-[0-9]{1,6}$")},
    effect=Effect.READS,
    system="desk",
)
PROPOSE = Tool(
    name="register.propose",
    says="Propose a change of a contract.",
    fields={"note": Text("What to change.", most=400)},
    effect=Effect.CHANGES,
    will="The register is asked to note: {note}",
)
TODAY = Tool(name="today", says="Tell the date.", fields={}, effect=Effect.READS)


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.instant = 1_790_000_000

    def __call__(self) -> int:
        return self.instant

    def forward(self, seconds: int) -> None:
        self.instant += seconds


@dataclass
class Far:
    """A far system: does a thing once for each key, and remembers who asked."""

    effects: dict[str, Mapping[str, Json]] = field(default_factory=dict)
    asked: list[Errand] = field(default_factory=list)

    def do(self, arguments: Mapping[str, Json], errand: Errand) -> str:
        self.asked.append(errand)
        self.effects.setdefault(errand.key, arguments)
        return f"RIM-{2000 + list(self.effects).index(errand.key)}"

    @property
    def times(self) -> Counter[str]:
        return Counter(each.key for each in self.asked)


class DeskHand:
    """Carries out a tool at a far system; `before` and `after` are awaited around the effect."""

    def __init__(self, tool: Tool, far: Far, result: Result | None = None) -> None:
        self.tool = tool
        self.far = far
        self.result = result
        self.before: Callable[[], Any] = _nothing
        self.after: Callable[[], Any] = _nothing

    async def run(self, arguments: Mapping[str, Json], errand: Errand) -> Result:
        await self.before()
        number = self.far.do(arguments, errand)
        await self.after()
        if self.result is not None:
            return self.result
        return Result(title=f"Ticket {number}", text=f"{number} is open.", ids=(number,))


class TryingHand(DeskHand):
    """Its far system can say beforehand what would happen."""

    tried = 0

    async def attempt(self, arguments: Mapping[str, Json], errand: Errand) -> str:
        self.tried += 1
        await self.before()
        return f"Would create one in queue 7 for \u202e{errand.asker.principal.name}."


class PatientStops(Stops):
    """Waits as long as the machine needs to look, and does not tire of what it saw."""

    def __init__(self, database: Database, record: KeptRecord) -> None:
        super().__init__(database, record, clock=lambda: 0.0)

    async def of(self, deed: Deed) -> Stop | None:
        try:
            await self._look()
        except RetrievalError as error:
            raise Unavailable("Expected to read what is stopped.") from error
        return self.standing(deed)


class Held:
    """Holds up whoever awaits it, and tells when that has begun."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()

    async def __call__(self) -> None:
        self.begun.set()
        await asyncio.Event().wait()


async def _nothing() -> None:
    """Do nothing."""


class People:
    """Rights that a test can change."""

    def __init__(self) -> None:
        self.groups = {"ann": ["staff"], "bob": ["legal"], "cat": ["staff"], "dan": ["staff"]}

    def person(self, name: str, channel: str = "web") -> Asker:
        return Asker(
            Principal.person(name, self.groups[name]), channel=channel, origin="web 1.1.1.1"
        )

    async def asker(self, name: str, *, channel: str, origin: str) -> Asker:
        if name not in self.groups:
            raise NotFound("nobody")
        return Asker(Principal.person(name, self.groups[name]), frozenset(), channel, origin)


def policy_of(digest: str = "p1", channels: Collection[str] = ("web",), **more: Any) -> Policy:
    staff = Allowance(frozenset({"group:staff"}), frozenset(channels))
    own = Listed((staff,), **more)
    other = Listed((staff,), approver=Approver(frozenset({"group:legal"})), **more)
    names = (CREATE.name, LOOK_UP.name, TODAY.name)
    return Policy({**dict.fromkeys(names, own), PROPOSE.name: other}, digest)


@dataclass
class Bench:
    database: Database
    record: KeptRecord
    stops: Stops
    clock: Clock
    far: Far
    people: People
    hands: list[Hand]
    calls: Calls
    secrets: Secrets
    workbench: Workbench
    others: list[Database] = field(default_factory=list)

    @classmethod
    async def open(cls, database: Database, folder: Path, **more: Any) -> Bench:
        record = await KeptRecord.open(folder / "audit")
        clock, far, people = Clock(), Far(), People()
        hands: list[Hand] = [DeskHand(each, far) for each in (CREATE, LOOK_UP, PROPOSE, TODAY)]
        stops, secrets = PatientStops(database, record), Secrets(database, record, record)
        calls = Calls(database, record, clock)
        bench = cls(
            database,
            record,
            stops,
            clock,
            far,
            people,
            hands,
            calls,
            secrets,
            None,  # type: ignore[arg-type]
        )
        bench.again(**more)
        await secrets.set("ann", "desk", "secret of ann", origin="web 1.1.1.1")
        return bench

    def again(self, policy: Policy | None = None, **more: Any) -> Workbench:
        """Make the workbench anew, as a restart does."""
        self.workbench = Workbench(
            self.hands,
            policy or policy_of(),
            self.calls,
            Confirmations(self.calls),
            self.secrets,
            self.record,
            self.stops,
            self.clock,
            **{"rights": self.people, **more},
        )
        return self.workbench

    def hand(self, name: str) -> DeskHand:
        [found] = [each for each in self.hands if each.tool.name == name]
        assert isinstance(found, DeskHand)
        return found

    def swap(self, hand: Hand) -> None:
        self.hands[:] = [each for each in self.hands if each.tool.name != hand.tool.name] + [hand]

    def elsewhere(self, policy: Policy | None = None) -> Workbench:
        """Return the workbench of another process: its own connections, the same database."""
        database = Database(self.database.url.render_as_string(hide_password=False))
        self.others.append(database)
        calls = Calls(database, self.record, self.clock)
        return Workbench(
            self.hands,
            policy or policy_of(),
            calls,
            Confirmations(calls),
            Secrets(database, self.record, self.record),
            self.record,
            PatientStops(database, self.record),
            self.clock,
            rights=self.people,
        )

    def turn(
        self, typed: str = "", person: str = "ann", channel: str = "web", session: str = SESSION
    ) -> Turn:
        asker = self.people.person(person, channel)
        return self.workbench.turn(asker, session=session, typed=typed)

    async def waiting(self, call: Call | None = None, **more: Any) -> Confirmation:
        """Have a call wait."""
        came = await self.turn(**more).call(call or Call(CREATE.name, TICKET))
        assert isinstance(came, Waiting), came
        return came.confirmation

    async def confirm(self, waiting: Confirmation, **more: Any) -> Any:
        """Confirm as ann, in her session, exactly what was shown, unless told otherwise."""
        person = self.people.person(more.pop("person", "ann"), more.pop("channel", "web"))
        word = {"session": SESSION, "digest": waiting.digest, **more}
        return await self.workbench.confirm(waiting.id, asker=person, **word)

    async def noted(self, *acts: str) -> list[dict[str, Any]]:
        """Return what is on record of calls and words, oldest first."""
        entries = await self.record.latest(Choice(), OPERATOR, limit=100_000)
        return [each for each in reversed(entries) if each["act"] in (acts or ("tool", "confirm"))]

    async def did(self, *acts: str) -> list[str]:
        """Return what was done, by the record, oldest first."""
        return [each["about"]["did"] for each in await self.noted(*acts)]

    async def close(self) -> None:
        await self.workbench.close()
        for each in self.others:
            await each.close()
        await self.record.close()


async def all_of(*awaitables: Any) -> Sequence[Any]:
    return await asyncio.gather(*awaitables)
