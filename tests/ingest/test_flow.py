"""Stages that run at the same time: order, bounds, errors."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from ingest.flow import Flow


async def _counted(most: int) -> AsyncIterator[int]:
    for number in range(most):
        yield number


async def test_mapped_keeps_the_order_and_runs_so_many_at_once() -> None:
    running, peak = 0, 0

    async def slower_first(number: int) -> int:
        nonlocal running, peak
        running += 1
        peak = max(peak, running)
        for _ in range(10 - number):
            await asyncio.sleep(0)
        running -= 1
        return number

    async with Flow() as flow:
        seen = [each async for each in flow.mapped(_counted(10), slower_first, 3)]
    assert seen == list(range(10))
    assert peak == 3


async def test_mapped_raises_what_the_work_raised_after_what_came_before() -> None:
    async def fails_at_two(number: int) -> int:
        if number == 2:
            raise ValueError("two")
        return number

    seen: list[int] = []

    async def take() -> None:
        async with Flow() as flow:
            async for each in flow.mapped(_counted(5), fails_at_two, 2):
                seen.append(each)

    with pytest.raises(ValueError, match="two"):
        await take()
    assert seen == [0, 1]


async def test_handfuls_take_what_is_there_and_wait_for_no_more() -> None:
    gate = asyncio.Event()

    async def in_two_goes() -> AsyncIterator[int]:
        for number in range(5):
            yield number
        await gate.wait()
        yield 5
        raise ValueError("six")

    seen: list[list[int]] = []

    async def take() -> None:
        async with Flow() as flow:
            async for each in flow.handfuls(in_two_goes(), 3):
                seen.append(each)
                if sum(map(len, seen)) == 5:
                    gate.set()

    with pytest.raises(ValueError, match="six"):
        await take()
    assert [number for each in seen for number in each] == [0, 1, 2, 3, 4, 5]
    assert max(map(len, seen)) == 3
    async with Flow() as flow:
        assert [each async for each in flow.handfuls(_counted(0), 3)] == []


async def test_leaving_the_flow_ends_work_under_way() -> None:
    ended = asyncio.Event()

    async def for_ever(number: int) -> int:
        if not number:
            return number
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return number

    async with Flow() as flow:
        async for _ in flow.mapped(_counted(3), for_ever, 2):
            await asyncio.sleep(0)
            break
    assert ended.is_set()
