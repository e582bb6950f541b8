"""What people prove who they are with at far systems: each their own, sealed with their key.

There is no account of the server's own: a tool acts as the asker, or not at all. Erasing a person
destroys their key, so no copy of the database tells their credentials.
"""

from __future__ import annotations

from sqlalchemy import delete, select

from retrieval.audit.event import Act, Event, Record
from retrieval.database import Database, insert_into
from retrieval.documents import now
from retrieval.errors import BadRequest
from retrieval.tool_tables import tool_secrets as table
from tools.calls import Keys, for_good

MOST_CHARACTERS = 8_192


class Secrets:
    """The credentials of each person, one at each far system."""

    def __init__(self, database: Database, keys: Keys, record: Record) -> None:
        self._database = database
        self._keys = keys
        self._record = record

    async def set(self, person: str, system: str, secret: str, *, origin: str) -> None:
        """Keep a person's credential at a system instead of the one they had.

        Raises:
            BadRequest: it is empty, too long, or holds what no header can.
            Unavailable: it cannot be put on record; then it is not kept.
        """
        if not 0 < len(secret) <= MOST_CHARACTERS or not secret.isprintable():
            raise BadRequest(
                f"Expected a credential of 1 to {MOST_CHARACTERS} printable characters, got "
                f"one of {len(secret)}. Copy it from {system} again."
            )
        await self._note("connect", person, system, origin)
        owner = await self._keys.subject(person)
        values = {"at": now(), "sealed": owner.seal(secret, f"secret {system}")}
        async with self._database.transaction() as connection:
            new = insert_into(connection, table).values(owner=owner.id, system=system, **values)
            key = [table.c.owner, table.c.system]
            await connection.execute(new.on_conflict_do_update(index_elements=key, set_=values))

    async def forget(self, person: str, system: str, *, origin: str) -> bool:
        """Forget a person's credential at a system; return whether there was one."""
        await self._note("disconnect", person, system, origin)
        owner = await self._keys.subject(person)
        theirs = (table.c.owner == owner.id) & (table.c.system == system)
        async with self._database.transaction() as connection:
            await for_good(connection)
            return (await connection.execute(delete(table).where(theirs))).rowcount > 0

    async def get(self, person: str, system: str) -> str:
        """Return a person's credential at a system; "" if they have none."""
        owner = await self._keys.subject(person)
        theirs = (table.c.owner == owner.id) & (table.c.system == system)
        async with self._database.transaction() as connection:
            sealed = (await connection.execute(select(table.c.sealed).where(theirs))).scalar()
        return owner.unseal(sealed, f"secret {system}") or "" if sealed else ""

    async def has(self, person: str, system: str) -> bool:
        """Return whether a person has a credential at a system."""
        return bool(await self.get(person, system))

    async def tidy(self) -> int:
        """Delete what is left of the credentials of erased people; return how many there were."""
        erased = (await self._keys.standing()).erased
        if not erased:
            return 0
        gone = delete(table).where(table.c.owner.in_(sorted(erased)))
        async with self._database.transaction() as connection:
            await for_good(connection)
            return (await connection.execute(gone)).rowcount

    async def _note(self, did: str, person: str, system: str, origin: str) -> None:
        await self._record.note(Event(Act.TOOL, person, origin, {"did": did, "system": system}))
