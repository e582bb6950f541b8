"""A question from Slack, answered where it was asked. READ FIRST: `Answering.answer` is the story.

Whatever comes of it, its asker is told: by the answer, or alone, why there is none and what to do.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import replace
from typing import Protocol

from assistant.answers import Answer, Asking, Question, Refusal, Reply, Told
from assistant.slack import phrases
from assistant.slack.claim import Claim, Lost, Wish
from assistant.slack.fuller import Fuller
from assistant.slack.inbox import Inbox
from assistant.slack.message import Message, Messages
from assistant.slack.permitting import Denied, Narrowed, Permitted, Permitting
from assistant.slack.refusing import Refusing
from assistant.slack.shown import told
from assistant.slack.telling import Telling
from assistant.slack.whispers import Whispers
from assistant.wording import speaking
from retrieval.errors import NotFound


class Assistant(Protocol):
    """Who answers: the same as the web page's."""

    def stream(self, question: Question) -> AsyncGenerator[Told, None]:
        """Yield a reply piece by piece."""


class Answering:
    """Answers claimed questions, each once."""

    def __init__(
        self,
        assistant: Assistant,
        permitting: Permitting,
        messages: Messages,
        telling: Telling,
        whispers: Whispers,
        fuller: Fuller,
        refusing: Refusing,
        inbox: Inbox,
    ) -> None:
        self._assistant = assistant
        self._permitting = permitting
        self._messages = messages
        self._telling = telling
        self._whispers = whispers
        self._fuller = fuller
        self._refusing = refusing
        self._inbox = inbox

    async def answer(self, claim: Claim) -> None:
        """Do what is wished of a question.

        Raises:
            Later: it is to be claimed again after a while.
            Lost: the claim is somebody else's, or the question is not what it was.
        """
        message: Message | None = None
        with speaking(self._permitting.language(claim.asked)):
            try:
                message = await self._messages.of(claim)
                self._refusing.check(claim)
                if claim.wish is Wish.DELETE:
                    await message.remove()
                elif not message.is_whole:
                    permitted = await self._permitting.permitted(claim)
                    if not permitted.is_alone:
                        await message.status(permitted.title)
                    permitted, reply = await self._told(permitted, message)
                    await self._beside(permitted, reply, message)
            except Lost:
                raise
            except Exception as error:  # the asker is told what went wrong, or it is tried again
                await self._refusing.failed(claim, message, error)
                return
        await self._inbox.done(claim)

    async def _told(self, permitted: Permitted, message: Message) -> tuple[Permitted, Reply]:
        """Return the reply as it was told: anew, once, if who reads along may read less by then."""
        for _ in range(2):
            try:
                return await self._shown(permitted, message)
            except Narrowed:
                permitted = await self._permitting.permitted(permitted.claim)
                await message.begin_anew()
        raise Denied(told(phrases.MOVED))

    async def _shown(self, permitted: Permitted, message: Message) -> tuple[Permitted, Reply]:
        """Return the reply; what it was to continue may be gone, then it continues nothing."""
        shown_in = None if permitted.is_alone else message
        try:
            pieces = self._assistant.stream(permitted.question())
            return permitted, await self._telling.tell(permitted, pieces, shown_in)
        except NotFound:
            if not permitted.conversation:
                raise
        permitted = replace(permitted, conversation="")
        pieces = self._assistant.stream(permitted.question())
        return permitted, await self._telling.tell(permitted, pieces, shown_in)

    async def _beside(self, permitted: Permitted, reply: Reply, message: Message) -> None:
        """Tell the asker alone what belongs to nobody else."""
        fuller = await self._fuller.reply(permitted, reply)
        waits = reply.confirmation if isinstance(reply, Asking) else None
        match reply:
            case Refusal() if fuller is None:
                shown = await self._telling.refusal(permitted, reply)
                await self._refusing.deny(permitted.claim, message, shown)
            case Answer() if permitted.is_alone:
                try:
                    await self._whisper(permitted, reply)
                except Narrowed:
                    raise Denied(told(phrases.MOVED)) from None
            case Answer():
                pass
            case _:
                await message.withdraw()
        if isinstance(reply, Answer):
            waits = reply.asking
        if waits is not None:
            shown = await self._telling.confirming(permitted, waits)
            await self._whispers.tell(permitted.claim, shown, about="confirmation")
        if fuller is not None:
            narrowed = permitted.audience.reason if permitted.audience.is_public_only else ""
            with suppress(Narrowed):  # then it is none of theirs any more, and what was told stands
                await self._whisper(permitted, fuller, phrases.fuller(narrowed))

    async def _whisper(self, permitted: Permitted, answer: Answer, above: str = "") -> None:
        shown = await self._telling.alone(permitted, answer, above)
        check = self._telling.check_of(permitted.own(), answer)
        await self._whispers.tell(permitted.claim, shown, about="answer", check=check)
