"""Who there is, and which groups they are in, however deep. The suspended answer to nothing."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Table, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from retrieval.access import Principal, reader
from retrieval.database import Database, insert_into
from retrieval.documents import now
from retrieval.errors import BadRequest, NotFound
from retrieval.people.people import Person, Role
from retrieval.people.principals import principal_of, unknown, unlisted
from retrieval.people.tables import groups, memberships, user_roles, users

LOCAL = "local"
_LONGEST_NAME = 126


@dataclass(frozen=True, slots=True)
class Group:
    """A group and its direct members, each `user:NAME` or `group:NAME`."""

    name: str
    members: tuple[str, ...]


class Directory:
    """People, their roles and their groups."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self,
        name: str,
        display: str = "",
        roles: Iterable[Role] = (),
        *,
        issuer: str | None = None,
        subject: str | None = None,
    ) -> Person:
        """Add a person, known by `subject` at the sign-in provider `issuer` if one is named.

        Raises:
            BadRequest: the name is not well formed, or somebody has it already.
        """
        person = Person(
            secrets.token_hex(16),
            well_named(name),
            display.strip() or name,
            frozenset(roles),
            is_suspended=False,
        )
        async with self._database.transaction() as connection:
            taken = select(users.c.id).where(users.c.name == name)
            if (await connection.execute(taken)).first():
                raise BadRequest(
                    f"Expected a name that nobody has, got {name!r}. Choose another name."
                )
            statement = insert(users).values(
                id=person.id,
                name=name,
                display=person.display,
                created_at=now(),
                issuer=issuer,
                subject=subject,
            )
            await connection.execute(statement)
            await _write_roles(connection, person.id, person.roles)
        return person

    async def person(self, name: str) -> Person:
        """Return a person, suspended or not, or raise `NotFound`."""
        async with self._database.transaction() as connection:
            return await _person(connection, users.c.name == name, name)

    async def person_at(self, issuer: str, subject: str) -> Person | None:
        """Return whom a sign-in provider calls by `subject`, suspended or not."""
        async with self._database.transaction() as connection:
            try:
                is_theirs = (users.c.issuer == issuer) & (users.c.subject == subject)
                return await _person(connection, is_theirs)
            except NotFound:
                return None

    async def is_free(self, name: str) -> bool:
        """Return whether somebody could be added under this name."""
        with contextlib.suppress(BadRequest):
            taken = select(users.c.id).where(users.c.name == well_named(name))
            async with self._database.transaction() as connection:
                return (await connection.execute(taken)).first() is None
        return False

    async def people(self) -> list[Person]:
        """Return everybody by name, suspended or not."""
        async with self._database.transaction() as connection:
            rows = (await connection.execute(select(users).order_by(users.c.name))).all()
            held: dict[str, set[Role]] = {}
            for row in (await connection.execute(select(user_roles))).all():
                held.setdefault(row.user_id, set()).add(Role(row.role))
        return [_to_person(row, held.get(row.id, ())) for row in rows]

    async def has_admin(self, besides: str = "") -> bool:
        """Return whether an administrator is there who can get in: not suspended, with a way.

        `besides` names one who does not count.
        """
        is_admin = (user_roles.c.role == Role.ADMIN) & users.c.suspended_at.is_(None)
        is_admin &= users.c.name != besides
        has_way = users.c.password.is_not(None) | users.c.subject.is_not(None)
        joined = users.join(user_roles, user_roles.c.user_id == users.c.id)
        statement = select(func.count()).select_from(joined).where(is_admin & has_way)
        async with self._database.transaction() as connection:
            return bool((await connection.execute(statement)).scalar_one())

    async def suspend(self, name: str) -> None:
        """Suspend a person: from now on no credential of theirs opens anything."""
        await self._change(name, suspended_at=now())

    async def reinstate(self, name: str) -> None:
        """Let a suspended person back in; credentials that were not revoked count again."""
        await self._change(name, suspended_at=None)

    async def set_roles(self, name: str, roles: Iterable[Role]) -> None:
        """Give a person these roles and no others."""
        async with self._database.transaction() as connection:
            person = await _person(connection, users.c.name == name, name)
            await connection.execute(delete(user_roles).where(user_roles.c.user_id == person.id))
            await _write_roles(connection, person.id, roles)

    async def password(self, name: str) -> str | None:
        """Return the hash of a person's password; None for nobody, suspended or without one."""
        statement = select(users.c.password).where(
            users.c.name == name, users.c.suspended_at.is_(None)
        )
        async with self._database.transaction() as connection:
            found = (await connection.execute(statement)).scalar_one_or_none()
        return found if found is None else str(found)

    async def set_password(self, name: str, hashed: str) -> None:
        """Keep the hash of a person's password."""
        await self._change(name, password=hashed)

    async def groups(self) -> list[Group]:
        """Return every group with its direct members, by name."""
        async with self._database.transaction() as connection:
            named = (await connection.execute(select(groups.c.name))).scalars().all()
            edges = (await connection.execute(select(memberships))).all()
        members: dict[str, set[str]] = {name: set() for name in named}
        for edge in edges:
            members[edge.group].add(edge.member)
        return [Group(name, tuple(sorted(members[name]))) for name in sorted(members)]

    async def make_group(self, name: str) -> None:
        """Make a group; one that is there already stays as it is."""
        async with self._database.transaction() as connection:
            await _make_groups(connection, [name])

    async def join(self, group: str, members: Iterable[str], origin: str = LOCAL) -> None:
        """Put members, each `user:NAME` or `group:NAME`, into a group, which is made if need be.

        Raises:
            BadRequest: a member is not well formed.
        """
        wanted = sorted({_member(each) for each in members})
        edges = [{"group": group, "member": member, "origin": origin} for member in wanted]
        async with self._database.transaction() as connection:
            await _make_groups(connection, [group])
            await add_missing(connection, memberships, edges)

    async def leave(self, group: str, members: Iterable[str]) -> None:
        """Take members out of a group, whatever told us that they are in it."""
        gone = (memberships.c.group == group) & memberships.c.member.in_(sorted(members))
        async with self._database.transaction() as connection:
            await connection.execute(delete(memberships).where(gone))

    async def told_groups(self, name: str, origin: str) -> frozenset[str]:
        """Return the groups that `origin` tells a person is in."""
        is_told = (memberships.c.member == f"user:{name}") & (memberships.c.origin == origin)
        async with self._database.transaction() as connection:
            found = await connection.execute(select(memberships.c.group).where(is_told))
            return frozenset(found.scalars())

    async def replace_memberships(self, name: str, told: Iterable[str], origin: str) -> None:
        """Put a person into exactly the groups that `origin` tells of; others stay as they are."""
        wanted = {well_named(group, "group") for group in told}
        member = f"user:{well_named(name)}"
        edges = [{"group": each, "member": member, "origin": origin} for each in sorted(wanted)]
        is_told = (memberships.c.member == member) & (memberships.c.origin == origin)
        async with self._database.transaction() as connection:
            gone = is_told & memberships.c.group.not_in(sorted(wanted))
            await connection.execute(delete(memberships).where(gone))
            await _make_groups(connection, wanted)
            await add_missing(connection, memberships, edges)

    async def principal(self, name: str) -> Principal:
        """Return what a person answers to, or raise `NotFound` if they are unknown or suspended."""
        async with self._database.transaction() as connection:
            person = await _person(connection, users.c.name == name, name)
            return await principal_of(connection, person)

    async def unlisted(self, name: str) -> Principal:
        """Return what somebody without an account answers to: their own name, and everyone."""
        async with self._database.transaction() as connection:
            return await unlisted(connection, well_named(name))

    async def _change(self, name: str, **values: Any) -> None:
        async with self._database.transaction() as connection:
            statement = update(users).where(users.c.name == name).values(**values)
            if not (await connection.execute(statement)).rowcount:
                raise unknown(name)


async def person_with(connection: AsyncConnection, user_id: str) -> Person:
    """Return the person with this id, suspended or not, or raise `NotFound`."""
    return await _person(connection, users.c.id == user_id)


def well_named(name: str, what: str = "user") -> str:
    """Return `name` if a person or a group may be called so, or raise `BadRequest`."""
    reader(f"{what}:{name}")
    if len(name) > _LONGEST_NAME or not name.isprintable():
        raise BadRequest(
            f"Expected a name of at most {_LONGEST_NAME} characters that can all be seen, "
            f"got one of {len(name)}. Choose another."
        )
    return name


async def _person(connection: AsyncConnection, is_theirs: Any, called: str = "") -> Person:
    joined = users.outerjoin(user_roles, user_roles.c.user_id == users.c.id)
    statement = select(users, user_roles.c.role).select_from(joined).where(is_theirs)
    rows = (await connection.execute(statement)).all()
    if not rows:
        raise unknown(called)
    return _to_person(rows[0], {Role(row.role) for row in rows if row.role})


def _to_person(row: Row[Any], roles: Iterable[Role]) -> Person:
    is_suspended = row.suspended_at is not None
    return Person(row.id, row.name, row.display, frozenset(roles), is_suspended)


async def _write_roles(connection: AsyncConnection, user_id: str, roles: Iterable[Role]) -> None:
    rows = [{"user_id": user_id, "role": role.value} for role in sorted(set(roles))]
    if rows:
        await connection.execute(insert(user_roles), rows)


async def _make_groups(connection: AsyncConnection, named: Iterable[str]) -> None:
    wanted = sorted({well_named(name, "group") for name in named})
    made = [{"name": name, "created_at": now()} for name in wanted]
    await add_missing(connection, groups, made)


async def add_missing(
    connection: AsyncConnection, table: Table, rows: list[dict[str, Any]]
) -> None:
    """Insert what is not there yet; two who insert the same do not disturb each other."""
    if rows:
        await connection.execute(insert_into(connection, table).on_conflict_do_nothing(), rows)


def _member(name: str) -> str:
    kind, _, rest = name.partition(":")
    if kind not in ("user", "group"):
        raise BadRequest(f"Expected a member as 'user:NAME' or 'group:NAME', got {name[:80]!r}.")
    return f"{kind}:{well_named(rest, kind)}"
