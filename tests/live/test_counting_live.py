"""What a real model server tells of itself, at PINCITE_LIVE_MODEL_URL, and whether it is so."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from assistant.completion import Usage
from assistant.compose import TEMPLATE_TOKENS
from assistant.counting import Counting, likely
from assistant.model import Failing, ModelFailed
from assistant.prompt import Message
from assistant.served import Served
from assistant.sglang import Constrained, Patience, SGLang
from tests.assistant.prompts import prompt_of
from tests.assistant.test_counting import SCRIPTS

URL = os.environ.get("PINCITE_LIVE_MODEL_URL", "")
KEY = os.environ.get("PINCITE_LIVE_MODEL_KEY", "")
NAME = os.environ.get("PINCITE_LIVE_MODEL_NAME", "tiny")
SLOWLY = Patience(
    connect_seconds=5, first_word_seconds=120, next_word_seconds=60, whole_seconds=300
)

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(not URL, reason="PINCITE_LIVE_MODEL_URL names no server"),
]


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    served = Served(URL, NAME, KEY, seconds=30)
    assert await served.find_out(60)
    yield served
    await served.close()


async def used(text: str) -> Usage:
    """Return what the server says that an answer to this text has used."""
    told: list[Usage] = []
    model = SGLang(URL, NAME, KEY, patience=SLOWLY, told=told.append)
    fixed = replace(
        prompt_of(), grammar='root ::= "Yes. [1.1]"\n', messages=(Message("user", text),)
    )
    try:
        async for _ in model.write(fixed, Constrained.GRAMMAR, SLOWLY):
            pass
    finally:
        await model.close()
    return told[0]


async def test_what_is_counted_is_what_is_used(served: Served) -> None:
    assert served.counts
    for text in ("\n\n".join(SCRIPTS[:9]), SCRIPTS[0] * 20):
        usage = await used(text)
        [size] = await Counting(served).sizes([text])
        assert size - TEMPLATE_TOKENS <= usage.prompt <= size + TEMPLATE_TOKENS
        [sure] = await Counting(served).sizes([text], surely=True)
        assert usage.prompt <= sure + TEMPLATE_TOKENS


async def test_more_than_its_window_is_refused_before_a_word(served: Served) -> None:
    assert served.window
    text = "notice " * (2 * served.window)
    assert likely(text) > served.window
    with pytest.raises(ModelFailed) as caught:
        await used(text)
    assert caught.value.failing is Failing.REFUSED
