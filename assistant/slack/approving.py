"""A word on a call that waits, said in Slack: carried out exactly as it was shown, or refused.

The gate decides, as for the web: this only tells it who pressed, where, and what they were shown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from assistant.http.confirmation_shapes import confirmation_link
from assistant.slack.approvers import Approvers
from assistant.slack.channels import Rules
from assistant.slack.event import Member, Place
from assistant.slack.handlers import Pressed
from assistant.slack.people import Linked
from assistant.slack.presses import Fault, Press
from assistant.slack.private import Private
from assistant.slack.requests import Requests
from assistant.slack.shown import Shown, link, long_text, own, rich, section, told, words
from retrieval.audit.event import Act, Event, Json, Record
from retrieval.errors import NotFound
from tools.confirmation import Came, Confirmation, Denied, Done, Failed, Standing, Waiting
from tools.telling import told as told_of
from tools.tool import Asker
from tools.workbench import Workbench

CHANNEL: Final = "slack"
DONE: Final = "Done."
NOT_DONE: Final = "Nothing was done."
UNSURE: Final = "Nobody knows whether it was done. Look in the system itself before you ask again."
DECLINED: Final = "Not done: you said no."
WAITS_ON: Final = "It is not done yet: it has to be confirmed once more. Open it in the web page."
NOTHING_WAITS: Final = "Nothing of this waits for your word any more. Nothing was done."
OFF: Final = "This tool may not be used in this channel. Nothing was done."
NO_TOOLS: Final = "There are no tools here any more. Nothing was done."
_STANDS: Final = {
    Standing.WAITING: "It still waits.",
    Standing.DECLINED: DECLINED,
    Standing.EXPIRED: "Not done: it was not confirmed in time. Ask again if it is still wanted.",
    Standing.DOING: "It was confirmed before, and is being done.",
    Standing.DONE: "It was confirmed before, and is done.",
    Standing.FAILED: "It was confirmed before, and failed.",
    Standing.UNKNOWN: UNSURE,
}
_MOST_RESULT: Final = 3000


class Approving:
    """Takes words on calls."""

    def __init__(
        self,
        workbench: Workbench | None,
        private: Private,
        approvers: Approvers,
        requests: Requests,
        rules_for: Callable[[Place], Rules],
        record: Record,
        base: str,
    ) -> None:
        self._workbench = workbench
        self._private = private
        self._approvers = approvers
        self._requests = requests
        self._rules_for = rules_for
        self._record = record
        self._base = base

    async def confirm(self, pressed: Pressed, press: Press, linked: Linked) -> None:
        """Have exactly what was shown be done, once, and show what came of it."""
        await self._over(pressed, press, await self._confirmed(press, linked))

    async def decline(self, pressed: Pressed, press: Press, linked: Linked) -> None:
        """Have what waits not be done."""
        await self._over(pressed, press, await self._declined(press, linked))

    async def refused(
        self, press: Press | None, fault: Fault, place: Place, linked: Linked | None
    ) -> None:
        """Put on record that a word did not count, whoever said it.

        Raises:
            Unavailable: it cannot be put there.
        """
        about: dict[str, Json] = {"did": "refused", "reason": fault.value}
        if press is not None:
            about["call"] = press.about["confirmation"]
        person = linked.person if linked else CHANNEL
        origin = f"slack {place.team} {place.channel}"
        await self._record.note(Event(Act.CONFIRM, person, origin, about))

    async def _over(self, pressed: Pressed, press: Press, shown: Shown) -> None:
        """Show what came of a word in its place; nobody else is to tell its person of it."""
        call, team = str(press.about["confirmation"]), press.place.team
        await self._requests.forget(call, press.by, team)
        await self._private.replace(pressed, shown, mark=_mark(press))

    async def _confirmed(self, press: Press, linked: Linked) -> Shown:
        workbench = self._workbench
        if workbench is None:
            return told(NO_TOOLS)
        asker, waits = _asker(press, linked), str(press.about["confirmation"])
        try:
            confirmation = await workbench.confirmation(waits, asker=asker)
            if confirmation.tool not in await self._open_to(confirmation.asker, press, linked):
                await workbench.decline(waits, asker=asker)
                return told(OFF)
            came = await workbench.confirm(
                waits,
                asker=asker,
                session=session_of(press.by),
                digest=str(press.about["digest"]),
            )
        except NotFound:
            return told(NOTHING_WAITS)
        is_own = confirmation.asker == linked.person
        return self._came(came, workbench, waits, is_own=is_own)

    async def _open_to(self, asker: str, press: Press, linked: Linked) -> frozenset[str]:
        """Return the tools that who asked may use now where they asked."""
        asked_in = Place(press.place.team, str(press.about.get("asked_in", press.place.channel)))
        is_own = asker == linked.person
        keys = linked.principal.keys if is_own else await self._approvers.keys_of(asker)
        return self._rules_for(asked_in).tools_for(keys)

    async def _declined(self, press: Press, linked: Linked) -> Shown:
        if self._workbench is None:
            return told(NO_TOOLS)
        try:
            stands: Confirmation = await self._workbench.decline(
                str(press.about["confirmation"]), asker=_asker(press, linked)
            )
        except NotFound:
            return told(NOTHING_WAITS)
        return told(_STANDS[stands.standing])

    def _came(self, came: Came, workbench: Workbench, waits: str, *, is_own: bool) -> Shown:
        """Return what came of a call; what a far system says is text, and no link of its is.

        What it says beyond that it was done is its asker's own.
        """
        page = link(self._base, confirmation_link(waits), "Open in the web page")
        match came:
            case Done():
                said = came.result
                text = [section(*long_text(said.text[:_MOST_RESULT]))] if said.text else []
                undo = [section(own("To undo it: "), words(said.undo))] if said.undo else []
                head = section(own(f"{DONE} ", bold=True), words(said.title))
                if not is_own:
                    return Shown(DONE, (rich(head, section(page)),))
                return Shown(DONE, (rich(head, *text, *undo, section(page)),))
            case Failed():
                above = UNSURE if came.happened is None else NOT_DONE
                head = section(own(f"{above} ", bold=True), *long_text(came.told[:_MOST_RESULT]))
                return Shown(above, (rich(head, section(page)),))
            case Denied():
                why = told_of(came.decision, workbench.tools.get(came.call.tool))
                return Shown(NOT_DONE, (rich(section(own(f"{NOT_DONE} "), words(why))),))
            case Waiting():
                return Shown(WAITS_ON, (rich(section(own(f"{WAITS_ON} "), page)),))


def session_of(by: Member) -> str:
    """Return what a confirmation that is asked for in Slack is bound to: this account there."""
    return f"slack {by.team} {by.user}"


def _asker(press: Press, linked: Linked) -> Asker:
    origin = f"slack {press.place.team} {press.place.channel}"
    roles = frozenset(each.value for each in linked.roles)
    return Asker(linked.principal, roles, CHANNEL, origin)


def _mark(press: Press) -> str:
    return f"confirmation for {press.answer}"
