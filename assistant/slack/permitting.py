"""Whether a question from Slack may be answered where it was asked, and with whose rights.

READ FIRST: `Permitting.permitted` is the rule, and `Permitting.check` holds to it just before each
post: who may read along may have changed since.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Protocol

from assistant.answers import Question
from assistant.slack import phrases
from assistant.slack.answered import Answered
from assistant.slack.arrival import LONGEST_QUESTION
from assistant.slack.audience import Audience, Reach
from assistant.slack.channels import Answers, Rules
from assistant.slack.claim import ALONE, Claim, answer_place
from assistant.slack.event import Asked, Member, Place, Surface
from assistant.slack.people import Linked, Unlinked
from assistant.slack.shown import Shown, defanged, told
from assistant.stopping import Standing
from assistant.wording import Language
from retrieval.documents import Scope, now
from retrieval.halting import Deed, Work

CHANNEL = "slack"
_HOUR = 3600
_LONGEST_TITLE = 80
_OWN = ALONE | {Surface.DIRECT, Surface.PANE}


class Denied(Exception):
    """Nothing is answered; `shown` is told to the asker alone."""

    def __init__(self, shown: Shown) -> None:
        super().__init__("not answered")
        self.shown = shown


class Narrowed(Exception):
    """Whoever reads along now may read less than those for whom it was written."""


class Audiences(Protocol):
    """Who reads along where."""

    async def of(
        self, place: Place, asker: Linked, *, is_shared: bool = False, anew: bool = False
    ) -> Audience:
        """Return the audience of a place; `anew` asks Slack again who is in it."""

    async def may_show(self, audience: Audience, version_ids: Collection[int]) -> bool:
        """Return whether the audience may read every one of these versions at this moment."""


class People(Protocol):
    """Who Slack users are here."""

    async def who(self, member: Member, team: str = "") -> Linked | Unlinked:
        """Return who somebody is, or why they are nobody."""


@dataclass(frozen=True, slots=True)
class Permitted:
    """A question that may be answered: by whom, for whom, under which rules.

    `conversation` is the one it continues, "" where it begins one.
    """

    claim: Claim
    linked: Linked
    rules: Rules
    audience: Audience
    conversation: str

    @property
    def asked(self) -> Asked:
        """Return the question as it came."""
        return self.claim.asked

    @property
    def is_alone(self) -> bool:
        """Return whether only the asker is told, in passing, wherever they asked."""
        return self.asked.surface in ALONE

    @property
    def is_own(self) -> bool:
        """Return whether the asker's own rights count."""
        return self.audience.reach is Reach.ASKER

    @property
    def title(self) -> str:
        """Return what a thread of the assistant pane that begins with this is called, or ""."""
        begins = self.asked.surface is Surface.PANE and not self.conversation
        return defanged(self.asked.text)[:_LONGEST_TITLE] if begins else ""

    def own(self) -> Permitted:
        """Return the same for the asker alone, with their own rights."""
        return replace(self, audience=_own(self.linked))

    def question(self) -> Question:
        """Return the question as the assistant is asked it."""
        place, by, rules = self.asked.place, self.asked.by, self.rules
        principal = self.audience.principal
        tools = rules.tools_for(principal.keys)
        may_act = self.is_own and bool(tools)
        return Question(
            self.asked.text,
            principal,
            Scope(as_of=now(), kinds=rules.kinds, sources=rules.sources),
            f"slack {place.team} {place.channel}",
            channel=CHANNEL,
            id=self.claim.id,
            conversation=self.conversation,
            roles=frozenset(each.value for each in self.linked.roles),
            session=f"slack {by.team} {by.user}" if may_act else "",
            may_act=may_act,
            tools=tools,
        )


class Permitting:
    """Says who may be answered where."""

    def __init__(
        self,
        people: People,
        audiences: Audiences,
        rules_for: Callable[[Place], Rules],
        stops: Standing,
        answered: Answered,
        clock: Callable[[], int] = now,
    ) -> None:
        self._people = people
        self._audiences = audiences
        self._rules_for = rules_for
        self._stops = stops
        self._answered = answered
        self._clock = clock

    def language(self, asked: Asked) -> Language:
        """Return what Pincite itself speaks where this was asked."""
        return self._rules_for(asked.place).language

    async def permitted(self, claim: Claim) -> Permitted:
        """Return with whose rights a question is answered.

        Raises:
            Denied: it is not, and why.
            SlackFailed: Slack does not say who asks, or who reads along.
            Unavailable: it cannot be told whether answers are stopped, or who somebody is.
        """
        asked = claim.asked
        linked = await self._linked(asked)
        rules = self._rules_for(asked.place)
        await self._check_rules(claim, rules)
        if await self._stops.of(_deed(asked, linked)) is not None:
            raise Denied(told(phrases.STOPPED))
        audience = await self._audience(asked, linked)
        if audience.is_closed:
            raise Denied(told(audience.reason))
        conversation = await self._answered.conversation(answer_place(asked), asked.by, claim.id)
        return Permitted(claim, linked, rules, audience, conversation)

    async def check(
        self, permitted: Permitted, version_ids: Collection[int], *, anew: bool = False
    ) -> None:
        """Return if what was written of these versions may be posted now.

        Raises:
            Narrowed: whoever reads along now may read less.
            Denied: the asker is nobody any more, or answers are stopped there.
        """
        asked = permitted.asked
        linked = await self._linked(asked)
        if self._stops.standing(_deed(asked, linked)) is not None:
            raise Denied(told(phrases.STOPPED))
        audience = _own(linked)
        if not permitted.is_own:
            audience = await self._audience(asked, linked, anew=anew)
        is_same = permitted.audience.is_within(audience)
        if not is_same or not await self._audiences.may_show(audience, version_ids):
            raise Narrowed

    async def may_show(self, permitted: Permitted, version_ids: Collection[int]) -> bool:
        """Return whether whoever reads along may read every one of these versions."""
        return await self._audiences.may_show(permitted.audience, version_ids)

    async def _linked(self, asked: Asked) -> Linked:
        found = await self._people.who(asked.by, asked.place.team)
        if isinstance(found, Unlinked):
            raise Denied(told(found.told))
        return found

    async def _check_rules(self, claim: Claim, rules: Rules) -> None:
        if rules.answers is Answers.OFF:
            raise Denied(told(phrases.OFF))
        if phrases.asks_nothing(claim.asked.text):
            raise Denied(told(phrases.EMPTY))
        if len(claim.asked.text) > LONGEST_QUESTION:
            raise Denied(told(phrases.long()))
        own, of_all = await self._answered.lately(claim, self._clock() - _HOUR)
        if rules.each_hour and own > rules.each_hour:
            raise Denied(told(phrases.YOURS_FULL))
        if rules.all_each_hour and of_all > rules.all_each_hour:
            raise Denied(told(phrases.CHANNEL_FULL))

    async def _audience(self, asked: Asked, linked: Linked, *, anew: bool = False) -> Audience:
        if asked.surface in _OWN:
            return _own(linked)
        is_shared = asked.is_shared_channel
        place = answer_place(asked)
        return await self._audiences.of(place, linked, is_shared=is_shared, anew=anew)


def _own(linked: Linked) -> Audience:
    return Audience(linked.principal, Reach.ASKER, 1)


def _deed(asked: Asked, linked: Linked) -> Deed:
    channel = f"{CHANNEL} {asked.place.team} {asked.place.channel}"
    return Deed(Work.ANSWER, user=linked.person, channel=channel)
