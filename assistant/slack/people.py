"""Who a Slack user is here: a person of the directory, or nobody, and then why.

READ FIRST: `claim_of` is the rule. Slack's word is taken for an address only where Slack says that
it was confirmed and an administrator named its domain; what an administrator said of a user comes
before any address. Guests, strangers and apps are nobody, whatever is said of them.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from assistant.slack.channels import Configured, Matching, Workspace
from assistant.slack.event import Member
from assistant.slack.profiles import UserInfo
from assistant.wording import say
from retrieval.access import Principal
from retrieval.people.company import Company, Known
from retrieval.people.people import Role

MOST_REMEMBERED: Final = 20_000


class Why(StrEnum):
    """Why a Slack user is nobody here."""

    APP = "app"
    DELETED = "deleted"
    STRANGER = "stranger"
    GUEST = "guest"
    NAMED_NOBODY = "named_nobody"
    NO_ADDRESS = "no_address"
    NOT_CONFIRMED = "not_confirmed"
    ODD_ADDRESS = "odd_address"
    OTHER_DOMAIN = "other_domain"
    NOT_KNOWN = "not_known"
    LINKED_TO_NOBODY = "linked_to_nobody"
    SEVERAL = "several"
    SUSPENDED = "suspended"


_UNKNOWN: Final = "Pincite does not know who you are: {why}. {do}"
_ACCOUNT: Final = "Tell them the id of your Slack account, by which it is linked: {user}."
_TOLD: Final[Mapping[Why, tuple[str, str]]] = {
    Why.APP: ("apps are not answered", "Ask as a person."),
    Why.DELETED: ("this Slack account is deactivated", "Ask with an account that is active."),
    Why.STRANGER: (
        "this Slack account belongs to another company's workspace",
        "Ask somebody who works here to ask for you.",
    ),
    Why.GUEST: (
        "guests of this Slack workspace are not answered",
        "Ask your contact here to ask for you, or ask whoever runs Slack to make you a member.",
    ),
    Why.NAMED_NOBODY: (
        "an administrator has said that this Slack account is nobody's here",
        "Ask an administrator of Pincite if that is not right.",
    ),
    Why.NO_ADDRESS: (
        "Slack tells no e-mail address of this account",
        "Ask an administrator of Pincite to link your Slack account to your name there.",
    ),
    Why.NOT_CONFIRMED: (
        "the e-mail address of this Slack account is not confirmed",
        "Confirm it in Slack (Profile, then Account settings), and ask again.",
    ),
    Why.ODD_ADDRESS: (
        "the e-mail address of this Slack account is of a form that names nobody for sure",
        "Ask an administrator of Pincite to link your Slack account to your name there.",
    ),
    Why.OTHER_DOMAIN: (
        "the e-mail address of this Slack account is of a domain that is not trusted here",
        "Use your address at work in Slack, or ask an administrator of Pincite to link you.",
    ),
    Why.NOT_KNOWN: (
        "nobody in Pincite has the name that this Slack account's address stands for",
        "Sign in to the web page once, or ask an administrator of Pincite to add or link you.",
    ),
    Why.LINKED_TO_NOBODY: (
        "an administrator linked this Slack account to a name that nobody in Pincite has",
        "Ask an administrator of Pincite to correct it.",
    ),
    Why.SEVERAL: (
        "several people in Pincite have the name that this Slack account's address stands for",
        "Ask an administrator of Pincite to link your Slack account to one of them.",
    ),
    Why.SUSPENDED: (
        "your account in Pincite is suspended",
        "Ask an administrator of Pincite.",
    ),
}
_BY_HAND: Final = frozenset(
    {
        Why.NO_ADDRESS,
        Why.ODD_ADDRESS,
        Why.OTHER_DOMAIN,
        Why.NOT_KNOWN,
        Why.LINKED_TO_NOBODY,
        Why.SEVERAL,
    }
)
"""What an administrator remedies in slack.yaml, where an account goes by its id."""


@dataclass(frozen=True, slots=True)
class Linked:
    """A Slack user who is somebody here: `principal` is what they answer to at this moment."""

    member: Member
    principal: Principal
    roles: frozenset[Role] = frozenset()

    @property
    def person(self) -> str:
        """Return what they are called here."""
        return self.principal.name


@dataclass(frozen=True, slots=True)
class Unlinked:
    """A Slack user who is nobody here. `barred` are keys that they would answer to, if known."""

    member: Member
    why: Why
    barred: frozenset[str] = frozenset()

    @property
    def told(self) -> str:
        """Return why, and what to do, in words of ours alone."""
        why, do = _TOLD[self.why]
        unknown = say(_UNKNOWN, why=say(why), do=say(do))
        if self.why not in _BY_HAND:
            return unknown
        return f"{unknown} {say(_ACCOUNT, user=self.member.user)}"


class Profiles(Protocol):
    """A workspace, as far as it tells who somebody is."""

    async def user(self, user: str) -> UserInfo:
        """Return what Slack tells of a user, or raise `SlackFailed`."""


Workspaces = Callable[[str], Profiles]
"""Return the workspace with this id, or raise `SlackFailed`: the app is not there."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The name that a Slack user goes by here. One that an administrator wrote is exact."""

    name: str
    is_exact: bool = False


def claim_of(info: UserInfo, workspace: Workspace) -> Claim | Why:
    """Return the name that a user of this workspace goes by here, or why they have none."""
    if info.is_bot:
        return Why.APP
    if info.is_deleted:
        return Why.DELETED
    if info.is_stranger or info.team != workspace.team:
        return Why.STRANGER
    if info.is_guest:
        return Why.GUEST
    if (name := workspace.people.get(info.user)) is not None:
        return Claim(name, is_exact=True) if name else Why.NAMED_NOBODY
    if not info.email:
        return Why.NO_ADDRESS
    if not info.is_email_confirmed:
        return Why.NOT_CONFIRMED
    return _claim_by(info.email, workspace)


def _claim_by(email: str, workspace: Workspace) -> Claim | Why:
    """Return the name that a confirmed address stands for: plain ASCII with one @ in it."""
    address = email.lower()
    local, _, domain = address.partition("@")
    is_plain = email.isascii() and email.isprintable() and not set(email) & set(' ,:"<>()\\')
    if not is_plain or not local or not domain or "@" in domain:
        return Why.ODD_ADDRESS
    matching = workspace.domains.get(domain)
    if matching is None:
        return Why.OTHER_DOMAIN
    return Claim(local if matching is Matching.NAME else address)


class Linking:
    """Finds who Slack users are. Slack's word is remembered for a short while, the rest is not."""

    def __init__(
        self,
        configured: Configured,
        workspaces: Workspaces,
        company: Company,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._configured = configured
        self._workspaces = workspaces
        self._company = company
        self._clock = clock
        self._seen: OrderedDict[tuple[str, str], tuple[float, UserInfo]] = OrderedDict()
        self._forgotten = 0

    async def who(self, member: Member, team: str = "") -> Linked | Unlinked:
        """Return who somebody is, as seen by the workspace `team`, which is usually their own.

        Raises:
            SlackFailed: Slack did not tell.
            Unavailable: the directory cannot be read.
        """
        info = await self.profile(team or member.team, member.user)
        [found] = await self.whos(team or member.team, [info])
        return found

    async def whos(self, team: str, infos: Iterable[UserInfo]) -> list[Linked | Unlinked]:
        """Return who each user of a workspace is, in the order given."""
        workspace, every = self._configured.workspace(team), list(infos)
        claims = [claim_of(each, workspace) for each in every]
        names = {each.name for each in claims if isinstance(each, Claim)}
        known = await self._company.known(names)
        return [
            _found(Member(info.team or team, info.user), claim, known)
            for info, claim in zip(every, claims, strict=True)
        ]

    async def profile(self, team: str, user: str) -> UserInfo:
        """Return what Slack tells of a user now, or told a moment ago."""
        kept = self._seen.get((team, user))
        if kept is not None and self._clock() < kept[0] + self._configured.looking.remember_people:
            return kept[1]
        looked, forgotten = self._clock(), self._forgotten
        info = await self._workspaces(team).user(user)
        if forgotten != self._forgotten:  # it may have changed while it was told
            return info
        self._seen[team, user] = looked, info
        self._seen.move_to_end((team, user))
        while len(self._seen) > MOST_REMEMBERED:
            self._seen.popitem(last=False)
        return info

    def forget(self, team: str, user: str = "") -> None:
        """Look anew at a user the next time, or at all users of a workspace."""
        self._forgotten += 1
        for key in [each for each in self._seen if each[0] == team and user in ("", each[1])]:
            del self._seen[key]


def _found(
    member: Member, claim: Claim | Why, known: Mapping[str, tuple[Known, ...]]
) -> Linked | Unlinked:
    if isinstance(claim, Why):
        return Unlinked(member, claim)
    people = known[claim.name]
    if claim.is_exact:
        people = tuple(each for each in people if each.name == claim.name)
    barred = frozenset[str]().union(*(each.principal.barred for each in people))
    if len(people) > 1:
        keys = (each.principal.keys for each in people)
        return Unlinked(member, Why.SEVERAL, barred.union(*keys))
    if not people:
        return Unlinked(member, Why.LINKED_TO_NOBODY if claim.is_exact else Why.NOT_KNOWN)
    [person] = people
    if person.is_suspended:
        return Unlinked(member, Why.SUSPENDED, barred)
    return Linked(member, person.principal, person.roles)
