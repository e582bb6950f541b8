"""What administrators have looked at and verified in a server: opened and closed together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from deploy.checkup import Checkup, looks_of
from deploy.settings import Settings
from deploy.verifying import RegisterAtWork
from retrieval.audit.record import KeptRecord
from retrieval.database import Database
from retrieval.embedder import Embedder
from retrieval.index import Index
from retrieval.journal import Journal


@asynccontextmanager
async def tended(
    settings: Settings,
    database: Database,
    record: KeptRecord,
    embedder: Embedder,
    index: Index,
    journal: Journal,
) -> AsyncIterator[tuple[Checkup, RegisterAtWork]]:
    """Lend what looks at the parts, and the register of models; both end with the block."""
    checkup = Checkup(looks_of(settings, database, record, embedder, index, journal))
    served = settings.model_name if settings.model_url else ""
    models = RegisterAtWork(settings.home, served, record)
    try:
        yield checkup, models
    finally:
        await checkup.close()
        await models.close()
