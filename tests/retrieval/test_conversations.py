"""Conversations are their person's own, sealed with their key, and go when they should."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from retrieval.audit.record import KeptRecord
from retrieval.conversation_tables import conversation_turns, conversations
from retrieval.conversation_turn import Cited, Said, Turn
from retrieval.conversations import MOST_LISTED, MOST_TURNS, Conversations
from retrieval.database import Database
from retrieval.errors import BadRequest, NotFound
from retrieval.tables import metadata
from tests.retrieval.people_databases import open_database, run_server  # noqa: F401 - fixtures

ONE, OTHER = "1" * 32, "2" * 32
SECRET = "How much does the Harbour Street flat cost?"
LATER = 10_000


@pytest.fixture
async def record(tmp_path: Path) -> AsyncIterator[KeptRecord]:
    record = await KeptRecord.open(tmp_path / "audit")
    yield record
    await record.close()


@pytest.fixture
def kept(database: Database, record: KeptRecord) -> Conversations:
    return Conversations(database, record)


def turn(number: int = 1, asked: str = SECRET, at: int = 1_000) -> Turn:
    cited = (Cited(7, 4711, 10, 35, 2, "The rent is $900 a month."),)
    said = (Said("The rent is $900.", cited),)
    return Turn(f"{number:032x}", at, asked, "Stood alone?", (3, 4), "model", "small", "", said)


async def stored(database: Database) -> list[str]:
    async with database.transaction() as connection:
        rows = await connection.execute(select(conversation_turns.c.sealed))
        return list(rows.scalars())


async def test_a_turn_comes_back_as_it_was_told(kept: Conversations) -> None:
    turns = [turn(1), turn(2, "And for two?", 1_005)]
    for each in turns:
        await kept.keep(ONE, each, person="ann")
    assert await kept.turns(ONE, person="ann") == turns
    assert turns[0].versions == {3, 4, 7}
    [listed] = await kept.own(person="ann")
    assert (listed.id, listed.first, listed.turns) == (ONE, SECRET, 2)
    assert (listed.started_at, listed.last_at) == (1_000, 1_005)


async def test_nobody_elses_can_be_opened_listed_continued_or_removed(kept: Conversations) -> None:
    await kept.keep(ONE, turn(), person="ann")
    told = set()
    for conversation in (ONE, OTHER):
        for attempt in (
            kept.turns(conversation, person="bob"),
            kept.remove(conversation, person="bob"),
        ):
            with pytest.raises(NotFound) as refused:
                await attempt
            told.add(str(refused.value))
    with pytest.raises(NotFound) as refused:
        await kept.keep(ONE, turn(2), person="bob")
    assert told == {str(refused.value)}
    assert await kept.own(person="bob") == []
    assert await kept.turns(ONE, person="ann") == [turn()]


async def test_what_was_said_is_not_to_be_read_in_the_database(
    kept: Conversations, database: Database
) -> None:
    await kept.keep(ONE, turn(), person="ann")
    [sealed] = await stored(database)
    async with database.transaction() as connection:
        [row] = (await connection.execute(select(conversations))).all()
    assert "Harbour" not in sealed
    assert "ann" not in row.owner


async def test_a_turn_moved_into_another_conversation_is_not_read(
    kept: Conversations, database: Database
) -> None:
    await kept.keep(ONE, turn(1), person="ann")
    await kept.keep(OTHER, turn(2), person="ann")
    async with database.transaction() as connection:
        await connection.execute(conversation_turns.update().values(conversation_id=OTHER))
    assert await kept.turns(OTHER, person="ann") == [turn(2)]


async def test_what_one_removes_is_gone(kept: Conversations, database: Database) -> None:
    await kept.keep(ONE, turn(), person="ann")
    await kept.remove(ONE, person="ann")
    with pytest.raises(NotFound):
        await kept.turns(ONE, person="ann")
    assert await stored(database) == []


async def test_under_a_hold_what_one_removes_is_kept_and_not_shown(
    kept: Conversations, database: Database, record: KeptRecord
) -> None:
    await kept.keep(ONE, turn(), person="ann")
    await record.hold("ann", "Case 12")
    await kept.remove(ONE, person="ann")
    with pytest.raises(NotFound):
        await kept.turns(ONE, person="ann")
    with pytest.raises(NotFound):
        await kept.keep(ONE, turn(2), person="ann")
    assert await kept.own(person="ann") == []
    assert await kept.lapse(LATER) == 0
    assert len(await stored(database)) == 1
    await record.release("ann")
    assert await kept.lapse(0) == 1
    assert await stored(database) == []


async def test_old_ones_go_and_held_ones_stay(kept: Conversations, record: KeptRecord) -> None:
    await kept.keep(ONE, turn(1, at=1_000), person="ann")
    await kept.keep(OTHER, turn(2, at=5_000), person="ann")
    await kept.keep("3" * 32, turn(3, at=1_000), person="bob")
    await record.hold("bob", "Case 12")
    assert await kept.lapse(5_000) == 1
    assert [each.id for each in await kept.own(person="ann")] == [OTHER]
    assert len(await kept.own(person="bob")) == 1


async def test_erasing_a_person_makes_every_copy_unreadable_and_deletes_this_one(
    kept: Conversations, database: Database, record: KeptRecord
) -> None:
    await kept.keep(ONE, turn(1), person="ann")
    await kept.keep(OTHER, turn(2), person="bob")
    pseudonym = await record.erase("ann")
    with pytest.raises(NotFound):
        await kept.turns(ONE, person="ann")
    assert await kept.own(person="ann") == []
    assert len(await stored(database)) == 2
    assert await kept.forget([pseudonym]) == 1
    assert await kept.turns(OTHER, person="bob") == [turn(2)]
    assert len(await stored(database)) == 1


async def test_an_erasure_that_was_interrupted_is_finished_by_the_next_round(
    kept: Conversations, database: Database, record: KeptRecord
) -> None:
    await kept.keep(ONE, turn(), person="ann")
    await record.erase("ann")
    assert await kept.lapse(0) == 1
    assert await stored(database) == []


async def test_a_held_person_is_not_erased(kept: Conversations, record: KeptRecord) -> None:
    await kept.keep(ONE, turn(), person="ann")
    await record.hold("ann", "Case 12")
    with pytest.raises(BadRequest):
        await record.erase("ann")
    assert await kept.turns(ONE, person="ann") == [turn()]


async def test_lists_and_conversations_are_bounded(kept: Conversations) -> None:
    for number in range(MOST_LISTED + 5):
        at = 1_000 + number
        await kept.keep(f"{number:032x}", turn(number, at=at), person="ann")
    first = await kept.own(person="ann")
    assert len(first) == MOST_LISTED
    rest = await kept.own(person="ann", before=first[-1].place)
    assert [each.last_at for each in rest] == [1_004, 1_003, 1_002, 1_001, 1_000]
    for number in range(MOST_TURNS + 3):
        await kept.keep("a" * 32, turn(1_000 + number), person="ann")
    assert [each.id for each in await kept.turns("a" * 32, person="ann")] == [
        f"{1_000 + number:032x}" for number in range(3, MOST_TURNS + 3)
    ]
    [last] = await kept.turns("a" * 32, person="ann", limit=1)
    assert last.id == f"{1_000 + MOST_TURNS + 2:032x}"


async def test_those_of_one_second_are_in_order_and_each_listed_once(kept: Conversations) -> None:
    ids = [f"{number * 7919 % 1_000:032x}" for number in range(MOST_LISTED + 5)]
    for number, conversation in reversed(list(enumerate(ids))):
        await kept.keep(conversation, turn(number, at=1_000), person="ann")
    first = await kept.own(person="ann")
    rest = await kept.own(person="ann", before=first[-1].place)
    assert [each.id for each in (*first, *rest)] == ids
    assert await kept.own(person="ann", before=rest[-1].place) == []


async def test_the_tables_are_as_the_migrations_make_them(database: Database) -> None:
    def differences(connection: AsyncConnection) -> list[object]:
        found = compare_metadata(MigrationContext.configure(connection), metadata)  # type: ignore[arg-type]
        return [each for each in found if "conversation" in repr(each)]

    async with database.transaction() as connection:
        assert await connection.run_sync(differences) == []  # type: ignore[arg-type]


texts = st.text(max_size=30)
cited = st.builds(
    Cited, st.integers(), st.integers(), st.integers(), st.integers(), st.none() | st.integers(),
    texts,
)  # fmt: skip


@given(
    st.builds(
        Turn,
        id=st.just("a"),
        at=st.just(5),
        asked=texts,
        looked_for=texts,
        rests_on=st.lists(st.integers()).map(tuple),
        mode=texts,
        model=texts,
        refused=texts,
        said=st.lists(st.builds(Said, texts, st.lists(cited).map(tuple))).map(tuple),
    )
)
def test_any_turn_survives_being_written(given_turn: Turn) -> None:
    assert Turn.read("a", 5, given_turn.written()) == given_turn
