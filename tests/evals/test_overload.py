"""The benchmark of overload counts what it says it counts, and its model has so many slots."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from evals.bench.model_standin import Hardware, ModelStandIn
from evals.bench.overload import BOUND_P99_RATIO, Ended, Outcome, figures_of, verdict

QUICK = Hardware(
    slots=1,
    reading_seconds=0.1,
    reading_each_seconds=0,
    token_seconds=0.0001,
    token_each_seconds=0,
)
PROMPT = """Passage 1: Supply
[1.1] The supplier delivers on Monday.
[1.2] Either party may terminate with ninety days of notice.

Passage 2: Rent
[2.1] The rent is due in advance.

Question: how much notice to terminate"""


async def said_by(client: httpx.AsyncClient, url: str) -> str:
    body = {"stream": True, "messages": [{"role": "user", "content": PROMPT}]}
    response = await client.post(f"{url}/v1/chat/completions", json=body)
    lines = [each.removeprefix("data: ") for each in response.text.split("\n\n") if each]
    assert lines.pop() == "[DONE]"
    choices = [json.loads(each)["choices"][0] for each in lines]
    assert choices[-1]["finish_reason"] == "stop"
    return "".join(each["delta"].get("content", "") for each in choices)


async def test_it_says_sentences_of_its_prompt_and_the_rest_wait_in_it() -> None:
    model = ModelStandIn(QUICK)
    async with model.served() as url, httpx.AsyncClient(trust_env=False) as client:
        said = await asyncio.gather(*(said_by(client, url) for _ in range(4)))
    first = "Either party may terminate with ninety days of notice. [1.2]"
    assert [each.split("\n")[0] for each in said] == [first] * 4
    assert 1 <= model.most_waiting <= 3


def test_its_capacity_is_that_of_full_slots() -> None:
    exact = Hardware(slots=4, sigma=0.0, median_tokens=100, reading_each_seconds=0.0125)
    assert exact.capacity() == pytest.approx(4 / (0.2 + 100 * (0.012 + 4 * 0.0004)))


def of(ended: Ended, count: int, first: float = 1.0) -> list[Outcome]:
    return [Outcome(ended, 0.0, first, first + 1, retry_after=3) for _ in range(count)]


def figures(p99: float, answered: int, **more: int) -> dict[str, Any]:
    outcomes = of("model", answered, p99)
    for ended, count in more.items():
        outcomes += of(ended, count, 0.01)  # type: ignore[arg-type]
    return figures_of(outcomes, 10.0)


def test_each_question_is_counted_by_how_it_ended() -> None:
    told = figures(2.0, 50, quotes=4, refused=9, unsupported=2, lost=1)
    assert (told["offered"], told["answered_by_model"], told["answered_in_quotes"]) == (66, 50, 4)
    assert (told["refused_429"], told["not_supported"], told["lost"]) == (9, 2, 1)
    assert told["goodput_per_s"] == 5.0
    assert told["first_sentence_of_model_s"] == {"p50": 2.0, "p99": 2.0}
    assert told["refusal_s"]["p99"] == 0.01
    assert told["retry_after_s"]["p50"] == 3.0


@pytest.mark.parametrize(
    ("over", "is_within"),
    [
        (figures(2.0 * BOUND_P99_RATIO, 50, refused=90), True),
        (figures(2.0 * BOUND_P99_RATIO + 0.1, 50, refused=90), False),
        (figures(2.0, 44, refused=90), False),
        (figures(2.0, 50, refused=90, lost=1), False),
        (figures(2.0, 0, refused=90), False),
    ],
    ids=["all well", "too slow", "too few", "one lost", "none answered"],
)
def test_the_bounds_are_those_stated(over: dict[str, Any], is_within: bool) -> None:
    told = verdict({"0.9": figures(2.0, 50), "4.0": over})
    assert told["is_within_bounds"] is is_within
