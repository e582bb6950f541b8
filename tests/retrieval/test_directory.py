"""People and groups: what somebody answers to, however groups lie within each other."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert

from retrieval.database import Database
from retrieval.documents import now
from retrieval.errors import BadRequest, NotFound
from retrieval.people.directory import Directory
from retrieval.people.people import Role
from retrieval.people.tables import glasses, groups, memberships
from retrieval.sources import MAX_AGE
from retrieval.tables import documents, sources
from tests.retrieval.people_databases import open_database, run_server  # noqa: F401 - fixtures


@pytest.fixture
def directory(database: Database) -> Directory:
    return Directory(database)


async def keys(directory: Directory, name: str) -> set[str]:
    return set((await directory.principal(name)).keys)


async def test_a_person_answers_to_their_name_and_to_everyone(directory: Directory) -> None:
    await directory.add("ann")
    assert await keys(directory, "ann") == {"user:ann", "everyone"}


async def test_groups_are_reached_through_groups(directory: Directory) -> None:
    await directory.add("ann")
    await directory.join("legal", ["user:ann"])
    await directory.join("staff", ["group:legal", "group:support"])
    await directory.join("all", ["group:staff"])
    reached = {"group:legal", "group:staff", "group:all"}
    assert await keys(directory, "ann") == {"user:ann", "everyone", *reached}


async def test_groups_in_a_circle_are_reached_once(directory: Directory) -> None:
    await directory.add("ann")
    await directory.join("one", ["user:ann", "group:two", "group:one"])
    await directory.join("two", ["group:one"])
    assert await keys(directory, "ann") == {"user:ann", "everyone", "group:one", "group:two"}


async def test_a_group_named_like_a_person_is_another(directory: Directory) -> None:
    await directory.add("ann")
    await directory.add("legal")
    await directory.join("ann", ["user:legal"])
    await directory.join("board", ["group:ann"])
    assert await keys(directory, "ann") == {"user:ann", "everyone"}
    assert "group:board" in await keys(directory, "legal")


async def test_leaving_takes_away_what_was_reached_through_it(directory: Directory) -> None:
    await directory.add("ann")
    await directory.join("legal", ["user:ann"])
    await directory.join("staff", ["group:legal"])
    await directory.leave("legal", ["user:ann"])
    assert await keys(directory, "ann") == {"user:ann", "everyone"}


async def test_the_suspended_and_the_unknown_answer_to_nothing(directory: Directory) -> None:
    await directory.add("ann")
    await directory.suspend("ann")
    for name in ("ann", "nobody"):
        with pytest.raises(NotFound):
            await directory.principal(name)
    assert (await directory.person("ann")).is_suspended
    await directory.reinstate("ann")
    assert "user:ann" in await keys(directory, "ann")


async def test_roles_are_set_whole_and_give_no_keys(directory: Directory) -> None:
    await directory.add("ann", roles=[Role.ADMIN, Role.REVIEWER])
    await directory.set_roles("ann", [Role.OPERATOR])
    assert (await directory.person("ann")).roles == {Role.OPERATOR}
    assert await keys(directory, "ann") == {"user:ann", "everyone"}


async def test_an_admin_counts_only_with_a_way_in(directory: Directory) -> None:
    await directory.add("ann", roles=[Role.ADMIN])
    assert not await directory.has_admin()
    await directory.set_password("ann", "a hash")
    assert await directory.has_admin()
    await directory.suspend("ann")
    assert not await directory.has_admin()


async def test_what_a_provider_tells_replaces_what_it_told_before_and_nothing_else(
    directory: Directory,
) -> None:
    await directory.add("ann")
    await directory.add("bob")
    await directory.join("legal", ["user:ann"])
    await directory.replace_memberships("bob", ["legal"], "oidc")
    await directory.replace_memberships("ann", ["legal", "board"], "oidc")
    await directory.replace_memberships("ann", ["staff"], "oidc")
    assert await directory.told_groups("ann", "oidc") == {"staff"}
    assert await keys(directory, "ann") == {"user:ann", "everyone", "group:legal", "group:staff"}
    assert "group:legal" in await keys(directory, "bob")
    await directory.replace_memberships("ann", [], "oidc")
    assert await keys(directory, "ann") == {"user:ann", "everyone", "group:legal"}


async def test_people_and_groups_are_listed(directory: Directory) -> None:
    await directory.add("bob", "Bob B.", [Role.REVIEWER])
    await directory.add("ann")
    await directory.make_group("empty")
    await directory.join("legal", ["user:ann", "group:empty"])
    assert [(each.name, each.display, each.roles) for each in await directory.people()] == [
        ("ann", "ann", frozenset()),
        ("bob", "Bob B.", {Role.REVIEWER}),
    ]
    assert [(each.name, each.members) for each in await directory.groups()] == [
        ("empty", ()),
        ("legal", ("group:empty", "user:ann")),
    ]


async def test_joining_twice_at_once_joins_once(directory: Directory) -> None:
    await directory.add("ann")
    await asyncio.gather(*(directory.join("legal", ["user:ann"]) for _ in range(5)))
    [group] = await directory.groups()
    assert group.members == ("user:ann",)


@pytest.mark.parametrize(
    "name", ["", "a b", "a,b", ":a", "a\u202eb", "a\0b", "a\nb", "x" * 127, "x" * 500]
)
async def test_refuses_names_that_cannot_be_readers(directory: Directory, name: str) -> None:
    with pytest.raises(BadRequest):
        await directory.add(name)
    with pytest.raises(BadRequest):
        await directory.make_group(name)
    with pytest.raises(BadRequest):
        await directory.join("legal", [f"user:{name}"])
    assert not await directory.is_free(name)


@pytest.mark.parametrize("member", ["ann", "everyone", "role:admin", ""])
async def test_only_people_and_groups_are_members(directory: Directory, member: str) -> None:
    with pytest.raises(BadRequest):
        await directory.join("legal", [member])


async def test_a_name_is_given_once(directory: Directory) -> None:
    await directory.add("ann")
    with pytest.raises(BadRequest, match="nobody has"):
        await directory.add("ann")
    assert not await directory.is_free("ann")
    assert await directory.is_free("bob")


async def test_somebody_from_outside_is_known_by_issuer_and_subject(directory: Directory) -> None:
    await directory.add("ann", issuer="https://one", subject="7")
    await directory.add("bob", issuer="https://two", subject="7")
    found = await directory.person_at("https://two", "7")
    assert found
    assert found.name == "bob"
    assert await directory.person_at("https://one", "8") is None


NODES = ["user:ann", "user:bob", *(f"group:g{number}" for number in range(6))]
EDGES = st.sets(st.tuples(st.sampled_from(NODES[2:]), st.sampled_from(NODES)), max_size=24)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(edges=EDGES)
async def test_reaches_what_walking_the_edges_reaches(
    database: Database, edges: set[tuple[str, str]]
) -> None:
    directory = Directory(database)
    async with database.transaction() as connection:
        await connection.execute(delete(memberships))
        await connection.execute(delete(groups))
    for name in ("ann", "bob"):
        if await directory.is_free(name):
            await directory.add(name)
    for group, member in sorted(edges):
        await directory.join(group.removeprefix("group:"), [member])
    for name in ("ann", "bob"):
        reached = walked(edges, f"user:{name}")
        assert await keys(directory, name) == {f"user:{name}", "everyone", *reached}


def walked(edges: set[tuple[str, str]], start: str) -> set[str]:
    """Return what lies above `start`, by the plainest way there is."""
    reached: set[str] = set()
    grown = {group for group, member in edges if member == start}
    while grown - reached:
        reached |= grown
        grown = {group for group, member in edges if member in reached}
    return reached


async def test_a_principal_carries_what_is_shut_and_what_glass_is_broken(
    directory: Directory, database: Database
) -> None:
    await directory.add("ann", roles=[Role.ADMIN])
    await directory.add("bob")
    instant = now()
    async with database.transaction() as connection:
        stale = {"connector": "files", "location": "/", "options": {MAX_AGE: 1}, "cursor": ""}
        await connection.execute(insert(sources).values(name="old", **stale))
        await connection.execute(insert(documents).values(id="d", source="old", uri="u"))
        broken = {"document_id": "d", "reason": "a good one", "starts_at": instant - 9}
        for name in ("ann", "bob"):
            values = broken | {"user_name": name, "ends_at": instant + 999}
            await connection.execute(insert(glasses).values(**values))
    ann, bob = await directory.principal("ann"), await directory.principal("bob")
    unlisted = await directory.unlisted("me")
    assert ann.shut == bob.shut == unlisted.shut == {"old"}
    assert (ann.glass, bob.glass, unlisted.glass) == ({"d"}, frozenset(), frozenset())
    assert unlisted.keys == {"user:me", "everyone"}
