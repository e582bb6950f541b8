"""What is done with what comes from Slack before it is acknowledged: one statement in SQL at most.

READ FIRST: `Handling.arrived`. Everything that takes longer is done by workers afterwards.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Final, Protocol

from assistant.slack.answered import Answered
from assistant.slack.arrival import goes_on, is_question
from assistant.slack.channels import Answers, Rules
from assistant.slack.errors import SlackFailed
from assistant.slack.event import Asked, Member, Place, Surface
from assistant.slack.handlers import Edit, Pressed
from assistant.slack.inbox import Inbox
from assistant.slack.taken_back import TakenBack
from assistant.wording import say, speaking

_PROMPTS_TITLE: Final = "Ask about the documents, for example:"
_LONGEST_PROMPT: Final = 60

_log = logging.getLogger(__name__)


class Panes(Protocol):
    """A workspace, as far as its assistant pane is concerned."""

    async def prompts(self, place: Place, title: str, offered: Sequence[tuple[str, str]]) -> None:
        """Offer questions in the pane: what is shown, and what is asked; at most four."""


class Handling:
    """Takes in what comes. `wake` is called when a question did, `pressed` with each press.

    `forget` is told of a channel whose members changed, or of a workspace ("" for the channel),
    `forget_person` of a user whose account changed.
    `examples` are the questions that the assistant pane offers.
    """

    def __init__(
        self,
        inbox: Inbox,
        taken_back: TakenBack,
        answered: Answered,
        rules_for: Callable[[Place], Rules],
        panes: Callable[[str], Panes],
        *,
        wake: Callable[[], None],
        forget: Callable[[str, str], None],
        forget_person: Callable[[str, str], None],
        pressed: Callable[[Pressed], Awaitable[None]],
        examples: Sequence[str] = (),
    ) -> None:
        self._inbox = inbox
        self._taken_back = taken_back
        self._answered = answered
        self._rules_for = rules_for
        self._panes = panes
        self._wake = wake
        self._forget = forget
        self._forget_person = forget_person
        self._pressed = pressed
        self._examples = examples
        self._going: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """End what still goes on beside."""
        for each in self._going:
            each.cancel()
        await asyncio.gather(*self._going, return_exceptions=True)

    async def arrived(self, asked: Asked) -> None:
        """Take a question in: durably, once, if it is one to answer."""
        if await self._is_for_us(asked) and await self._inbox.take_in(asked):
            self._wake()

    async def pressed(self, pressed: Pressed) -> None:
        """Take in that a button was pressed or a form sent."""
        with speaking(self._rules_for(pressed.place).language):
            await self._pressed(pressed)

    async def opened_pane(self, place: Place, member: Member, viewing: str) -> None:
        """Offer questions in the pane that was opened."""
        if self._examples:
            self._beside(self._offer(place))

    async def changed(self, edit: Edit) -> None:
        """Have a question answered as it reads now, if it was not answered yet.

        The edit may come before the question: then it is what is answered, and that not any more.
        """
        is_news = await self._edited(edit)
        if not is_news and edit.asks is not None and await self._is_for_us(edit.asks):
            is_news = await self._inbox.take_in(edit.asks) or await self._edited(edit)
        elif not is_news and edit.was is not None and await self._is_for_us(edit.was):
            is_new = await self._taken_back.unseen(edit.place, edit.ts)
            is_news = not is_new and await self._edited(edit)
        if is_news:
            self._wake()

    async def deleted(self, place: Place, ts: str, *, is_fresh: bool) -> None:
        """Drop a question, or have the answer to it deleted; one that comes later is not taken."""
        is_known = await self._inbox.delete(place, ts)
        if not is_known and is_fresh and not await self._taken_back.unseen(place, ts):
            is_known = await self._inbox.delete(place, ts)
        if is_known:
            self._wake()

    async def left(self, team: str) -> None:
        """Drop what waits of a workspace that we were removed from."""
        self._forget(team, "")
        self._forget_person(team, "")
        await self._inbox.left(team)

    async def membership_changed(self, team: str, channel: str) -> None:
        """Look anew who reads along."""
        self._forget(team, channel)

    async def person_changed(self, team: str, user: str) -> None:
        """Look anew who somebody is."""
        self._forget_person(team, user)

    async def _edited(self, edit: Edit) -> bool:
        return await self._inbox.edit(edit.place, edit.ts, edit.text, edit.at)

    async def _is_for_us(self, asked: Asked) -> bool:
        """Return whether a question is to be answered; what names us always is.

        In a thread of ours that is what asks something, and what goes on where its asker left off.
        """
        if asked.surface is not Surface.THREAD:
            return True
        rules, place = self._rules_for(asked.place), asked.place
        if rules.answers is Answers.OFF:
            return False
        may_follow = rules.follow_ups and place.thread != ""
        if is_question(asked.text):
            is_for_all = rules.answers is Answers.ALL
            return is_for_all or (may_follow and await self._answered.is_ours(place))
        if not may_follow or not goes_on(asked.text):
            return False
        return await self._answered.conversation(place, asked.by) != ""

    async def _offer(self, place: Place) -> None:
        offered = [(_short(each), each) for each in self._examples[:4]]
        with speaking(self._rules_for(place).language):
            title = say(_PROMPTS_TITLE)
        try:
            await self._panes(place.team).prompts(place, title, offered)
        except SlackFailed as failed:
            _log.warning("The assistant pane has no questions to offer: %s.", failed.code)

    def _beside(self, doing: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(doing)
        self._going.add(task)
        task.add_done_callback(self._going.discard)


def _short(question: str) -> str:
    fits = len(question) <= _LONGEST_PROMPT
    return question if fits else f"{question[: _LONGEST_PROMPT - 1].rstrip()}…"
