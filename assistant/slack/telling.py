"""A reply as it comes: each sentence shown in Slack once it passed, and the reply whole at the end.

READ FIRST: `Telling.tell`. Just before anything is posted it is looked again who would read it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import Final, Protocol

from assistant.answers import (
    Answer,
    Opening,
    Refusal,
    RefusalReason,
    Reply,
    Sentence,
    Told,
    reply_of,
)
from assistant.slack import phrases
from assistant.slack.blocks import (
    Footnotes,
    answer_shown,
    refusal_shown,
    sentence_parts,
    that_fit,
)
from assistant.slack.claim import Claim
from assistant.slack.event import Surface
from assistant.slack.inbox import Inbox
from assistant.slack.message import Message
from assistant.slack.pacing import paced
from assistant.slack.permitting import Narrowed, Permitted, Permitting
from assistant.slack.posting import Check
from assistant.slack.shown import Block, Button, Shown, actions, opening, own, rich, section, words
from assistant.wording import say
from tools.confirmation import Confirmation

QUOTES: Final = "quotes"
EVERY_SECONDS: Final = 1.0
"""How often a message is added to at most: Slack takes about one write a second in a channel."""


class Buttons(Protocol):
    """What can be pressed under what is told."""

    async def of_answer(
        self, permitted: Permitted, answer: Answer, *, until: int
    ) -> Sequence[Button]:
        """Return what stands under an answer of which the first `until` sentences are shown."""

    async def of_fuller(
        self, permitted: Permitted, answer: Answer, *, until: int
    ) -> Sequence[Button]:
        """Return what stands under an answer that only its asker sees: it may be shared, too."""

    async def of_refusal(self, permitted: Permitted, refusal: Refusal) -> Sequence[Button]:
        """Return what stands under a refusal."""

    async def of_course(self, permitted: Permitted) -> Sequence[Button]:
        """Return what stands under an answer that is still being written."""

    async def confirming(self, permitted: Permitted, confirmation: Confirmation) -> Shown:
        """Return what waits for the asker's word, with what they say it by."""


class Keeping(Protocol):
    """Where it is kept what answers rest on, for whoever says something of them later."""

    async def keep(self, answer_id: str, *, person: str) -> None:
        """Keep what a person was told a moment ago under this name."""


class KeptNowhere:
    """Nothing can be said of answers."""

    async def keep(self, answer_id: str, *, person: str) -> None:
        """Do nothing."""


class Telling:
    """Shows replies in threads."""

    def __init__(
        self,
        permitting: Permitting,
        inbox: Inbox,
        buttons: Buttons,
        base: str,
        every_seconds: float = EVERY_SECONDS,
        keeping: Keeping | None = None,
    ) -> None:
        self._permitting = permitting
        self._inbox = inbox
        self._buttons = buttons
        self._base = base
        self._every_seconds = every_seconds
        self._keeping = keeping or KeptNowhere()

    async def tell(
        self,
        permitted: Permitted,
        pieces: AsyncGenerator[Told, None],
        message: Message | None,
        *,
        is_kept: bool = True,
    ) -> Reply:
        """Show what comes in `message` and return the reply; an answer is whole there by then.

        Without a message the reply is only returned, to be shown at once. `is_kept` says that the
        next question of the thread goes on from it.

        Raises:
            Narrowed: whoever reads along may read less by now: what stands there must go.
            Denied: the asker is nobody any more, or answers are stopped there.
            SlackFailed: Slack did not show it.
        """
        course = _Course(self, permitted, message, is_noted=not is_kept)
        batches = paced(pieces, self._every_seconds, lambda each: isinstance(each, Sentence))
        async with aclosing(batches):
            async for batch in batches:
                await course.take(batch)
        return await course.end()

    async def refusal(self, permitted: Permitted, refusal: Refusal) -> Shown:
        """Return a refusal as it is shown; it names sources that its asker may read now.

        What is not shared says whose rights were too few: its asker has read the answer.
        """
        try:
            near = {each.version.id for each in refusal.nearest}
            await self._permitting.check(permitted.own(), near)
        except Narrowed:
            refusal = replace(refusal, nearest=())
        is_stopped = refusal.reason is RefusalReason.STOPPED
        if permitted.asked.surface is Surface.SHARE and not is_stopped:
            refusal = replace(refusal, text=phrases.not_shared(permitted.audience.reason))
        buttons = await self._buttons.of_refusal(permitted, refusal)
        return refusal_shown(refusal, base=self._base, buttons=buttons)

    async def alone(self, permitted: Permitted, answer: Answer, above: str = "") -> Shown:
        """Return an answer as it is shown to its asker alone."""
        until = that_fit(answer.sentences)
        buttons = list(await self._buttons.of_fuller(permitted, answer, until=until))
        if conversation := answer.question.conversation:
            page = f"/conversations/{conversation}"
            buttons.append(opening(self._base, page, "Open in the web page"))
        return answer_shown(answer, base=self._base, buttons=buttons, above=above)

    async def confirming(self, permitted: Permitted, confirmation: Confirmation) -> Shown:
        """Return what waits for its asker's word as it is shown."""
        return await self._buttons.confirming(permitted, confirmation)

    async def of_course(self, permitted: Permitted, answer: Answer) -> Sequence[Button]:
        """Return what stands under an answer while it is written: quotes are there at once."""
        return () if answer.mode == QUOTES else await self._buttons.of_course(permitted)

    def partly(self, answer: Answer, buttons: Sequence[Button]) -> Shown:
        """Return what is seen of an answer that is still being written."""
        return answer_shown(answer, base=self._base, buttons=buttons)

    def added(self, answer: Answer, fresh: Sequence[Sentence], notes: Footnotes) -> Block:
        """Return the block that adds sentences to a stream."""
        sources = {each.number: each for each in answer.sources}
        is_first = answer.sentences[: len(fresh)] == tuple(fresh)
        lead = [section(words(say(answer.lead), italic=True))] if answer.lead and is_first else []
        return rich(*lead, *sentence_parts(fresh, sources, answer.mode, notes, self._base))

    async def whole(self, permitted: Permitted, answer: Answer) -> Shown:
        """Return an answer as it stands in the end."""
        until = that_fit(answer.sentences)
        buttons = await self._buttons.of_answer(permitted, answer, until=until)
        return answer_shown(answer, base=self._base, buttons=buttons)

    def check_of(self, permitted: Permitted, answer: Answer, *, anew: bool = True) -> Check:
        """Return what raises `Narrowed` unless what the answer rests on may be read there then."""
        cited = {each.version.id for each in answer.sources}
        return partial(self._permitting.check, permitted, cited, anew=anew)

    async def noted(self, claim: Claim, reply: Reply) -> None:
        """Note where the words of a reply are kept."""
        question = reply.question
        await self._inbox.kept(claim, question.conversation or "", question.turn)

    async def kept(self, reply: Reply) -> None:
        """Keep what a reply rests on, before it stands as a whole."""
        await self._keeping.keep(reply.question.id, person=reply.question.principal.name)


class _Course:
    """What of one reply was told, and what of it is shown."""

    def __init__(
        self,
        telling: Telling,
        permitted: Permitted,
        message: Message | None,
        *,
        is_noted: bool,
    ) -> None:
        self._telling = telling
        self._permitted = permitted
        self._message = message
        self._pieces: list[Told] = []
        self._notes = Footnotes()
        self._shown = 0
        self._under: Sequence[Button] = ()
        self._is_noted = is_noted

    async def take(self, batch: Sequence[Told]) -> None:
        """Show the sentences that came, as far as they fit into a message."""
        self._pieces += batch
        answer = self._so_far()
        if answer is None:
            return
        await self._note(answer)
        if self._message is None:
            return
        fresh = answer.sentences[self._shown : that_fit(answer.sentences)]
        if not fresh:
            return
        check = self._telling.check_of(self._permitted, answer, anew=not self._shown)
        blocks = [self._telling.added(answer, fresh, self._notes)]
        if not self._shown:
            self._under = await self._telling.of_course(self._permitted, answer)
            blocks += [actions(self._under)] if self._under else []
        await self._message.show(blocks, lambda: self._telling.partly(answer, self._under), check)
        self._shown += len(fresh)

    async def end(self) -> Reply:
        """Show the answer whole, and return the reply."""
        reply = reply_of(self._pieces)
        await self._note(reply)
        await self._telling.kept(reply)
        if not isinstance(reply, Answer):
            return reply
        check = self._telling.check_of(self._permitted, reply)
        if self._message is None:
            await check()
        else:
            shown = await self._telling.whole(self._permitted, reply)
            fresh = reply.sentences[self._shown : that_fit(reply.sentences)]
            rest = [self._telling.added(reply, fresh, self._notes)] if fresh else []
            is_clean = not self._under
            more = [*rest, *shown.blocks[1:]]
            await self._message.finish(more, shown, check, is_clean=is_clean)
        return reply

    async def _note(self, reply: Reply) -> None:
        if not self._is_noted:
            await self._telling.noted(self._permitted.claim, reply)
            self._is_noted = True

    def _so_far(self) -> Answer | None:
        """Return the answer as far as it came; none if none was begun, or it came to nothing."""
        if not any(isinstance(each, Opening) for each in self._pieces):
            return None
        reply = reply_of(self._pieces)
        return reply if isinstance(reply, Answer) else None


class NoButtons:
    """Nothing can be pressed."""

    async def of_answer(
        self, permitted: Permitted, answer: Answer, *, until: int
    ) -> Sequence[Button]:
        """Return nothing."""
        return ()

    async def of_fuller(
        self, permitted: Permitted, answer: Answer, *, until: int
    ) -> Sequence[Button]:
        """Return nothing."""
        return ()

    async def of_refusal(self, permitted: Permitted, refusal: Refusal) -> Sequence[Button]:
        """Return nothing."""
        return ()

    async def of_course(self, permitted: Permitted) -> Sequence[Button]:
        """Return nothing."""
        return ()

    async def of_waiting(self, claim: Claim) -> Sequence[Button]:
        """Return nothing."""
        return ()

    async def confirming(self, permitted: Permitted, confirmation: Confirmation) -> Shown:
        """Return that it can be confirmed in the web page."""
        said = "Something waits for your word: open Pincite in the web page to confirm it."
        return Shown(said, (rich(section(own(said))),))
