"""What somebody who is not here may do now: whoever asked for what somebody else confirms."""

from __future__ import annotations

from typing import Protocol

from retrieval.errors import NotFound
from retrieval.people.directory import Directory
from tools.tool import Asker


class Rights(Protocol):
    """Where people's rights are worked out anew."""

    async def asker(self, name: str, *, channel: str, origin: str) -> Asker:
        """Return what a person may do now; raise `NotFound` if they may not come in."""


class NobodyElse:
    """Nobody is known but who is here."""

    async def asker(self, name: str, *, channel: str, origin: str) -> Asker:
        """Raise `NotFound`."""
        raise NotFound("Expected somebody whose rights can be looked up, got somebody else.")


class DirectoryRights:
    """People's groups and roles, read from the directory each time."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    async def asker(self, name: str, *, channel: str, origin: str) -> Asker:
        """Return what a person may do now; raise `NotFound` if they may not come in."""
        principal = await self._directory.principal(name)
        person = await self._directory.person(name)
        return Asker(principal, frozenset(each.value for each in person.roles), channel, origin)
