"""Questions lie in SQL once each, and are claimed by one at a time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, select

from assistant.slack.answered import Answered
from assistant.slack.claim import Claim, Lost, Wish, id_of
from assistant.slack.event import Asked, Member, Place, Surface
from assistant.slack.inbox import REMEMBERED_SECONDS, Inbox
from retrieval.database import Database
from retrieval.slack_tables import slack_questions as table
from retrieval.tables import metadata
from tests.retrieval.people_databases import open_database, run_server  # noqa: F401 - fixtures
from tests.slack.crashing import KeysOfAll

SECRET = "How much does the Harbour Street flat cost?"
ANN = Member("T1", "U1")
KEPT = 10 * REMEMBERED_SECONDS


@dataclass
class Clock:
    instant: int = 1_000_000

    def __call__(self) -> int:
        return self.instant


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def inbox(database: Database, clock: Clock) -> Inbox:
    return Inbox(database, KeysOfAll(), clock)


@pytest.fixture
def answered(database: Database) -> Answered:
    return Answered(database)


def asked(number: int = 1, thread: str = "", **changes: object) -> Asked:
    place = Place("T1", "C1", thread)
    ts = f"1700000000.{number:06d}"
    one = Asked(f"Ev{number}", Surface.MENTION, place, ANN, ts, SECRET, 1_000_000)
    return replace(one, **changes)  # type: ignore[arg-type]


async def claimed(inbox: Inbox) -> Claim:
    claim = await inbox.claim()
    assert claim is not None
    return claim


async def test_a_question_comes_back_as_it_came_and_once(inbox: Inbox) -> None:
    one = asked(thread="1.2", response_url="https://hooks.slack.com/1", is_shared_channel=True)

    assert await inbox.take_in(one)
    assert not await inbox.take_in(one)
    claim = await claimed(inbox)

    assert claim.asked == one
    assert claim.id == id_of(one)
    assert (claim.attempt, claim.wish, claim.is_posting) == (1, Wish.ANSWER, False)
    assert await inbox.claim() is None


async def test_a_message_comes_in_once_whatever_its_events_are_called(inbox: Inbox) -> None:
    assert await inbox.take_in(asked(1))
    assert not await inbox.take_in(asked(1, id="Ev9", surface=Surface.THREAD))
    assert await inbox.take_in(asked(1, id="1.2.3", surface=Surface.SHORTCUT))
    assert await inbox.take_in(asked(1, id="1.2.4", surface=Surface.SHORTCUT))
    assert await inbox.take_in(asked(1, place=Place("T2", "C1")))


async def test_of_many_at_once_each_gets_another(inbox: Inbox) -> None:
    for number in range(12):
        await inbox.take_in(asked(number))

    claims = await asyncio.gather(*(inbox.claim() for _ in range(20)))
    got = [each.id for each in claims if each is not None]
    while (more := await inbox.claim()) is not None:
        got.append(more.id)

    assert sorted(got) == sorted(id_of(asked(number)) for number in range(12))


async def test_of_one_thread_one_is_claimed_at_a_time_in_order(inbox: Inbox) -> None:
    for number in range(3):
        await inbox.take_in(asked(number, thread="1.2"))
    await inbox.take_in(asked(7, thread="1.3"))

    first, other = await claimed(inbox), await claimed(inbox)
    assert await inbox.claim() is None
    await inbox.done(first)
    second = await claimed(inbox)
    await inbox.release(second, wait_seconds=50)
    assert await inbox.claim() is None

    assert [each.asked.id for each in (first, other, second)] == ["Ev0", "Ev7", "Ev1"]


async def test_what_nobody_holds_on_to_is_claimed_again(inbox: Inbox, clock: Clock) -> None:
    await inbox.take_in(asked())
    dead = await claimed(inbox)
    clock.instant += inbox.lease_seconds
    alive = await claimed(inbox)

    assert alive.attempt == 2
    for late in (
        inbox.posting(dead),
        inbox.posted(dead, "1.5"),
        inbox.done(dead),
        inbox.give_up(dead),
        inbox.kept(dead, "c" * 32, "t" * 32),
        inbox.unposted(dead),
    ):
        with pytest.raises(Lost):
            await late
    await inbox.release(dead)
    await inbox.posting(alive)
    await inbox.done(alive)


async def test_what_is_held_on_to_is_not_claimed_again(inbox: Inbox, clock: Clock) -> None:
    await inbox.take_in(asked(1))
    await inbox.take_in(asked(2))
    one, two = await claimed(inbox), await claimed(inbox)
    for _ in range(5):
        clock.instant += inbox.lease_seconds // 2
        assert await inbox.renew([one]) == {one.holder}

    again = await claimed(inbox)
    assert again.id == two.id
    assert await inbox.renew([one, two, again]) == {one.holder, again.holder}


async def test_a_claim_that_may_have_lapsed_shows_nothing(inbox: Inbox, clock: Clock) -> None:
    await inbox.take_in(asked())
    claim = await claimed(inbox)
    clock.instant += inbox.lease_seconds

    with pytest.raises(Lost):
        await inbox.posting(claim)


async def test_what_may_stand_in_slack_is_known_to_who_comes_next(
    inbox: Inbox, clock: Clock, answered: Answered
) -> None:
    await inbox.take_in(asked())
    first = await claimed(inbox)
    await inbox.posting(first)
    clock.instant += inbox.lease_seconds
    second = await claimed(inbox)
    await inbox.posted(second, "1.5")
    clock.instant += inbox.lease_seconds
    third = await claimed(inbox)

    assert (second.is_posting, second.posted) == (True, "")
    assert (third.is_posting, third.posted) == (True, "1.5")
    assert await answered.posts(Place("T1", "C1", first.asked.ts)) == {"1.5"}


async def test_an_edited_question_is_lost_to_who_answers_the_old_one(inbox: Inbox) -> None:
    one = asked()
    await inbox.take_in(one)
    claim = await claimed(inbox)

    assert await inbox.edit(one.place, one.ts, "And for flats?")
    assert not await inbox.edit(one.place, one.ts, "And for flats?")
    assert not await inbox.edit(one.place, "9.9", "And for flats?")
    assert await inbox.renew([claim]) == set()
    with pytest.raises(Lost):
        await inbox.posting(claim)
    with pytest.raises(Lost):
        await inbox.done(claim)
    await inbox.release(claim, counts=False)
    anew = await claimed(inbox)
    await inbox.done(anew)

    assert anew.asked.text == "And for flats?"
    assert (anew.revision, anew.attempt) == (1, 1)
    assert not await inbox.edit(one.place, one.ts, "Too late?")


async def test_a_deleted_question_is_dropped_or_its_answer_is_to_be_deleted(
    inbox: Inbox, answered: Answered
) -> None:
    for number in range(4):
        await inbox.take_in(asked(number))
    done, worked, refused = [await claimed(inbox) for _ in range(3)]
    await inbox.posting(done)
    await inbox.posted(done, "1.5")
    await inbox.done(done)
    await inbox.give_up(refused)

    for number in range(4):
        one = asked(number)
        assert await inbox.delete(one.place, one.ts)
        assert not await inbox.delete(one.place, one.ts)
    wished = await claimed(inbox)
    assert await inbox.claim() is None
    with pytest.raises(Lost):
        await inbox.done(worked)
    await inbox.release(worked)
    dropped = await claimed(inbox)

    assert (wished.id, wished.wish, wished.posted) == (done.id, Wish.DELETE, "1.5")
    assert (dropped.id, dropped.wish, dropped.asked.text) == (worked.id, Wish.DELETE, "")
    await inbox.done(wished)
    await inbox.done(dropped)
    assert await answered.open() == 0


async def test_words_lie_sealed_and_only_while_they_wait(inbox: Inbox, database: Database) -> None:
    one = asked(response_url="https://hooks.slack.com/secret")
    await inbox.take_in(one)
    before = await stored(database)
    claim = await claimed(inbox)
    await inbox.done(claim)

    assert SECRET not in before
    assert "hooks" not in before
    assert await stored(database) == ""


async def stored(database: Database) -> str:
    async with database.transaction() as connection:
        return "".join((await connection.execute(select(table.c.sealed))).scalars())


async def test_what_is_over_is_remembered_for_a_day_and_answers_for_longer(
    inbox: Inbox, clock: Clock, answered: Answered
) -> None:
    for number in range(3):
        await inbox.take_in(asked(number))
    told, refused, waits = [await claimed(inbox) for _ in range(3)]
    await inbox.posting(told)
    await inbox.posted(told, "1.5")
    await inbox.kept(told, "c" * 32, "t" * 32)
    await inbox.done(told)
    await inbox.give_up(refused)

    clock.instant += REMEMBERED_SECONDS
    assert await inbox.forget(KEPT) == 0
    assert not await inbox.take_in(refused.asked)
    clock.instant += 1
    assert await inbox.forget(KEPT) == 1
    assert await answered.of(refused.id) is None
    kept = await answered.of(told.id)
    assert kept is not None
    assert (kept.conversation, kept.turn, kept.posted) == ("c" * 32, "t" * 32, "1.5")
    assert kept == await answered.to(told.asked.place, told.asked.ts)
    clock.instant += KEPT
    assert await inbox.forget(KEPT) == 1
    assert await answered.open() == 1
    assert waits.id


async def test_a_workspace_that_removed_us_leaves_nothing_waiting(
    inbox: Inbox, answered: Answered, database: Database
) -> None:
    await inbox.take_in(asked(1))
    await inbox.take_in(asked(2, place=Place("T2", "C1")))
    worked = await claimed(inbox)
    await inbox.left("T1")

    with pytest.raises(Lost):
        await inbox.done(worked)
    assert await answered.open() == 1
    assert (await claimed(inbox)).asked.place.team == "T2"


async def test_who_asks_how_often_is_counted_up_to_each_question(
    inbox: Inbox, answered: Answered
) -> None:
    for number in range(3):
        await inbox.take_in(asked(number))
    await inbox.take_in(asked(3, by=Member("T1", "U2")))
    first, second, third, other = [await claimed(inbox) for _ in range(4)]

    since = 999_999
    assert [await answered.lately(each, since) for each in (first, second, third, other)] == [
        (1, 1),
        (2, 2),
        (3, 3),
        (1, 4),
    ]
    assert await answered.lately(third, 1_000_001) == (0, 0)
    assert [await answered.ahead(each) for each in (first, third, other)] == [0, 2, 3]


async def test_a_thread_is_ours_once_an_answer_stands_there(
    inbox: Inbox, answered: Answered
) -> None:
    one = asked()
    thread = Place("T1", "C1", one.ts)
    await inbox.take_in(one)
    claim = await claimed(inbox)
    assert not await answered.is_ours(thread)
    await inbox.posting(claim)

    assert await answered.is_ours(thread)
    assert not await answered.is_ours(Place("T2", "C1", one.ts))
    assert not await answered.is_ours(Place("T1", "C1"))


async def test_a_conversation_is_of_one_person_in_one_thread(
    inbox: Inbox, answered: Answered
) -> None:
    for number, conversation in ((1, "a" * 32), (2, "b" * 32)):
        await inbox.take_in(asked(number, thread="1.2"))
        claim = await claimed(inbox)
        await inbox.kept(claim, conversation, "t" * 32)
        await inbox.done(claim)
    place = Place("T1", "C1", "1.2")

    assert await answered.conversation(place, ANN) == "b" * 32
    assert await answered.conversation(place, ANN, id_of(asked(2, thread="1.2"))) == "a" * 32
    assert await answered.conversation(place, Member("T1", "U2")) == ""
    assert await answered.conversation(Place("T1", "C1", "1.3"), ANN) == ""


async def test_the_migrations_make_the_tables_that_the_code_knows(database: Database) -> None:
    def compared(connection: Connection) -> list[object]:
        found = compare_metadata(MigrationContext.configure(connection), metadata)
        return [each for each in found if "slack_" in str(each)]

    async with database.transaction() as connection:
        assert await connection.run_sync(compared) == []
