"""People and groups, changed: for the command line and the pages alike. Each change is noted first.

What cannot be noted is not done: `Unavailable`. What is not well formed is refused before either.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

from assistant.signin.accounts import make_invitation
from assistant.signin.caller import Action
from retrieval.audit.event import Act, Event, Json, Record
from retrieval.audit.record import Desk
from retrieval.errors import BadRequest, NotFound
from retrieval.people.credentials import Credential, CredentialKind, Credentials, lasting
from retrieval.people.directory import LOCAL, Directory, Group, well_named
from retrieval.people.people import Person, Role

Named = TypeVar("Named", Role, Action)


class Membership(Protocol):
    """What these changes are made to, and where they are noted."""

    @property
    def directory(self) -> Directory:
        """Return who there is."""

    @property
    def credentials(self) -> Credentials:
        """Return what they come in with."""

    @property
    def record(self) -> Record:
        """Return where it is noted."""


async def add(
    parts: Membership,
    desk: Desk,
    *,
    name: str,
    display: str = "",
    roles: Iterable[str] = (),
    groups: Iterable[str] = (),
) -> tuple[Person, str]:
    """Add a person; return them and the path of the link by which they set a password.

    Raises:
        BadRequest: the name is taken, or a name, role or group is not well formed.
    """
    held, joined = chosen(Role, roles), sorted(set(groups))
    for group in joined:
        well_named(group, "group")
    if not await parts.directory.is_free(name):
        well_named(name)
        raise BadRequest(f"Expected a name that nobody has, got {name!r}. Choose another name.")
    about: dict[str, Json] = {"did": "add", "roles": [*held], "groups": [*joined]}
    await note(parts, desk, Act.PERSON, about, name)
    person = await parts.directory.add(name, display, held)
    await parts.directory.replace_memberships(name, joined, LOCAL)
    return person, await make_invitation(parts.credentials, name)


async def suspend(parts: Membership, desk: Desk, name: str) -> Person:
    """Keep a person out: nothing of theirs opens anything from the next request on."""
    await parts.directory.person(name)
    await note(parts, desk, Act.PERSON, {"did": "suspend"}, name)
    await parts.directory.suspend(name)
    return await parts.directory.person(name)


async def reinstate(parts: Membership, desk: Desk, name: str) -> Person:
    """Let a suspended person back in. Sessions and links from before stay ended."""
    await parts.directory.person(name)
    await note(parts, desk, Act.PERSON, {"did": "reinstate"}, name)
    await parts.credentials.revoke_all(name, [CredentialKind.SESSION, CredentialKind.INVITATION])
    await parts.directory.reinstate(name)
    return await parts.directory.person(name)


async def set_roles(parts: Membership, desk: Desk, name: str, roles: Iterable[str]) -> Person:
    """Give a person these roles and no others."""
    held = chosen(Role, roles)
    await parts.directory.person(name)
    await note(parts, desk, Act.PERSON, {"did": "roles", "roles": [*held]}, name)
    await parts.directory.set_roles(name, held)
    return await parts.directory.person(name)


async def invite(parts: Membership, desk: Desk, name: str) -> str:
    """Return the path of a new link by which a person sets a password; earlier links end."""
    await parts.directory.principal(name)
    await note(parts, desk, Act.PERSON, {"did": "invite"}, name)
    return await make_invitation(parts.credentials, name)


async def join(parts: Membership, desk: Desk, group: str, members: Iterable[str]) -> Group:
    """Put members, each `user:NAME` or `group:NAME`, into a group; it is made if need be.

    Raises:
        BadRequest: the group or a member is not well formed.
        NotFound: a person among them is unknown.
    """
    wanted = list(members)
    well_named(group, "group")
    for member in wanted:
        await _check_member(parts, member)
    await _note_members(parts, desk, "join", group, wanted)
    await parts.directory.join(group, wanted)
    return await _group(parts, group)


async def leave(parts: Membership, desk: Desk, group: str, members: Iterable[str]) -> Group:
    """Take members out of a group, or raise `NotFound` if there is no such group."""
    gone = list(members)
    await _group(parts, group)
    await _note_members(parts, desk, "leave", group, gone)
    await parts.directory.leave(group, gone)
    return await _group(parts, group)


async def note(
    parts: Membership, desk: Desk, act: Act, about: dict[str, Json], *concerns: str
) -> None:
    """Note what is about to be done; what cannot be noted is not done."""
    await parts.record.note(Event(act, desk.by, desk.origin, about, concerns=concerns))


def chosen(kind: type[Named], names: Iterable[str]) -> list[Named]:
    """Return roles or actions by their names, each once, or raise `BadRequest`."""
    wanted = sorted(set(names))
    for name in wanted:
        if name not in list(kind):
            raise BadRequest(f"Expected any of {', '.join(kind)}, got {name[:40]!r}.")
    return [kind(name) for name in wanted]


async def _check_member(parts: Membership, member: str) -> None:
    kind, _, name = member.partition(":")
    if kind not in ("user", "group"):
        raise BadRequest(f"Expected a member as 'user:NAME' or 'group:NAME', got {member[:80]!r}.")
    if kind == "user":
        await parts.directory.person(name)
    well_named(name, kind)


async def make_token(
    parts: Membership,
    desk: Desk,
    *,
    name: str,
    label: str,
    scopes: Iterable[str],
    days: int,
) -> tuple[str, Credential]:
    """Return a token with which a program comes in as this person, and what is kept of it.

    Raises:
        BadRequest: no scope, an unknown one, or days that no token lasts.
        NotFound: the person is unknown or suspended.
    """
    narrowed = chosen(Action, scopes)
    if not narrowed:
        raise BadRequest(f"Expected at least one scope of {', '.join(Action)}, got none. Add one.")
    seconds, kind = lasting(days), CredentialKind.TOKEN
    await parts.directory.principal(name)
    about: dict[str, Json] = {"did": "make token", "scopes": [*narrowed], "days": days}
    await note(parts, desk, Act.PERSON, about, name)
    return await parts.credentials.make(
        name, kind, lasts_seconds=seconds, label=label, scopes=narrowed
    )


async def revoke(parts: Membership, desk: Desk, credential: str) -> None:
    """Have one credential count no more, or raise `NotFound`."""
    await note(parts, desk, Act.PERSON, {"did": "revoke", "credential": credential})
    await parts.credentials.revoke(credential)


async def revoke_all(parts: Membership, desk: Desk, name: str) -> int:
    """Have all that a person can come in with count no more; return how much that was."""
    await parts.directory.person(name)
    await note(parts, desk, Act.PERSON, {"did": "revoke all"}, name)
    return await parts.credentials.revoke_all(name)


async def _group(parts: Membership, name: str) -> Group:
    for each in await parts.directory.groups():
        if each.name == name:
            return each
    raise NotFound(f"Expected a group, got {name[:80]!r}. `pincite people list` names them.")


async def _note_members(
    parts: Membership, desk: Desk, did: str, group: str, members: Iterable[str]
) -> None:
    groups = sorted(each for each in members if each.startswith("group:"))
    people = [each.removeprefix("user:") for each in members if each.startswith("user:")]
    about: dict[str, Json] = {"did": did, "group": group, "members": [*groups]}
    await note(parts, desk, Act.PERMISSION, about, *people)
