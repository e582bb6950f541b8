"""The record on PostgreSQL behaves as it does on SQLite."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

import retrieval.audit
from retrieval.audit import entry
from retrieval.audit.record import KeptRecord
from retrieval.database import Database
from retrieval.errors import BadRequest, Unavailable
from tests import postgres
from tests.retrieval.audit.trails import event, exported, fill, verdict_of

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with postgres.running() as url:
        yield url


@pytest.fixture
async def records(url: str, tmp_path: Path) -> AsyncIterator[tuple[KeptRecord, KeptRecord]]:
    """Two openings of one record, as two processes have them."""
    await (await postgres.emptied(Database(url))).close()
    opened = [await KeptRecord.open(tmp_path, url=url, every_entries=10) for _ in range(2)]
    yield opened[0], opened[1]
    for each in opened:
        await each.close()


async def test_two_processes_keep_one_chain(records: tuple[KeptRecord, KeptRecord]) -> None:
    one, other = records
    numbers = await asyncio.gather(*(fill(each, 60) for each in records))

    assert sorted(numbers[0] + numbers[1]) == list(range(1, 121))
    assert (await verdict_of(one)).is_sound
    nasty = "a\x00b\ud800\r\n\x1b[2J"
    await other.note(event(actor=nasty, about={nasty: nasty}, words={nasty: nasty}))
    [last] = await exported(one, person=nasty)
    assert last["about"] == last["words"] == {nasty: nasty}


async def test_a_change_is_found(records: tuple[KeptRecord, KeptRecord], url: str) -> None:
    one, _ = records
    await fill(one, 30)
    database = Database(url)
    async with database.transaction() as connection:
        await connection.execute(text("UPDATE audit_events SET act = 'stop' WHERE number = 17"))
    await database.close()

    [finding] = (await verdict_of(one)).findings
    assert (finding.first, finding.last) == (17, 17)


async def test_a_hold_wins_and_the_old_goes(
    records: tuple[KeptRecord, KeptRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = records
    monkeypatch.setattr(entry, "now", lambda: 1_000)
    await fill(one, 25)
    await one.hold("ann", "a case")
    with pytest.raises(BadRequest, match="legal hold"):
        await other.erase("ann")
    assert await other.prune(before=2_000) == 0
    await other.release("ann")
    pseudonym = await one.erase("ann")

    assert await other.prune(before=2_000) == 20
    assert (await verdict_of(one)).first == 21
    assert (await exported(other, person=pseudonym))[0]["words"] == "erased"


async def test_a_server_that_went_away_is_told_and_found_again(
    records: tuple[KeptRecord, KeptRecord], url: str
) -> None:
    one, _ = records
    await fill(one, 3)
    database = Database(url)
    async with database.transaction() as connection:
        await connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
        )
    await database.close()

    with pytest.raises(Unavailable, match="not done"):
        await one.note(event(3))
    assert await one.note(event(4)) == 4
    assert (await verdict_of(one)).is_sound


async def test_the_rights_that_the_readme_names_are_enough_to_append(
    records: tuple[KeptRecord, KeptRecord], url: str, tmp_path: Path
) -> None:
    readme = Path(retrieval.audit.__file__).with_name("README.md").read_text()
    grants = re.findall(r"^    (GRANT .*);$", readme, re.MULTILINE)
    assert len(grants) == 3
    database = Database(url)
    async with database.transaction() as connection:
        await connection.execute(text("CREATE ROLE pincite LOGIN"))
        await connection.execute(text("GRANT USAGE ON SCHEMA public TO pincite"))
        for grant in grants:
            await connection.execute(text(grant))
    await database.close()

    limited = await KeptRecord.open(
        tmp_path, url=url.replace("tester@", "pincite@"), every_entries=10
    )
    assert await fill(limited, 25) == list(range(1, 26))
    await limited.erase("ann")
    assert (await verdict_of(limited)).is_sound
    with pytest.raises(Unavailable, match="permission denied"):
        await limited.prune(before=2**40)
    await limited.close()

    database = Database(url.replace("tester@", "pincite@"))
    for change in ("UPDATE audit_events SET act = 'stop'", "DELETE FROM audit_events"):
        with pytest.raises(Unavailable, match="permission denied"):
            async with database.transaction() as connection:
                await connection.execute(text(change))
    await database.close()
