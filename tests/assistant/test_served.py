"""What servers tell of themselves, in each dialect, and what is not believed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from assistant.served import Asked, Served
from retrieval.errors import BadRequest
from tests.models import Fault, Puppet, running
from tests.models.fixtures import fault, puppet
from tests.models.tokenizing import Tokenizing, as_llama, as_sglang, as_vllm

__all__ = ["fault", "puppet"]
TEXTS = ["one two three", "four", "five six"]


@asynccontextmanager
async def served_at(url: str, key: str = "", seconds: float = 20) -> AsyncIterator[Served]:
    served = Served(url, "stand-in", key, seconds=seconds)
    try:
        yield served
    finally:
        await served.close()


@pytest.mark.parametrize(
    ("manner", "is_llama", "way", "requests"),
    [
        (as_sglang, False, Asked.LIST, 1),
        (as_vllm, False, Asked.TEXT, 3),
        (as_llama, True, Asked.CONTENT, 3),
    ],
)
async def test_each_dialect_is_found_by_what_it_answers(
    manner: Callable[[Any], Any], is_llama: bool, way: Asked, requests: int
) -> None:
    with running(Tokenizing(manner, window=16_384, is_llama=is_llama)) as server:
        async with served_at(f"{server.url}/v1", "s3cret") as served:
            assert await served.count(TEXTS) is None
            assert await served.find_out()
            assert (served.way, served.window, served.counts) == (way, 16_384, True)
            server.counted.clear()
            assert await served.count(TEXTS) == [3, 1, 2]
    assert len(server.counted) == requests
    assert server.keys == {"Bearer s3cret"}
    named = {"add_special"} if is_llama else {"add_special_tokens", "model"}
    assert all(named < each.keys() for each in server.counted)
    assert not any(each.get("add_special_tokens") for each in server.counted)


async def test_a_server_that_counts_nothing_tells_its_window(puppet: Puppet) -> None:
    async with served_at(puppet.url) as served:
        assert await served.find_out()
        assert (served.way, served.window, served.counts) == (None, 8192, False)


@pytest.mark.parametrize("window", [0, -1, True, "8192", 10**20, 2.5, None, []])
async def test_a_window_that_cannot_be_is_not_believed(window: Any) -> None:
    with running(Tokenizing(as_sglang, window=window)) as server:
        async with served_at(server.url) as served:
            assert await served.find_out()
            assert served.window == 0


@pytest.mark.parametrize(
    "count",
    [[3, 1], [3, 1, 2, 4], [3, 1, -2], [3, 1, 0], [3, 1, True], [3, 1, "2"], [3, 1, 10_000], 6, {}],
)
async def test_counts_that_cannot_be_are_not_believed(count: Any) -> None:
    with running(Tokenizing(as_sglang)) as server:
        async with served_at(server.url) as served:
            await served.find_out()
            server.altered = lambda told: {**told, "count": count}
            assert await served.count(TEXTS) is None


@pytest.mark.parametrize("told", [[], None, "x", {"count": None}, {"count": [1, 1]}])
async def test_who_counts_nonsense_does_not_count(told: Any) -> None:
    with running(Tokenizing(as_sglang)) as server:
        server.altered = lambda _: told
        async with served_at(server.url) as served:
            assert await served.find_out()
            assert not served.counts


async def test_an_answer_without_end_is_not_read() -> None:
    with running(Tokenizing(as_sglang)) as server:
        async with served_at(server.url) as served:
            await served.find_out()
            server.altered = lambda told: {**told, "pad": "x" * 17_000_000}
            assert await served.count(TEXTS) is None


async def test_a_slow_server_is_not_waited_for() -> None:
    with running(Tokenizing(as_sglang)) as server:
        async with served_at(server.url, seconds=0.05) as served:
            await served.find_out(20)
            server.holds = True
            assert await served.count(TEXTS) is None
            assert not await served.find_out(0.05)
            assert served.counts, "what was known still is"


@pytest.mark.parametrize("manner", [as_sglang, as_vllm])
async def test_a_server_that_is_gone_is_not_an_error(manner: Callable[[Any], Any]) -> None:
    with running(Tokenizing(manner)) as server:
        served = Served(server.url, "stand-in", seconds=20)
        await served.find_out()
    assert await served.count(TEXTS) is None
    assert not await served.find_out()
    await served.close()


async def test_a_server_that_cannot_be_reached_tells_nothing(fault: Fault) -> None:
    async with served_at(fault.refused_url) as served:
        assert not await served.find_out()


@pytest.mark.parametrize(("url", "key"), [("nowhere", ""), ("http://a:b@c", ""), ("http://a", "é")])
def test_an_address_or_a_key_that_cannot_be_one_is_refused(url: str, key: str) -> None:
    with pytest.raises(BadRequest, match="MODEL_"):
        Served(url, "tiny", key)
