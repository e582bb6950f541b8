"""At the model: so many at once, a few waiting, nobody's many before another's one."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.model import Failing, ModelFailed
from assistant.prompt import Prompt
from assistant.turns import RETRY_SECONDS, Room, Rotation, TakingTurns, Waiting
from retrieval.errors import Busy
from tests.assistant.http_world import until


@dataclass
class Slow:
    """Says one word to each, when it is let."""

    name: str = "slow"
    begun: list[str] = field(default_factory=list)
    lets: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    under_way: int = 0
    most: int = 0

    async def complete(self, prompt: Prompt) -> AsyncGenerator[str, None]:
        self.begun.append(prompt.asker)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await self.lets.acquire()
            if prompt.asker == "unlucky":
                raise ModelFailed(Failing.BROKEN, "It broke.")
            yield "word"
        finally:
            self.under_way -= 1


def prompt(asker: str) -> Prompt:
    return Prompt((), {}, "", "", 1, asker)


async def asked(model: TakingTurns, asker: str) -> list[str]:
    return [piece async for piece in model.complete(prompt(asker))]


class Crowd:
    """Asks, and keeps what is under way."""

    def __init__(self, room: Room) -> None:
        self.slow = Slow()
        self.model = TakingTurns(self.slow, room)
        self.tasks: list[asyncio.Task[list[str]]] = []

    async def asks(self, *askers: str) -> None:
        for asker in askers:
            task = asyncio.create_task(asked(self.model, asker))
            self.tasks.append(task)
            await asyncio.sleep(0.002)

    async def ends(self) -> None:
        for _ in range(100):
            self.slow.lets.release()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        assert self.slow.under_way == self.model.waiting == 0


async def test_no_more_than_the_room_are_under_way_and_all_come_to_their_turn() -> None:
    crowd = Crowd(Room(at_once=3, waiting=20))
    await crowd.asks(*["ann"] * 12)
    assert (crowd.slow.under_way, crowd.model.waiting) == (3, 9)
    await crowd.ends()
    assert crowd.slow.most == 3
    assert [task.result() for task in crowd.tasks] == [["word"]] * 12


async def test_who_comes_when_too_many_wait_is_told_at_once() -> None:
    crowd = Crowd(Room(at_once=1, waiting=2))
    await crowd.asks("ann", "bob", "cam")
    with pytest.raises(Busy) as caught:
        await asked(crowd.model, "dan")
    assert caught.value.retry_seconds == RETRY_SECONDS
    assert crowd.slow.begun == ["ann"]
    await crowd.ends()


async def test_who_has_less_under_way_is_next_and_among_them_people_take_turns() -> None:
    crowd = Crowd(Room(at_once=2, waiting=8))
    await crowd.asks("ann", "ann", "ann", "ann", "bob", "cam", "ann")
    for number in range(3, 8):
        crowd.slow.lets.release()
        await until(lambda number=number: len(crowd.slow.begun) == number)  # type: ignore[misc]
    assert crowd.slow.begun == ["ann", "ann", "bob", "ann", "cam", "ann", "ann"]
    await crowd.ends()


async def test_who_leaves_while_waiting_or_under_way_gives_the_place_back() -> None:
    crowd = Crowd(Room(at_once=1, waiting=2))
    await crowd.asks("ann", "bob", "cam")
    crowd.tasks[1].cancel()
    await until(lambda: crowd.model.waiting == 1)
    crowd.tasks[0].cancel()
    await until(lambda: crowd.slow.begun == ["ann", "cam"])
    await crowd.ends()
    assert crowd.tasks[2].result() == ["word"]


async def test_who_leaves_at_the_moment_of_their_turn_loses_it_for_nobody() -> None:
    crowd = Crowd(Room(at_once=1, waiting=2))
    await crowd.asks("ann", "bob", "cam")
    crowd.tasks[0].cancel()
    await asyncio.sleep(0)
    crowd.tasks[1].cancel()
    await until(lambda: "cam" in crowd.slow.begun)
    await crowd.ends()
    assert crowd.tasks[2].result() == ["word"]


async def test_who_has_waited_too_long_is_told_and_gives_the_place_in_the_queue_back() -> None:
    crowd = Crowd(Room(at_once=1, waiting=2, longest_seconds=0.05))
    await crowd.asks("ann", "bob")
    with pytest.raises(ModelFailed) as caught:
        await crowd.tasks[1]
    assert caught.value.failing is Failing.BUSY
    assert crowd.model.waiting == 0
    await crowd.ends()
    assert crowd.tasks[0].result() == ["word"]


async def test_a_failure_gives_the_place_back() -> None:
    crowd = Crowd(Room(at_once=1, waiting=2))
    await crowd.asks("unlucky", "bob")
    await crowd.ends()
    assert isinstance(crowd.tasks[0].exception(), ModelFailed)
    assert crowd.tasks[1].result() == ["word"]


async def test_a_stream_that_is_closed_gives_the_place_back() -> None:
    crowd = Crowd(Room(at_once=1, waiting=1))
    crowd.slow.lets.release()
    stream = crowd.model.complete(prompt("ann"))
    assert await anext(stream) == "word"
    await stream.aclose()
    assert crowd.slow.under_way == 0
    await crowd.asks("bob")
    await crowd.ends()
    assert crowd.tasks[0].result() == ["word"]


@dataclass
class Line:
    """A model with some slots where people come, end and give up in any order; no time passes."""

    slots: int
    rotation: Rotation = field(default_factory=Rotation)
    under_way: Counter[str] = field(default_factory=Counter)
    waiting: list[Waiting] = field(default_factory=list)
    passed: dict[Waiting, Counter[str]] = field(default_factory=dict)

    def comes(self, asker: str) -> None:
        if self.under_way.total() < self.slots:
            self.under_way[asker] += 1
            return
        came = Waiting(asker)
        self.waiting.append(came)
        self.passed[came] = Counter()
        self.rotation.add(came)

    def ends(self, at: int) -> None:
        under_way = sorted(self.under_way.elements())
        if not under_way:
            return
        self.under_way[under_way[at % len(under_way)]] -= 1
        self.under_way += Counter()
        if not self.waiting:
            return
        before = {each: self._own(each.asker) for each in self.waiting}
        following = self.rotation.take(self.under_way)
        self.waiting.remove(following)
        self.under_way[following.asker] += 1
        for each in self.waiting:
            if before[each] == 1 and not self.under_way[each.asker]:
                self.passed[each][following.asker] += 1
                assert self.passed[each][following.asker] <= 1
            else:
                self.passed[each].clear()

    def gives_up(self, at: int) -> None:
        if self.waiting:
            self.rotation.remove(self.waiting.pop(at % len(self.waiting)))

    def _own(self, asker: str) -> int:
        return sum(each.asker == asker for each in self.waiting)


ASKERS = st.sampled_from(["ann", "ann", "ann", "bob", "cam", "dan"])
HAPPENS = st.one_of(
    st.tuples(st.just("comes"), ASKERS),
    st.tuples(st.just("ends"), st.integers(0, 9)),
    st.tuples(st.just("gives_up"), st.integers(0, 9)),
)


@given(st.integers(1, 3), st.lists(ASKERS, max_size=20), st.lists(HAPPENS, max_size=40))
def test_nobody_with_one_question_sees_two_of_another_go_first(
    slots: int, rush: list[str], course: list[tuple[str, str | int]]
) -> None:
    line = Line(slots)
    for what, whom in [*(("comes", each) for each in rush), *course]:
        getattr(line, what)(whom)
    left = len(line.waiting)
    assert len(line.rotation) == left
    for _ in range(left):
        line.ends(0)
    assert len(line.rotation) == 0
    assert line.waiting == []


async def test_fewer_wait_where_turns_take_long_and_more_again_where_they_do_not() -> None:
    now = [0.0]
    room = Room(at_once=2, waiting=12, fair_seconds=1.5)
    slow = Slow()
    model = TakingTurns(slow, room, clock=lambda: now[0])
    assert model.room() == room
    for seconds, most in ((1.0, 3), (1.0, 3), (4.0, 1), (60.0, 1)):
        task = asyncio.create_task(asked(model, "ann"))
        await until(lambda: slow.under_way == 1)
        now[0] += seconds
        slow.lets.release()
        await task
        assert (model.room().at_once, model.room().waiting) == (2, most)
    for _ in range(600):
        slow.lets.release()
        await asked(model, "ann")
    assert model.room().waiting == 12
