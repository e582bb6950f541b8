"""More is asked than the model can answer, for minutes that do not really pass.

What stands in front of the model is real; the model, the looking and the clock are not.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pytest

from assistant.admission import Admission, Admitted
from assistant.answers import Opening, Question, Sentence, Told
from assistant.model import ModelFailed
from assistant.prompt import Prompt
from assistant.recorded import Found
from assistant.turns import Room, TakingTurns
from evals.bench.model_standin import Hardware
from retrieval.access import Principal
from retrieval.documents import Scope
from retrieval.errors import Busy, NotFound
from tests.assistant.jumping_loop import run

HARDWARE = Hardware()
SECONDS = 240.0
BUILDS_UP_SECONDS = 20.0
LOOKING_SECONDS = 0.03
FIRST_SENTENCE_TOKENS = 28
PEOPLE = 400


class Gpu:
    """A model that takes its time, more of it the more it has to do."""

    name = "gpu"

    def __init__(self) -> None:
        self.running = self.most = 0
        self._drawn = random.Random(1)

    async def complete(self, prompt: Prompt) -> AsyncGenerator[str, None]:
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await asyncio.sleep(HARDWARE.reading(self.running))
            tokens = HARDWARE.tokens(self._drawn)
            first = min(FIRST_SENTENCE_TOKENS, tokens)
            await asyncio.sleep(first * HARDWARE.writing(self.running))
            yield "first"
            await asyncio.sleep((tokens - first) * HARDWARE.writing(self.running))
        finally:
            self.running -= 1


@dataclass
class House:
    """An assistant that looks for passages, then has the model write, or else quotes."""

    model: TakingTurns

    async def stream(self, question: Question) -> AsyncGenerator[Told, None]:
        await asyncio.sleep(LOOKING_SECONDS)
        prompt = Prompt((), {}, "", "", 1, question.principal.name)
        try:
            async for _ in self.model.complete(prompt):
                yield Opening(question, "model", "", ())
                yield Sentence("It is so.", ())
        except ModelFailed:
            yield Opening(question, "quotes", "", ())
            yield Sentence("It stands there.", ())

    def stop(self, answer_id: str, *, principal: Principal) -> None:
        raise NotFound("There is no such answer of yours being written.")

    async def search(self, question: Question, limit: int) -> Sequence[Found]:
        return ()


@dataclass
class Tally:
    """How the questions went that came once the load had built up."""

    ended: Counter[str] = field(default_factory=Counter)
    firsts: list[float] = field(default_factory=list)
    retries: Counter[int] = field(default_factory=Counter)
    whole_answers: int = 0
    most_running: int = 0

    @property
    def p99(self) -> float:
        return float(np.percentile(self.firsts, 99))


@cache
def under(load: float) -> Tally:
    """Return what became of `load` times as much as the model can answer."""
    return run(offered(load))


async def offered(load: float) -> Tally:
    clock = asyncio.get_running_loop().time
    gpu, tally, drawn = Gpu(), Tally(), random.Random(load)
    room = Room(at_once=HARDWARE.slots)
    turns = TakingTurns(gpu, room, clock)
    admission = Admission(room, clock=clock)
    admission.follow(turns.room)
    assistant, asking = Admitted(House(turns), admission), []
    per_second = load * HARDWARE.capacity()
    while clock() < BUILDS_UP_SECONDS + SECONDS:
        await asyncio.sleep(drawn.expovariate(per_second))
        asker = f"person-{drawn.randrange(PEOPLE)}"
        asking.append(asyncio.create_task(ask(assistant, asker, tally)))
    await asyncio.gather(*asking)
    tally.most_running = gpu.most
    return tally


async def ask(assistant: Admitted, asker: str, tally: Tally) -> None:
    clock = asyncio.get_running_loop().time
    began, first, mode = clock(), None, "lost"
    question = Question("why?", Principal.person(asker, []), Scope(as_of=0))
    try:
        async for told in assistant.stream(question):
            if isinstance(told, Opening):
                mode = told.mode
            elif isinstance(told, Sentence) and first is None:
                first = clock() - began
    except Busy as busy:
        mode = "refused"
        tally.retries[busy.retry_seconds] += 1
        assert clock() == began, "whoever is refused has waited for nothing"
    if BUILDS_UP_SECONDS <= clock() < BUILDS_UP_SECONDS + SECONDS:
        tally.whole_answers += mode == "model"
    if began >= BUILDS_UP_SECONDS:
        tally.ended[mode] += 1
        tally.firsts += [first] if first is not None else []


LOADS = (0.5, 0.9, 1.0, 2.0, 4.0)


def test_whoever_is_let_in_is_answered_about_as_soon_at_four_times_the_load() -> None:
    assert under(4.0).p99 <= 1.5 * under(0.9).p99


def test_as_much_is_answered_at_four_times_the_load() -> None:
    peak = max(under(each).whole_answers for each in LOADS)
    assert under(4.0).whole_answers >= 0.9 * peak
    assert under(2.0).whole_answers >= 0.9 * peak


@pytest.mark.parametrize("load", LOADS)
def test_nothing_that_was_let_in_is_lost(load: float) -> None:
    tally = under(load)
    assert tally.ended["lost"] == 0
    assert tally.ended["quotes"] <= 0.01 * sum(tally.ended.values())
    assert tally.most_running <= HARDWARE.slots


def test_hardly_anybody_is_refused_while_the_model_keeps_up() -> None:
    for load, most in ((0.5, 0.002), (0.9, 0.05)):
        ended = under(load).ended
        assert ended["refused"] <= most * sum(ended.values())


def test_whoever_is_refused_is_told_to_come_back_when_what_is_open_has_ended() -> None:
    assert set(under(4.0).retries) <= {1, 2, 3, 4, 5, 6}
    assert under(4.0).retries.most_common(1)[0][0] in (3, 4)
