"""`pincite reindex` when no server runs: it must work even if the index cannot be opened."""

from __future__ import annotations

from collections.abc import AsyncIterator

from deploy.home import prepare
from deploy.opening import make_index_anew, open_embedder
from deploy.operations.operation import Event, Progress, Result
from deploy.settings import Settings
from retrieval.database import Database
from retrieval.journal import Journal
from retrieval.reembed import reembed


async def reindex(settings: Settings) -> AsyncIterator[Event]:
    """Embed again what another model embedded, then make the index anew from the library."""
    prepare(settings.home)
    database = Database(settings.database())
    try:
        await database.migrate()
        journal = Journal(database)
        embedder = await open_embedder(settings)
        async for done, total in reembed(journal, embedder):
            yield Progress("embedding again", done, total, "passages")
        points = await make_index_anew(settings, embedder, journal)
        yield Result({"points": points, "model": embedder.name})
    finally:
        await database.close()
