"""Several people at once: what each of them answers to now, read as a set."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Row, Text, cast, func, literal, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from retrieval.access import EVERYONE, Principal
from retrieval.database import Database
from retrieval.documents import now
from retrieval.people.owning import compared
from retrieval.people.people import Role
from retrieval.people.tables import groups, memberships, user_roles, users
from retrieval.sources import shut_sources
from retrieval.tables import denied, documents, sources

_PIECE = 500

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody with an account. One who `is_suspended` answers to `everyone` alone.

    `display` is the name that people use.
    """

    principal: Principal
    roles: frozenset[Role]
    is_suspended: bool
    display: str

    @property
    def name(self) -> str:
        """Return what they are called here."""
        return self.principal.name


class Company:
    """Looks people up together. Glass is not looked through: it is one person's own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def known(self, names: Collection[str]) -> dict[str, tuple[Known, ...]]:
        """Return who is called by each of the names, in whatever letters, by the name given.

        Several people are called by one name if theirs differ in capital letters alone. A name
        with letters beyond ASCII is called by itself only.
        """
        if not names:
            return {}
        folded = {_folded(each) for each in names}
        async with self._database.transaction() as connection:
            rows = list[Row[Any]]()
            for piece in _pieces(sorted(folded)):
                is_called = func.lower(users.c.name).in_(piece) | users.c.name.in_(piece)
                rows += (await connection.execute(select(users).where(is_called))).all()
            found = {row.name: row for row in rows}
            groups = await _groups(connection, found)
            roles = await _roles(connection, [row.id for row in found.values()])
            shut = await shut_sources(connection, now())
        people = [
            _known(row, groups[row.name], roles.get(row.id, ()), shut) for row in found.values()
        ]
        return {
            name: tuple(each for each in people if _folded(each.name) == _folded(name))
            for name in names
        }

    async def answering_to(self, keys: Collection[str], most: int) -> list[str]:
        """Return the names of people who answer to one of the keys, in order, so many at most.

        Who is suspended is not among them.
        """
        named = sorted(each.removeprefix("group:") for each in keys if each.startswith("group:"))
        first = select(cast(groups.c.name, Text).label("group")).where(groups.c.name.in_(named))
        walk = first.cte("within", recursive=True)
        inner = select(func.substr(memberships.c.member, len("group:") + 1))
        inner = inner.join(walk, memberships.c.group == walk.c.group)
        walk = walk.union(inner.where(memberships.c.member.like("group:%")))
        member = select(memberships.c.member).join(walk, memberships.c.group == walk.c.group)
        key = literal("user:").concat(users.c.name)
        is_one = true() if EVERYONE in keys else key.in_(sorted(keys)) | key.in_(member)
        chosen = select(users.c.name).where(users.c.suspended_at.is_(None), is_one)
        async with self._database.transaction() as connection:
            rows = await connection.execute(chosen.order_by(users.c.name).limit(most))
            return list(rows.scalars())

    async def meant_by(self, names: Collection[str], most: int) -> list[str]:
        """Return the names of people whom an owner may mean, in order, so many at most.

        `names` are as `owning.names_in` returns them: people's own, in either form, or those of
        groups that they are in. Who is suspended is not among them.
        """
        every = select(users.c.name, users.c.display).where(users.c.suspended_at.is_(None))
        async with self._database.transaction() as connection:
            people = (await connection.execute(every)).all()
            known = (await connection.execute(select(groups.c.name))).scalars().all()
        found = {row.name for row in people if {*map(compared, row)} & {*names}}
        keys = [f"group:{each}" for each in known if compared(each) in names]
        found.update(await self.answering_to(keys, most) if keys else ())
        return sorted(found)[:most]

    async def denied(self) -> frozenset[str]:
        """Return every name that is denied anything: any of them may be a stranger's."""
        async with self._database.transaction() as connection:
            return frozenset(
                (await connection.execute(select(denied.c.reader).distinct())).scalars()
            )

    async def shut(self, besides: Collection[str] = ()) -> frozenset[str]:
        """Return the sources that are shut to everybody now.

        Where some are named in `besides`, all but these.
        """
        async with self._database.transaction() as connection:
            shut = await shut_sources(connection, now())
            if besides:
                every = select(documents.c.source).union(select(sources.c.name))
                shut |= frozenset((await connection.execute(every)).scalars()) - frozenset(besides)
        return shut


def _known(
    row: Row[Any], groups: Iterable[str], roles: Iterable[Role], shut: frozenset[str]
) -> Known:
    person = Principal.person(row.name, groups)
    is_suspended = row.suspended_at is not None
    keys = frozenset({EVERYONE}) if is_suspended else person.keys
    principal = Principal(row.name, keys, shut, barred=person.keys - keys)
    held = frozenset[Role]() if is_suspended else frozenset(roles)
    return Known(principal, held, is_suspended, row.display)


async def _groups(connection: AsyncConnection, names: Iterable[str]) -> Mapping[str, set[str]]:
    """Return every group that each person is in, however deep; UNION ends what is a circle."""
    found: dict[str, set[str]] = {name: set() for name in names}
    for piece in _pieces([f"user:{name}" for name in found]):
        first = select(memberships.c.member.label("start"), memberships.c.group)
        walk = first.where(memberships.c.member.in_(piece)).cte("reached", recursive=True)
        outer = select(walk.c.start, memberships.c.group).join(
            walk, memberships.c.member == literal("group:").concat(walk.c.group)
        )
        walk = walk.union(outer)
        for start, group in await connection.execute(select(walk.c.start, walk.c.group)):
            found[start.removeprefix("user:")].add(group)
    return found


async def _roles(connection: AsyncConnection, ids: Sequence[str]) -> Mapping[str, set[Role]]:
    found: dict[str, set[Role]] = {}
    for piece in _pieces(ids):
        held = select(user_roles).where(user_roles.c.user_id.in_(piece))
        for row in await connection.execute(held):
            found.setdefault(row.user_id, set()).add(Role(row.role))
    return found


def _folded(name: str) -> str:
    return name.lower() if name.isascii() else name


def _pieces(values: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), _PIECE):
        yield values[start : start + _PIECE]
