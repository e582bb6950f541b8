"""A tokenizer that finds control tokens even in neutral text is not registered."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tokenizers import Regex, normalizers

from deploy.models.proof import check_neutral
from retrieval.errors import BadRequest
from tests.deploy.models.made_models import MARKS, tokenizer


def told(**more: Any) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(tokenizer(MARKS["chatml"], **more).to_str())
    return value


def test_a_usual_tokenizer_is_proven() -> None:
    check_neutral(told(), MARKS["chatml"])
    check_neutral(told(is_normalized=True, normalizer=normalizers.NFKC()), MARKS["chatml"])


def test_a_tokenizer_that_takes_spaces_away_is_refused() -> None:
    without_spaces = normalizers.Replace(Regex(" "), "")

    with pytest.raises(BadRequest, match="cannot be neutralised"):
        check_neutral(told(is_normalized=True, normalizer=without_spaces), MARKS["chatml"])


def test_tokens_that_only_the_configuration_adds_are_tried_too() -> None:
    check_neutral(told(), [*MARKS["chatml"], "<mine>"])


@pytest.mark.parametrize("wrong", [{}, {"model": 7}, {"version": "1.0", "model": {"type": "x"}}])
def test_what_describes_no_tokenizer_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadRequest, match=r"Expected tokenizer\.json"):
        check_neutral(wrong, ["<mine>"])
