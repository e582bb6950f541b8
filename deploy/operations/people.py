"""People, groups and tokens: who may come in, as what, and with what."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Any, Protocol, TypeVar

from assistant.signin.accounts import make_invitation
from assistant.signin.caller import Action
from deploy.operations.operation import Event, Result
from retrieval.audit.event import Act, Json, Record
from retrieval.audit.event import Event as Noted
from retrieval.errors import BadRequest, NotFound
from retrieval.people.credentials import Credential, CredentialKind, Credentials, lasting
from retrieval.people.directory import Directory, well_named
from retrieval.people.people import Person, Role

OPERATOR = "operator"
COMMAND_LINE = "command line"
Named = TypeVar("Named", Role, Action)


class PeopleParts(Protocol):
    """The parts that these operations use."""

    @property
    def directory(self) -> Directory:
        """Return who there is."""

    @property
    def credentials(self) -> Credentials:
        """Return what they come in with."""

    @property
    def record(self) -> Record:
        """Return where it is noted."""


async def people_list(parts: PeopleParts) -> AsyncIterator[Event]:
    """Tell who there is, and every group with its direct members."""
    people = [_told(each) for each in await parts.directory.people()]
    groups = [
        {"group": each.name, "members": list(each.members)}
        for each in await parts.directory.groups()
    ]
    yield Result({"people": people, "groups": groups})


async def people_add(
    parts: PeopleParts,
    *,
    name: str,
    display: str = "",
    roles: list[str] | None = None,
    groups: list[str] | None = None,
) -> AsyncIterator[Event]:
    """Add a person, and give the path of the link by which they set a password."""
    held, joined = _members_of(Role, roles), sorted(set(groups or ()))
    for group in joined:
        well_named(group, "group")
    if not await parts.directory.is_free(name):
        well_named(name)
        raise BadRequest(f"Expected a name that nobody has, got {name!r}. Choose another name.")
    about: dict[str, Json] = {"did": "add", "roles": [*held], "groups": [*joined]}
    await _note(parts, Act.PERSON, about, name)
    person = await parts.directory.add(name, display, held)
    await parts.directory.replace_memberships(name, joined, "local")
    yield Result(_told(person) | {"link": await make_invitation(parts.credentials, name)})


async def people_suspend(parts: PeopleParts, *, name: str) -> AsyncIterator[Event]:
    """Keep a person out: nothing of theirs opens anything from the next request on."""
    await parts.directory.person(name)
    await _note(parts, Act.PERSON, {"did": "suspend"}, name)
    await parts.directory.suspend(name)
    yield Result(_told(await parts.directory.person(name)))


async def people_reinstate(parts: PeopleParts, *, name: str) -> AsyncIterator[Event]:
    """Let a suspended person back in. Sessions from before stay ended."""
    await parts.directory.person(name)
    await _note(parts, Act.PERSON, {"did": "reinstate"}, name)
    await parts.credentials.revoke_all(name, [CredentialKind.SESSION, CredentialKind.INVITATION])
    await parts.directory.reinstate(name)
    yield Result(_told(await parts.directory.person(name)))


async def people_roles(parts: PeopleParts, *, name: str, roles: list[str]) -> AsyncIterator[Event]:
    """Give a person these roles and no others."""
    held = _members_of(Role, roles)
    await parts.directory.person(name)
    await _note(parts, Act.PERSON, {"did": "roles", "roles": [*held]}, name)
    await parts.directory.set_roles(name, held)
    yield Result(_told(await parts.directory.person(name)))


async def people_invite(parts: PeopleParts, *, name: str) -> AsyncIterator[Event]:
    """Give the path of a new link by which a person sets a password; earlier links end."""
    await parts.directory.principal(name)
    await _note(parts, Act.PERSON, {"did": "invite"}, name)
    yield Result({"person": name, "link": await make_invitation(parts.credentials, name)})


async def group_join(parts: PeopleParts, *, group: str, members: list[str]) -> AsyncIterator[Event]:
    """Put members, each `user:NAME` or `group:NAME`, into a group; it is made if need be."""
    well_named(group, "group")
    for member in members:
        await _check_member(parts, member)
    await _note_members(parts, "join", group, members)
    await parts.directory.join(group, members)
    yield Result(await _group(parts, group))


async def group_leave(
    parts: PeopleParts, *, group: str, members: list[str]
) -> AsyncIterator[Event]:
    """Take members out of a group."""
    await _group(parts, group)
    await _note_members(parts, "leave", group, members)
    await parts.directory.leave(group, members)
    yield Result(await _group(parts, group))


async def token_make(
    parts: PeopleParts, *, name: str, label: str, scopes: list[str], days: int = 90
) -> AsyncIterator[Event]:
    """Give a token with which a program asks as this person. It is shown this once."""
    narrowed = _members_of(Action, scopes)
    if not narrowed:
        raise BadRequest(f"Expected at least one scope of {', '.join(Action)}, got none. Add one.")
    seconds, kind = lasting(days), CredentialKind.TOKEN
    await parts.directory.principal(name)
    about: dict[str, Json] = {"did": "make token", "scopes": [*narrowed], "days": days}
    await _note(parts, Act.PERSON, about, name)
    secret, made = await parts.credentials.make(
        name, kind, lasts_seconds=seconds, label=label, scopes=narrowed
    )
    yield Result(_shown(made) | {"token": secret})


async def token_list(parts: PeopleParts, *, name: str) -> AsyncIterator[Event]:
    """Tell what a person can come in with, without secrets."""
    await parts.directory.person(name)
    yield Result({"credentials": [_shown(each) for each in await parts.credentials.of(name)]})


async def token_revoke(
    parts: PeopleParts,
    *,
    credential: str | None = None,
    name: str | None = None,
) -> AsyncIterator[Event]:
    """Have one credential, or everything that a person can come in with, count no more."""
    if (credential is None) == (name is None):
        raise BadRequest("Expected the id of a credential or a person's name. Give one of them.")
    if name is not None:
        await parts.directory.person(name)
        await _note(parts, Act.PERSON, {"did": "revoke all"}, name)
        yield Result({"revoked": await parts.credentials.revoke_all(name)})
    elif credential is not None:
        await _note(parts, Act.PERSON, {"did": "revoke", "credential": credential})
        await parts.credentials.revoke(credential)
        yield Result({"revoked": 1})


def _members_of(kind: type[Named], names: Iterable[str] | None) -> list[Named]:
    wanted = sorted(set(names or ()))
    for name in wanted:
        if name not in list(kind):
            raise BadRequest(f"Expected any of {', '.join(kind)}, got {name[:40]!r}.")
    return [kind(name) for name in wanted]


async def _check_member(parts: PeopleParts, member: str) -> None:
    kind, _, name = member.partition(":")
    if kind not in ("user", "group"):
        raise BadRequest(f"Expected a member as 'user:NAME' or 'group:NAME', got {member[:80]!r}.")
    if kind == "user":
        await parts.directory.person(name)
    well_named(name, kind)


async def _group(parts: PeopleParts, name: str) -> dict[str, Any]:
    for each in await parts.directory.groups():
        if each.name == name:
            return {"group": name, "members": list(each.members)}
    raise NotFound(f"Expected a group, got {name[:80]!r}. `pincite people list` names them.")


async def _note_members(parts: PeopleParts, did: str, group: str, members: Iterable[str]) -> None:
    groups = sorted(each for each in members if each.startswith("group:"))
    people = [each.removeprefix("user:") for each in members if each.startswith("user:")]
    about: dict[str, Json] = {"did": did, "group": group, "members": [*groups]}
    await _note(parts, Act.PERMISSION, about, *people)


async def _note(parts: PeopleParts, act: Act, about: dict[str, Json], *concerns: str) -> None:
    """Note what is about to be done; what cannot be noted is not done."""
    await parts.record.note(Noted(act, OPERATOR, COMMAND_LINE, about, concerns=concerns))


def _told(person: Person) -> dict[str, Any]:
    return {
        "person": person.name,
        "display": person.display,
        "roles": sorted(person.roles),
        "suspended": person.is_suspended,
    }


def _shown(credential: Credential) -> dict[str, Any]:
    return {
        "id": credential.id,
        "person": credential.person,
        "kind": credential.kind,
        "label": credential.label,
        "scopes": sorted(credential.scopes),
        "created_at": credential.created_at,
        "expires_at": credential.expires_at,
        "used_at": credential.used_at,
    }
