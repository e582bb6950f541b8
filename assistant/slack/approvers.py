"""Who may confirm a call that somebody else asked for, as far as their Slack account is known.

An account is found by what an administrator said of it, or by the address that a person of this
name would have, and counts only if `Linking` says that it is this person's.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from typing import Final, Protocol

from assistant.slack.channels import Configured, Matching, Workspace
from assistant.slack.event import Member
from assistant.slack.people import Linked, Linking
from retrieval.people.company import Company

MOST_LOOKED_FOR: Final = 60
"""How many of those who may confirm a call are looked for in Slack, in the order of their names."""
_MOST_REMEMBERED: Final = 2_000


class Addresses(Protocol):
    """A workspace, as far as it knows whose an address is."""

    async def user_with(self, address: str) -> str:
        """Return whose e-mail address it is, "" if it is nobody's; or raise `SlackFailed`."""


Workspaces = Callable[[str], Addresses]
"""Return the workspace with this id, or raise `SlackFailed`: the app is not there."""


class Approvers:
    """Finds people by the keys that they answer to, and their accounts in a workspace."""

    def __init__(
        self, configured: Configured, workspaces: Workspaces, linking: Linking, company: Company
    ) -> None:
        self._configured = configured
        self._workspaces = workspaces
        self._linking = linking
        self._company = company
        self._users: OrderedDict[tuple[str, str], str] = OrderedDict()

    async def of(self, keys: Collection[str], team: str, *, besides: str) -> AsyncIterator[Linked]:
        """Yield who answers to one of the keys and is known in a workspace, but for one person.

        Raises:
            SlackFailed: Slack does not tell.
            Unavailable: the directory cannot be read.
        """
        for name in await self._company.answering_to(keys, MOST_LOOKED_FOR):
            if name != besides and (linked := await self._account(name, team)) is not None:
                yield linked

    async def keys_of(self, person: str) -> frozenset[str]:
        """Return the keys that a person answers to now; none if they may not come in."""
        known = (await self._company.known([person]))[person]
        found = [each for each in known if each.name == person and not each.is_suspended]
        return found[0].principal.keys if found else frozenset()

    async def _account(self, name: str, team: str) -> Linked | None:
        """Return a person with an account of theirs in a workspace, if it has one."""
        workspace = self._configured.workspace(team)
        named = [user for user, person in workspace.people.items() if person == name]
        for user in named:
            if (linked := await self._linked(user, team, name)) is not None:
                return linked
        for address in _addresses(name, workspace):
            user = await self._user_with(address, team)
            if user and (linked := await self._linked(user, team, name)) is not None:
                return linked
        return None

    async def _linked(self, user: str, team: str, name: str) -> Linked | None:
        found = await self._linking.who(Member(team, user), team)
        return found if isinstance(found, Linked) and found.person == name else None

    async def _user_with(self, address: str, team: str) -> str:
        """Return who has an address, as Slack tells or told; whose it is now, `Linking` says."""
        if (team, address) not in self._users:
            user = await self._workspaces(team).user_with(address)
            if not user:
                return ""
            self._users[team, address] = user
            while len(self._users) > _MOST_REMEMBERED:
                self._users.popitem(last=False)
        return self._users[team, address]


def _addresses(name: str, workspace: Workspace) -> Iterator[str]:
    """Yield the addresses that stand for this name in a workspace."""
    address = name.lower()
    for domain, matching in workspace.domains.items():
        if matching is Matching.NAME and "@" not in address:
            yield f"{address}@{domain}"
        elif matching is Matching.ADDRESS and address.endswith(f"@{domain}"):
            yield address
