"""Tokens are counted by the server that the settings name, and the doctor says how."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from deploy import counting
from deploy.counting import examine_counting, with_counting
from tests.deploy.test_speaking import settings_of
from tests.models import Puppet, running
from tests.models.tokenizing import Tokenizing, as_sglang


async def test_without_a_model_tokens_are_reckoned(tmp_path: Path) -> None:
    async with with_counting(settings_of(tmp_path, "")) as made:
        assert made.window == 0


async def test_the_server_is_asked_until_it_answers_and_then_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "_AGAIN_SECONDS", 0.01)
    with running(Tokenizing(as_sglang, window=16_384)) as server:
        settings = settings_of(tmp_path, server.url, MODEL_KEY="s3cret", MODEL_NAME="stand-in")
        async with with_counting(settings) as made:
            while not made.window:  # noqa: ASYNC110 - nothing tells
                await asyncio.sleep(0.01)
            while await made.sizes(["one two three four"]) != [6]:  # noqa: ASYNC110 - nor here
                await asyncio.sleep(0.01)
    assert server.keys == {"Bearer s3cret"}


@pytest.mark.parametrize(
    ("window", "told", "is_in_order"),
    [
        (16_384, "it counts tokens; its context length is 16,384", True),
        (4_096, "prompts are cut to 3,596 tokens: lower MODEL_PROMPT_TOKENS (7,000)", False),
        (300, "prompts are cut to 0 tokens", False),
        (0, "it tells no context length", True),
    ],
)
async def test_the_doctor_is_told_how_tokens_are_counted(
    tmp_path: Path, window: int, told: str, is_in_order: bool
) -> None:
    with running(Tokenizing(as_sglang, window=window)) as server:
        settings = settings_of(tmp_path, server.url, MODEL_NAME="stand-in")
        found, is_so = await examine_counting(settings)
    assert told in found
    assert is_so is is_in_order


async def test_the_doctor_is_told_that_tokens_are_reckoned(tmp_path: Path) -> None:
    with running(Puppet()) as server:
        settings = settings_of(tmp_path, server.url, MODEL_NAME="stand-in")
        found, is_so = await examine_counting(settings)
    assert found == "it does not count tokens, they are reckoned; its context length is 8,192"
    assert is_so
