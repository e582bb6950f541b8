"""A button that was pressed in Slack. READ FIRST: `Pressing.pressed` is the story.

It counts for the person it was made for, in the place where it stands, in time and once. Whatever
comes of it, whoever pressed is told, and nobody else.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from assistant.slack import phrases
from assistant.slack.approving import Approving
from assistant.slack.errors import SlackFailed
from assistant.slack.further import Further
from assistant.slack.handlers import Pressed
from assistant.slack.people import Linked, Linking, Unlinked
from assistant.slack.presses import Action, Fault, Press, Presses
from assistant.slack.private import Private
from assistant.slack.shown import told
from assistant.slack.voicing import Voicing
from assistant.stopping import Standing
from retrieval.errors import RetrievalError
from retrieval.halting import Deed, Work

Do = Callable[[Pressed, Press, Linked], Awaitable[None]]

FAULTS: Final[Mapping[Fault, str]] = {
    Fault.UNKNOWN: "This button does nothing any longer. Ask again.",
    Fault.OTHER_ACTION: "This button does nothing any longer. Ask again.",
    Fault.OTHER_PERSON: "This button is for whoever asked. Ask yourself, and you get your own.",
    Fault.OTHER_PLACE: "This button does nothing here. Ask again, where you want the answer.",
    Fault.LATE: "It is too late for this button. Ask again.",
    Fault.REPLAY: "This was pressed before: once is enough.",
}
FAILED: Final = (
    "That could not be done now: something is wrong here, or not reachable. Press it again in a "
    "minute; if it stays so, tell an administrator."
)
_WORDS: Final = frozenset({Action.CONFIRM, Action.DECLINE})
_STOPPED: Final = frozenset({Action.SOURCES, Action.MORE, Action.SHARE, Action.CONFIRM})
"""What is not done while answers are stopped there. What is said of an answer still counts."""
_AGAIN: Final = frozenset({Action.SOURCES})
"""What may be pressed as often as one likes: it shows its person the same again."""

_log = logging.getLogger(__name__)


class Pressing:
    """Does what is pressed. `going` is waited for at the end, by `close`."""

    def __init__(
        self,
        presses: Presses,
        linking: Linking,
        private: Private,
        voicing: Voicing,
        further: Further,
        approving: Approving,
        stops: Standing,
    ) -> None:
        self._presses = presses
        self._linking = linking
        self._private = private
        self._approving = approving
        self._stops = stops
        self._going: set[asyncio.Task[None]] = set()
        self._deeds: Mapping[Action, Do] = {
            Action.HELPFUL: voicing.helpful,
            Action.NOT_HELPFUL: voicing.not_helpful,
            Action.REASON: voicing.reason,
            Action.HELP: voicing.help,
            Action.SOURCES: further.sources,
            Action.MORE: further.more,
            Action.STOP: further.stop,
            Action.TAKE_BACK: further.take_back,
            Action.SHARE: further.share,
            Action.CONFIRM: approving.confirm,
            Action.DECLINE: approving.decline,
        }

    async def pressed(self, pressed: Pressed) -> None:
        """Take in a press: it is used up on return, and what it stands for is done after that.

        Raises:
            Unavailable: it cannot be told whether it counts.
        """
        if pressed.action not in list(Action):
            return
        is_form = pressed.action == Action.REASON
        place = None if is_form else pressed.place
        taken = await self._presses.take(pressed.value, pressed.action, pressed.by, place)
        doing = self._refused(pressed, taken) if isinstance(taken, Fault) else None
        task = asyncio.create_task(doing or self._done(pressed, taken))  # type: ignore[arg-type]
        self._going.add(task)
        task.add_done_callback(self._going.discard)

    async def close(self) -> None:
        """Wait for what is being done."""
        while self._going:
            await asyncio.wait(self._going)

    async def _done(self, pressed: Pressed, press: Press) -> None:
        """Do what a press stands for, and tell what stands in the way of it."""
        try:
            linked = await self._linking.who(press.by, press.place.team)
            if isinstance(linked, Unlinked):
                await self._private.tell(pressed, told(linked.told))
                return
            if press.action in _STOPPED and await self._is_stopped(press, linked):
                await self._presses.give_back(press)
                await self._private.tell(pressed, told(phrases.STOPPED))
                return
            await self._deeds[press.action](pressed, press, linked)
            if press.action in _AGAIN:
                await self._presses.give_back(press)
        except Exception as error:  # nobody else waits for it: whoever pressed is told
            await self._failed(pressed, press, error)

    async def _failed(self, pressed: Pressed, press: Press, error: Exception) -> None:
        known = isinstance(error, RetrievalError)
        _log.warning(
            "A press of %s under %s: %s.",
            press.action,
            press.answer,
            type(error).__name__,
            exc_info=None if known else error,
        )
        try:
            await self._presses.give_back(press)
            await self._private.tell(pressed, told(FAILED))
        except RetrievalError as again:
            _log.warning("Nobody could be told of it: %s.", type(again).__name__)

    async def _refused(self, pressed: Pressed, fault: Fault) -> None:
        """Say why a press does not count; a word on a call that does not is on record, too."""
        try:
            if pressed.action in _WORDS:
                press = await self._presses.look(pressed.value)
                is_word = press is not None and press.action in _WORDS
                linked = await self._known(pressed)
                await self._approving.refused(
                    press if is_word else None, fault, pressed.place, linked
                )
            await self._private.tell(pressed, told(FAULTS[fault]))
        except RetrievalError as error:
            _log.warning("A press that does not count: %s.", type(error).__name__)

    async def _known(self, pressed: Pressed) -> Linked | None:
        try:
            linked = await self._linking.who(pressed.by, pressed.place.team)
        except SlackFailed:
            return None
        return linked if isinstance(linked, Linked) else None

    async def _is_stopped(self, press: Press, linked: Linked) -> bool:
        channel = f"slack {press.place.team} {press.place.channel}"
        for each in ("slack", channel):
            deed = Deed(Work.ANSWER, user=linked.person, channel=each)
            if await self._stops.of(deed) is not None:
                return True
        return False
