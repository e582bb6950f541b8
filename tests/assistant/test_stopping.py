"""An answer being written ends when it is stopped: nothing more is given out."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from assistant.answers import (
    Answer,
    Opening,
    Piece,
    Question,
    Refusal,
    RefusalReason,
    Sentence,
    Source,
    pieces_of,
    reply_of,
)
from assistant.assistant import Assistant
from assistant.stopping import (
    BY_YOU,
    SOURCE_STOPPED,
    STOPPED,
    STOPPED_FOR_YOU,
    NeverStopped,
    Pieces,
    Underway,
)
from retrieval import stops as stops_module
from retrieval.access import Principal
from retrieval.database import Database
from retrieval.documents import Scope, now
from retrieval.errors import BadRequest, NotFound, Unavailable
from retrieval.halting import ANSWERS, EVERYTHING, Deed, Work, target_of
from retrieval.retriever import Retrieved
from retrieval.stops import Stops
from tests.models import Fault, Mode, Puppet, Says
from tests.models.fixtures import fault, puppet
from tests.retrieval.made_candidates import retrieved_of, version_of
from tests.retrieval.records import RememberingRecord

__all__ = ["fault", "puppet"]

ANN, BOB = Principal.person("ann"), Principal.person("bob")
BY = {"reason": "leak", "by": "eve", "origin": "command line"}
SOURCES = (Source(1, version_of(1, "Lease, Alder"), "approved"),)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'library.db'}")
    await database.migrate()
    yield database
    await database.close()


@pytest.fixture
def stops(database: Database) -> Stops:
    return Stops(database, RememberingRecord())


@pytest.fixture
def underway(stops: Stops) -> Underway:
    return Underway(stops)


def question(who: Principal = ANN, channel: str = "web") -> Question:
    return Question("How much notice?", who, Scope(as_of=now()), channel=channel)


class Slow:
    """Writes an opening, then a sentence for each `step`, and knows whether it was cancelled."""

    def __init__(self, asked: Question) -> None:
        self.asked = asked
        self.steps = asyncio.Semaphore(0)
        self.written = 0
        self.has_begun = False
        self.cancelled = asyncio.Event()

    async def pieces(self) -> Pieces:
        self.has_begun = True
        try:
            yield Opening(self.asked, "quotes", "", SOURCES)
            while True:
                await self.steps.acquire()
                self.written += 1
                yield Sentence(f"Sentence {self.written}.", ())
        except asyncio.CancelledError:
            self.cancelled.set()
            raise


def stopped(piece: Piece | None, why: str) -> bool:
    is_stop = isinstance(piece, Refusal) and piece.reason is RefusalReason.STOPPED
    return is_stop and isinstance(piece, Refusal) and piece.text.startswith(why)


# One answer


async def test_a_person_stops_their_own_answer(underway: Underway) -> None:
    slow = Slow(question())
    slow.steps.release()
    async with asyncio.timeout(120), aclosing(underway.told(slow.asked, slow.pieces())) as told:
        assert isinstance(await anext(told), Opening)
        assert isinstance(await anext(told), Sentence)
        underway.stop(slow.asked.id, principal=ANN)
        slow.steps.release()
        rest = [each async for each in told]
        assert len(rest) == 1
        assert stopped(rest[0], BY_YOU)
        await slow.cancelled.wait()
    assert slow.written == 1


async def test_what_was_written_ahead_is_not_told_once_it_is_stopped(underway: Underway) -> None:
    slow = Slow(question())
    async with asyncio.timeout(120), aclosing(underway.told(slow.asked, slow.pieces())) as told:
        await anext(told)
        for _ in range(5):
            slow.steps.release()
        for _ in range(50):
            await asyncio.sleep(0)
        assert slow.written == 5
        underway.stop(slow.asked.id, principal=ANN)
        assert [stopped(each, BY_YOU) async for each in told] == [True]


async def test_nobody_stops_the_answer_of_somebody_else(underway: Underway) -> None:
    slow = Slow(question())
    async with asyncio.timeout(120), aclosing(underway.told(slow.asked, slow.pieces())) as told:
        await anext(told)
        with pytest.raises(NotFound) as theirs:
            underway.stop(slow.asked.id, principal=BOB)
        with pytest.raises(NotFound) as missing:
            underway.stop("no such answer", principal=ANN)
        assert str(theirs.value) == str(missing.value)
        slow.steps.release()
        assert isinstance(await anext(told), Sentence)


async def test_two_people_may_use_the_same_id_and_one_may_not(underway: Underway) -> None:
    mine, theirs = Slow(question()), Slow(replace(question(BOB), id="x"))
    mine.asked = replace(mine.asked, id="x")
    async with (
        asyncio.timeout(120),
        aclosing(underway.told(mine.asked, mine.pieces())) as one,
        aclosing(underway.told(theirs.asked, theirs.pieces())) as two,
    ):
        await anext(one)
        await anext(two)
        with pytest.raises(BadRequest, match="Expected an id"):
            await anext(underway.told(mine.asked, mine.pieces()))
        underway.stop("x", principal=BOB)
        assert stopped(await anext(two), BY_YOU)
        mine.steps.release()
        assert isinstance(await anext(one), Sentence)


async def test_an_answer_that_is_done_can_no_longer_be_stopped(underway: Underway) -> None:
    asked = question()
    reply = Answer(asked, "quotes", "Here", (Sentence("One.", ()),), SOURCES)

    async def pieces() -> Pieces:
        for piece in pieces_of(reply):
            yield piece

    assert reply_of([each async for each in underway.told(asked, pieces())]) == reply
    with pytest.raises(NotFound):
        underway.stop(asked.id, principal=ANN)


async def test_who_goes_away_ends_the_writing(underway: Underway) -> None:
    slow = Slow(question())
    async with asyncio.timeout(120):
        async with aclosing(underway.told(slow.asked, slow.pieces())) as told:
            await anext(told)
        await slow.cancelled.wait()
    with pytest.raises(NotFound):
        underway.stop(slow.asked.id, principal=ANN)


async def test_a_request_that_is_cancelled_ends_the_writing(underway: Underway) -> None:
    slow = Slow(question())

    async def request() -> None:
        async with aclosing(underway.told(slow.asked, slow.pieces())) as told:
            async for _ in told:
                began.set()

    began = asyncio.Event()
    task = asyncio.create_task(request())
    async with asyncio.timeout(120):
        await began.wait()
        task.cancel()
        await slow.cancelled.wait()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_fault_while_writing_reaches_who_asks(underway: Underway) -> None:
    async def pieces() -> Pieces:
        yield Sentence("One.", ())
        raise Unavailable("The model is down.")

    told = underway.told(question(), pieces())
    assert isinstance(await anext(told), Sentence)
    with pytest.raises(Unavailable, match="The model is down"):
        await anext(told)


async def test_the_writer_runs_only_a_little_ahead(underway: Underway) -> None:
    slow = Slow(question())
    async with asyncio.timeout(120), aclosing(underway.told(slow.asked, slow.pieces())) as told:
        await anext(told)
        for _ in range(1000):
            slow.steps.release()
        for _ in range(3000):
            await asyncio.sleep(0)
        assert slow.written < 50
        for number in range(1, 201):
            assert await anext(told) == Sentence(f"Sentence {number}.", ())


async def test_a_writer_that_will_not_end_gives_out_nothing_more(underway: Underway) -> None:
    asked = question()
    let_go, done = asyncio.Event(), asyncio.Event()

    async def stubborn() -> Pieces:
        yield Opening(asked, "quotes", "", SOURCES)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await let_go.wait()
            yield Sentence("I go on.", ())
        done.set()

    async with asyncio.timeout(120), aclosing(underway.told(asked, stubborn())) as told:
        await anext(told)
        last = asyncio.create_task(anext(told))
        await asyncio.sleep(0)
        underway.stop(asked.id, principal=ANN)
        assert stopped(await last, BY_YOU)
        assert not done.is_set()
        let_go.set()
        assert [each async for each in told] == []


async def test_the_writing_ends_even_if_nobody_takes_what_was_written(underway: Underway) -> None:
    slow = Slow(question())
    async with asyncio.timeout(120), aclosing(underway.told(slow.asked, slow.pieces())) as told:
        await anext(told)
        underway.stop(slow.asked.id, principal=ANN)
        await slow.cancelled.wait()


async def test_what_is_stopped_before_it_began_does_not_begin(
    underway: Underway, stops: Stops
) -> None:
    await stops.stop(ANSWERS, **BY)
    slow = Slow(question())
    async with aclosing(underway.told(slow.asked, slow.pieces())) as told:
        assert stopped(await anext(told), STOPPED)
        for _ in range(5):
            await asyncio.sleep(0)
        assert not slow.has_begun


async def test_a_channel_is_stopped_for_what_came_by_it(underway: Underway, stops: Stops) -> None:
    await stops.stop(target_of("channel:slack"), **BY)
    slack, web = Slow(question(channel="slack")), Slow(question())
    async with (
        asyncio.timeout(120),
        aclosing(underway.told(slack.asked, slack.pieces())) as by_slack,
        aclosing(underway.told(web.asked, web.pieces())) as by_web,
    ):
        assert stopped(await anext(by_slack), STOPPED)
        assert isinstance(await anext(by_web), Opening)


# Stops by an administrator


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("everything", STOPPED),
        ("answers", STOPPED),
        ("user:ann", STOPPED_FOR_YOU),
        ("channel:web", STOPPED),
        ("source:folder", SOURCE_STOPPED),
    ],
)
async def test_what_is_stopped_ends_the_answer_under_way(
    underway: Underway, stops: Stops, target: str, why: str
) -> None:
    slow = Slow(question())
    async with asyncio.timeout(120), aclosing(underway.told(slow.asked, slow.pieces())) as told:
        await anext(told)
        await stops.stop(target_of(target), **BY)
        slow.steps.release()
        assert [stopped(each, why) async for each in told] == [True]
        await slow.cancelled.wait()


@pytest.mark.parametrize("target", ["user:bob", "channel:slack", "source:other", "tool:mail"])
async def test_what_it_has_no_part_in_leaves_it_be(
    underway: Underway, stops: Stops, target: str
) -> None:
    slow = Slow(question())
    async with asyncio.timeout(120), aclosing(underway.told(slow.asked, slow.pieces())) as told:
        await anext(told)
        await stops.stop(target_of(target), **BY)
        slow.steps.release()
        assert isinstance(await anext(told), Sentence)


async def test_why_it_was_stopped_is_not_told_to_everybody(
    underway: Underway, stops: Stops
) -> None:
    await stops.stop(EVERYTHING, **BY)
    slow = Slow(question())
    [refusal] = [each async for each in underway.told(slow.asked, slow.pieces())]
    assert isinstance(refusal, Refusal)
    assert "leak" not in refusal.text
    assert "eve" not in refusal.text


async def test_a_source_stopped_since_it_was_retrieved_is_not_opened(
    underway: Underway, stops: Stops
) -> None:
    asked, go_on = question(), asyncio.Event()

    async def pieces() -> Pieces:
        await go_on.wait()
        yield Opening(asked, "quotes", "", SOURCES)

    told = underway.told(asked, pieces())
    first = asyncio.create_task(anext(told))
    await stops.stop(target_of("source:folder"), **BY)
    assert not first.done()
    go_on.set()
    assert stopped(await first, SOURCE_STOPPED)


async def test_a_hundred_sessions_end_at_once_and_stay_ended_after_a_restart(
    database: Database, stops: Stops, underway: Underway
) -> None:
    slow = [Slow(question(Principal.person(f"person{n}"))) for n in range(100)]
    told = [underway.told(each.asked, each.pieces()) for each in slow]
    afterwards: list[Piece] = []

    async def read(pieces: Pieces) -> None:
        async for piece in pieces:
            if is_stopped.is_set():
                afterwards.append(piece)

    is_stopped = asyncio.Event()
    readers = [asyncio.create_task(read(each)) for each in told]
    ticking = asyncio.create_task(tick(slow))
    async with stops.watched(0.05), asyncio.timeout(120):
        while any(each.written < 2 for each in slow):  # noqa: ASYNC110 - they write by themselves
            await asyncio.sleep(0.01)
        elsewhere = Stops(database, RememberingRecord())
        with stops.listening(
            lambda: is_stopped.set() if stops.standing(Deed(Work.ANSWER)) else None
        ):
            await elsewhere.stop(EVERYTHING, **BY)
            await asyncio.gather(*readers)
        await asyncio.gather(*(each.cancelled.wait() for each in slow))
    ticking.cancel()
    assert [stopped(each, STOPPED) for each in afterwards] == [True] * 100
    restarted = Underway(Stops(database, RememberingRecord()))
    anew = Slow(question(Principal.person("person7")))
    [only] = [each async for each in restarted.told(anew.asked, anew.pieces())]
    assert stopped(only, STOPPED)
    assert anew.written == 0


async def tick(slow: list[Slow]) -> None:
    """Let somebody write a sentence, again and again."""
    while True:
        random.choice(slow).steps.release()
        await asyncio.sleep(0)


async def test_answers_end_when_it_can_no_longer_be_told(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = 0.0
    stops = Stops(database, RememberingRecord(), lambda: seconds)
    underway = Underway(stops)
    slow = Slow(question())
    async with (
        asyncio.timeout(120),
        stops.watched(0.02),
        aclosing(underway.told(slow.asked, slow.pieces())) as told,
    ):
        await anext(told)
        async with database.transaction() as connection:
            await connection.execute(text("DROP TABLE stops"))
        seconds = stops_module.TRUST_SECONDS + 1
        assert [stopped(each, STOPPED) async for each in told] == [True]
        with pytest.raises(Unavailable, match="Expected to read what is stopped"):
            await anext(underway.told(question(), Slow(question()).pieces()))


# The assistant


class Shelf:
    """Finds the same each time, and remembers for whom it looked."""

    def __init__(self) -> None:
        self.principals: list[Principal] = []

    async def retrieve(
        self, question: str, *, principal: Principal, scope: Scope, limit: int
    ) -> Retrieved:
        self.principals.append(principal)
        return await retrieved_of(question, [("Lease", "Six months.")])

    async def search(
        self, question: str, *, principal: Principal, scope: Scope, limit: int
    ) -> list[str]:
        self.principals.append(principal)
        return ["Six months."]


class SlowQuoter:
    """Takes its time, and knows whether it was cancelled."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.cancelled = asyncio.Event()

    async def quote(self, question: Question, retrieved: Retrieved) -> Refusal:
        self.asked.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        raise AssertionError


async def test_an_answer_that_comes_whole_is_stopped_too(stops: Stops) -> None:
    quoter = SlowQuoter()
    assistant = Assistant(Shelf(), quoter, Underway(stops))  # type: ignore[arg-type]
    asking = asyncio.create_task(assistant.ask(question()))
    async with asyncio.timeout(120):
        await quoter.asked.wait()
        await stops.stop(ANSWERS, **BY)
        assert stopped(await asking, STOPPED)  # type: ignore[arg-type]
        await quoter.cancelled.wait()


async def test_nothing_is_looked_for_while_answers_are_stopped_and_search_goes_on(
    stops: Stops,
) -> None:
    shelf = Shelf()
    assistant = Assistant(shelf, SlowQuoter(), Underway(stops))  # type: ignore[arg-type]
    await stops.stop(EVERYTHING, **BY)
    assert isinstance(await assistant.ask(question()), Refusal)
    assert shelf.principals == []
    assert await assistant.search(question(), 5) == ["Six months."]


async def test_stopped_sources_are_shut_for_answers_and_open_for_search(stops: Stops) -> None:
    shelf, quoter = Shelf(), SlowQuoter()
    assistant = Assistant(shelf, quoter, Underway(stops))  # type: ignore[arg-type]
    await stops.stop(target_of("source:hr"), **BY)
    asked = question(replace(ANN, shut=frozenset({"old"})))
    async with asyncio.timeout(120), aclosing(assistant.stream(asked)) as told:
        first = asyncio.create_task(anext(told))
        await quoter.asked.wait()
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
    await assistant.search(asked, 5)
    assert [each.shut for each in shelf.principals] == [{"old", "hr"}, {"old"}]


async def test_without_stops_nothing_is_ever_stopped() -> None:
    slow = Slow(question())
    slow.steps.release()
    told = Underway(NeverStopped()).told(slow.asked, slow.pieces())
    assert [type(await anext(told)) for _ in range(2)] == [Opening, Sentence]
    await told.aclose()


# A model behind it


def from_model(url: str, asked: Question) -> Pieces:
    """Write what a model streams; each chunk is a sentence."""

    async def pieces() -> Pieces:
        body = {"messages": [{"role": "user", "content": asked.text}], "stream": True}
        async with (
            httpx.AsyncClient(timeout=120) as client,
            client.stream("POST", f"{url}/v1/chat/completions", json=body) as response,
        ):
            yield Opening(asked, "quotes", "", SOURCES)
            async for line in response.aiter_lines():
                if line.startswith("data: {"):
                    delta = json.loads(line[6:])["choices"][0]["delta"]
                    if delta.get("content"):
                        yield Sentence(delta["content"], ())

    return pieces()


@pytest.mark.parametrize("who", ["the person", "an administrator", "nobody is left"])
async def test_the_request_to_the_model_is_aborted(
    puppet: Puppet, underway: Underway, stops: Stops, who: str
) -> None:
    puppet.says(Says(("One. ", "Two. "), holds=True))
    asked = question()
    async with asyncio.timeout(120):
        async with aclosing(underway.told(asked, from_model(puppet.url, asked))) as told:
            seen = [await anext(told) for _ in range(3)]
            assert seen[1:] == [Sentence("One. ", ()), Sentence("Two. ", ())]
            if who == "the person":
                underway.stop(asked.id, principal=ANN)
            if who == "an administrator":
                await stops.stop(EVERYTHING, **BY)
            if who != "nobody is left":
                assert [type(each) async for each in told] == [Refusal]
        assert await asyncio.to_thread(puppet.received[0].wait_aborted)


async def test_a_model_that_never_ends_is_stopped_at_any_moment(
    fault: Fault, underway: Underway
) -> None:
    fault.does(Mode.ENDLESS)
    chosen = random.Random(7)
    async with asyncio.timeout(60):
        for _ in range(20):
            asked = question()
            told = underway.told(asked, from_model(fault.url, asked))
            for _ in range(chosen.randrange(1, 40)):
                assert not isinstance(await anext(told), Refusal)
            underway.stop(asked.id, principal=ANN)
            assert [stopped(each, BY_YOU) async for each in told] == [True]
        for received in fault.received:
            assert await asyncio.to_thread(received.wait_aborted)
    assert len(fault.received) == 20
