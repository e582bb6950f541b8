"""Who else reviews, and who of them may read all that a case rests on."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from assistant.review.seeing import Opened
from retrieval.access import EVERYONE, Principal
from retrieval.errors import NotFound
from retrieval.people.directory import Group
from retrieval.people.people import Person, Role


class Directory(Protocol):
    """Who there is: `retrieval.people.directory.Directory`."""

    async def people(self) -> list[Person]:
        """Return everybody by name, suspended or not."""

    async def principal(self, name: str) -> Principal:
        """Return what a person answers to, or raise `NotFound`."""

    async def groups(self) -> list[Group]:
        """Return every group by name, with who is in it."""


class Colleagues:
    """Tells what other people may read; nobody learns more than whether that is all of a case."""

    def __init__(self, directory: Directory, library: Opened) -> None:
        self._directory = directory
        self._library = library

    async def reviewers(self, version_ids: Collection[int]) -> list[str]:
        """Return the names of the reviewers who may read all of these versions now."""
        everybody = await self._directory.people()
        named = [
            each.name for each in everybody if Role.REVIEWER in each.roles and not each.is_suspended
        ]
        return [name for name in named if await self.may_read(name, version_ids)]

    async def strangers(self, readers: Collection[str]) -> list[str]:
        """Return which readers are nobody who may come in now, by name; not of `everyone`."""
        if EVERYONE in readers:
            return []
        people, groups = await self._directory.people(), await self._directory.groups()
        known = {f"user:{each.name}" for each in people if not each.is_suspended}
        while more := {f"group:{each.name}" for each in groups if known & {*each.members}} - known:
            known |= more
        return sorted(set(readers) - known)

    async def may_read(self, name: str, version_ids: Collection[int]) -> bool:
        """Return whether somebody who may come in may read all of these versions now."""
        try:
            principal = await self._directory.principal(name)
        except NotFound:
            return False
        if not version_ids:
            return True
        readable = await self._library.readable(version_ids, principal=principal)
        return readable.keys() >= set(version_ids)
