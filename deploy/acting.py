"""In whose name a command acts: somebody with an account, or the one at the keyboard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from deploy.settings import Settings
from retrieval.access import Principal
from retrieval.errors import BadRequest, NotFound
from retrieval.people.directory import Directory

_TOLD = "list"


class Acting(Protocol):
    """The parts that tell who acts."""

    @property
    def settings(self) -> Settings:
        """Return the settings."""

    @property
    def directory(self) -> Directory:
        """Return who there is."""


async def principal_of(parts: Acting, name: str | None) -> Principal:
    """Return the principal of `name`; without one, that of PINCITE_USER.

    PINCITE_USER needs no account: whoever can run the command owns the files anyway.

    Raises:
        BadRequest: nobody of this name may come in.
    """
    wanted = parts.settings.pincite_user if name is None else name
    try:
        return await parts.directory.principal(wanted)
    except NotFound as error:
        if wanted == parts.settings.pincite_user and await parts.directory.is_free(wanted):
            return await parts.directory.unlisted(wanted)
        raise BadRequest(str(error)) from error


async def enrol(directory: Directory, people: Mapping[str, Sequence[str]]) -> None:
    """Make accounts for people listed with their groups, where there are none yet."""
    for name, groups in people.items():
        if await directory.is_free(name):
            await directory.add(name)
        await directory.replace_memberships(name, groups, _TOLD)
