"""Batches of pieces: the first at once, the others in their time, and no piece lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from assistant.slack.pacing import paced


async def told(*steps: object) -> AsyncGenerator[object, None]:
    for step in steps:
        if isinstance(step, asyncio.Event):
            await step.wait()
        elif isinstance(step, Exception):
            raise step
        else:
            yield step


async def test_what_comes_at_once_is_one_batch() -> None:
    assert [each async for each in paced(told(1, 2, 3), 3600)] == [[1, 2, 3]]


async def test_what_comes_later_comes_with_the_end_if_its_time_is_not_yet() -> None:
    goes_on = asyncio.Event()
    batches = paced(told(1, goes_on, 2, 3), 3600)
    first = await anext(batches)
    goes_on.set()

    assert first == [1]
    assert [each async for each in batches] == [[2, 3]]


async def test_what_is_not_shown_lets_the_next_come_at_once() -> None:
    goes_on, ends = asyncio.Event(), asyncio.Event()
    batches = paced(told("opening", goes_on, 1, ends, 2), 3600, lambda each: each != "opening")
    first = await anext(batches)
    goes_on.set()
    second = await anext(batches)
    ends.set()

    assert [first, second] == [["opening"], [1]]
    assert [each async for each in batches] == [[2]]


async def test_what_goes_wrong_is_raised_and_not_what_came_just_before_it() -> None:
    goes_on = asyncio.Event()
    batches = paced(told(1, goes_on, 2, ValueError("wrong")), 0)
    assert await anext(batches) == [1]
    goes_on.set()

    with pytest.raises(ValueError, match="wrong"):
        await anext(batches)


async def test_who_leaves_ends_what_is_told() -> None:
    closed = asyncio.Event()

    async def endless() -> AsyncGenerator[int, None]:
        try:
            while True:
                yield 1
                await asyncio.Event().wait()
        finally:
            closed.set()

    async with aclosing(paced(endless(), 0)) as batches:
        assert await anext(batches) == [1]

    assert closed.is_set()


async def test_nothing_told_is_no_batch() -> None:
    assert [each async for each in paced(told(), 0)] == []
