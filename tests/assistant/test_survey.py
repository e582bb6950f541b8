"""What is kept is counted from SQL, not at every look, and whether or not SQL can be read."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from assistant.metrics import Metrics
from assistant.survey import EVERY_SECONDS, Survey
from retrieval.census import Census
from retrieval.failures import Failures
from retrieval.halting import Target, target_of
from retrieval.sources import Sources
from retrieval.stops import Stops
from tests import postgres
from tests.assistant.figures import Clock, figure
from tests.retrieval.records import RememberingRecord
from tests.shelves import Shelves

BY = {"reason": "drill", "by": "eve", "origin": "command line"}


class Kept:
    """A library, and what surveys it."""

    def __init__(self, folder: Path, url: str = "") -> None:
        self.shelves = Shelves(folder, url)
        database = self.shelves.database
        self.sources, self.failures = Sources(database), Failures(database)
        self.stops = Stops(database, RememberingRecord())
        self.metrics, self.clock = Metrics(), Clock()
        self.survey = Survey(
            self.metrics, self.sources, Census(database), self.failures, self.stops, self.clock
        )

    async def figure(self, name: str, **labels: str) -> float:
        """Return a figure once it may have been counted anew."""
        self.clock.seconds += EVERY_SECONDS
        await self.survey.exposition()
        return figure(self.metrics, name, **labels)


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Kept]:
    kept = Kept(tmp_path)
    await kept.shelves.database.migrate()
    yield kept
    await kept.shelves.database.close()


async def test_what_is_published_is_counted(kept: Kept) -> None:
    assert await kept.figure("documents") == 0
    await kept.shelves.put("one", "A line.\nAnother.")
    await kept.shelves.put("two", "A line.")
    await kept.shelves.put("two", "Its next version.")
    await kept.shelves.shelf.stage(await kept.shelves.version("three", "Not yet published."))
    assert await kept.figure("documents") == 2
    assert await kept.figure("passages") == 4
    await kept.shelves.shelf.remove(await kept.shelves.document_id("one"))
    assert await kept.figure("documents") == 1
    assert await kept.figure("passages") == 2
    assert await kept.figure("holdings_read") == 1


async def test_the_source_that_waits_longest_is_told(kept: Kept) -> None:
    assert math.isnan(await kept.figure("oldest_sync_timestamp_seconds"))
    for name in ("late", "soon", "never"):
        await kept.sources.put(name, "files", f"/{name}", {})
    async with kept.shelves.database.transaction() as connection:
        await connection.execute(text("UPDATE sources SET synced_at = 500 WHERE name = 'late'"))
        await connection.execute(text("UPDATE sources SET synced_at = 900 WHERE name = 'soon'"))
    assert await kept.figure("oldest_sync_timestamp_seconds") == 500
    assert await kept.figure("sources") == 3
    assert await kept.figure("sources_never_synced") == 1


async def test_what_fails_is_counted_by_its_kind_and_an_unknown_kind_as_other(kept: Kept) -> None:
    for uri, outcome in [("a", "refused"), ("b", "refused"), ("c", "partial"), ("d", "surprise")]:
        await kept.failures.save("folder", uri, outcome, "why", "print")
    counts = {
        each: await kept.figure("documents_failing", trouble=each)
        for each in ("refused", "partial", "unreachable", "other")
    }
    assert counts == {"refused": 2, "partial": 1, "unreachable": 0, "other": 1}
    await kept.failures.clear("folder", ["a", "b"])
    assert await kept.figure("documents_failing", trouble="refused") == 0


async def test_stops_are_counted_by_sort_until_they_are_lifted(kept: Kept) -> None:
    targets: list[Target] = [target_of(each) for each in ("answers", "user:ann", "user:bob")]
    for each in targets:
        await kept.stops.stop(each, **BY)
    assert await kept.figure("stops_standing", sort="user") == 2
    assert await kept.figure("stops_standing", sort="answers") == 1
    await kept.stops.resume(targets[1], by="eve", origin="command line")
    assert await kept.figure("stops_standing", sort="user") == 1


async def test_sql_is_not_asked_at_every_look(kept: Kept) -> None:
    await kept.survey.exposition()
    await kept.shelves.put("one")
    await kept.survey.exposition()
    assert figure(kept.metrics, "documents") == 0
    assert await kept.figure("documents") == 1


async def test_while_sql_cannot_be_read_the_last_figures_stay_and_it_is_said(kept: Kept) -> None:
    await kept.shelves.put("one")
    assert await kept.figure("documents") == 1
    async with kept.shelves.database.transaction() as connection:
        await connection.execute(text("ALTER TABLE failures RENAME TO gone"))
    assert await kept.figure("holdings_read") == 0
    assert figure(kept.metrics, "documents") == 1
    async with kept.shelves.database.transaction() as connection:
        await connection.execute(text("ALTER TABLE gone RENAME TO failures"))
    assert await kept.figure("holdings_read") == 1


@pytest.mark.slow
async def test_postgres_is_counted_the_same(tmp_path: Path) -> None:
    with postgres.running() as url:
        kept = Kept(tmp_path, url)
        await kept.shelves.database.migrate()
        await kept.shelves.put("one", "A line.\nAnother.")
        await kept.sources.put("folder", "files", "/folder", {})
        await kept.failures.save("folder", "b", "partial", "why", "print")
        await kept.stops.stop(target_of("answers"), **BY)
        assert await kept.figure("holdings_read") == 1
        assert await kept.figure("documents") == 1
        assert await kept.figure("passages") == 2
        assert await kept.figure("documents_failing", trouble="partial") == 1
        assert await kept.figure("sources_never_synced") == 1
        assert await kept.figure("stops_standing", sort="answers") == 1
        await kept.shelves.database.close()
