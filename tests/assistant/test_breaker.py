"""The breaker: what opens it, what closes it, and that it fails at once meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from assistant.breaker import COUNTED, Breaker
from assistant.model import Failing, ModelFailed
from assistant.prompt import Prompt
from tests.assistant.prompts import prompt_of, sglang_at, whole
from tests.models import Fault, Mode, Puppet
from tests.models.fixtures import fault, puppet

__all__ = ["fault", "puppet"]

FAILING = sorted(set(Failing) - {Failing.RESTING})


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Moody:
    """Fails as it is told to, after `words`; hangs for good while `hangs`."""

    name = "moody"

    def __init__(self) -> None:
        self.failing: Failing | None = None
        self.words = ["All is ", "well."]
        self.hangs = False
        self.asked = 0

    async def complete(self, prompt: Prompt) -> AsyncGenerator[str, None]:
        self.asked += 1
        for each in self.words:
            yield each
        if self.hangs:
            await asyncio.Event().wait()
        if self.failing:
            raise ModelFailed(self.failing, "It failed.")


class World:
    def __init__(self) -> None:
        self.clock, self.model = Clock(), Moody()
        self.breaker = Breaker(self.model, clock=self.clock)

    def falls_ill(self, failing: Failing = Failing.DOWN) -> None:
        self.model.failing, self.model.words = failing, []

    def recovers(self) -> None:
        self.model.failing, self.model.words = None, ["All is ", "well."]

    async def ask(self) -> Failing | None:
        try:
            await whole(self.breaker)
        except ModelFailed as failed:
            return failed.failing
        return None

    async def opens(self) -> None:
        self.falls_ill()
        assert [await self.ask() for _ in range(5)] == [Failing.DOWN] * 5
        assert self.breaker.is_resting


@pytest.fixture
def world() -> World:
    return World()


async def test_a_model_that_works_is_passed_through(world: World) -> None:
    assert await whole(world.breaker) == "All is well."
    assert world.breaker.name == "moody"
    assert not world.breaker.is_resting


@pytest.mark.parametrize("failing", FAILING)
async def test_five_failures_in_a_row_open_it_if_they_count(world: World, failing: Failing) -> None:
    world.falls_ill(failing)
    assert [await world.ask() for _ in range(5)] == [failing] * 5
    counts = failing in COUNTED
    assert world.breaker.is_resting is counts
    assert await world.ask() is (Failing.RESTING if counts else failing)
    assert world.model.asked == (5 if counts else 6)


async def test_half_an_answer_counts_as_well(world: World) -> None:
    world.model.failing = Failing.CUT
    for _ in range(5):
        await world.ask()
    assert world.breaker.is_resting


async def test_one_success_begins_the_row_anew(world: World) -> None:
    for _ in range(3):
        world.falls_ill(Failing.BROKEN)
        for _ in range(4):
            await world.ask()
        world.recovers()
        await world.ask()
    assert not world.breaker.is_resting


async def test_what_does_not_count_does_not_begin_it_anew(world: World) -> None:
    for failing in [Failing.SLOW, Failing.BUSY] * 5:
        world.falls_ill(failing)
        await world.ask()
    assert world.breaker.is_resting


async def test_while_it_rests_the_model_is_not_asked(world: World) -> None:
    await world.opens()
    for _ in range(1000):
        assert await world.ask() is Failing.RESTING
    with pytest.raises(ModelFailed) as caught:
        await whole(world.breaker)
    assert caught.value.wait_seconds == 10
    assert (world.model.asked, world.breaker.times_opened) == (5, 1)


async def test_one_at_a_time_tries_it_out(world: World) -> None:
    await world.opens()
    world.model.hangs = True
    world.clock.now += 10
    trial = asyncio.create_task(world.ask())
    await asyncio.sleep(0)
    assert world.model.asked == 6
    assert [await world.ask() for _ in range(50)] == [Failing.RESTING] * 50
    trial.cancel()
    await asyncio.gather(trial, return_exceptions=True)
    world.model.hangs = False
    assert await world.ask() is Failing.DOWN
    assert await world.ask() is Failing.RESTING
    assert world.model.asked == 7


async def test_a_trial_without_an_end_does_not_block_the_next(world: World) -> None:
    await world.opens()
    world.model.hangs = True
    world.clock.now += 10
    trial = asyncio.create_task(world.ask())
    await asyncio.sleep(0)
    world.recovers()
    world.model.hangs = False
    world.clock.now += 10
    assert await world.ask() is None
    trial.cancel()


async def test_it_closes_with_the_first_word_of_a_trial(world: World) -> None:
    await world.opens()
    world.recovers()
    world.clock.now += 10
    async with aclosing(world.breaker.complete(prompt_of())) as pieces:
        assert await anext(pieces) == "All is "
        assert not world.breaker.is_resting
        assert await world.ask() is None


@pytest.mark.parametrize("failing", sorted(set(FAILING) - COUNTED))
async def test_a_server_that_is_there_closes_it(world: World, failing: Failing) -> None:
    await world.opens()
    world.falls_ill(failing)
    world.clock.now += 10
    assert await world.ask() is failing
    assert not world.breaker.is_resting


async def test_after_a_trial_one_more_failure_opens_it(world: World) -> None:
    await world.opens()
    world.model.words = ["All "]
    world.clock.now += 10
    assert await world.ask() is Failing.DOWN
    assert await world.ask() is Failing.RESTING
    assert (world.model.asked, world.breaker.times_opened) == (6, 2)


@pytest.mark.parametrize("ill_seconds", [0.0, 1, 9.9, 10, 60, 3601])
@pytest.mark.parametrize("between", [0.5, 3])
async def test_it_is_closed_within_35_seconds_of_recovery(
    world: World, ill_seconds: float, between: float
) -> None:
    await world.opens()
    until = world.clock.now + ill_seconds
    while world.clock.now < until:
        assert await world.ask() in (Failing.DOWN, Failing.RESTING)
        world.clock.now += between
    world.recovers()
    recovered = world.clock.now
    while await world.ask() is not None:
        world.clock.now += between
    assert world.clock.now - recovered <= 35
    assert not world.breaker.is_resting


async def test_what_began_before_says_nothing_about_now(world: World) -> None:
    late = world.breaker.complete(prompt_of())
    assert await anext(late) == "All is "
    await world.opens()
    world.recovers()
    world.clock.now += 10
    assert await world.ask() is None
    world.model.failing = Failing.CUT
    with pytest.raises(ModelFailed):
        _ = [piece async for piece in late]
    assert not world.breaker.is_resting


async def test_who_has_enough_of_an_answer_is_no_failure(world: World) -> None:
    for _ in range(4):
        world.falls_ill()
        await world.ask()
        world.recovers()
        async with aclosing(world.breaker.complete(prompt_of())) as pieces:
            await anext(pieces)
    assert not world.breaker.is_resting


async def test_it_opens_and_closes_over_http(fault: Fault, puppet: Puppet) -> None:
    clock = Clock()
    fault.does(Mode.ERROR)
    async with sglang_at(fault.url) as model:
        breaker = Breaker(model, clock=clock)
        for failing in [Failing.BROKEN] * 5 + [Failing.RESTING] * 20:
            with pytest.raises(ModelFailed) as caught:
                await whole(breaker)
            assert caught.value.failing is failing
        assert len(fault.received) == 5
        fault.does(Mode.NONE)
        clock.now += 10
        assert await whole(breaker) == "One two three four."


async def test_closing_an_answer_reaches_the_server(fault: Fault) -> None:
    fault.does(Mode.ENDLESS)
    async with sglang_at(fault.url) as model:
        async with aclosing(Breaker(model).complete(prompt_of())) as pieces:
            await anext(pieces)
        assert await asyncio.to_thread(fault.received[0].wait_aborted)
