"""Asking those who may confirm a call that somebody else asked for in Slack, each alone.

READ FIRST: `Requesting.look`. What waits lies in SQL, so a crash leaves nobody unasked. Whoever is
not known in Slack is not asked there: the call waits in the web page for them all the same. When it
is over, whoever was asked is told so in place of the buttons, and its asker in a direct message.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol

from assistant.http.confirmation_shapes import confirmation_link
from assistant.slack.approvers import Approvers
from assistant.slack.channels import Rules
from assistant.slack.errors import SlackFailed
from assistant.slack.event import Member, Place
from assistant.slack.people import Linked, Linking
from assistant.slack.posting import is_for_good
from assistant.slack.requests import Request, Requests
from assistant.slack.rounds import again_and_again
from assistant.slack.shown import Shown, link, own, rich, section, told, words
from assistant.wording import say, speaking
from retrieval.documents import now
from retrieval.errors import NotFound
from tools.confirmation import Confirmation, Standing
from tools.kept import Asked
from tools.tool import Asker

CHANNEL: Final = "slack"
MOST_ASKED: Final = 20
"""How many people are asked to confirm one call."""
LOOK_SECONDS: Final = 2.0
_GIVEN_UP_SECONDS: Final = 3600
OVER: Final = "Nothing of this waits for your word any more."
ENDED: Final = {
    Standing.DECLINED: "Not done: it was declined.",
    Standing.EXPIRED: "Not done: nobody confirmed it in time.",
    Standing.DONE: "It was confirmed, and is done.",
    Standing.FAILED: "It was confirmed, and failed.",
    Standing.UNKNOWN: "It was confirmed, and nobody knows whether it was done.",
}
_GOES_ON: Final = frozenset({Standing.WAITING, Standing.DOING})

_log = logging.getLogger(__name__)


class Waiting(Protocol):
    """What waits: `tools.workbench.Workbench`."""

    async def waiting_for_others(self) -> Sequence[Asked]:
        """Return what waits for the word of somebody else than its asker."""

    async def confirmation(self, id: str, *, asker: Asker) -> Confirmation:  # noqa: A002
        """Return what waits or waited, for who may confirm it; else raise `NotFound`."""


class Web(Protocol):
    """A workspace, as far as people are asked in it. Each raises `SlackFailed`."""

    async def post(self, place: Place, shown: Shown, *, mark: str) -> str:
        """Post a message and return its `ts`; by `mark` it is known again."""

    async def update(self, place: Place, ts: str, shown: Shown, *, mark: str) -> None:
        """Put something else into a message of ours."""

    async def dm(self, user: str) -> str:
        """Return the channel of the direct messages with a user."""


class Showing(Protocol):
    """What is shown to whoever may confirm a call: `assistant.slack.buttons.Placed`."""

    async def requested(
        self, confirmation: Confirmation, linked: Linked, place: Place, asked_in: Place
    ) -> Shown:
        """Return a call as it is shown to who may confirm it, with what they say it by."""


class Requesting:
    """Asks people while `going` goes on; `wake` has it look at once."""

    def __init__(
        self,
        waiting: Waiting,
        approvers: Approvers,
        requests: Requests,
        showing: Showing,
        linking: Linking,
        workspaces: Callable[[str], Web],
        rules_for: Callable[[Place], Rules],
        base: str,
        *,
        clock: Callable[[], int] = now,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._waiting = waiting
        self._approvers = approvers
        self._requests = requests
        self._showing = showing
        self._linking = linking
        self._workspaces = workspaces
        self._rules_for = rules_for
        self._base = base
        self._clock = clock
        self._look_seconds = look_seconds
        self._all_asked: set[str] = set()

    def going(self) -> AbstractAsyncContextManager[None]:
        """Look again and again while the block runs."""
        return again_and_again(self.look, self._look_seconds, "Nobody could be asked to confirm")

    async def look(self) -> None:
        """Ask whoever was not asked yet, and tell how what waits no more has ended."""
        waiting = [each for each in await self._waiting.waiting_for_others() if _is_ours(each)]
        ids = {each.id for each in waiting}
        self._all_asked &= ids
        for asked in waiting:
            if asked.id not in self._all_asked:
                await self._ask(asked)
        for request in await self._requests.every():
            if request.call not in ids:
                await self._end(request)

    async def _ask(self, asked: Asked) -> None:
        """Ask everybody who may confirm a call, as far as Slack lets us now."""
        asker, place = _asker_of(asked), _place_of(asked)
        await self._requests.begin(
            Request(asked.id, asker, Place(place.team, ""), "", asked.expires, is_asker=True)
        )
        count, is_all = 0, True
        try:
            who = self._approvers.of(asked.approver, place.team, besides=asked.asker)
            async for linked in who:
                if count == MOST_ASKED:
                    break
                try:
                    count += await self._ask_one(asked, linked, place)
                except SlackFailed as failed:
                    is_all = is_all and is_for_good(failed)
                    _log.warning("Somebody was not asked about %s: %s.", asked.id, failed.code)
        except SlackFailed as failed:
            is_all = is_for_good(failed)
            _log.warning("Nobody was found to confirm %s: %s.", asked.id, failed.code)
        if is_all:
            self._all_asked.add(asked.id)

    async def _ask_one(self, asked: Asked, linked: Linked, asked_in: Place) -> bool:
        """Ask somebody, once; return whether they are one who may confirm it."""
        try:
            confirmation = await self._waiting.confirmation(asked.id, asker=_as_asker(linked))
        except NotFound:
            return False
        team = asked_in.team
        request = Request(asked.id, linked.member, Place(team, ""), "", asked.expires)
        if not await self._requests.begin(request):
            return True
        web = self._workspaces(team)
        place = Place(team, await web.dm(linked.member.user))
        with speaking(self._rules_for(place).language):
            shown = await self._showing.requested(confirmation, linked, place, asked_in)
        ts = await web.post(place, shown, mark=f"request for {asked.id}")
        await self._requests.asked(request, place.channel, ts)
        return True

    async def _end(self, request: Request) -> None:
        """Tell somebody how a call ended; what cannot be told is let go of after a while."""
        try:
            is_over = await self._told(request)
        except SlackFailed as failed:
            is_late = self._clock() > request.expires + _GIVEN_UP_SECONDS
            is_over = is_for_good(failed) or is_late
            _log.warning("The end of %s was not told: %s.", request.call, failed.code)
        if is_over:
            await self._requests.forget(request.call, request.member, request.place.team)

    async def _told(self, request: Request) -> bool:
        """Return whether somebody was told, or there is nothing to tell them."""
        team, member = request.place.team, request.member
        if not request.ts and not request.is_asker:
            return True
        found = await self._linking.who(member, team)
        if not isinstance(found, Linked):
            return True
        web = self._workspaces(team)
        place = Place(team, request.place.channel or await web.dm(member.user))
        with speaking(self._rules_for(place).language):
            shown = await self._ended(request, found)
        if shown is None:
            return False
        mark = f"end of {request.call}"
        if request.ts:
            await web.update(place, request.ts, shown, mark=mark)
        else:
            await web.post(place, shown, mark=mark)
        return True

    async def _ended(self, request: Request, linked: Linked) -> Shown | None:
        """Return how a call ended, as it is shown; None while it goes on."""
        try:
            ended = await self._waiting.confirmation(request.call, asker=_as_asker(linked))
        except NotFound:
            return told(OVER)
        if ended.standing in _GOES_ON:
            return None
        said = ENDED[ended.standing]
        page = link(self._base, confirmation_link(ended.id), say("Open in the web page"))
        head = section(words(ended.will, bold=True))
        return Shown(say(said), (rich(head, section(own(f"{said} "), page)),))


def _is_ours(asked: Asked) -> bool:
    """Return whether a call was asked for in Slack, by an account that can be told of it."""
    is_named = len(asked.session.split()) == 3 and len(asked.origin.split()) == 3
    return asked.channel == CHANNEL and is_named


def _asker_of(asked: Asked) -> Member:
    _, team, user = asked.session.split()
    return Member(team, user)


def _place_of(asked: Asked) -> Place:
    _, team, channel = asked.origin.split()
    return Place(team, channel)


def _as_asker(linked: Linked) -> Asker:
    roles = frozenset(each.value for each in linked.roles)
    return Asker(linked.principal, roles, CHANNEL, CHANNEL)
