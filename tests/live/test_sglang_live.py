"""The client against a real SGLang, at PINCITE_LIVE_MODEL_URL: its words may be nonsense.

`--enable-cache-report` makes it tell how much of a prompt it had read before, `--enable-metrics`
how many requests it is at work on; with `--max-queued-requests 64` it turns some away. What it does
not tell or do is not tested. `-s` shows the figures.
"""

from __future__ import annotations

import asyncio
import os
import re
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace

import httpx
import pytest

from assistant.capability import find_constrained
from assistant.completion import Usage
from assistant.grammar import MOST_CITED, MOST_SENTENCES, NO_ANSWER
from assistant.model import Failing, ModelFailed
from assistant.prompt import Message, Prompt
from assistant.sglang import Constrained, Patience, SGLang
from tests.assistant.prompts import IDS, prompt_of

URL = os.environ.get("PINCITE_LIVE_MODEL_URL", "")
KEY = os.environ.get("PINCITE_LIVE_MODEL_KEY", "")
NAME = os.environ.get("PINCITE_LIVE_MODEL_NAME", "tiny")

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(not URL, reason="PINCITE_LIVE_MODEL_URL names no server"),
]

SLOWLY = Patience(
    connect_seconds=5, first_word_seconds=120, next_word_seconds=60, whole_seconds=300
)
ID = "|".join(re.escape(each) for each in IDS)
SENTENCE = rf"[^\[\]\n\r\t ][^\[\]\n\r]*(?: \[(?:{ID})\]){{1,{MOST_CITED}}}"
ANSWER = re.compile(rf"{NO_ANSWER}|{SENTENCE}(?:\n{SENTENCE}){{0,{MOST_SENTENCES - 1}}}")
BEGUN = re.compile(rf"[^\[\]\n\r]*(?: \[(?:{ID})\])*(?: \[[\d.]*)?")
MORE_THAN_IT_TAKES = 160
LONG_WORDS = " ".join(f"word{number}" for number in range(300))


@pytest.fixture
def told() -> list[Usage]:
    return []


@pytest.fixture
async def model(told: list[Usage]) -> AsyncIterator[SGLang]:
    model = SGLang(URL, NAME, KEY, patience=SLOWLY, told=told.append)
    yield model
    await model.close()


async def pieces_by(
    model: SGLang, prompt: Prompt, way: Constrained, patience: Patience = SLOWLY
) -> tuple[list[str], Failing | None]:
    """Return what it said, and how it failed if it did."""
    said: list[str] = []
    try:
        async with aclosing(model.write(prompt, way, patience)) as pieces:
            async for piece in pieces:
                said.append(piece)
    except ModelFailed as failed:
        return said, failed.failing
    return said, None


async def said_by(model: SGLang, prompt: Prompt, way: Constrained) -> tuple[str, Failing | None]:
    """Return what it said in one piece."""
    pieces, failing = await pieces_by(model, prompt, way)
    return "".join(pieces), failing


def is_within_grammar(said: str, failing: Failing | None) -> bool:
    """Return whether the text is an answer or, where it was cut, begins like one."""
    if failing is not Failing.LONG:
        return failing is None and ANSWER.fullmatch(said) is not None
    *whole, last = said.split("\n")
    return all(re.fullmatch(SENTENCE, each) for each in whole) and bool(BEGUN.fullmatch(last))


def metric(name: str) -> float:
    """Return a gauge of the server's; skip the test if it does not tell it."""
    page = httpx.get(f"{URL}/metrics", timeout=120).text
    found = re.findall(rf"^sglang:{name}(?:{{[^}}]*}})? ([\d.e+]+)$", page, re.M)
    if not found:
        pytest.skip("the server tells no metrics: start it with --enable-metrics")
    return sum(float(each) for each in found)


async def test_the_grammar_holds(model: SGLang) -> None:
    prompts = [prompt_of(f"Question {each}? {LONG_WORDS[:each]}") for each in range(8)]
    results = await asyncio.gather(*(said_by(model, each, Constrained.GRAMMAR) for each in prompts))
    assert [said for said, failing in results if not is_within_grammar(said, failing)] == []


async def test_a_grammar_of_one_text_gives_that_text(model: SGLang) -> None:
    prompt = replace(prompt_of(), grammar='root ::= "Ninety days. [1.1]"\n')
    assert await said_by(model, prompt, Constrained.GRAMMAR) == ("Ninety days. [1.1]", None)


async def test_a_bad_grammar_fails_and_nothing_is_said(model: SGLang) -> None:
    prompt = replace(prompt_of(), grammar="root ::= nothing-like-it\n")
    said, failing = await said_by(model, prompt, Constrained.GRAMMAR)
    assert said == ""
    assert failing in (Failing.REFUSED, Failing.BROKEN, Failing.CUT)


async def test_it_is_found_to_keep_to_a_grammar(model: SGLang) -> None:
    assert await find_constrained(model, SLOWLY) is Constrained.GRAMMAR


async def test_a_schema_holds_or_is_caught(model: SGLang) -> None:
    prompt = prompt_of(most_tokens=200)
    said, failing = await said_by(model, prompt, Constrained.JSON_SCHEMA)
    assert failing in (Failing.LONG, Failing.BROKEN) or said


async def test_it_streams(model: SGLang) -> None:
    prompt = prompt_of(most_tokens=200)
    pieces, _ = await pieces_by(model, prompt, Constrained.MARKERS)
    assert len(pieces) > 20


async def test_the_salt_separates(model: SGLang, told: list[Usage]) -> None:
    salts = [uuid.uuid4().hex, uuid.uuid4().hex]
    fixed = 'root ::= "Yes. [1.1]"\n'
    for salt in (salts[0], salts[0], salts[1]):
        prompt = replace(prompt_of(LONG_WORDS, salt=salt), grammar=fixed)
        assert await said_by(model, prompt, Constrained.GRAMMAR) == ("Yes. [1.1]", None)
    first, again, other = [each.cached for each in told]
    print(f"of {told[1].prompt} tokens read before: {first} at first, {again} again, {other} other")
    if not again:
        pytest.skip("the server tells no cache hits: start it with --enable-cache-report")
    assert again > told[1].prompt * 0.9
    assert first < 64
    assert other < 64


async def test_hanging_up_frees_the_place(model: SGLang) -> None:
    metric("num_running_reqs")
    prompt = replace(prompt_of(most_tokens=4000), messages=(Message("user", LONG_WORDS),))
    async with aclosing(model.write(prompt, Constrained.MARKERS, SLOWLY)) as pieces:
        await anext(pieces)
    for _ in range(100):
        if metric("num_running_reqs") == 0:
            break
        await asyncio.sleep(0.3)
    assert metric("num_running_reqs") == 0


async def test_time_runs_out(model: SGLang) -> None:
    prompt, patience = prompt_of(most_tokens=4000), replace(SLOWLY, whole_seconds=0.5)
    _, failing = await pieces_by(model, prompt, Constrained.MARKERS, patience)
    assert failing is Failing.SLOW


async def timed(model: SGLang, prompt: Prompt) -> tuple[str, Failing | None, float]:
    """Return what it said, how it failed, and after how many seconds its first word came."""
    said, first, began = "", 0.0, time.monotonic()
    try:
        async with aclosing(model.write(prompt, Constrained.GRAMMAR, SLOWLY)) as pieces:
            async for piece in pieces:
                first = first or time.monotonic() - began
                said += piece
    except ModelFailed as failed:
        return said, failed.failing, first
    return said, None, first


async def test_the_first_word_comes_before_the_last(model: SGLang) -> None:
    began = time.monotonic()
    said, failing, first = await timed(model, prompt_of(LONG_WORDS, salt=uuid.uuid4().hex))
    seconds = time.monotonic() - began
    assert is_within_grammar(said, failing)
    assert 0 < first < seconds
    print(f"alone: first word after {first:.2f} s, all of it after {seconds:.2f} s")


async def test_thirty_two_at_once_all_hold(model: SGLang) -> None:
    asked = [prompt_of(f"Question {each}? {LONG_WORDS}") for each in range(32)]
    began = time.monotonic()
    results = await asyncio.gather(*(timed(model, each) for each in asked))
    seconds = time.monotonic() - began
    assert [said for said, failing, _ in results if not is_within_grammar(said, failing)] == []
    firsts = sorted(first for *_, first in results)
    print(
        f"32 answers of at most 50 tokens in {seconds:.1f} s, {32 / seconds:.1f} a second; "
        f"first words after {firsts[15]:.2f} s (half), {firsts[-1]:.2f} s (all)"
    )


async def test_a_full_queue_is_told_as_busy_and_whoever_is_in_it_is_answered(
    model: SGLang,
) -> None:
    asked = [prompt_of(f"Question {each}?") for each in range(MORE_THAN_IT_TAKES)]
    results = await asyncio.gather(*(timed(model, each) for each in asked))
    turned_away = [said for said, failing, _ in results if failing is Failing.BUSY]
    if not turned_away:
        pytest.skip(f"the server took {len(asked)} requests: start it with --max-queued-requests")
    assert set(turned_away) == {""}
    taken = [each for each in results if each[1] is not Failing.BUSY]
    assert taken
    assert [said for said, failing, _ in taken if not is_within_grammar(said, failing)] == []
    print(f"of {len(asked)} at once {len(turned_away)} were turned away")
