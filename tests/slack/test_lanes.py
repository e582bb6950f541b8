"""Of one thread one question at a time is claimed, whoever claims in how many processes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from assistant.slack.claim import UNTOUCHED, Claim, Wish, values_of
from assistant.slack.event import Asked
from assistant.slack.inbox import Inbox
from retrieval.database import Database
from retrieval.slack_tables import slack_questions as table
from tests.retrieval.people_databases import open_database, run_server  # noqa: F401 - fixtures
from tests.slack.crashing import KeysOfAll
from tests.slack.test_inbox import Clock, asked, claimed

PATIENCE_SECONDS = 60.0


class Held(Database):
    """Holds each transaction open, once its statements are done, until it is let go."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.is_done = asyncio.Event()
        self.gate = asyncio.Event()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        async with super().transaction() as connection:
            yield connection
            self.is_done.set()
            await self.gate.wait()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def inbox(database: Database, clock: Clock) -> Inbox:
    return Inbox(database, KeysOfAll(), clock)


@pytest.fixture
async def held(database: Database) -> AsyncIterator[Held]:
    other = Held(database.url.render_as_string(hide_password=False))
    yield other
    await other.close()


def in_thread(number: int, **changes: object) -> Asked:
    return asked(number, thread="1699999999.000001", **changes)


async def one_answered_and_one_claimed(inbox: Inbox) -> Claim:
    """Let an answer stand in a thread in which somebody works on the next question."""
    await inbox.take_in(in_thread(1))
    first = await claimed(inbox)
    await inbox.posting(first)
    await inbox.posted(first, "1700000001.000001")
    await inbox.done(first)
    await inbox.take_in(in_thread(2))
    return await claimed(inbox)


async def test_an_answer_is_deleted_when_the_next_one_of_its_thread_is_told(
    inbox: Inbox, clock: Clock
) -> None:
    second = await one_answered_and_one_claimed(inbox)
    await inbox.delete(in_thread(1).place, in_thread(1).ts)

    assert await inbox.claim() is None
    await inbox.done(second)
    deleting = await claimed(inbox)
    assert (deleting.asked.ts, deleting.wish) == (in_thread(1).ts, Wish.DELETE)


async def test_what_lapsed_waits_for_what_came_before_it(inbox: Inbox, clock: Clock) -> None:
    await one_answered_and_one_claimed(inbox)
    await inbox.delete(in_thread(1).place, in_thread(1).ts)
    clock.instant += inbox.lease_seconds

    assert (await claimed(inbox)).wish is Wish.DELETE
    assert await inbox.claim() is None


async def test_a_question_that_became_visible_late_waits_for_the_one_in_work(
    inbox: Inbox, held: Held
) -> None:
    if held.url.get_backend_name() == "sqlite":
        pytest.skip("SQLite lets one write at a time, so numbers are visible in their order")
    late = asyncio.create_task(taken_in(held, in_thread(1)))
    await asyncio.wait_for(held.is_done.wait(), PATIENCE_SECONDS)
    await inbox.take_in(in_thread(2))
    second = await claimed(inbox)
    held.gate.set()
    await late

    assert second.asked.ts == in_thread(2).ts
    assert await inbox.claim() is None
    await inbox.done(second)
    assert (await claimed(inbox)).asked.ts == in_thread(1).ts


async def test_two_processes_that_claim_at_once_claim_one_of_a_thread(
    inbox: Inbox, held: Held, clock: Clock
) -> None:
    if held.url.get_backend_name() == "sqlite":
        pytest.skip("SQLite lets one write at a time: nobody claims while somebody does")
    late = asyncio.create_task(taken_in(held, in_thread(1)))
    await asyncio.wait_for(held.is_done.wait(), PATIENCE_SECONDS)
    await inbox.take_in(in_thread(2))
    await inbox.take_in(asked(9))
    other = Held(held.url.render_as_string(hide_password=False))
    try:
        second = asyncio.create_task(Inbox(other, KeysOfAll(), clock).claim())
        await asyncio.wait_for(other.is_done.wait(), PATIENCE_SECONDS)
        held.gate.set()
        await late
        elsewhere = await claimed(inbox)
        assert elsewhere.asked.ts == asked(9).ts
        assert await inbox.claim() is None
        other.gate.set()
        claim = await second
        assert claim is not None
        assert claim.asked.ts == in_thread(2).ts
        assert await inbox.claim() is None
    finally:
        other.gate.set()
        await other.close()


async def test_many_who_claim_at_once_never_hold_two_of_a_thread(
    database: Database, clock: Clock
) -> None:
    inboxes = [Inbox(database, KeysOfAll(), clock) for _ in range(8)]
    for number in range(60):
        thread = f"1699999999.{number % 7:06d}"
        await inboxes[0].take_in(asked(number, thread=thread))
    at_work: Counter[str] = Counter()
    answered: list[str] = []

    async def work(inbox: Inbox) -> None:
        while len(answered) < 60:
            claim = await inbox.claim()
            if claim is None:
                await asyncio.sleep(0.001)
                continue
            thread = claim.asked.place.thread
            at_work[thread] += 1
            assert at_work[thread] == 1
            await asyncio.sleep(0.001)
            at_work[thread] -= 1
            answered.append(claim.asked.ts)
            await inbox.done(claim)

    async with asyncio.timeout(PATIENCE_SECONDS):
        await asyncio.gather(*map(work, inboxes))

    assert len(set(answered)) == 60
    for thread in range(7):
        ours = [ts for ts in answered if int(ts.split(".")[1]) % 7 == thread]
        assert ours == sorted(ours)


async def taken_in(database: Database, one: Asked) -> None:
    """Keep a question, as `Inbox.take_in` does, over a connection of its own."""
    words = {"at": one.at, "sealed": ""}
    async with database.transaction() as connection:
        row = {**values_of(one), **UNTOUCHED, **words}
        await connection.execute(insert(table).values(**row))
