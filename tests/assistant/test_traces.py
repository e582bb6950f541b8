"""A trace has a span for each step, ended whatever happens, and no word unless it is allowed."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from assistant.answers import Opening, Question, Told
from assistant.assistant import Assistant
from assistant.completion import Usage
from assistant.compose import Composer
from assistant.measured import Measured, MeasuredModel, MeasuredRecord
from assistant.model import Failing
from assistant.prompt import Prompt
from assistant.quotes import Quoter
from assistant.recorded import Recorded
from assistant.stopping import NeverStopped, Underway
from assistant.traces import Span, Telling, Tracer, Traces
from assistant.turns import TakingTurns
from assistant.watching import Asked, Step, Watching, asked_here, at_work_on, working_on
from assistant.writer import Writer
from retrieval.access import Principal
from retrieval.documents import Scope, now
from retrieval.errors import Unavailable
from retrieval.retriever import Retrieved
from tests.assistant.figures import Clock
from tests.assistant.test_quotes import ANSWERS
from tests.assistant.test_writer import Carries, Says
from tests.retrieval.made_candidates import EMBEDDER, WORDS, retrieved_of
from tests.retrieval.records import DISK_FULL, RememberingRecord

CANARY = "zq7canary"
SAID = f"The {CANARY} tenant gives six months. [1.1]"


@dataclass
class Kept(Span):
    """A span that is kept, with all that it was told."""

    name: str
    user: str = ""
    session: str = ""
    figures: dict[str, Any] = field(default_factory=dict)
    model: str = ""
    has_spoken: bool = False
    usage: Usage | None = None
    given: str = ""
    made: str = ""
    ends: list[str] = field(default_factory=list)
    spans: list[Kept] = field(default_factory=list)

    def begin(self, name: str, session: str) -> Kept:
        self.spans.append(Kept(name, self.user, session))
        return self.spans[-1]

    def tell(self, telling: Telling) -> None:
        assert not self.ends, f"{self.name} has ended"
        self.figures |= telling.figures
        self.model = telling.model or self.model
        self.has_spoken |= telling.spoke_at is not None
        self.usage = telling.usage or self.usage
        self.given = telling.given or self.given
        self.made = telling.made or self.made

    def end(self, failed: str = "") -> None:
        self.ends.append(failed)

    def named(self, name: str) -> list[Kept]:
        return [each for each in self.spans if each.name == name]

    def all(self) -> Iterator[Kept]:
        yield self
        for each in self.spans:
            yield from each.all()


class Keeping:
    """Keeps traces."""

    def __init__(self) -> None:
        self.traces: list[Kept] = []
        self.known_by: list[str] = []
        self.scores: list[tuple[str, str, bool, str]] = []

    def begin(self, name: str, user: str, session: str, known_by: str = "") -> Kept:
        self.traces.append(Kept(name, user, session))
        self.known_by.append(known_by)
        return self.traces[-1]

    def score(self, known_by: str, name: str, *, is_so: bool, comment: str) -> None:
        self.scores.append((known_by, name, is_so, comment))


class Titled:
    """Finds what bears the canary, or nothing can be found."""

    def __init__(self, failing: Exception | None = None) -> None:
        self.failing = failing

    async def retrieve(self, text: str, **_: object) -> Retrieved:
        if self.failing:
            raise self.failing
        words = f"The {CANARY} tenant must give notice of six months."
        return await retrieved_of(text, [(f"Lease of {CANARY}", words)])


class Using(Says):
    """Tells how many tokens it used, as a server does at the end."""

    watching: Watching

    async def complete(self, prompt: Prompt) -> AsyncGenerator[str, None]:
        async with aclosing(super().complete(prompt)) as pieces:
            async for piece in pieces:
                yield piece
        self.watching.saw(Usage(prompt=90, cached=70, answer=4))


class World:
    """An assistant joined as a server joins it, with a model or without, traced."""

    def __init__(
        self,
        *says: str,
        failing: Failing | None = None,
        lost: Exception | None = None,
        has_words: bool = False,
        tracer: Tracer | None = None,
    ) -> None:
        self.keeping, self.record = Keeping(), RememberingRecord()
        taker = tracer or self.keeping
        traces = Traces(taker, lambda kind, name: f"{kind}-{len(name)}", has_words=has_words)
        self.traces = traces
        self.model = Using(*says, failing=failing)
        self.model.watching = traces
        model = TakingTurns(MeasuredModel(self.model, traces, Clock()))
        writer = Writer(Composer(str, b"s" * 32), model, Carries(), traces)
        assistant = Assistant(
            Titled(lost),  # type: ignore[arg-type]
            Quoter(EMBEDDER, WORDS.terms, ANSWERS),
            Underway(NeverStopped()),
            writer if says or failing else None,
            traces,
        )
        recorded = Recorded(assistant, MeasuredRecord(self.record, traces), "settings")
        self.measured = Measured(recorded, traces, Clock())

    async def told(self, conversation: str | None = None) -> list[Told]:
        self.asked = asking(conversation)
        return [each async for each in self.measured.stream(self.asked)]

    @property
    def trace(self) -> Kept:
        [trace] = self.keeping.traces
        return trace


def asking(conversation: str | None = None) -> Question:
    text = f"How many months of notice must the {CANARY} tenant give?"
    person = Principal.person(f"ann.{CANARY}")
    return Question(text, person, Scope(as_of=now()), conversation=conversation)


def names(trace: Kept) -> list[str]:
    return sorted(each.name for each in trace.spans)


async def test_a_models_answer_has_a_span_for_each_step() -> None:
    world = World(f"{SAID}\n", f"It is false, {CANARY}. [1.1]\n", "Nobody said so.")
    await world.told()
    trace = world.trace
    assert names(trace) == [
        *["complete", "compose", "record", "record", "record", "retrieve"],
        *["verify", "verify", "verify"],
    ]
    figures = trace.figures
    assert (figures["mode"], figures["outcome"], figures["channel"]) == ("model", "answered", "web")
    assert (figures["sentences"], figures["checked"], figures["withheld"]) == (1, 3, 2)
    assert figures["faults"] == {"uncited": 1}
    assert figures["entry"] == 1
    assert [each.figures["carried"] for each in trace.named("verify")] == [True, False, False]
    [composed] = trace.named("compose")
    assert composed.figures["passages"] == 1
    assert composed.figures["bytes"] > 0
    [found] = trace.named("retrieve")
    assert found.figures["found"] == 1
    assert found.figures["passages"][0].count("/") == 2


async def test_a_score_finds_the_trace_of_what_its_person_was_told() -> None:
    world = World()
    await world.told()
    person = world.asked.principal.name
    for name, is_helpful in ((person, False), (f"{person}x", True)):
        world.traces.scored(world.asked.id, person=name, is_helpful=is_helpful, reason="wrong")
    [(mine, *told), (other, *_)] = world.keeping.scores

    assert [mine] == world.keeping.known_by
    assert told == ["helpful", False, "wrong"]
    assert other != mine
    assert world.asked.id not in mine


async def test_the_completion_tells_model_first_word_and_tokens() -> None:
    world = World(SAID)
    await world.told()
    [complete] = world.trace.named("complete")
    assert complete.model == "says"
    assert complete.has_spoken
    assert complete.usage == Usage(prompt=90, cached=70, answer=4)
    assert "first_word_seconds" in complete.figures


async def test_quotes_have_their_own_spans() -> None:
    world = World()
    await world.told()
    assert names(world.trace) == ["quote", *["record"] * 3, "retrieve", "verify"]
    assert world.trace.figures["mode"] == "quotes"
    [verify] = world.trace.named("verify")
    assert verify.figures == {"checked": 1, "withheld": 0}


@pytest.mark.parametrize("failing", list(Failing))
async def test_a_model_that_fails_is_named_by_its_class_and_kind(failing: Failing) -> None:
    world = World(failing=failing)
    await world.told()
    for complete in world.trace.named("complete"):
        assert complete.ends == ["ModelFailed"]
        assert complete.figures["failing"] == failing.value
    assert world.trace.named("complete")
    assert world.trace.ends == [""]
    assert world.trace.figures["mode"] == "quotes"


async def test_an_error_is_its_class_and_never_its_message() -> None:
    world = World(lost=Unavailable(f"{CANARY} cannot be read."))
    with pytest.raises(Unavailable):
        await world.told()
    [retrieve] = world.trace.named("retrieve")
    assert retrieve.ends == world.trace.ends == ["Unavailable"]
    assert CANARY not in repr(world.trace)


async def test_what_cannot_be_noted_is_an_error_of_the_record() -> None:
    world = World(SAID)
    world.record.fails = DISK_FULL
    with pytest.raises(Unavailable):
        await world.told()
    assert [each.ends for each in world.trace.named("record")] == [["Unavailable"]]
    assert world.trace.ends == ["Unavailable"]


async def test_every_span_ends_once_if_who_asked_leaves() -> None:
    world = World(f"{SAID}\n", *[f"{SAID}\n"] * 3)
    async with aclosing(world.measured.stream(asking())) as pieces:
        await anext(pieces)
    for _ in range(20):
        await asyncio.sleep(0)
    assert world.trace.figures["outcome"] == "left"
    assert [each.ends for each in world.trace.all()] == [[""]] * len([*world.trace.all()])


async def test_every_span_ends_once_if_it_is_stopped() -> None:
    world = World(*[f"{SAID}\n"] * 3)
    question = asking()
    told = []
    async for piece in world.measured.stream(question):
        told.append(piece)
        if len(told) == 1:
            world.measured.stop(question.id, principal=question.principal)
    for _ in range(20):
        await asyncio.sleep(0)
    assert world.trace.figures["outcome"] == "stopped"
    assert all(len(each.ends) == 1 for each in world.trace.all())


async def test_a_step_that_is_cancelled_ended_early_and_did_not_fail() -> None:
    world = World(f"{SAID}\n")
    waits = asyncio.Event()

    class Hangs(Says):
        async def complete(self, prompt: Prompt) -> AsyncGenerator[str, None]:
            waits.set()
            await asyncio.Event().wait()
            yield ""

    world.model.complete = Hangs().complete  # type: ignore[method-assign]
    task = asyncio.create_task(world.told())
    await waits.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    for _ in range(20):
        await asyncio.sleep(0)
    [complete] = world.trace.named("complete")
    assert (complete.ends, complete.figures["ended"]) == ([""], "early")
    assert (world.trace.ends, world.trace.figures["outcome"]) == ([""], "left")


@pytest.mark.parametrize("says", [(SAID,), ()], ids=["model", "quotes"])
async def test_no_word_is_told(says: tuple[str, ...]) -> None:
    world = World(*says)
    await world.told(conversation=f"the {CANARY} case")
    assert len([*world.trace.all()]) > 5
    assert CANARY not in repr(world.trace)
    assert {each.given + each.made for each in world.trace.all()} == {""}


async def test_words_are_told_if_they_are_allowed_and_as_words_alone() -> None:
    world = World(SAID, has_words=True)
    await world.told()
    trace = world.trace
    [complete], [retrieve] = trace.named("complete"), trace.named("retrieve")
    assert trace.given == asking().text
    assert trace.made == SAID.removesuffix(" [1.1]")
    assert complete.made == SAID
    assert f"Question: {asking().text}" in complete.given
    assert "notice of six months" in retrieve.made
    for each in trace.all():
        assert CANARY not in repr((each.figures, each.model, each.user, each.session, each.ends))


async def test_half_a_character_is_no_obstacle() -> None:
    world = World(SAID, has_words=True)
    question = Question("six months \ud800?", Principal.person("ann"), Scope(as_of=now()))
    assert [each async for each in world.measured.stream(question)]
    assert world.trace.given == "six months ??"


async def test_people_and_conversations_go_by_pseudonyms() -> None:
    world = World(SAID)
    await world.told(conversation="c" * 32)
    assert (world.trace.user, world.trace.session) == ("user-13", "conversation-32")
    assert {each.user for each in world.trace.spans} == {"user-13"}


def test_a_conversation_that_begins_with_an_answer_is_known_from_then_on() -> None:
    keeping = Keeping()
    traces, asked = Traces(keeping, lambda kind, name: f"{kind}-{len(name)}"), Asked(asking(""))
    traces.began(asked)
    begun = replace(asked.question, conversation="c" * 32)
    traces.told(asked, Opening(begun, "quotes", "Here is what your sources say", ()))
    with at_work_on(asked), traces.step(Step.RECORD):
        pass
    [trace] = keeping.traces
    assert (trace.session, trace.spans[0].session) == ("", "conversation-32")


async def test_two_questions_at_once_do_not_mix() -> None:
    world = World(SAID)
    await asyncio.gather(*(world.told() for _ in range(5)))
    assert len(world.keeping.traces) == 5
    for trace in world.keeping.traces:
        assert names(trace) == ["complete", "compose", *["record"] * 3, "retrieve", "verify"]


async def test_each_piece_may_be_taken_by_another_task() -> None:
    world = World(f"{SAID}\n", SAID)
    pieces = world.measured.stream(asking())
    count = 0
    while await asyncio.create_task(anext(pieces, None)) is not None:  # type: ignore[arg-type]
        count += 1
    assert count > 2
    assert names(world.trace) == [
        "complete",
        "compose",
        *["record"] * 3,
        "retrieve",
        *["verify"] * 2,
    ]
    assert asked_here() is None


async def test_the_question_is_nobodys_outside_its_steps() -> None:
    world = World()
    async with aclosing(working_on(Asked(asking()), context())) as pieces:
        assert await anext(pieces) is None
    assert asked_here() is None
    assert world.keeping.traces == []


async def test_a_trace_is_forgotten_with_its_question() -> None:
    world = World(SAID)
    await world.told()
    left = world.measured._watching._traces  # type: ignore[attr-defined]
    for _ in range(500):  # a thread that worked for it may not have let go yet
        gc.collect()
        if not left:
            break
        await asyncio.sleep(0.01)
    assert len(left) == 0


async def context() -> AsyncGenerator[None, None]:
    yield None
