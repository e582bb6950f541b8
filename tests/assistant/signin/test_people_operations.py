"""What an operator does with people, groups and tokens, and that it is noted first."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from assistant.signin.caller import Action
from deploy.operations import people
from deploy.operations.operation import Event, Result
from retrieval.audit.event import Act
from retrieval.errors import BadRequest, NotFound, Unavailable
from retrieval.people.credentials import CredentialKind
from retrieval.people.people import Role
from tests.assistant.signin.door import Door

CHANGES: dict[Callable[..., AsyncIterator[Event]], dict[str, Any]] = {
    people.people_add: {"name": "new", "roles": ["admin"], "groups": ["legal"]},
    people.people_suspend: {"name": "ann"},
    people.people_reinstate: {"name": "ann"},
    people.people_roles: {"name": "ann", "roles": ["admin"]},
    people.people_invite: {"name": "ann"},
    people.group_join: {"group": "board", "members": ["user:ann", "group:legal"]},
    people.group_leave: {"group": "legal", "members": ["user:ann"]},
    people.token_make: {"name": "ann", "label": "nightly", "scopes": ["search"]},
    people.token_revoke: {"name": "ann"},
}


async def done(operation: AsyncIterator[Event]) -> dict[str, Any]:
    [result] = [each async for each in operation]
    assert isinstance(result, Result)
    return result.value


async def everything(door: Door) -> list[Any]:
    held = [await door.credentials.of(name) for name in ("ann", "bob")]
    return [await door.directory.people(), await door.directory.groups(), held]


@pytest.mark.parametrize("operation", CHANGES, ids=lambda each: each.__name__)
async def test_a_change_is_noted_or_does_not_happen(
    door: Door, operation: Callable[..., AsyncIterator[Event]]
) -> None:
    await door.token("ann", "search")
    before = await everything(door)
    door.record.is_full = True
    with pytest.raises(Unavailable):
        await done(operation(door, **CHANGES[operation]))
    assert await everything(door) == before
    door.record.is_full = False
    await done(operation(door, **CHANGES[operation]))
    [noted] = door.record.events
    assert noted.act in (Act.PERSON, Act.PERMISSION)
    assert (noted.actor, noted.origin) == ("operator", "command line")
    assert noted.concerns
    assert not set(noted.concerns) & set(map(str, noted.about.values()))


async def test_a_person_is_added_with_roles_groups_and_a_link(door: Door) -> None:
    added = await done(
        people.people_add(
            door, name="carl", display="Carl C.", roles=["reviewer"], groups=["legal", "new"]
        )
    )
    keys = (await door.directory.principal("carl")).keys
    async with door.client() as http:
        assert (await http.get(added["link"])).status_code == 200
    assert added["roles"] == ["reviewer"]
    assert keys == {"user:carl", "everyone", "group:legal", "group:new"}


async def test_everybody_and_every_group_is_listed(door: Door) -> None:
    await door.directory.suspend("bob")
    told = await done(people.people_list(door))
    assert [(each["person"], each["suspended"]) for each in told["people"]] == [
        ("ann", False),
        ("bob", True),
    ]
    assert {"group": "legal", "members": ["user:ann"]} in told["groups"]


async def test_sessions_from_before_a_suspension_stay_ended(door: Door) -> None:
    kind = CredentialKind.SESSION
    session, _ = await door.credentials.make("ann", kind, lasts_seconds=3600)
    token = await door.token("ann", "search")
    await done(people.people_suspend(door, name="ann"))
    await done(people.people_reinstate(door, name="ann"))
    assert await door.credentials.prove(session, kind) is None
    assert await door.credentials.prove(token, CredentialKind.TOKEN)


async def test_roles_and_groups_change_as_told(door: Door) -> None:
    await done(people.people_roles(door, name="ann", roles=["admin", "operator"]))
    joined = await done(people.group_join(door, group="board", members=["group:legal", "user:bob"]))
    left = await done(people.group_leave(door, group="board", members=["user:bob"]))
    assert (await door.directory.person("ann")).roles == {Role.ADMIN, Role.OPERATOR}
    assert joined["members"] == ["group:legal", "user:bob"]
    assert left["members"] == ["group:legal"]
    assert "group:board" in (await door.directory.principal("ann")).keys


async def test_a_token_is_shown_once_and_can_be_revoked(door: Door) -> None:
    made = await done(
        people.token_make(door, name="ann", label="nightly", scopes=["search", "read"], days=30)
    )
    listed = (await done(people.token_list(door, name="ann")))["credentials"]
    headers = {"Authorization": f"Bearer {made['token']}"}
    async with door.client() as http:
        assert (await http.get("/api/search?q=notice", headers=headers)).status_code == 200
        await done(people.token_revoke(door, credential=made["id"]))
        assert (await http.get("/api/search?q=notice", headers=headers)).status_code == 401
    assert [each["label"] for each in listed] == ["nightly"]
    assert made["token"] not in str(listed)
    assert made["expires_at"] - made["created_at"] == 30 * 86_400


@pytest.mark.parametrize(
    "asked",
    [
        lambda door: people.people_add(door, name="ann"),
        lambda door: people.people_add(door, name="a b"),
        lambda door: people.people_add(door, name="new", roles=["king"]),
        lambda door: people.people_add(door, name="new", groups=["a b"]),
        lambda door: people.people_roles(door, name="ann", roles=["reader"]),
        lambda door: people.group_join(door, group="a b", members=["user:ann"]),
        lambda door: people.group_join(door, group="legal", members=["everyone"]),
        lambda door: people.token_make(door, name="ann", label="", scopes=[]),
        lambda door: people.token_make(door, name="ann", label="", scopes=["all"]),
        lambda door: people.token_make(door, name="ann", label="", scopes=[Action.ASK], days=0),
        lambda door: people.token_revoke(door),
    ],
)
async def test_what_is_not_well_formed_is_refused_and_not_noted(
    door: Door, asked: Callable[[Door], AsyncIterator[Event]]
) -> None:
    before = await everything(door)
    with pytest.raises(BadRequest, match="Expected"):
        await done(asked(door))
    assert door.record.events == []
    assert await everything(door) == before


@pytest.mark.parametrize(
    "asked",
    [
        lambda door: people.people_suspend(door, name="zed"),
        lambda door: people.people_roles(door, name="zed", roles=[]),
        lambda door: people.people_invite(door, name="zed"),
        lambda door: people.group_join(door, group="legal", members=["user:zed"]),
        lambda door: people.group_leave(door, group="zed", members=["user:ann"]),
        lambda door: people.token_make(door, name="zed", label="", scopes=["ask"]),
    ],
)
async def test_who_is_not_there_is_told(
    door: Door, asked: Callable[[Door], AsyncIterator[Event]]
) -> None:
    with pytest.raises(NotFound, match="Expected"):
        await done(asked(door))
    assert door.record.events == []
