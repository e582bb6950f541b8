"""What comes at once is written together; each learns what became of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from assistant.slack.grouped import Grouped


class Book:
    """Notes the groups it is given; the first waits for the gate."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.gate = asyncio.Event()
        self.fails = False

    async def write(self, items: Sequence[int]) -> list[int]:
        self.groups.append(list(items))
        await self.gate.wait()
        if self.fails:
            raise OSError("full")
        return [item * 2 for item in items]


async def test_what_comes_while_something_is_written_is_written_together() -> None:
    book = Book()
    grouped = Grouped(book.write, 10)
    putting = [asyncio.create_task(grouped.put(number)) for number in range(25)]
    await asyncio.sleep(0)
    late = asyncio.create_task(grouped.put(99))
    await asyncio.sleep(0)
    book.gate.set()

    assert await asyncio.gather(*putting) == [number * 2 for number in range(25)]
    assert await late == 198
    assert [len(each) for each in book.groups] == [10, 10, 6]


async def test_a_failure_is_told_to_those_it_concerns_and_the_next_are_written() -> None:
    book = Book()
    book.fails = True
    book.gate.set()
    grouped = Grouped(book.write, 10)

    with pytest.raises(OSError, match="full"):
        await grouped.put(1)
    book.fails = False
    assert await grouped.put(2) == 4


async def test_whoever_goes_away_takes_nobody_along() -> None:
    book = Book()
    grouped = Grouped(book.write, 10)
    gone, stays = (asyncio.create_task(grouped.put(number)) for number in (1, 2))
    await asyncio.sleep(0)
    gone.cancel()
    book.gate.set()

    assert await stays == 4
    assert book.groups == [[1, 2]]
