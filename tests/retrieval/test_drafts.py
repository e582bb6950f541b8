"""Drafts in SQL: one for a case, sealed, and kept as long as erasing may need them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, select

from retrieval.audit.record import KeptRecord
from retrieval.database import Database
from retrieval.drafts.draft import DraftState, Left
from retrieval.drafts.drafts import Drafts
from retrieval.drafts.tables import drafts as table
from retrieval.errors import BadRequest, NotFound
from retrieval.review.case import CaseKind, CaseState
from retrieval.review.cases import Cases, Room
from retrieval.tables import metadata
from tests.retrieval.people_databases import open_database, run_server
from tests.retrieval.test_review_cases import Clock, matter

__all__ = ["open_database", "run_server"]

EDITS = '{"question": "How much notice?"}'


@dataclass
class Desk:
    cases: Cases
    drafts: Drafts
    record: KeptRecord
    database: Database
    clock: Clock

    async def open(self, **more: object) -> int:
        made = await self.cases.open(matter(**more))
        assert made is not None
        return made

    async def made(self, by: str = "rita", **more: object) -> int:
        number = await self.open(**more)
        assert await self.drafts.make(await self.cases.get(number), by=by)
        return number

    async def raw(self) -> list[tuple[object, ...]]:
        async with self.database.transaction() as connection:
            return [tuple(row) for row in (await connection.execute(select(table))).all()]


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    record = await KeptRecord.open(tmp_path / "audit")
    clock = Clock()
    cases = Cases(database, record, Room(open=6, of_one=3, closed=2), clock)
    yield Desk(cases, Drafts(database, record, clock), record, database, clock)
    await record.close()


async def test_a_case_has_one_draft_however_often_and_by_whomever_it_is_made(desk: Desk) -> None:
    case = await desk.cases.get(await desk.open())
    made = await asyncio.gather(*(desk.drafts.make(case, by=f"r{n % 3}") for n in range(9)))
    assert sorted(made) == [False] * 8 + [True]
    draft = await desk.drafts.get(case.id)
    assert (draft.case, draft.asker, draft.state) == (case.id, "ann", DraftState.WAITING)
    assert (draft.edits, draft.suite, draft.made_at) == ("", "", desk.clock.instant)


async def test_drafts_are_listed_newest_first_by_state(desk: Desk) -> None:
    first, second = await desk.made(question="one?"), await desk.made(question="two?")
    third = await desk.made(question="three?")
    await desk.drafts.close(second, DraftState.DISCARDED, by="eva")

    async def numbers(**chosen: object) -> list[int]:
        return [each.case for each in await desk.drafts.listed(**chosen)]  # type: ignore[arg-type]

    assert await numbers() == [third, second, first]
    assert await numbers(state=DraftState.WAITING) == [third, first]
    assert await numbers(before=third, limit=1) == [second]
    assert set(await desk.drafts.of([first, third, 99])) == {first, third}


async def test_edits_come_back_and_no_word_of_them_stands_in_the_clear(desk: Desk) -> None:
    number = await desk.made()
    await desk.drafts.edit(await desk.drafts.get(number), EDITS, by="eva")
    assert (await desk.drafts.get(number)).edits == EDITS
    raw = str(await desk.raw())
    for word in ("notice", "question", "ann", "eva", "rita"):
        assert word not in raw, word


@pytest.mark.parametrize("person", ["ann", "eva"])
async def test_edits_end_with_whoever_asked_and_with_whoever_edited(
    desk: Desk, person: str
) -> None:
    number = await desk.made()
    await desk.drafts.edit(await desk.drafts.get(number), EDITS, by="eva")
    await desk.record.erase(person)
    if person == "eva":
        assert (await desk.drafts.get(number)).edits == ""
    else:
        with pytest.raises(NotFound):
            await desk.drafts.get(number)
    assert await desk.drafts.sweep() == (person == "ann")


async def test_nobody_gets_a_new_key_by_what_is_done_to_what_they_left(desk: Desk) -> None:
    case = await desk.cases.get(await desk.open())
    draft = await desk.drafts.get(await desk.made(question="other?"))
    await desk.record.erase("ann")
    with pytest.raises(NotFound):
        await desk.drafts.make(case, by="rita")
    with pytest.raises(NotFound):
        await desk.drafts.edit(draft, EDITS, by="eva")
    assert "ann" not in {each.name for each in (await desk.record.subjects()).values()}


async def test_what_is_closed_is_changed_no_more(desk: Desk) -> None:
    number = await desk.made()
    await desk.drafts.destine(number, "from-life")
    await desk.drafts.close(number, DraftState.ACCEPTED, by="eva")
    draft = await desk.drafts.get(number)
    assert (draft.state, draft.suite) == (DraftState.ACCEPTED, "from-life")
    for act in (
        desk.drafts.edit(draft, EDITS, by="eva"),
        desk.drafts.destine(number, "other"),
        desk.drafts.close(number, DraftState.DISCARDED, by="eva"),
    ):
        with pytest.raises(BadRequest, match="accepted"):
            await act
    with pytest.raises(NotFound):
        await desk.drafts.close(999, DraftState.DISCARDED, by="eva")


async def test_erasing_finds_where_a_case_was_put_until_it_is_swept(desk: Desk) -> None:
    put, waiting = await desk.made(question="one?"), await desk.made(question="two?")
    other = await desk.made(asker="bob", question="three?")
    for number in (put, other):
        await desk.drafts.destine(number, "from-life")
    assert await desk.drafts.of_the_erased() == []
    await desk.record.erase("ann")
    assert await desk.drafts.of_the_erased() == [Left(put, "from-life")]
    assert await desk.drafts.sweep() == 2
    assert await desk.drafts.of_the_erased() == []
    assert [row[0] for row in await desk.raw()] == [other]
    assert waiting not in await desk.drafts.of([waiting])


async def test_a_case_that_waits_as_a_draft_makes_way_last(desk: Desk) -> None:
    drafted = await desk.made(question="drafted?")
    for number in range(10):
        desk.clock.instant += 1
        await desk.open(asker=("ann", f"user{number}")[number % 2], question=f"{number}?")
        await desk.open(kind=CaseKind.REPORTED, asker="ann", question=f"{number}?")
    assert (await desk.cases.get(drafted)).id == drafted
    assert len(await desk.cases.listed()) == 6


async def test_a_closed_case_stays_while_its_draft_waits(desk: Desk) -> None:
    numbers = [await desk.made(question="0?")]
    numbers += [await desk.open(question=f"{each}?", asker=f"user{each}") for each in range(1, 5)]
    for number in numbers:
        await desk.cases.close(number, CaseState.RESOLVED, by="rita", note="")
    await desk.cases.prune(0)
    assert [each.id for each in await desk.cases.listed()] == [*numbers[:2:-1], numbers[0]]
    await desk.drafts.close(numbers[0], DraftState.DISCARDED, by="eva")
    await desk.cases.prune(0)
    assert [each.id for each in await desk.cases.listed()] == numbers[:2:-1]
    assert await desk.raw() == []


async def test_a_draft_goes_with_its_case_unless_it_was_put_somewhere(desk: Desk) -> None:
    put, waiting = await desk.made(question="one?"), await desk.made(question="two?")
    await desk.drafts.destine(put, "from-life")
    await desk.cases.prune(desk.clock.instant + 1)
    assert await desk.cases.listed() == []
    assert [row[0] for row in await desk.raw()] == [put]
    assert waiting not in await desk.drafts.of([waiting])


async def test_the_migrations_make_the_table_that_the_code_knows(database: Database) -> None:
    def compared(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection)
        found = compare_metadata(context, metadata)
        return [each for each in found if table.name in str(each)]

    async with database.transaction() as connection:
        assert await connection.run_sync(compared) == []
