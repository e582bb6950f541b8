"""Who may confirm a call that somebody else asked for, as far as their Slack account is known."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from typing import Final

from assistant.slack.accounts import Accounts
from assistant.slack.people import Linked
from retrieval.people.company import Company

MOST_LOOKED_FOR: Final = 60
"""How many of those who may confirm a call are looked for in Slack, in the order of their names."""


class Approvers:
    """Finds people by the keys that they answer to, and their accounts in a workspace."""

    def __init__(self, accounts: Accounts, company: Company) -> None:
        self._accounts = accounts
        self._company = company

    async def of(self, keys: Collection[str], team: str, *, besides: str) -> AsyncIterator[Linked]:
        """Yield who answers to one of the keys and is known in a workspace, but for one person.

        Raises:
            SlackFailed: Slack does not tell.
            Unavailable: the directory cannot be read.
        """
        for name in await self._company.answering_to(keys, MOST_LOOKED_FOR):
            if name != besides and (linked := await self._accounts.of(name, team)) is not None:
                yield linked

    async def keys_of(self, person: str) -> frozenset[str]:
        """Return the keys that a person answers to now; none if they may not come in."""
        known = (await self._company.known([person]))[person]
        found = [each for each in known if each.name == person and not each.is_suspended]
        return found[0].principal.keys if found else frozenset()
