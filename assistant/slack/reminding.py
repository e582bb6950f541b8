"""Reminding owners in Slack of what of theirs is due for review, each alone, where that is wanted.

READ FIRST: `Reminding.look`. A message is only for what somebody was not reminded of yet: once when
it falls due, once when it is overdue. What it lists is what its one reader owns and may read, and
just before it is posted it is looked again whose account it is and what they may read by then.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Final, Protocol

from assistant.governing import Governing, due_day
from assistant.http.shapes import source_link
from assistant.slack.accounts import Accounts
from assistant.slack.channels import Rules
from assistant.slack.errors import SlackFailed
from assistant.slack.event import Place
from assistant.slack.evidence import Keys
from assistant.slack.people import Linked, Linking
from assistant.slack.posting import Check, is_for_good
from assistant.slack.reminders import Reminder, Reminders
from assistant.slack.rounds import again_and_again
from assistant.slack.shown import Shown, link, own, rich, section
from assistant.stopping import Standing
from assistant.wording import counted, day, say, speaking
from retrieval.access import Principal
from retrieval.documents import now
from retrieval.errors import RetrievalError
from retrieval.governance.decision import Chosen, Line, Order
from retrieval.halting import Deed, Work
from retrieval.people.company import Company, Known
from retrieval.people.owning import names_in, owner_names

CHANNEL: Final = "slack"
FIRST_SECONDS: Final = 60.0
LOOK_SECONDS: Final = 3_600.0
MOST_LOOKED_AT: Final = 500
"""How many owners are looked at in one look, in the order of their names: no others are."""
MOST_DUE: Final = 500
"""About how many documents of one owner are looked at, the longest due first."""
MOST_LINES: Final = 10
MOST_TITLE: Final = 200
"""Of a title, characters: Slack refuses what is too long, and then nobody is told of the others."""
ONE: Final = "A document of yours is due for review."
MANY: Final = "{count} documents of yours are due for review."
ONE_MORE: Final = "and one more."
MORE: Final = "and {left} more."
YOURS: Final = "Open the list of your documents"
_PAGE: Final = "/documents?show=mine&order=review"

_log = logging.getLogger(__name__)


class Web(Protocol):
    """A workspace, as far as people are reminded in it. Each raises `SlackFailed`."""

    async def user_with(self, address: str) -> str:
        """Return whose e-mail address it is, "" if it is nobody's."""

    async def post(
        self, place: Place, shown: Shown, *, mark: str, check: Check | None = None
    ) -> str:
        """Post a message and return its `ts`; by `mark` it is known again."""

    async def dm(self, user: str) -> str:
        """Return the channel of the direct messages with a user."""


class Changed(Exception):
    """What was to be told may not be told to this account now."""


class Reminding:
    """Reminds people while `going` goes on. `teams` are the workspaces in which they are reminded.

    Whoever has an account in several of these is reminded in the first.
    """

    def __init__(
        self,
        teams: Sequence[str],
        governing: Governing,
        company: Company,
        accounts: Accounts,
        reminders: Reminders,
        keys: Keys,
        linking: Linking,
        stops: Standing,
        workspaces: Callable[[str], Web],
        rules_for: Callable[[Place], Rules],
        base: str,
        *,
        first_seconds: float = FIRST_SECONDS,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._teams = teams
        self._governing = governing
        self._company = company
        self._accounts = accounts
        self._reminders = reminders
        self._keys = keys
        self._linking = linking
        self._stops = stops
        self._workspaces = workspaces
        self._rules_for = rules_for
        self._base = base
        self._first_seconds = first_seconds
        self._look_seconds = look_seconds

    def going(self) -> AbstractAsyncContextManager[None]:
        """Look a while after the start, and then again and again, while the block runs."""
        failed, first_seconds = "Nobody could be reminded", self._first_seconds
        return again_and_again(self.look, self._look_seconds, failed, first_seconds=first_seconds)

    async def look(self) -> None:
        """Remind whoever owns what is newly due, `MOST_LOOKED_AT` people at most.

        Whom Slack does not let us reach now is reminded by a later look.

        Raises:
            Unavailable: it cannot be read what is due, or what is stopped.
        """
        if await self._stops.of(Deed(Work.CHANNEL, channel=CHANNEL)) is not None:
            return
        owners = await self._governing.register.owners_of_due(due_day(), now())
        names = frozenset[str]().union(*map(names_in, owners))
        called = await self._company.meant_by(names, MOST_LOOKED_AT)
        known = await self._company.known(called)
        for name in called:
            for each in known[name]:
                if each.name == name:
                    await self._look_at(each)

    async def _look_at(self, owner: Known) -> None:
        """Remind somebody in the first workspace that has an account of theirs."""
        try:
            names = owner_names(owner.principal, owner.display)
            due = await self._due(owner.principal, names)
            subject = (await self._keys.subject(owner.name)).id if due else ""
            if not due or not await self._reminders.fresh(subject, due):
                return
            for team in self._teams:
                if (linked := await self._account(owner.name, team)) is not None:
                    await self._remind(linked, team, subject, names)
                    return
        except Changed:
            _log.info("Somebody was not reminded: what they may be told has changed.")
        except RetrievalError as error:
            why = error.code if isinstance(error, SlackFailed) else type(error).__name__
            _log.warning("Somebody was not reminded: %s.", why)

    async def _account(self, name: str, team: str) -> Linked | None:
        """Return a person with an account of theirs, None also where Slack does not tell now."""
        try:
            return await self._accounts.of(name, team)
        except SlackFailed as failed:
            _log.warning("Somebody was not found in %s: %s.", team, failed.code)
            return None

    async def _due(self, principal: Principal, names: frozenset[str]) -> dict[Reminder, Line]:
        """Return what of somebody's is due that they may read, the longest due first."""
        every = Chosen(due_until=due_day())
        chosen = await self._governing.owned(every, names, principal=principal)
        lines, after = list[Line](), ""
        while len(lines) < MOST_DUE:
            page = await self._governing.listed(
                chosen, principal=principal, after=after, order=Order.REVIEW
            )
            lines += page.lines
            if page.after is None:
                break
            after = page.after
        return {
            Reminder(each.document_id, each.review_by.isoformat(), each.is_overdue): each
            for each in lines
            if each.review_by is not None
        }

    async def _remind(self, linked: Linked, team: str, subject: str, names: frozenset[str]) -> None:
        """Post what is new to somebody; what Slack refuses for good is not tried again."""
        web, due = self._workspaces(team), await self._due(linked.principal, names)
        ours = await self._reminders.begin(subject, team, due)
        if not ours:
            return
        lines = [line for reminder, line in due.items() if reminder in ours]
        try:
            place = Place(team, await web.dm(linked.member.user))
            with speaking(self._rules_for(place).language):
                shown = reminder_shown(lines, self._base)
            check = partial(self._check, linked, place, names, ours)
            await web.post(place, shown, mark=_mark(subject, ours), check=check)
        except SlackFailed as failed:
            if not is_for_good(failed):
                raise
            _log.warning("Somebody cannot be reminded: %s.", failed.code)
        await self._reminders.told(subject, ours)

    async def _check(
        self, linked: Linked, place: Place, names: frozenset[str], ours: frozenset[Reminder]
    ) -> None:
        """Return if this may be posted now; else raise `Changed`."""
        for channel in (CHANNEL, f"{CHANNEL} {place.team} {place.channel}"):
            deed = Deed(Work.CHANNEL, user=linked.person, channel=channel)
            if await self._stops.of(deed) is not None:
                raise Changed
        found = await self._linking.who(linked.member, place.team)
        if not isinstance(found, Linked) or found.person != linked.person:
            raise Changed
        if not ours <= (await self._due(found.principal, names)).keys():
            raise Changed


def reminder_shown(lines: Sequence[Line], base: str) -> Shown:
    """Return what is due, as its owner is told it: each document as a link to its page."""
    head = say(counted(len(lines), ONE, MANY), count=len(lines))
    listed = [
        section(
            own("• "),
            link(base, source_link(each.document_id, each.number), _title(each)),
            own(f", {_when(each)}"),
        )
        for each in lines[:MOST_LINES]
    ]
    left = len(lines) - len(listed)
    more = [section(own(say(counted(left, ONE_MORE, MORE), left=left)))] if left else []
    return Shown(
        head, (rich(section(own(head)), *listed, *more, section(link(base, _PAGE, say(YOURS)))),)
    )


def _title(line: Line) -> str:
    is_long = len(line.title) > MOST_TITLE
    return f"{line.title[:MOST_TITLE]}…" if is_long else line.title


def _when(line: Line) -> str:
    assert line.review_by is not None
    if line.is_overdue:
        return say("was due by {day}", day=day(line.review_by))
    return say("review by {day}", day=day(line.review_by))


def _mark(subject: str, ours: Collection[Reminder]) -> str:
    told = hashlib.sha256(f"{subject} {sorted(ours)}".encode())
    return f"reminder {told.hexdigest()[:32]}"
