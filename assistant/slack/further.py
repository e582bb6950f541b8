"""What is pressed to see more of an answer, to show it to others, or to end it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Final, Protocol

from assistant.answers import Answer
from assistant.slack import phrases
from assistant.slack.audience import Audiences
from assistant.slack.blocks import answer_shown, that_fit
from assistant.slack.buttons import Placed
from assistant.slack.citing import cited_shown
from assistant.slack.event import Asked, Surface
from assistant.slack.handlers import Pressed
from assistant.slack.people import Linked
from assistant.slack.presses import Press
from assistant.slack.private import Private, Workspaces
from assistant.slack.reopened import Reopening
from assistant.slack.shown import told
from retrieval.access import Principal
from retrieval.documents import now
from retrieval.errors import NotFound

SHARING: Final = (
    "It is asked anew with the rights of everybody in the channel, and answered there. What not "
    "everybody there may read is not shown."
)
STOPPING: Final = "The answer is stopped."
TAKEN_BACK: Final = "Your question is taken back: it is not answered."
OVER: Final = "The answer was over before it was stopped."
CHANGED: Final = (
    "The rest of this answer rests on something that not everybody here may read now. Ask again."
)


class Stopping(Protocol):
    """Whoever writes answers."""

    def stop(self, answer_id: str, *, principal: Principal) -> None:
        """End an answer of this person's that is being written; raise `NotFound` if none is."""


class Takes(Protocol):
    """Where questions wait: `assistant.slack.inbox.Inbox`."""

    async def take_in(self, asked: Asked) -> bool:
        """Keep a question and return whether it is new; it is durable on return."""


class Waits(Protocol):
    """Where questions are given up: `assistant.slack.taken_back.TakenBack`."""

    async def untold(self, answer_id: str) -> bool:
        """Give a question up of which nothing is told yet, and return whether there was one."""


class Further:
    """Does what is pressed to go further with an answer."""

    def __init__(
        self,
        assistant: Stopping,
        inbox: Takes,
        waits: Waits,
        wake: Callable[[], None],
        placed: Placed,
        private: Private,
        workspaces: Workspaces,
        reopening: Reopening,
        audiences: Audiences,
        base: str,
    ) -> None:
        self._assistant = assistant
        self._inbox = inbox
        self._waits = waits
        self._wake = wake
        self._placed = placed
        self._private = private
        self._workspaces = workspaces
        self._reopening = reopening
        self._audiences = audiences
        self._base = base

    async def sources(self, pressed: Pressed, press: Press, linked: Linked) -> None:
        """Show the words that an answer rests on, to whoever pressed, as they may read them now."""
        answer = await self._reopening.answer(press, principal=linked.principal)
        shown = cited_shown(answer, self._base) if answer else told(phrases.GONE)
        await self._private.tell(pressed, shown)

    async def more(self, pressed: Pressed, press: Press, linked: Linked) -> None:
        """Show what of an answer comes after what was shown, where that was."""
        if press.about.get("own"):
            await self._more_alone(pressed, press, linked)
            return
        audience = await self._audiences.of(press.place, linked, anew=True)
        answer = await self._reopening.answer(press, principal=audience.principal)
        if answer is None:
            await self._private.tell(pressed, told(phrases.GONE))
            return
        cited = {each.version.id for each in answer.sources}
        if not await self._audiences.may_show(audience, cited):
            await self._private.tell(pressed, told(CHANGED))
            return
        after = int(press.about["after"])
        buttons = await self._placed.after(press, answer, until=_until(answer, after))
        shown = answer_shown(answer, base=self._base, after=after, buttons=buttons)
        web = self._workspaces(press.place.team)
        await web.post(press.place, shown, mark=f"more {press.id}")

    async def stop(self, pressed: Pressed, press: Press, linked: Linked) -> None:
        """End an answer that is being written."""
        try:
            self._assistant.stop(str(press.about["told"]), principal=linked.principal)
        except NotFound:
            await self._private.tell(pressed, told(OVER))
            return
        await self._private.tell(pressed, told(STOPPING))

    async def take_back(self, pressed: Pressed, press: Press, linked: Linked) -> None:
        """Give a question up that waits for room, or stop the answer that is shown by now."""
        answer_id = str(press.about["told"])
        if not await self._waits.untold(answer_id):
            await self.stop(pressed, press, linked)
            return
        with suppress(NotFound):  # it may have found room, and be written
            self._assistant.stop(answer_id, principal=linked.principal)
        self._wake()
        mark = f"waiting for {press.answer}"
        await self._private.replace(pressed, told(TAKEN_BACK), mark=mark)

    async def share(self, pressed: Pressed, press: Press, linked: Linked) -> None:
        """Ask anew, for everybody in the channel: nothing that was told alone is published."""
        asked = await self._reopening.asked(press, principal=linked.principal)
        if not asked:
            await self._private.tell(pressed, told(phrases.GONE))
            return
        anew = Asked(f"share {press.id}", Surface.SHARE, press.place, press.by, "", asked, now())
        await self._inbox.take_in(anew)
        self._wake()
        await self._private.tell(pressed, told(SHARING))

    async def _more_alone(self, pressed: Pressed, press: Press, linked: Linked) -> None:
        answer = await self._reopening.answer(press, principal=linked.principal)
        if answer is None:
            await self._private.tell(pressed, told(phrases.GONE))
            return
        after = int(press.about["after"])
        buttons = await self._placed.after(press, answer, until=_until(answer, after))
        shown = answer_shown(answer, base=self._base, after=after, buttons=buttons)
        await self._private.tell(pressed, shown)


def _until(answer: Answer, after: int) -> int:
    """Return up to which sentence an answer is shown that is shown from `after` on."""
    return after + that_fit(answer.sentences[after:])
