"""What somebody says of an answer by pressing: helpful, not helpful and why, still in need."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from assistant.review.reporting import ReportedOften
from assistant.slack.audience import Audiences
from assistant.slack.blocks import footnote_blocks
from assistant.slack.channels import Rules
from assistant.slack.citing import footnotes_of
from assistant.slack.errors import SlackFailed
from assistant.slack.event import Place
from assistant.slack.feedback import TOLD, Feedback, Reason, Said, Verdict
from assistant.slack.handlers import Pressed
from assistant.slack.people import Linked
from assistant.slack.presses import Action, Press, Presses
from assistant.slack.private import Private, Workspaces
from assistant.slack.reopened import Reopening
from assistant.slack.shown import Shown, long_text, own, quote, rich, section, told
from assistant.wording import say, speaking
from retrieval.errors import NotFound
from retrieval.plain import plain
from retrieval.review.cases import LONGEST_NOTE

THANKS: Final = "Thank you: it is noted that this was helpful."
REPORTED: Final = (
    "Thank you. It is in the review queue, with the evidence; whoever looks after the sources "
    "sees it there, not who you are."
)
NOT_KEPT: Final = (
    "Thank you, it is noted. The evidence of this answer is no longer at hand, so nobody can look "
    "at it closely: ask again, and say it of the new answer."
)
ASKED_FOR_HELP: Final = (
    "Your question is passed on, with the evidence. Whoever can help finds it in the review queue."
)
HELPERS_TOLD: Final = "The channel of helpers is told, too."
HELPERS_NOT_TOLD: Final = "The channel of helpers could not be told; the review queue has it."
OFTEN: Final = (
    "It is noted. You have reported a lot in the last hour: wait {seconds} seconds to have more of "
    "it looked at."
)
NEEDED: Final = "Somebody still needs help."
_LONGEST_NOTE: Final = 2000


class Voicing:
    """Does what is pressed to say something of an answer."""

    def __init__(
        self,
        feedback: Feedback,
        presses: Presses,
        private: Private,
        workspaces: Workspaces,
        reopening: Reopening,
        audiences: Audiences,
        rules_for: Callable[[Place], Rules],
        base: str,
    ) -> None:
        self._feedback = feedback
        self._presses = presses
        self._private = private
        self._workspaces = workspaces
        self._reopening = reopening
        self._audiences = audiences
        self._rules_for = rules_for
        self._base = base

    async def helpful(self, pressed: Pressed, press: Press, linked: Linked) -> None:
        """Note that an answer was helpful."""
        await self._take(Said(_told(press), Verdict.HELPFUL), press, linked)
        await self._private.tell(pressed, told(THANKS))

    async def not_helpful(self, pressed: Pressed, press: Press, linked: Linked) -> None:
        """Ask why it was not: the form comes first, because Slack opens it for three seconds."""
        reason = Press(Action.REASON, press.place, press.by, press.answer, press.about)
        [[value]] = await self._presses.put([[reason]])
        web = self._workspaces(press.place.team)
        try:
            await web.open_view(pressed.trigger_id, form(value))
        except SlackFailed:
            await self._reported(pressed, Said(_told(press), Verdict.NOT_HELPFUL), press, linked)
            return
        await self._take(Said(_told(press), Verdict.NOT_HELPFUL), press, linked)

    async def reason(self, pressed: Pressed, press: Press, linked: Linked) -> None:
        """Take why it was not helpful."""
        chosen = pressed.fields.get("reason.reason", "")
        reason = Reason(chosen) if chosen in list(Reason) else Reason.OTHER
        note = plain(pressed.fields.get("note.note", "")).strip()[:_LONGEST_NOTE]
        said = Said(_told(press), Verdict.NOT_HELPFUL, reason, note)
        at = Place(press.place.team, press.place.channel)
        with speaking(self._rules_for(press.place).language):  # a form stands nowhere
            await self._reported(_at(pressed, at), said, press, linked)

    async def help(self, pressed: Pressed, press: Press, linked: Linked) -> None:
        """Pass a question on to people who can help."""
        said = Said(_told(press), Verdict.NEEDS_HELP)
        problem = await self._report(said, press, linked)
        helpers = self._rules_for(press.place).helpers
        more = f" {await self._tell_helpers(helpers, press, linked)}" if helpers else ""
        await self._private.tell(pressed, told(say(problem or ASKED_FOR_HELP) + more))

    async def _reported(self, pressed: Pressed, said: Said, press: Press, linked: Linked) -> None:
        problem = await self._report(said, press, linked)
        await self._private.tell(pressed, told(problem or REPORTED))

    async def _report(self, said: Said, press: Press, linked: Linked) -> str:
        """Keep what was said and have it looked at; return what stands in the way of that."""
        await self._take(said, press, linked)
        who = {"principal": linked.principal, "origin": _origin(press)}
        try:
            await self._feedback.report(said, **who)  # type: ignore[arg-type]
        except NotFound:
            return NOT_KEPT
        except ReportedOften as often:
            return say(OFTEN, seconds=often.retry_seconds)
        return ""

    async def _take(self, said: Said, press: Press, linked: Linked) -> None:
        await self._feedback.take(said, principal=linked.principal, origin=_origin(press))

    async def _tell_helpers(self, helpers: str, press: Press, linked: Linked) -> str:
        """Tell a channel who asks what, and of the sources what everybody there may read."""
        place = Place(press.place.team, helpers)
        with speaking(self._rules_for(place).language):
            is_told = await self._posted(place, press, linked)
        return say(HELPERS_TOLD if is_told else HELPERS_NOT_TOLD)

    async def _posted(self, place: Place, press: Press, linked: Linked) -> bool:
        """Post it to a channel of helpers and return whether Slack took it."""
        try:
            audience = await self._audiences.of(place, linked, anew=True)
            if audience.is_closed:
                return False
            shown = await self._needed(press, linked)
            answer = await self._reopening.answer(press, principal=audience.principal)
            if answer is not None:
                shown = Shown(
                    shown.text,
                    (*shown.blocks, *footnote_blocks(footnotes_of(answer), self._base)),
                )
            await self._workspaces(place.team).post(place, shown, mark=f"help {press.id}")
        except SlackFailed:
            return False
        return True

    async def _needed(self, press: Press, linked: Linked) -> Shown:
        """Return who still needs help with what; they pressed to have it told."""
        asked = await self._reopening.asked(press, principal=linked.principal)
        who = {"type": "user", "user_id": press.by.user}
        above = section(who, own(" still needs help with a question:"))
        question = [quote(*long_text(asked))] if asked else []
        return Shown(NEEDED, (rich(above, *question),))


def form(value: str) -> Mapping[str, Any]:
    """Return the form that asks why an answer was not helpful; `value` comes back with it."""
    reasons = [{"text": _words(TOLD[each]), "value": each.value} for each in Reason]
    why = {"type": "radio_buttons", "action_id": "reason", "options": reasons}
    note = {
        "type": "plain_text_input",
        "action_id": "note",
        "multiline": True,
        "max_length": min(LONGEST_NOTE, _LONGEST_NOTE),
    }
    return {
        "type": "modal",
        "callback_id": Action.REASON.value,
        "private_metadata": value,
        "title": _words("Not helpful"),
        "submit": _words("Send"),
        "close": _words("Cancel"),
        "blocks": [
            {"type": "input", "block_id": "reason", "label": _words("Why?"), "element": why},
            {
                "type": "input",
                "block_id": "note",
                "label": _words("What would have been right?"),
                "optional": True,
                "element": note,
            },
        ],
    }


def _words(text: str) -> Mapping[str, Any]:
    return {"type": "plain_text", "text": say(text), "emoji": False}


def _at(pressed: Pressed, place: Place) -> Pressed:
    """Return a form as if it had been sent where its button stands: forms stand nowhere."""
    return Pressed(pressed.id, place, pressed.by, pressed.action, pressed.value)


def _told(press: Press) -> str:
    return str(press.about["told"])


def _origin(press: Press) -> str:
    return f"slack {press.place.team} {press.place.channel}"
