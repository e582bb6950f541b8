"""Links to conversations open for whom they are, as far as they go and as long as they last."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select, update

from retrieval.audit.record import KeptRecord
from retrieval.conversation_shares import MOST_DAYS, MOST_SHARES, Share, Shares
from retrieval.conversation_tables import conversation_share_readers, conversation_shares
from retrieval.conversation_turn import Turn
from retrieval.conversations import Conversations
from retrieval.database import Database
from retrieval.errors import BadRequest, NotFound
from tests.retrieval.people_databases import open_database, run_server  # noqa: F401 - fixtures

ONE, FIRST, SECOND = "1" * 32, "a" * 32, "b" * 32


@pytest.fixture
async def record(tmp_path: Path) -> AsyncIterator[KeptRecord]:
    record = await KeptRecord.open(tmp_path / "audit")
    yield record
    await record.close()


@pytest.fixture
async def kept(database: Database, record: KeptRecord) -> Conversations:
    kept = Conversations(database, record)
    for turn in (Turn(FIRST, 1_000, "How much?"), Turn(SECOND, 1_005, "And for two?")):
        await kept.keep(ONE, turn, person="ann")
    return kept


@pytest.fixture
def shares(database: Database, record: KeptRecord, kept: Conversations) -> Shares:
    return Shares(database, record)


async def made(shares: Shares, to: list[str] | None = None, turn: str = "") -> Share:
    planned = await shares.planned(ONE, person="ann", to=to, turn=turn, days=7)
    await shares.make(planned, person="ann")
    return planned


async def test_a_link_opens_for_those_named_and_its_maker_alone(
    shares: Shares, database: Database
) -> None:
    link = await made(shares, ["bob"])
    for person in ("ann", "bob"):
        opened = await shares.opened(link.id, person=person)
        assert [each.asked for each in opened.turns] == ["How much?", "And for two?"]
        assert opened.by == "ann"
    with pytest.raises(NotFound):
        await shares.opened(link.id, person="cleo")
    assert await shares.of(ONE, person="ann") == [link]
    assert await shares.of(ONE, person="bob") == []
    async with database.transaction() as connection:
        rows = (await connection.execute(select(conversation_share_readers))).all()
    assert "bob" not in repr(rows), "names are nowhere in the clear"


async def test_an_open_link_opens_for_everybody(shares: Shares) -> None:
    link = await made(shares)
    assert link.is_open
    assert (await shares.opened(link.id, person="cleo")).shown == {FIRST, SECOND}


async def test_what_comes_later_is_not_shared(shares: Shares, kept: Conversations) -> None:
    link = await made(shares)
    await kept.keep(ONE, Turn("c" * 32, 2_000, "Later?"), person="ann")
    opened = await shares.opened(link.id, person="bob")
    assert "Later?" not in [each.asked for each in opened.turns]


async def test_one_answer_is_shared_alone(shares: Shares) -> None:
    first = await shares.opened((await made(shares, turn=FIRST)).id, person="bob")
    assert [each.id for each in first.turns] == [FIRST], "nothing after it is even read"
    second = await shares.opened((await made(shares, turn=SECOND)).id, person="bob")
    assert second.shown == {SECOND}


async def test_a_link_ends_when_it_is_ended(shares: Shares) -> None:
    link = await made(shares)
    with pytest.raises(NotFound):
        await shares.end(ONE, link.id, person="bob")
    await shares.end(ONE, link.id, person="ann")
    with pytest.raises(NotFound):
        await shares.opened(link.id, person="bob")
    with pytest.raises(NotFound):
        await shares.end(ONE, link.id, person="ann")
    assert await shares.of(ONE, person="ann") == []


async def test_a_link_ends_with_its_time(
    shares: Shares, kept: Conversations, database: Database
) -> None:
    link = await made(shares)
    async with database.transaction() as connection:
        await connection.execute(update(conversation_shares).values(expires_at=1))
    with pytest.raises(NotFound):
        await shares.opened(link.id, person="ann")
    await kept.lapse(0)
    async with database.transaction() as connection:
        assert (await connection.execute(select(conversation_shares))).all() == []


async def test_removing_the_conversation_ends_its_links(
    shares: Shares, kept: Conversations, record: KeptRecord
) -> None:
    link = await made(shares)
    await record.hold("ann", "A case.")
    await kept.remove(ONE, person="ann")
    with pytest.raises(NotFound):
        await shares.opened(link.id, person="bob")


async def test_erasing_who_shared_ends_their_links(
    shares: Shares, record: KeptRecord, kept: Conversations
) -> None:
    link = await made(shares)
    pseudonym = (await record.subject("ann")).id
    await _destroy(record, pseudonym)
    with pytest.raises(NotFound):
        await shares.opened(link.id, person="bob")
    await kept.forget([pseudonym])
    with pytest.raises(NotFound):
        await shares.opened(link.id, person="bob")


async def test_who_is_erased_is_named_no_longer(shares: Shares, record: KeptRecord) -> None:
    link = await made(shares, ["bob"])
    await _destroy(record, (await record.subject("bob")).id)
    assert [each.readers for each in await shares.of(ONE, person="ann")] == [()]
    with pytest.raises(NotFound):
        await shares.opened(link.id, person="bob")


async def _destroy(record: KeptRecord, pseudonym: str) -> None:
    """Do what erasing somebody does to their key."""
    await record._keyring.destroy([pseudonym])


@pytest.mark.parametrize("to", [[], ["ann"], [f"p{number}" for number in range(60)]])
async def test_somebody_else_is_named_and_not_too_many(shares: Shares, to: list[str]) -> None:
    with pytest.raises(BadRequest, match="people besides yourself"):
        await shares.planned(ONE, person="ann", to=to)


@pytest.mark.parametrize("days", [0, MOST_DAYS + 1])
async def test_no_link_is_for_ever(shares: Shares, days: int) -> None:
    with pytest.raises(BadRequest, match="days"):
        await shares.planned(ONE, person="ann", days=days)


async def test_nobody_shares_what_is_not_theirs(shares: Shares) -> None:
    for conversation, person, turn in ((ONE, "bob", ""), ("2" * 32, "ann", ""), (ONE, "ann", "9")):
        with pytest.raises(NotFound):
            await shares.planned(conversation, person=person, turn=turn)


async def test_there_are_not_endlessly_many_links(shares: Shares) -> None:
    for _ in range(MOST_SHARES):
        await made(shares)
    with pytest.raises(BadRequest, match="links"):
        await made(shares)


async def test_a_name_is_sealed_and_taken_back(kept: Conversations, database: Database) -> None:
    await kept.rename(ONE, "For Priya", person="ann")
    assert await kept.title(ONE, person="ann") == "For Priya"
    assert await kept.titles(person="ann") == {ONE: "For Priya"}
    assert [each.title for each in await kept.own(person="ann")] == ["For Priya"]
    with pytest.raises(NotFound):
        await kept.rename(ONE, "Mine", person="bob")
    with pytest.raises(NotFound):
        await kept.title(ONE, person="bob")
    await kept.rename(ONE, "", person="ann")
    assert await kept.titles(person="ann") == {}


async def test_a_branch_keeps_what_came_before_and_changes_nothing(kept: Conversations) -> None:
    branch = await kept.branch(ONE, SECOND, person="ann")
    assert [each.asked for each in await kept.turns(branch, person="ann")] == ["How much?"]
    assert len(await kept.turns(ONE, person="ann")) == 2
    assert await kept.branch(ONE, FIRST, person="ann") == ""
    for conversation, before, person in ((ONE, SECOND, "bob"), (ONE, "9" * 32, "ann")):
        with pytest.raises(NotFound):
            await kept.branch(conversation, before, person=person)
