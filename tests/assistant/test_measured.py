"""What is measured is what happened, and measuring changes nothing of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from assistant.answers import Notice, Opening, Question, Refusal, RefusalReason, Sentence, Told
from assistant.assistant import Assistant
from assistant.breaker import Breaker
from assistant.completion import Usage
from assistant.compose import Composer
from assistant.course import Ended
from assistant.measured import Measured, MeasuredModel, MeasuredRecord
from assistant.metrics import Metrics
from assistant.model import Failing, ModelFailed
from assistant.prompt import Prompt
from assistant.quotes import Quoter
from assistant.turns import Room, TakingTurns
from assistant.watching import Checked
from assistant.writer import Writer
from retrieval.access import Principal
from retrieval.audit.event import Act, Event
from retrieval.documents import Scope, now
from retrieval.errors import BadRequest, Busy, NotFound, Unavailable
from tests.assistant.figures import Clock, figure
from tests.assistant.http_world import FoundPassage, until
from tests.assistant.test_quotes import ANSWERS
from tests.assistant.test_turns import Slow, asked, prompt
from tests.assistant.test_writer import Carries, Says, Shelf
from tests.assistant.test_writer import question as lease_question
from tests.retrieval.made_candidates import EMBEDDER, WORDS
from tests.retrieval.records import DISK_FULL, RememberingRecord

QUESTION = Question("Why?", Principal.person("ann"), Scope(as_of=now()))
SENTENCE = Sentence("Because.", ())


def opening(mode: str) -> Opening:
    return Opening(QUESTION, mode, "Here is what your sources say", ())


def refusal(reason: RefusalReason) -> Refusal:
    return Refusal(QUESTION, reason, "No.", ())


class Scripted:
    """Tells what it was given; lets seconds pass where it was given a number; fails if told to."""

    def __init__(self, clock: Clock, *script: Told | float | BaseException) -> None:
        self.clock, self.script = clock, script
        self.is_closed = False
        self.stopped: list[tuple[str, Principal]] = []

    async def stream(self, question: Question) -> AsyncGenerator[Told, None]:
        try:
            for each in self.script:
                await asyncio.sleep(0)
                if isinstance(each, float):
                    self.clock.seconds += each
                elif isinstance(each, BaseException):
                    raise each
                else:
                    yield each
        finally:
            self.is_closed = True

    def stop(self, answer_id: str, *, principal: Principal) -> None:
        self.stopped.append((answer_id, principal))

    async def search(self, question: Question, limit: int) -> list[FoundPassage]:
        return []


class World:
    """A measured assistant that follows a script."""

    def __init__(self, *script: Told | float | BaseException) -> None:
        self.metrics, self.clock = Metrics(), Clock()
        self.scripted = Scripted(self.clock, *script)
        self.measured = Measured(self.scripted, self.metrics, self.clock)

    async def told(self) -> list[Told]:
        return [each async for each in self.measured.stream(QUESTION)]

    def figure(self, name: str, **labels: str) -> float:
        return figure(self.metrics, name, **labels)

    def ended(self, mode: str, outcome: str) -> float:
        return self.figure("questions_total", mode=mode, outcome=outcome)


@pytest.mark.parametrize("mode", ["model", "quotes"])
async def test_an_answer_is_counted_and_timed(mode: str) -> None:
    script = [opening(mode), 1.5, SENTENCE, 2.0, SENTENCE, Notice("Cut."), 0.25]
    world = World(*script)
    assert await world.told() == [each for each in script if not isinstance(each, float)]
    assert world.ended(mode, "answered") == 1
    assert world.figure("first_sentence_seconds_sum", mode=mode) == 1.5
    assert world.figure("answer_seconds_sum", mode=mode) == 3.75
    assert world.figure("sentences_shown_total", mode=mode) == 2
    assert world.figure("questions_under_way") == 0
    assert world.figure("refusal_seconds_count") == 0


@pytest.mark.parametrize("reason", list(RefusalReason))
async def test_a_refusal_counts_by_its_reason_whoever_stops_reading_there(
    reason: RefusalReason,
) -> None:
    world = World(1.5, refusal(reason))
    assert await world.told() == [refusal(reason)]
    async with aclosing(world.measured.stream(QUESTION)) as pieces:
        await anext(pieces)
    assert world.ended("none", reason.value) == 2
    assert world.figure("refusal_seconds_sum") == 3.0


async def test_an_answer_that_was_stopped_is_no_answer() -> None:
    world = World(opening("model"), SENTENCE, refusal(RefusalReason.STOPPED))
    await world.told()
    assert world.ended("model", "stopped") == 1
    assert world.ended("model", "answered") == 0


@pytest.mark.parametrize(
    ("error", "ended"),
    [
        (Busy("Too many.", 5), Ended.BUSY),
        (Unavailable("No."), Ended.UNAVAILABLE),
        (BadRequest("No."), Ended.REJECTED),
        (NotFound("No."), Ended.REJECTED),
        (ZeroDivisionError("words of a question"), Ended.FAILED),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, Exception) else "",
)
async def test_what_goes_wrong_is_counted_and_goes_on_going_wrong(
    error: Exception, ended: Ended
) -> None:
    world = World(error)
    with pytest.raises(type(error)) as caught:
        await world.told()
    assert caught.value is error
    assert world.ended("none", ended.value) == 1
    assert world.figure("questions_under_way") == 0


async def test_who_leaves_ends_the_writing_and_counts_as_gone() -> None:
    world = World(opening("model"), SENTENCE, SENTENCE)
    async with aclosing(world.measured.stream(QUESTION)) as pieces:
        await anext(pieces)
        assert world.figure("questions_under_way") == 1
    assert world.scripted.is_closed
    assert world.ended("model", "left") == 1
    assert world.figure("questions_under_way") == 0


async def test_who_is_cancelled_counts_as_gone() -> None:
    world = World(opening("quotes"), *([SENTENCE] * 1000))
    task = asyncio.create_task(world.told())
    await until(lambda: world.figure("questions_under_way") == 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert world.ended("quotes", "left") == 1


async def test_searching_is_timed_and_stopping_passed_on() -> None:
    world = World()
    assert await world.measured.search(QUESTION, 3) == []
    world.measured.stop("mine", principal=QUESTION.principal)
    assert world.figure("search_seconds_count") == 1
    assert world.scripted.stopped == [("mine", QUESTION.principal)]


# The model


async def test_the_first_word_of_a_model_is_timed() -> None:
    metrics, clock = Metrics(), Clock()

    class Thinks(Says):
        async def complete(self, prompt: Prompt) -> AsyncGenerator[str, None]:
            for each in self.pieces:
                clock.seconds += 0.75
                yield each

    model = MeasuredModel(Thinks("one", "two"), metrics, clock)
    assert await asked(model, "ann") == ["one", "two"]  # type: ignore[arg-type]
    assert model.name == "says"
    assert figure(metrics, "model_first_word_seconds_sum") == 0.75
    assert figure(metrics, "model_first_word_seconds_count") == 1


@pytest.mark.parametrize("failing", list(Failing))
async def test_each_failure_of_a_model_is_counted(failing: Failing) -> None:
    metrics = Metrics()
    model = MeasuredModel(Says("half", failing=failing), metrics)
    with pytest.raises(ModelFailed):
        await asked(model, "ann")  # type: ignore[arg-type]
    counts = {each: figure(metrics, "model_failures_total", failing=each.value) for each in Failing}
    assert counts == dict.fromkeys(Failing, 0.0) | {failing: 1.0}


async def test_a_model_that_is_left_midway_is_closed_and_has_not_failed() -> None:
    metrics, says = Metrics(), Says("one", "two")
    async with aclosing(MeasuredModel(says, metrics).complete(prompt("ann"))) as pieces:
        await anext(pieces)
    assert says.is_closed
    assert sum(figure(metrics, "model_failures_total", failing=each.value) for each in Failing) == 0


async def test_the_queue_at_the_model_is_told_as_it_is() -> None:
    metrics, slow = Metrics(), Slow()
    breaker = Breaker(slow)
    turns = TakingTurns(breaker, Room(at_once=1, waiting=4))
    metrics.watch_model(turns, breaker)
    tasks = [asyncio.create_task(asked(turns, each)) for each in ("ann", "bob", "eve")]
    await until(lambda: turns.waiting == 2)
    assert figure(metrics, "model_requests_under_way") == 1
    assert figure(metrics, "model_requests_waiting") == 2
    for _ in tasks:
        slow.lets.release()
    await asyncio.gather(*tasks)
    assert figure(metrics, "model_requests_under_way") == 0
    assert figure(metrics, "model_requests_waiting") == 0


async def test_the_breaker_is_told_as_it_is() -> None:
    metrics, clock = Metrics(), Clock()
    breaker = Breaker(Says(failing=Failing.DOWN), most_failures=2, clock=clock)
    turns = TakingTurns(breaker)
    metrics.watch_model(turns, breaker)
    for resting in (0, 1):
        with pytest.raises(ModelFailed):
            await asked(turns, "ann")
        assert figure(metrics, "model_resting") == resting
        assert figure(metrics, "model_rests_total") == resting


async def test_tokens_are_counted_as_the_server_tells() -> None:
    metrics = Metrics()
    metrics.saw(Usage(prompt=900, cached=700, answer=40))
    metrics.saw(Usage(prompt=100, cached=0, answer=2))
    assert figure(metrics, "prompt_tokens_total") == 1000
    assert figure(metrics, "cached_tokens_total") == 700
    assert figure(metrics, "answer_tokens_total") == 42


async def test_what_is_retrieved_and_withheld_is_counted_where_it_happens() -> None:
    metrics = Metrics()
    says = Says("It is false. [1.1]\nNobody said so.\nSix months. [1.1]")
    writer = Writer(Composer(str, b"s" * 32), says, Carries(), metrics)
    assistant = Assistant(
        Shelf(),  # type: ignore[arg-type]
        Quoter(EMBEDDER, WORDS.terms, ANSWERS),
        writer=writer,
        watching=metrics,
    )
    await assistant.ask(lease_question())
    assert figure(metrics, "retrieval_seconds_count") == 1
    assert figure(metrics, "sentences_withheld_total") == 2


# The record


async def test_notes_on_record_are_timed_and_failures_counted() -> None:
    metrics, record = Metrics(), RememberingRecord()
    measured = MeasuredRecord(record, metrics)
    event = Event(Act.ASK, "ann", "web")
    assert await measured.note(event) == 1
    record.fails = DISK_FULL
    with pytest.raises(Unavailable) as caught:
        await measured.note(event)
    assert caught.value is DISK_FULL
    assert record.events == [event]
    assert figure(metrics, "record_note_seconds_count") == 2
    assert figure(metrics, "record_failures_total") == 1


def test_two_in_one_process_do_not_meet() -> None:
    one, other = Metrics(), Metrics()
    one.saw(Checked(is_carried=False, cited=1))
    assert figure(one, "sentences_withheld_total") == 1
    assert figure(other, "sentences_withheld_total") == 0
