"""What somebody answers to at this moment: the one place where a person becomes a principal."""

from __future__ import annotations

from sqlalchemy import Select, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from retrieval.access import Principal
from retrieval.documents import now
from retrieval.errors import NotFound
from retrieval.people.glass import opened_by
from retrieval.people.people import Person, Role
from retrieval.people.tables import memberships
from retrieval.sources import shut_sources


async def principal_of(connection: AsyncConnection, person: Person) -> Principal:
    """Return what a person answers to: their name, everyone, every group they are in.

    With it goes what narrows and widens that now: sources whose readers are too old to be
    believed, and documents over which an administrator broke the glass.

    Raises:
        NotFound: the person is suspended.
    """
    if person.is_suspended:
        raise unknown(person.name)
    instant = now()
    reached = await connection.execute(_reached(f"user:{person.name}"))
    keys = Principal.person(person.name, [row.group for row in reached]).keys
    shut = await shut_sources(connection, instant)
    is_admin = Role.ADMIN in person.roles
    glass = await opened_by(connection, person.name, instant) if is_admin else frozenset()
    return Principal(person.name, keys, shut, glass)


async def unlisted(connection: AsyncConnection, name: str) -> Principal:
    """Return what somebody without an account answers to: their own name, and everyone."""
    keys = Principal.person(name).keys
    return Principal(name, keys, await shut_sources(connection, now()))


def unknown(name: str) -> NotFound:
    """Return the same for nobody and for the suspended."""
    return NotFound(
        f"Expected the name of somebody who may come in, got {name[:80]!r}. "
        "`pincite people list` names everybody."
    )


def _reached(member: str) -> Select[tuple[str]]:
    """Select every group that a member is in; UNION drops what is known, so a circle ends."""
    first = select(memberships.c.group).where(memberships.c.member == member)
    walk = first.cte("reached", recursive=True)
    outer = select(memberships.c.group).join(
        walk, memberships.c.member == literal("group:").concat(walk.c.group)
    )
    walk = walk.union(outer)
    return select(walk.c.group)
