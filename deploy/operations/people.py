"""People, groups and tokens: who may come in, as what, and with what."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from assistant import membership
from assistant.membership import Membership
from deploy.operations.operation import Event, Result
from retrieval.audit.record import OPERATOR
from retrieval.errors import BadRequest
from retrieval.people.credentials import Credential
from retrieval.people.directory import Group
from retrieval.people.people import Person


async def people_list(parts: Membership) -> AsyncIterator[Event]:
    """Tell who there is, and every group with its direct members."""
    people = [_told(each) for each in await parts.directory.people()]
    groups = [_of_group(each) for each in await parts.directory.groups()]
    yield Result({"people": people, "groups": groups})


async def people_add(
    parts: Membership,
    *,
    name: str,
    display: str = "",
    roles: list[str] | None = None,
    groups: list[str] | None = None,
) -> AsyncIterator[Event]:
    """Add a person, and give the path of the link by which they set a password."""
    held, joined = roles or (), groups or ()
    person, link = await membership.add(
        parts, OPERATOR, name=name, display=display, roles=held, groups=joined
    )
    yield Result(_told(person) | {"link": link})


async def people_suspend(parts: Membership, *, name: str) -> AsyncIterator[Event]:
    """Keep a person out: nothing of theirs opens anything from the next request on."""
    yield Result(_told(await membership.suspend(parts, OPERATOR, name)))


async def people_reinstate(parts: Membership, *, name: str) -> AsyncIterator[Event]:
    """Let a suspended person back in. Sessions from before stay ended."""
    yield Result(_told(await membership.reinstate(parts, OPERATOR, name)))


async def people_roles(parts: Membership, *, name: str, roles: list[str]) -> AsyncIterator[Event]:
    """Give a person these roles and no others."""
    yield Result(_told(await membership.set_roles(parts, OPERATOR, name, roles)))


async def people_invite(parts: Membership, *, name: str) -> AsyncIterator[Event]:
    """Give the path of a new link by which a person sets a password; earlier links end."""
    yield Result({"person": name, "link": await membership.invite(parts, OPERATOR, name)})


async def group_join(parts: Membership, *, group: str, members: list[str]) -> AsyncIterator[Event]:
    """Put members, each `user:NAME` or `group:NAME`, into a group; it is made if need be."""
    yield Result(_of_group(await membership.join(parts, OPERATOR, group, members)))


async def group_leave(parts: Membership, *, group: str, members: list[str]) -> AsyncIterator[Event]:
    """Take members out of a group."""
    yield Result(_of_group(await membership.leave(parts, OPERATOR, group, members)))


async def token_make(
    parts: Membership, *, name: str, label: str, scopes: list[str], days: int = 90
) -> AsyncIterator[Event]:
    """Give a token with which a program asks as this person. It is shown this once."""
    secret, made = await membership.make_token(
        parts, OPERATOR, name=name, label=label, scopes=scopes, days=days
    )
    yield Result(_shown(made) | {"token": secret})


async def token_list(parts: Membership, *, name: str) -> AsyncIterator[Event]:
    """Tell what a person can come in with, without secrets."""
    await parts.directory.person(name)
    yield Result({"credentials": [_shown(each) for each in await parts.credentials.of(name)]})


async def token_revoke(
    parts: Membership,
    *,
    credential: str | None = None,
    name: str | None = None,
) -> AsyncIterator[Event]:
    """Have one credential, or everything that a person can come in with, count no more."""
    if (credential is None) == (name is None):
        raise BadRequest("Expected the id of a credential or a person's name. Give one of them.")
    if name is not None:
        yield Result({"revoked": await membership.revoke_all(parts, OPERATOR, name)})
    elif credential is not None:
        await membership.revoke(parts, OPERATOR, credential)
        yield Result({"revoked": 1})


def _of_group(group: Group) -> dict[str, Any]:
    return {"group": group.name, "members": list(group.members)}


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
