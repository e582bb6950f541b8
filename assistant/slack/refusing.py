"""What is told where there is no answer: why, and what to do, to the asker alone."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from assistant.slack import phrases
from assistant.slack.answered import Answered
from assistant.slack.claim import Claim, Wish
from assistant.slack.errors import SlackBusy, SlackFailed
from assistant.slack.inbox import Inbox
from assistant.slack.message import Message, Unsure
from assistant.slack.permitting import Denied
from assistant.slack.posting import is_for_good
from assistant.slack.shown import Button, Shown, actions, told
from assistant.slack.whispers import Whispers
from retrieval.documents import now
from retrieval.errors import Busy, Refused, Unavailable

MOST_ATTEMPTS: Final = 10
"""How often a question is begun: one that ends its process each time must not do so for ever.

Others were under way beside it each time, and are to be answered yet.
"""
MOST_TRIES: Final = 4
"""How often it is begun while something of ours is not reachable."""
WAITS_SECONDS: Final = 600
"""How long a question waits for room before its asker is told to come back later."""
KEPT_UP_SECONDS: Final = 3600
"""How long it is tried to reach Slack."""
_REST_SECONDS: Final = 15
_CLOSED: Final = frozenset(
    {
        "channel_is_archived",
        "channel_not_found",
        "is_archived",
        "is_inactive",
        "method_not_supported_for_channel_type",
        "no_permission",
        "not_in_channel",
        "restricted_action",
        "restricted_action_non_threadable_channel",
        "restricted_action_read_only_channel",
        "restricted_action_thread_locked",
        "restricted_action_thread_only_channel",
    }
)
"""What Slack says of a place in which we may not write."""

_log = logging.getLogger(__name__)


class Later(Exception):
    """It is not done now and is to be tried again; `counts` says whether this was an attempt."""

    def __init__(self, wait_seconds: int, *, counts: bool = False) -> None:
        super().__init__(f"in {wait_seconds} seconds")
        self.wait_seconds = wait_seconds
        self.counts = counts


class Exhausted(Exception):
    """It was begun as often as anything is, and never came to an end."""


class Waiting(Protocol):
    """What can be pressed while a question waits: `assistant.slack.buttons.Placed`."""

    async def of_waiting(self, claim: Claim) -> Sequence[Button]:
        """Return what stands under the word that a question waits for room."""


class Refusing:
    """Tells askers why there is no answer."""

    def __init__(
        self,
        whispers: Whispers,
        inbox: Inbox,
        answered: Answered,
        buttons: Waiting,
        clock: Callable[[], int] = now,
    ) -> None:
        self._whispers = whispers
        self._inbox = inbox
        self._answered = answered
        self._buttons = buttons
        self._clock = clock

    def check(self, claim: Claim) -> None:
        """Raise `Exhausted` if this was begun too often."""
        if claim.attempt > MOST_ATTEMPTS:
            raise Exhausted

    async def deny(self, claim: Claim, message: Message | None, shown: Shown) -> None:
        """Tell the asker, and leave nothing standing that looks like an answer."""
        if message is not None and message.is_alone:
            await message.replace(shown)
            return
        if message is not None:
            await self._withdraw(claim, message)
        await self._whispers.tell(claim, shown)

    async def _withdraw(self, claim: Claim, message: Message) -> None:
        """Leave nothing standing as an answer; where Slack lets us change nothing, it stays."""
        try:
            await message.withdraw()
        except SlackFailed as failed:
            if not is_for_good(failed):
                raise
            _log.warning("What was begun of %s could not be withdrawn: %s.", claim.id, failed.code)

    async def failed(self, claim: Claim, message: Message | None, error: Exception) -> None:
        """Tell the asker what went wrong and give the question up, or raise `Later`."""
        try:
            if isinstance(error, SlackFailed):
                await self._refused_by_slack(claim, error)
            else:
                await self.deny(claim, message, await self._shown(claim, message, error))
        except SlackFailed as failed:
            self._keep_up(claim, failed)
            _log.warning("Who asked %s could not be told: %s.", claim.id, failed.code)
        await self._inbox.give_up(claim)

    async def _shown(self, claim: Claim, message: Message | None, error: Exception) -> Shown:
        """Return what to tell of an error, or raise `Later`."""
        match error:
            case Denied():
                return error.shown
            case Busy():
                await self._wait(claim, error)
                return told(phrases.STILL_FULL)
            case Unsure():
                return told(phrases.UNSURE)
            case Refused():
                return told(str(error))
        has_begun = message is not None and message.shows
        if isinstance(error, Unavailable) and claim.attempt < MOST_TRIES and not has_begun:
            raise Later(_REST_SECONDS, counts=True)
        kind = type(error).__name__
        _log.error("Question %s from Slack was not answered: %s.", claim.id, kind)
        return told(phrases.failed(claim.id))

    async def _wait(self, claim: Claim, busy: Busy) -> None:
        """Raise `Later` while it is worth waiting; whoever waits is told so, once."""
        if self._clock() - claim.asked.at > WAITS_SECONDS:
            return
        if not claim.has_waited:
            ahead = await self._answered.ahead(claim)
            row = await self._buttons.of_waiting(claim)
            shown = told(phrases.waiting(ahead), *([actions(row)] if row else []))
            await self._whispers.tell(claim, shown, about="waiting")
        raise Later(busy.retry_seconds)

    async def _refused_by_slack(self, claim: Claim, failed: SlackFailed) -> None:
        self._keep_up(claim, failed)
        _log.warning("Slack refused %s for %s: %s.", failed.method, claim.id, failed.code)
        if claim.wish is Wish.ANSWER:
            is_closed = failed.code in _CLOSED
            said = phrases.UNPOSTABLE if is_closed else phrases.failed(claim.id)
            await self._whispers.write_to(claim, told(said))

    def _keep_up(self, claim: Claim, failed: SlackFailed) -> None:
        """Raise `Later` where Slack may do it yet."""
        is_late = self._clock() - claim.asked.at > KEPT_UP_SECONDS
        if not is_for_good(failed) and not is_late:
            busy = failed.retry_seconds if isinstance(failed, SlackBusy) else 0
            raise Later(busy or _REST_SECONDS)
