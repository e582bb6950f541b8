"""Joining what answers in Slack: the same assistant as the web's, behind Slack's own rules.

READ FIRST: `joined`. It imports nothing that talks to Slack: `deploy/slacking.py` lends that.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from assistant.slack.accounts import Accounts
from assistant.slack.answered import Answered
from assistant.slack.answering import Answering
from assistant.slack.approvers import Approvers
from assistant.slack.approving import Approving
from assistant.slack.audience import Audiences
from assistant.slack.buttons import Placed
from assistant.slack.channels import Configured
from assistant.slack.evidence import Evidence
from assistant.slack.feedback import Feedback
from assistant.slack.fuller import Fuller
from assistant.slack.further import Further
from assistant.slack.handling import Handling
from assistant.slack.inbox import Inbox
from assistant.slack.message import Messages
from assistant.slack.people import Linking
from assistant.slack.permitting import Permitting
from assistant.slack.presses import Presses
from assistant.slack.pressing import Pressing
from assistant.slack.private import Private
from assistant.slack.refusing import Refusing
from assistant.slack.reminders import Reminders
from assistant.slack.reminding import Reminding
from assistant.slack.reopened import Reopening
from assistant.slack.requesting import Requesting
from assistant.slack.requests import Requests
from assistant.slack.taken_back import TakenBack
from assistant.slack.telling import Telling
from assistant.slack.voicing import Voicing
from assistant.slack.whispers import Whispers
from assistant.slack.working import Working
from deploy.parts import Parts
from retrieval.people.company import Company

if TYPE_CHECKING:
    from assistant.slack.web import Web

_DAY_SECONDS: Final = 86_400


@asynccontextmanager
async def joined(
    parts: Parts, configured: Configured, web: Callable[[str], Web]
) -> AsyncGenerator[Handling, None]:
    """Lend what takes in what comes from Slack; what is asked is answered while the block runs."""
    house = _House(parts, configured, web)
    working = house.working()
    pressing = house.pressing(working)
    handling = Handling(
        house.inbox,
        house.taken_back,
        house.answered,
        configured.rules_for,
        web,
        wake=working.wake,
        forget=house.audiences.forget,
        forget_person=house.linking.forget,
        pressed=pressing.pressed,
        examples=parts.settings.slack_prompts,
    )
    try:
        async with working.going(), house.requesting(), house.reminding():
            yield handling
    finally:
        await handling.close()
        await pressing.close()


class _House:
    """What answering and pressing have in common."""

    def __init__(self, parts: Parts, configured: Configured, web: Callable[[str], Web]) -> None:
        self._parts = parts
        self._web = web
        self._teams = configured.reminding
        self._rules_for = configured.rules_for
        self._base = parts.settings.address()
        self.inbox = Inbox(parts.database, parts.record)
        self.taken_back = TakenBack(parts.database)
        self.answered = Answered(parts.database)
        self._company = company = Company(parts.database)
        self._requests = Requests(parts.database)
        self.linking = Linking(configured, web, company)
        self.audiences = Audiences(configured, web, self.linking, company, parts.library)
        self._accounts = Accounts(configured, web, self.linking)
        self._approvers = Approvers(self._accounts, company)
        self._presses = Presses(parts.database)
        self._placed = Placed(self._presses, self._base)
        self._evidence = Evidence(parts.database, parts.record, parts.review.reporting.told)

    def working(self) -> Working:
        """Return who answers what was taken in."""
        parts, rules_for = self._parts, self._rules_for
        permitting = Permitting(self.linking, self.audiences, rules_for, parts.stops, self.answered)
        telling = Telling(permitting, self.inbox, self._placed, self._base, keeping=self._evidence)
        whispers = Whispers(self._web)
        may_stream = parts.settings.slack_streams
        answering = Answering(
            parts.assistant,
            permitting,
            Messages(self._web, self.inbox, self.answered, may_stream=may_stream),
            telling,
            whispers,
            Fuller(parts.assistant, permitting, telling),
            Refusing(whispers, self.inbox, self.answered, self._placed),
            self.inbox,
        )
        days = max(parts.settings.conversation_days, 1)
        return Working(self.inbox, answering, kept_seconds=days * _DAY_SECONDS)

    @asynccontextmanager
    async def requesting(self) -> AsyncGenerator[None, None]:
        """Ask those who may confirm what others asked for, while the block runs."""
        if self._parts.workbench is None:
            yield
            return
        requesting = Requesting(
            self._parts.workbench,
            self._approvers,
            self._requests,
            self._placed,
            self.linking,
            self._web,
            self._rules_for,
            self._base,
        )
        async with requesting.going():
            yield

    @asynccontextmanager
    async def reminding(self) -> AsyncGenerator[None, None]:
        """Remind owners of what is due for review, where that is wanted, while the block runs."""
        if not self._teams:
            yield
            return
        reminding = Reminding(
            self._teams,
            self._parts.governing,
            self._company,
            self._accounts,
            Reminders(self._parts.database),
            self._parts.record,
            self.linking,
            self._parts.stops,
            self._web,
            self._rules_for,
            self._base,
        )
        async with reminding.going():
            yield

    def _feedback(self) -> Feedback:
        parts, review = self._parts, self._parts.review
        return Feedback(
            parts.database,
            parts.record,
            parts.record,
            review.reporting,
            review.cases,
            review.drafts,
            self._evidence,
            parts.watching,
        )

    def pressing(self, working: Working) -> Pressing:
        """Return who does what is pressed."""
        parts, web, base, rules_for = self._parts, self._web, self._base, self._rules_for
        private, reopening = Private(web), Reopening(parts.history)
        voicing = Voicing(
            self._feedback(),
            self._presses,
            private,
            web,
            reopening,
            self.audiences,
            rules_for,
            base,
        )
        further = Further(
            parts.assistant,
            self.inbox,
            self.taken_back,
            working.wake,
            self._placed,
            private,
            web,
            reopening,
            self.audiences,
            base,
        )
        approving = Approving(
            parts.workbench,
            private,
            self._approvers,
            self._requests,
            rules_for,
            parts.record,
            base,
        )
        return Pressing(
            self._presses, self.linking, private, voicing, further, approving, parts.stops
        )
