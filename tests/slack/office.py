"""A firm's workspace in the fake Slack, with everything of ours that answers there, joined."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assistant.admission import Admission, Admitted
from assistant.slack.answered import Answered
from assistant.slack.answering import Answering
from assistant.slack.audience import Audiences
from assistant.slack.channels import Answers, Configured, Matching, Rules, Workspace
from assistant.slack.fuller import Fuller
from assistant.slack.handlers import Pressed
from assistant.slack.handling import Handling
from assistant.slack.inbox import Inbox
from assistant.slack.message import Messages
from assistant.slack.pace import Pace
from assistant.slack.people import Linking
from assistant.slack.permitting import Permitting
from assistant.slack.profiles import Installed
from assistant.slack.refusing import Refusing
from assistant.slack.taken_back import TakenBack
from assistant.slack.taking import take
from assistant.slack.telling import Buttons, Keeping, KeptNowhere, NoButtons, Telling
from assistant.slack.web import Web
from assistant.slack.whispers import Whispers
from assistant.slack.working import Working
from assistant.stopping import NeverStopped, Standing
from retrieval.database import Database
from retrieval.documents import now
from retrieval.people.company import Company
from retrieval.people.directory import Directory
from tests.assistant.http_firm import firm
from tests.assistant.http_world import ShelfLibrary
from tests.assistant.remembered import Keys, remembering
from tests.slack.fake import Channel, FakeSlack, Message, User
from tests.slack.fake import Workspace as Team

BASE = "https://pincite.firm.example"
MEALS = "What is the daily meal allowance abroad?"
NOTICE = "How much notice must either party give to terminate?"
UNKNOWN = "Which zebra won?"
PATIENCE_SECONDS = 60.0


def at_once() -> Pace:
    """Return a pace at which every wait is over as soon as it begins, by a clock of its own."""
    instant = [0.0]

    async def sleep(seconds: float) -> None:
        instant[0] += seconds
        await asyncio.sleep(0)

    return Pace(clock=lambda: instant[0], sleep=sleep)


@dataclass
class Clock:
    """The time by which claims lapse."""

    ahead: int = 0

    def __call__(self) -> int:
        return now() + self.ahead


@dataclass(eq=False)
class Office:
    """See the module. `rules` are every channel's; `presses` is what was pressed."""

    slack: FakeSlack
    team: Team
    web: Web
    database: Database
    directory: Directory
    assistant: Any
    library: ShelfLibrary
    stops: Standing = field(default_factory=NeverStopped)
    admission: Admission = field(default_factory=Admission)
    rules: Rules = field(default_factory=Rules)
    direct: Rules = field(default_factory=lambda: Rules(answers=Answers.ALL))
    clock: Clock = field(default_factory=Clock)
    keys: Keys = field(default_factory=Keys)
    presses: list[Pressed] = field(default_factory=list)
    every_seconds: float = 0.0
    at_once: int = 8
    buttons: Buttons = field(default_factory=NoButtons)
    keeping: Keeping = field(default_factory=KeptNowhere)

    def __post_init__(self) -> None:
        self.inbox = Inbox(self.database, self.keys, self.clock)
        self.taken_back = TakenBack(self.database, self.clock)
        self.answered = Answered(self.database)
        named = {self.team.id: Workspace(self.team.id, {"firm.example": Matching.NAME})}
        self.configured = Configured(named)
        company = Company(self.database)
        self.linking = Linking(self.configured, lambda _: self.web, company)
        self.audiences = Audiences(
            self.configured, lambda _: self.web, self.linking, company, self.library
        )
        self.remembered = remembering(self.database, self.library, assistant=self.assistant)
        self.working = self.hired()
        self.handling = Handling(
            self.inbox,
            self.taken_back,
            self.answered,
            self.rules_for,
            lambda _: self.web,
            wake=lambda: self.working.wake(),
            forget=self.audiences.forget,
            forget_person=self.linking.forget,
            pressed=self._pressed,
            examples=(MEALS, NOTICE),
        )

    def answering(self) -> Answering:
        """Return who answers."""
        asked = Admitted(self.remembered.assistant, self.admission)
        permitting = Permitting(
            self.linking, self.audiences, self.rules_for, self.stops, self.answered, self.clock
        )
        telling = Telling(
            permitting, self.inbox, self.buttons, BASE, self.every_seconds, self.keeping
        )
        whispers = Whispers(lambda _: self.web)
        return Answering(
            asked,
            permitting,
            Messages(lambda _: self.web, self.inbox, self.answered),
            telling,
            whispers,
            Fuller(asked, permitting, telling),
            Refusing(whispers, self.inbox, self.answered, self.buttons, self.clock),
            self.inbox,
        )

    def hired(self) -> Working:
        """Return workers."""
        return Working(
            self.inbox,
            self.answering(),
            kept_seconds=10**6,
            at_once=self.at_once,
            look_seconds=0.02,
        )

    def rules_for(self, place: Any) -> Rules:
        return self.direct if place.channel.startswith("D") else self.rules

    async def person(self, name: str, *groups: str) -> User:
        """Add a colleague to the directory and to Slack."""
        await self.directory.add(name)
        for group in groups:
            await self.directory.join(group, [f"user:{name}"])
        return self.team.user(name.title(), f"{name}@firm.example")

    async def comes(self, *bodies: Any) -> None:
        """Hand over what Slack sends, as it would be acknowledged."""
        own = Installed(self.team.id, "Firm", self.team.bot.id, self.team.bot_id)
        for body in bodies:
            await take(self.handling, body, own)

    async def asks(self, user: User, channel: Channel, text: str, **more: Any) -> Message:
        """Let somebody ask, and return the message."""
        bodies = self.slack.bodies(self.team).asked(user, channel, text, **more)
        await self.comes(*bodies)
        event = bodies[0]["event"]
        return channel.messages[event["ts"]]

    async def settled(self) -> None:
        """Wait until nothing is left to be done."""
        self.working.wake()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await self.open() or self.working.held:  # noqa: ASYNC110 - SQL tells nobody
                await asyncio.sleep(0.01)

    async def open(self) -> int:
        """Return how many questions are not over."""
        return await self.answered.open()

    async def told(self, user: User, channel: Channel, text: str, **more: Any) -> list[Message]:
        """Let somebody ask, wait, and return what stands in the thread of it."""
        asked = await self.asks(user, channel, text, **more)
        await self.settled()
        return self.team.posted(channel, asked.thread or asked.ts)

    async def _pressed(self, pressed: Pressed) -> None:
        self.presses.append(pressed)


@asynccontextmanager
async def opened(
    folder: Path,
    assistant: Callable[[ShelfLibrary], Any] | None = None,
    slack: FakeSlack | None = None,
    **more: Any,
) -> AsyncIterator[Office]:
    """Lend an office in which nobody works yet."""
    database = Database(more.pop("url", "") or f"sqlite:///{folder / 'library.db'}")
    await database.migrate()
    library = ShelfLibrary(firm())
    async with slack or FakeSlack() as fake:
        team = fake.team()
        web = Web(team.bot_token, api=fake.url, pace=at_once())
        answers = assistant(library) if assistant else None
        office = Office(fake, team, web, database, Directory(database), answers, library, **more)
        try:
            yield office
        finally:
            await office.handling.close()
            await web.close()
            await database.close()


@asynccontextmanager
async def working(folder: Path, **more: Any) -> AsyncIterator[Office]:
    """Lend an office in which somebody works."""
    async with opened(folder, **more) as office, office.working.going():
        yield office


def whispered(office: Office, user: User) -> list[str]:
    """Return what was told to somebody alone."""
    return [each.words for each in office.team.whispered(user)]


def words(messages: Iterable[Message]) -> list[str]:
    """Return what stands in messages."""
    return [each.words for each in messages]
