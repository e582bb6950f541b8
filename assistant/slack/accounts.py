"""Which account of a workspace is a person's: what `Linking` finds, the other way round.

An account is found by what an administrator said of it, or by the address that a person of this
name would have, and counts only if `Linking` says that it is this person's.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Final, Protocol

from assistant.slack.channels import Configured, Matching, Workspace
from assistant.slack.event import Member
from assistant.slack.people import Linked, Linking

_MOST_REMEMBERED: Final = 2_000


class Addresses(Protocol):
    """A workspace, as far as it knows whose an address is."""

    async def user_with(self, address: str) -> str:
        """Return whose e-mail address it is, "" if it is nobody's; or raise `SlackFailed`."""


Workspaces = Callable[[str], Addresses]
"""Return the workspace with this id, or raise `SlackFailed`: the app is not there."""


class Accounts:
    """Finds people's accounts by their names."""

    def __init__(self, configured: Configured, workspaces: Workspaces, linking: Linking) -> None:
        self._configured = configured
        self._workspaces = workspaces
        self._linking = linking
        self._users: OrderedDict[tuple[str, str], str] = OrderedDict()

    async def of(self, name: str, team: str) -> Linked | None:
        """Return a person with an account of theirs in a workspace, if it has one.

        Raises:
            SlackFailed: Slack does not tell.
            Unavailable: the directory cannot be read.
        """
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
