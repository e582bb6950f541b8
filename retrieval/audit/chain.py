"""The chain: entries in a database, each carrying the digest of the one before it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from retrieval.audit import tables
from retrieval.audit.checkpoint import Checkpoint, Mark, Signer
from retrieval.audit.entry import GENESIS, Draft, Entry, entry_of
from retrieval.audit.keyring import Keyring
from retrieval.database import Database
from retrieval.errors import Damaged, Unavailable

Change = Callable[[AsyncConnection], Awaitable[None]]
"""What must become true in the same transaction as an entry."""

_TRIES = 100


class Chain:
    """The tail of the chain, which entries are appended to. Several processes may append.

    `every` is how many entries one checkpoint may cover.
    """

    def __init__(self, database: Database, keyring: Keyring, signer: Signer, every: int) -> None:
        self._database = database
        self._keyring = keyring
        self._signer = signer
        self._every = every
        self._head: tuple[int, str] | None = None
        self._own: tuple[int, str] | None = None
        self._signed = 0

    @property
    def is_signed(self) -> bool:
        """Return whether a checkpoint covers all that this process has seen of the chain."""
        return self._head is None or self._head[0] <= self._signed

    async def append(
        self, drafts: Sequence[Draft], change: Change | None = None
    ) -> tuple[list[Entry], list[Checkpoint]]:
        """Make entries durable in one transaction, all or none, and sign where it is time to.

        Raises:
            Unavailable: they cannot be stored now; none is.
            Damaged: the chain was changed behind this process's back; none is stored.
        """
        names = {name for draft in drafts for name in (draft.actor, *draft.concerns)}
        subjects = await self._keyring.subjects(names)
        for _ in range(_TRIES):
            number, digest = self._head or await self.resume()
            entries: list[Entry] = []
            for at, draft in enumerate(drafts, number + 1):
                previous = entries[-1].digest if entries else digest
                entries.append(entry_of(draft, subjects, at, previous))
            self._head = None  # until it is certain, whatever happens meanwhile
            due = self._due(entries)
            if await self._store((number, digest), entries, due, change):
                self._head = self._own = entries[-1].number, entries[-1].digest
                self._signed = due[-1].number if due else self._signed
                return entries, due
        raise Unavailable(
            f"Expected to append to the record, but others were faster {_TRIES} times. Try again."
        )

    async def sign(self) -> Checkpoint | None:
        """Return a stored checkpoint of the newest entry, if there is none of it yet."""
        number, digest = self._head or await self.resume()
        if number <= self._signed:
            return None
        checkpoint = self._signer.sign(Mark.CHECKPOINT, number, digest)
        marks = tables.checkpoints.c
        there = select(marks.number).where(marks.kind == Mark.CHECKPOINT, marks.number == number)
        async with self._database.transaction() as connection:
            is_new = (await connection.execute(there)).first() is None
            if is_new:
                await store(connection, checkpoint)
        self._signed = number
        return checkpoint if is_new else None

    async def resume(self) -> tuple[int, str]:
        """Return number and digest of the newest entry, read from the database.

        Raises:
            Damaged: what this process appended is no longer in the chain.
        """
        marks, events = tables.checkpoints.c, tables.events.c
        last = select(func.max(marks.number)).where(marks.kind == Mark.CHECKPOINT)
        number, digest = self._own or (0, GENESIS)
        own = select(events.digest).where(events.number == number)
        async with self._database.transaction() as connection:
            row = (await connection.execute(select(tables.head))).one()
            there = (await connection.execute(own)).scalar()
            self._signed = (await connection.execute(last)).scalar() or 0
        is_shorter = not isinstance(row.number, int) or row.number < number
        if is_shorter or there not in (None, digest):  # none: pruned meanwhile
            raise Damaged(
                f"Expected entry {number} as this process appended it, but it was replaced or cut "
                "off. Keep the database as it is and run `pincite audit verify`; a restart goes on "
                "from what is there."
            )
        self._head = row.number, row.digest
        return self._head

    def witness(self) -> list[Checkpoint]:
        """Return a checkpoint of the newest entry this process appended, whatever became of it."""
        return [self._signer.sign(Mark.CHECKPOINT, *self._own)] if self._own else []

    def _due(self, entries: Sequence[Entry]) -> list[Checkpoint]:
        signed, due = self._signed, []
        for entry in entries:
            if entry.number - signed >= self._every:
                due.append(self._signer.sign(Mark.CHECKPOINT, entry.number, entry.digest))
                signed = entry.number
        return due

    async def _store(
        self,
        believed: tuple[int, str],
        entries: Sequence[Entry],
        due: Sequence[Checkpoint],
        change: Change | None,
    ) -> bool:
        """Append where the chain is believed to end, or return False if it no longer ends there."""
        head = tables.head.c
        number, digest = believed
        move = (
            update(tables.head)
            .where(head.id == 1, head.number == number, head.digest == digest)
            .values(number=entries[-1].number, digest=entries[-1].digest)
        )
        async with self._database.transaction() as connection:
            if (await connection.execute(move)).rowcount != 1:
                return False
            await connection.execute(insert(tables.events), [each.row() for each in entries])
            for checkpoint in due:
                await store(connection, checkpoint)
            if change:
                await change(connection)
        return True


async def store(connection: AsyncConnection, checkpoint: Checkpoint) -> None:
    """Keep a checkpoint in the database as well."""
    values = {
        "kind": checkpoint.kind.value,
        "number": checkpoint.number,
        "line": checkpoint.line(),
    }
    await connection.execute(insert(tables.checkpoints).values(values))
