"""Stopping and resuming without the parts that stopping does not need, and past the server."""

from __future__ import annotations

from collections.abc import AsyncIterator

from deploy.home import prepare
from deploy.operations import stopping
from deploy.operations.operation import Arguments, Event
from deploy.settings import Settings
from retrieval.audit.event import Record
from retrieval.audit.record import KeptRecord
from retrieval.database import Database
from retrieval.errors import RetrievalError


async def halted(settings: Settings, operation: str, arguments: Arguments) -> AsyncIterator[Event]:
    """Carry out `stop` or `resume` at the database itself, whether a server runs or not.

    A record that cannot be opened does not hold up a stop; it does hold up a resume.
    """
    prepare(settings.home)
    database = Database(settings.database())
    await database.migrate()
    await database.close()
    kept: KeptRecord | None = None
    try:
        kept = await KeptRecord.open(
            settings.home / "audit", url=settings.audit_url, checkpoints=settings.audit_checkpoints
        )
        record: Record = kept
    except RetrievalError as error:
        record = stopping.NoRecord(str(error))
    try:
        async with stopping.alone(settings.database(), record) as parts:
            async for event in getattr(stopping, operation)(parts, **arguments):
                yield event
    finally:
        if kept is not None:
            await kept.close()
