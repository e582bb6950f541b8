"""Which buttons stand under what is told in Slack. What a press does is `pressing.py`'s."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from assistant.answers import Answer, Question, Refusal
from assistant.http.confirmation_shapes import spelt
from assistant.slack.blocks import confirmation_shown
from assistant.slack.claim import Claim, answer_place
from assistant.slack.event import Place
from assistant.slack.people import Linked
from assistant.slack.permitting import Permitted
from assistant.slack.presses import Action, Press, Presses
from assistant.slack.shown import Button, Part, Shown, own, rich, section, words
from tools.confirmation import Confirmation
from tools.showing import YOURSELF

LABELS: Final = {
    Action.HELPFUL: "Helpful",
    Action.NOT_HELPFUL: "Not helpful",
    Action.HELP: "Still need help",
    Action.SOURCES: "Show sources",
    Action.MORE: "More",
    Action.STOP: "Stop",
    Action.TAKE_BACK: "Take it back",
    Action.SHARE: "Share with the channel",
    Action.CONFIRM: "Confirm",
    Action.DECLINE: "Do not do it",
}
_STYLES: Final = {Action.CONFIRM: "primary", Action.DECLINE: "danger"}


class Placed:
    """Makes the buttons under answers, refusals and calls that wait; `base` is our web address."""

    def __init__(self, presses: Presses, base: str) -> None:
        self._presses = presses
        self._base = base

    async def of_answer(
        self, permitted: Permitted, answer: Answer, *, until: int
    ) -> Sequence[Button]:
        """Return what stands under an answer of which the first `until` sentences are shown."""
        return await self._under(permitted, answer, until, [])

    async def of_fuller(
        self, permitted: Permitted, answer: Answer, *, until: int
    ) -> Sequence[Button]:
        """Return what stands under an answer that only its asker sees: it may be shared, too."""
        is_shareable = not permitted.asked.place.channel.startswith("D")
        return await self._under(permitted, answer, until, [Action.SHARE] if is_shareable else [])

    async def of_refusal(self, permitted: Permitted, refusal: Refusal) -> Sequence[Button]:
        """Return what stands under a refusal."""
        return await self._kept([[self._press(permitted, refusal.question, 0)]])

    async def of_course(self, permitted: Permitted) -> Sequence[Button]:
        """Return what stands under an answer that is still being written."""
        one = self._press(permitted, permitted.question(), 0)
        return await self._kept([[replace(one, action=Action.STOP)]])

    async def of_waiting(self, claim: Claim) -> Sequence[Button]:
        """Return what stands under the word that a question waits for room."""
        asked = claim.asked
        about = {"told": claim.id}
        one = Press(Action.TAKE_BACK, answer_place(asked), asked.by, claim.id, about)
        return await self._kept([[one]])

    async def after(self, press: Press, answer: Answer, *, until: int) -> Sequence[Button]:
        """Return what stands under a further part of an answer, shown up to sentence `until`."""
        if until >= len(answer.sentences):
            return ()
        further = replace(press, about={**press.about, "after": until}, expires=0)
        return await self._kept([[further]])

    async def confirming(self, permitted: Permitted, confirmation: Confirmation) -> Shown:
        """Return what waits for a word, every argument spelt out, with what it is said by."""
        asked = permitted.asked
        about = {"confirmation": confirmation.id, "digest": confirmation.digest}
        is_own = confirmation.approver == YOURSELF
        pressed = [
            Press(each, asked.place, asked.by, permitted.claim.id, about, confirmation.expires)
            for each in ([Action.CONFIRM] if is_own else []) + [Action.DECLINE]
        ]
        other = section(
            own("Somebody else confirms this: "),
            words(confirmation.approver, bold=True),
            own(
                ". Whoever of them is known in Slack is asked there; send the others the address "
                "that stands below."
            ),
        )
        return await self._waiting(confirmation, pressed, [] if is_own else [other])

    async def requested(
        self, confirmation: Confirmation, linked: Linked, place: Place, asked_in: Place
    ) -> Shown:
        """Return a call as it is shown to who may confirm it, with what they say it by.

        `place` is where they are shown it, `asked_in` where it was asked for.
        """
        about = {
            "confirmation": confirmation.id,
            "digest": confirmation.digest,
            "asked_in": asked_in.channel,
        }
        pressed = [
            Press(each, place, linked.member, confirmation.id, about, confirmation.expires)
            for each in (Action.CONFIRM, Action.DECLINE)
        ]
        may = section(
            own("You may confirm it, as one of: "), words(confirmation.approver, bold=True)
        )
        return await self._waiting(confirmation, pressed, [may], to=linked.person)

    async def _waiting(
        self,
        confirmation: Confirmation,
        pressed: Sequence[Press],
        above: Sequence[Part],
        *,
        to: str = "",
    ) -> Shown:
        """Return a call that waits, every argument spelt out, with what can be pressed."""
        buttons = await self._kept([pressed])
        until = f"{datetime.fromtimestamp(confirmation.expires, UTC):%H:%M:%S} UTC"
        arguments = tuple(replace(each, value=spelt(each.value)) for each in confirmation.shown)
        lettered = replace(confirmation, shown=arguments)
        shown = confirmation_shown(lettered, base=self._base, until=until, buttons=buttons, to=to)
        asker = section(own("Asked for by "), words(confirmation.asker, bold=True), own("."))
        return Shown(shown.text, (rich(asker, *above), *shown.blocks))

    async def _under(
        self, permitted: Permitted, answer: Answer, until: int, more: Sequence[Action]
    ) -> Sequence[Button]:
        question, is_cut = answer.question, until < len(answer.sentences)
        actions = [Action.SOURCES, *([Action.MORE] if is_cut else []), Action.HELP, *more]
        verdicts = (Action.HELPFUL, Action.NOT_HELPFUL)
        one = self._press(permitted, question, until)
        return await self._kept(
            [[replace(one, action=each) for each in family] for family in (verdicts, *zip(actions))]
        )

    def _press(self, permitted: Permitted, question: Question, until: int) -> Press:
        """Return what a press needs to know, whichever it is; where its words are kept, too."""
        asked = permitted.asked
        place = Place(asked.place.team, asked.place.channel, asked.place.thread or asked.ts)
        about: dict[str, str | int] = {
            "told": question.id,
            "after": until,
            "conversation": question.conversation or "",
            "turn": question.turn,
            "own": int(permitted.is_own or question.id != permitted.claim.id),
        }
        return Press(Action.HELP, place, asked.by, permitted.claim.id, about)

    async def _kept(self, families: Sequence[Sequence[Press]]) -> Sequence[Button]:
        """Keep what can be pressed, and return it; one press uses up its family."""
        buttons: list[Button] = []
        for family, values in zip(families, await self._presses.put(families), strict=True):
            buttons += [
                Button(each.action.value, value, LABELS[each.action], _STYLES.get(each.action, ""))
                for each, value in zip(family, values, strict=True)
            ]
        return buttons
