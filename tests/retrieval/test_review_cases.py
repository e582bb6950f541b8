"""The review queue: nothing twice, nothing without end, nothing left of the erased."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, select, text, update

import retrieval.review.tables
from retrieval.audit.record import KeptRecord
from retrieval.database import Database
from retrieval.errors import BadRequest, NotFound
from retrieval.review.case import CaseKind, CaseState, Circumstances, Flaw, Matter, Place, Said
from retrieval.review.cases import Cases, Room
from retrieval.review.opening import MOST_NOTES
from retrieval.review.tables import cases as table
from retrieval.review.writing import matter_of, places_of, words_of
from retrieval.tables import metadata
from tests.retrieval.people_databases import open_database, run_server

__all__ = ["open_database", "run_server"]

ASKED = "How much notice must the tenant give?"
LEASE = Place(7, "d1", 2, 71, 10, 60, 3)
RULES = Place(8, "d2", 1, 81, 0, 20)
SIXTY = Said("Notice is sixty days.", (LEASE,), (Flaw("number", "sixty"),))
DAY = 86_400


@dataclass
class Clock:
    instant: int = 1_800_000_000

    def __call__(self) -> int:
        return self.instant


@dataclass
class Queue:
    """The queue, with the record that has the keys."""

    cases: Cases
    record: KeptRecord
    database: Database
    clock: Clock

    async def open(self, **more: object) -> int:
        made = await self.cases.open(matter(**more))
        assert made is not None
        return made

    async def numbers(self, **chosen: object) -> list[int]:
        return [each.id for each in await self.cases.listed(**chosen)]  # type: ignore[arg-type]

    async def raw(self) -> str:
        async with self.database.transaction() as connection:
            return str((await connection.execute(select(table))).all())


def matter(**more: object) -> Matter:
    values: dict[str, object] = {
        "kind": CaseKind.WITHHELD,
        "asker": "ann",
        "question": ASKED,
        "answer_id": "a" * 32,
        "asked": 41,
        "made_by": "Some-8B, settings 1",
        "evidence": (LEASE, RULES),
        "said": (SIXTY,),
    }
    return Matter(**(values | more))  # type: ignore[arg-type]


@pytest.fixture
async def queue(database: Database, tmp_path: Path) -> AsyncIterator[Queue]:
    record = await KeptRecord.open(tmp_path / "audit")
    clock = Clock()
    cases = Cases(database, record, Room(open=6, of_one=3, closed=2), clock)
    yield Queue(cases, record, database, clock)
    await record.close()


async def test_a_case_comes_back_as_it_was_opened(queue: Queue) -> None:
    number = await queue.open(reason="not_supported", note="It is ninety.")
    case = await queue.cases.get(number)
    assert case.matter == matter(reason="not_supported", note="It is ninety.")
    assert (case.state, case.count, case.closing) == (CaseState.OPEN, 1, None)
    assert case.opened_at == case.last_at == queue.clock.instant
    assert case.matter.versions == {7, 8}


HOW = Circumstances(
    "And in Germany?",
    ("What does the lease say?",),
    "2026-03-31",
    ("contract",),
    (),
    (),
    ("Halden",),
)


async def test_how_it_was_asked_comes_back_and_is_sealed(queue: Queue) -> None:
    number = await queue.open(how=HOW)
    assert (await queue.cases.get(number)).matter.how == HOW
    stored = await queue.raw()
    for word in ("Germany", "lease say", "2026-03-31", "Halden"):
        assert word not in stored, word
    await queue.record.erase("ann")
    with pytest.raises(NotFound):
        await queue.cases.get(number)


def test_of_cases_kept_by_earlier_versions_nothing_is_known_of_how() -> None:
    words = json.loads(words_of(matter()))
    del words["how"]
    places = places_of(matter().evidence)
    values = {"kind": "withheld", "asker": "ann", "asked": 41, "made_by": "Some-8B, settings 1"}
    assert matter_of(json.dumps(words), places, **values) == matter()  # type: ignore[arg-type]


async def test_no_word_and_no_name_stands_in_the_clear(queue: Queue) -> None:
    number = await queue.open(note="It is ninety.")
    await queue.cases.close(number, CaseState.RESOLVED, by="rita", note="Corrected by hand.")
    stored = await queue.raw()
    for word in ("notice", "sixty", "ninety", "Corrected", "ann", "rita", "a" * 32):
        assert word not in stored, word


@pytest.mark.parametrize("again", [ASKED, " how much  notice must the TENANT give "])
async def test_the_same_question_is_counted_and_makes_no_second_case(
    queue: Queue, again: str
) -> None:
    number = await queue.open()
    queue.clock.instant += 60
    assert await queue.open(question=again, asker="bob") == number
    case = await queue.cases.get(number)
    assert (case.count, case.matter.asker) == (2, "ann")
    assert case.last_at == case.opened_at + 60


@pytest.mark.parametrize(
    "other",
    [
        {"question": "What is the rent?"},
        {"kind": CaseKind.REPORTED},
        {"evidence": (replace(LEASE, version_id=9), RULES)},
    ],
)
async def test_what_is_another_matter_is_another_case(
    queue: Queue, other: dict[str, object]
) -> None:
    assert await queue.open() != await queue.open(**other)


async def test_what_other_readers_note_is_kept_with_the_case_and_ends_with_them(
    queue: Queue,
) -> None:
    number = await queue.open(kind=CaseKind.REPORTED, note="First.")
    for asker, note in (("bob", "Second."), ("cat", ""), ("dan", "Third.")):
        assert await queue.open(kind=CaseKind.REPORTED, asker=asker, note=note) == number
    case = await queue.cases.get(number)
    assert (case.matter.note, case.notes, case.count) == ("First.", ("Second.", "Third."), 4)
    assert "Second" not in await queue.raw()
    await queue.record.erase("bob")
    assert (await queue.cases.get(number)).notes == ("Third.",)
    for again in range(20):
        await queue.open(kind=CaseKind.REPORTED, asker="dan", note=f"{again}.")
    assert len((await queue.cases.get(number)).notes) == MOST_NOTES - 1


async def test_a_closed_case_is_not_counted_on(queue: Queue) -> None:
    number = await queue.open()
    await queue.cases.close(number, CaseState.DISMISSED, by="rita", note="")
    assert await queue.open() != number


async def test_many_at_once_make_one_case(queue: Queue) -> None:
    numbers = await asyncio.gather(*(queue.open() for _ in range(12)))
    assert len(set(numbers)) == 1
    assert (await queue.cases.get(numbers[0])).count == 12


async def test_cases_are_listed_newest_first_by_state_and_kind(queue: Queue) -> None:
    first = await queue.open(question="one?")
    second = await queue.open(question="two?", kind=CaseKind.REFUSED)
    third = await queue.open(question="three?")
    await queue.cases.close(third, CaseState.RESOLVED, by="rita", note="")
    assert await queue.numbers() == [third, second, first]
    assert await queue.numbers(state=CaseState.OPEN) == [second, first]
    assert await queue.numbers(kind=CaseKind.REFUSED) == [second]
    assert await queue.numbers(before=third, limit=1) == [second]


async def test_a_case_is_closed_once_by_somebody_with_a_note(queue: Queue) -> None:
    number = await queue.open()
    queue.clock.instant += 5
    closed = await queue.cases.close(number, CaseState.RESOLVED, by="rita", note="Lease 2 says so.")
    assert closed.closing is not None
    assert (closed.closing.by, closed.closing.note) == ("rita", "Lease 2 says so.")
    assert closed.closing.at == closed.opened_at + 5
    with pytest.raises(BadRequest, match="resolved"):
        await queue.cases.close(number, CaseState.DISMISSED, by="sam", note="")
    kept = await queue.cases.get(number)
    assert (kept.state, kept.closing) == (CaseState.RESOLVED, closed.closing)


async def test_what_is_not_there_cannot_be_looked_at_or_closed(queue: Queue) -> None:
    with pytest.raises(NotFound):
        await queue.cases.get(999)
    with pytest.raises(NotFound):
        await queue.cases.close(999, CaseState.RESOLVED, by="rita", note="")


async def test_a_flood_pushes_out_only_the_flooders_own_oldest(queue: Queue) -> None:
    others = await queue.open(asker="bob", question="bob's?")
    for number in range(10):
        queue.clock.instant += 1
        await queue.open(question=f"{number}?")
    left = await queue.cases.listed()
    assert [each.matter.question for each in left] == ["9?", "8?", "7?", "bob's?"]
    assert left[-1].id == others


async def test_a_report_is_not_pushed_out_by_questions_without_an_answer(queue: Queue) -> None:
    """What another reader noted may lie in the flooder's own case: it was reported first."""
    reported = await queue.open(kind=CaseKind.REPORTED)
    assert await queue.open(kind=CaseKind.REPORTED, asker="bob", note="Wrong.") == reported
    for number in range(12):
        queue.clock.instant += 1
        await queue.open(asker=("ann", f"user{number}")[number % 2], question=f"{number}?")
    [left] = await queue.cases.listed(kind=CaseKind.REPORTED)
    assert (left.id, left.notes) == (reported, ("Wrong.",))
    assert len(await queue.cases.listed()) == 6


async def test_there_is_an_end_to_open_cases_of_all_together(queue: Queue) -> None:
    for number in range(12):
        queue.clock.instant += 1
        await queue.open(asker=f"user{number}", question=f"{number}?")
    left = await queue.cases.listed()
    assert [each.matter.question for each in left] == [f"{each}?" for each in range(11, 5, -1)]


async def test_a_question_that_keeps_coming_outlives_older_ones(queue: Queue) -> None:
    first = await queue.open(question="first?")
    for number in range(4):
        queue.clock.instant += 1
        await queue.open(question="first?")
        await queue.open(question=f"{number}?")
    assert first in await queue.numbers()


async def test_erasing_somebody_leaves_nothing_of_theirs(queue: Queue) -> None:
    number, other = await queue.open(), await queue.open(asker="bob", question="bob's?")
    stored = await queue.raw()
    await queue.record.erase("ann")
    with pytest.raises(NotFound):
        await queue.cases.get(number)
    assert await queue.numbers() == [other]
    assert number in await _ids(queue.database), "unreadable already, deleted at the next look"
    assert await queue.cases.prune(0) == 1
    assert await _ids(queue.database) == [other]
    assert "notice" not in stored


async def test_a_new_case_sweeps_those_of_the_erased_and_joins_none(queue: Queue) -> None:
    number = await queue.open()
    await queue.record.erase("ann")
    other = await queue.open(asker="bob")
    assert other != number
    assert await _ids(queue.database) == [other]


async def test_a_backup_put_back_does_not_bring_the_words_of_the_erased_back(
    queue: Queue,
) -> None:
    await queue.open()
    async with queue.database.transaction() as connection:
        [row] = (await connection.execute(select(table))).mappings().all()
    await queue.record.erase("ann")
    await queue.cases.prune(0)
    async with queue.database.transaction() as connection:
        await connection.execute(table.insert().values(dict(row)))
    assert await queue.numbers() == []


async def test_erasing_a_reviewer_leaves_the_case_without_their_words(queue: Queue) -> None:
    number = await queue.open()
    await queue.cases.close(number, CaseState.RESOLVED, by="rita", note="Asked Priya.")
    await queue.record.erase("rita")
    await queue.cases.prune(0)
    case = await queue.cases.get(number)
    assert case.closing is not None
    assert (case.closing.by, case.closing.note) == ("", "")
    assert case.matter.question == ASKED


async def test_a_legal_hold_keeps_cases_whatever_their_age_and_number(queue: Queue) -> None:
    held = [await queue.open(question=f"held {each}?") for each in range(3)]
    await queue.record.hold("ann", "case 7")
    assert await queue.cases.open(matter(question="one more?")) is None
    queue.clock.instant += 1_000 * DAY
    assert await queue.cases.prune(queue.clock.instant) == 0
    for number in range(8):
        queue.clock.instant += 1
        await queue.cases.open(matter(asker=f"user{number}", question=f"{number}?"))
    left = await queue.numbers()
    assert set(held) < set(left)
    assert len(left) == 6
    with pytest.raises(BadRequest, match="legal hold"):
        await queue.record.erase("ann")


async def test_a_hold_on_the_reviewer_keeps_what_they_closed(queue: Queue) -> None:
    number = await queue.open()
    await queue.cases.close(number, CaseState.RESOLVED, by="rita", note="Because.")
    await queue.record.hold("rita", "case 8")
    queue.clock.instant += 1_000 * DAY
    assert await queue.cases.prune(queue.clock.instant) == 0
    assert await queue.numbers() == [number]


async def test_old_cases_go_open_or_closed(queue: Queue) -> None:
    old = await queue.open(question="old?")
    closed = await queue.open(question="closed?")
    await queue.cases.close(closed, CaseState.RESOLVED, by="rita", note="")
    asked_again = await queue.open(question="again?")
    queue.clock.instant += 10 * DAY
    assert await queue.open(question="again?") == asked_again
    assert await queue.cases.prune(queue.clock.instant - DAY) == 2
    assert await queue.numbers() == [asked_again]
    assert old not in await _ids(queue.database)


async def test_there_is_an_end_to_closed_cases(queue: Queue) -> None:
    closed = []
    for number in range(5):
        closed.append(await queue.open(question=f"{number}?"))
        await queue.cases.close(closed[-1], CaseState.RESOLVED, by="rita", note="")
    assert await queue.cases.prune(0) == 3
    assert await queue.numbers() == closed[:2:-1]


@pytest.mark.parametrize("column", ["evidence", "kind", "opened_at"])
async def test_words_open_only_beside_the_evidence_they_were_kept_with(
    queue: Queue, column: str
) -> None:
    await queue.open()
    other = {"evidence": "[]", "kind": "refused", "opened_at": 5}[column]
    async with queue.database.transaction() as connection:
        await connection.execute(update(table).values({column: other}))
    assert await queue.numbers() == []


async def test_a_folder_of_keys_that_is_away_deletes_nothing(queue: Queue, tmp_path: Path) -> None:
    number = await queue.open()
    await asyncio.to_thread(os.rename, tmp_path / "audit" / "keys", tmp_path / "away")
    assert await queue.numbers() == []
    assert await queue.cases.prune(0) == 0
    await asyncio.to_thread(os.rmdir, tmp_path / "audit" / "keys")
    await asyncio.to_thread(os.rename, tmp_path / "away", tmp_path / "audit" / "keys")
    assert await queue.numbers() == [number]


async def test_the_migrations_make_the_table_that_the_code_knows(database: Database) -> None:
    def compared(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection)
        found = compare_metadata(context, metadata)
        return [each for each in found if retrieval.review.tables.cases.name in str(each)]

    async with database.transaction() as connection:
        assert await connection.run_sync(compared) == []
        assert (await connection.execute(text("SELECT count(*) FROM review_cases"))).scalar() == 0


async def _ids(database: Database) -> list[int]:
    async with database.transaction() as connection:
        found = await connection.execute(select(table.c.id).order_by(table.c.id))
        return list(found.scalars())
