"""Drafts at the command line: without the parts that they do not need, and past the server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from assistant.review.review import Review
from deploy.acting import principal_of
from deploy.home import prepare
from deploy.settings import Settings
from evals.drafts.drafting import Drafting, Who
from evals.drafts.own_suites import own_suites
from retrieval.audit.record import OPERATOR, Desk, KeptRecord
from retrieval.blobs import Blobs
from retrieval.database import Database
from retrieval.drafts.drafts import Drafts
from retrieval.library import Library
from retrieval.people.directory import Directory
from retrieval.review.cases import Cases


@dataclass(frozen=True, slots=True)
class _Acting:
    settings: Settings
    directory: Directory


@asynccontextmanager
async def drafting_in(settings: Settings, user: str | None) -> AsyncIterator[tuple[Drafting, Who]]:
    """Lend the drafts of a home, and whoever works on them: `user`, or the one at the keyboard."""
    prepare(settings.home)
    async with AsyncExitStack() as stack:
        database = Database(settings.database())
        stack.push_async_callback(database.close)
        await database.migrate()
        record = await KeptRecord.open(
            settings.home / "audit", url=settings.audit_url, checkpoints=settings.audit_checkpoints
        )
        stack.push_async_callback(record.close)
        library, directory = Library(database, Blobs(settings.home / "blobs")), Directory(database)
        suites = own_suites(settings.home)
        drafts = Drafts(database, record)
        review = Review.over(Cases(database, record), drafts, library, record, suites)
        principal = await principal_of(_Acting(settings, directory), user)
        who = Who(principal, Desk(principal.name, OPERATOR.origin))
        yield Drafting(review, library, directory, record, suites), who
