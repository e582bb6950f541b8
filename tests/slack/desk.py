"""An office in which buttons can be pressed: the record, the review queue and tools are real."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assistant.recorded import Recorded
from assistant.review.review import Review
from assistant.slack.accounts import Accounts
from assistant.slack.approvers import Approvers
from assistant.slack.approving import Approving
from assistant.slack.buttons import Placed
from assistant.slack.evidence import Evidence
from assistant.slack.feedback import Feedback
from assistant.slack.further import Further
from assistant.slack.handlers import Pressed
from assistant.slack.presses import Presses
from assistant.slack.pressing import Pressing
from assistant.slack.private import Private
from assistant.slack.reopened import Reopening
from assistant.slack.requesting import Requesting
from assistant.slack.requests import Requests
from assistant.slack.voicing import Voicing
from assistant.slack.web import Web
from retrieval.audit.reading import Choice
from retrieval.audit.record import OPERATOR, KeptRecord
from retrieval.database import Database
from retrieval.documents import now
from retrieval.drafts.drafts import Drafts
from retrieval.people.company import Company
from retrieval.people.directory import Directory
from retrieval.review.cases import Cases
from tests.assistant.http_firm import firm
from tests.assistant.http_world import ShelfLibrary, WordAssistant
from tests.slack.fake import FakeSlack, Message, User
from tests.slack.fake.workspace import Whisper
from tests.slack.office import BASE, Office, at_once
from tools.workbench import Workbench


@dataclass
class Scores:
    """Where scores go."""

    scores: list[tuple[str, str, bool, str]] = field(default_factory=list)

    def scored(self, answer_id: str, *, person: str, is_helpful: bool, reason: str) -> None:
        self.scores.append((answer_id, person, is_helpful, reason))


@dataclass(eq=False)
class Desk(Office):
    """See the module. `instant` is the time by which buttons lapse."""

    record: Any = None
    workbench: Workbench | None = None
    instant: Callable[[], int] = now
    scores: Scores = field(default_factory=Scores)

    def __post_init__(self) -> None:
        self.review = self.reviewed()
        self.evidence = self.keeping = Evidence(
            self.database,
            self.record,
            lambda *told: self.review.reporting.told(*told),
            self.instant,
        )
        answers = self.assistant or WordAssistant(self.library)
        self.assistant = Recorded(answers, self.record, "settings", self.review.queueing)
        self.placed = Presses(self.database, self.instant)
        self.buttons = Placed(self.placed, BASE)
        super().__post_init__()
        company = Company(self.database)
        self.accounts = Accounts(self.configured, lambda _: self.web, self.linking)
        self.approvers = Approvers(self.accounts, company)
        self.requests = Requests(self.database, self.instant)
        self.pressing = self.hired_to_press()

    def reviewed(self) -> Review:
        """Return the review queue, with nothing in memory."""
        cases, drafts = Cases(self.database, self.record), Drafts(self.database, self.record)
        return Review.over(cases, drafts, self.library, self.record)  # type: ignore[arg-type]

    def restart(self) -> None:
        """Let whoever does what is pressed be another process."""
        self.review = self.reviewed()
        self.pressing = self.hired_to_press()

    def hired_to_press(self) -> Pressing:
        """Return who does what is pressed."""
        private = Private(lambda _: self.web)
        reopening = Reopening(self.remembered.history)
        feedback = Feedback(
            self.database,
            self.record,
            self.record,
            self.review.reporting,
            self.review.cases,
            self.review.drafts,
            self.evidence,
            self.scores,
        )
        assert isinstance(self.buttons, Placed)
        return Pressing(
            self.placed,
            self.linking,
            private,
            Voicing(
                feedback,
                self.placed,
                private,
                lambda _: self.web,
                reopening,
                self.audiences,
                self.rules_for,
                BASE,
            ),
            Further(
                self.remembered.assistant,
                self.inbox,
                self.taken_back,
                lambda: self.working.wake(),
                self.buttons,
                private,
                lambda _: self.web,
                reopening,
                self.audiences,
                BASE,
            ),
            Approving(
                self.workbench,
                private,
                self.approvers,
                self.requests,
                self.rules_for,
                self.record,
                BASE,
            ),
            self.stops,
        )

    def hired_to_request(self) -> Requesting:
        """Return who asks those who may confirm a call."""
        assert self.workbench is not None
        assert isinstance(self.buttons, Placed)
        return Requesting(
            self.workbench,
            self.approvers,
            self.requests,
            self.buttons,
            self.linking,
            lambda _: self.web,
            self.rules_for,
            BASE,
            clock=self.instant,
        )

    async def presses_on(
        self, user: User, on: Message | Whisper, action: str, value: str | None = None
    ) -> None:
        """Let somebody press a button, and wait until what it stands for is done."""
        await self.comes(self.slack.bodies(self.team).press(user, on, action, value))
        await self.pressing.close()

    async def sends(self, user: User, view: dict[str, Any], **fields: str) -> None:
        """Let somebody send a form."""
        values = {name: {name: value} for name, value in fields.items()}
        await self.comes(self.slack.bodies(self.team).submitted(user, view, values))
        await self.pressing.close()

    async def noted(self, *acts: str) -> list[dict[str, Any]]:
        """Return what is on record, oldest first."""
        entries = await self.record.latest(Choice(), OPERATOR, limit=1_000)
        return [each for each in reversed(entries) if each["act"] in acts]

    async def _pressed(self, pressed: Pressed) -> None:
        self.presses.append(pressed)
        await self.pressing.pressed(pressed)


@asynccontextmanager
async def desk(
    folder: Path,
    assistant: Callable[[ShelfLibrary], Any] | None = None,
    database: Database | None = None,
    record: KeptRecord | None = None,
    **more: Any,
) -> AsyncIterator[Desk]:
    """Lend an office in which somebody works and buttons can be pressed."""
    own = database or Database(f"sqlite:///{folder / 'library.db'}")
    await own.migrate()
    noting = record or await KeptRecord.open(folder / "audit")
    library = ShelfLibrary(firm())
    async with FakeSlack() as fake:
        team = fake.team()
        web = Web(team.bot_token, api=fake.url, pace=at_once())
        answers = assistant(library) if assistant else None
        opened = Desk(fake, team, web, own, Directory(own), answers, library, record=noting, **more)
        try:
            async with opened.working.going():
                yield opened
        finally:
            await opened.handling.close()
            await opened.pressing.close()
            await opened.review.queueing.close()
            await web.close()
            if record is None:
                await noting.close()
            if database is None:
                await own.close()


def pressable(blocks: list[dict[str, Any]]) -> dict[str, str]:
    """Return the values of the buttons in blocks, by what they do."""
    return {
        each["action_id"]: each["value"]
        for block in blocks
        if block["type"] == "actions"
        for each in block["elements"]
    }
