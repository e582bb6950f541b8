"""Proof, for one tokenizer, that no control token comes out of text that was made neutral."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from tokenizers import Tokenizer

from assistant.tokens import is_breakable, neutral
from retrieval.errors import BadRequest


def check_neutral(told: dict[str, Any], tokens: Sequence[str]) -> None:
    """Try every control token, alone and among text, with the tokenizer that a file describes.

    `told` is what tokenizer.json says; `tokens` are all control tokens, from wherever they come.

    Raises:
        BadRequest: it is no tokenizer, or a token survives.
    """
    try:
        tokenizer = Tokenizer.from_str(json.dumps(told))
        known = {each.content for each in tokenizer.get_added_tokens_decoder().values()}
        tokenizer.add_special_tokens([each for each in tokens if each not in known])
    except Exception as error:  # the library raises nothing more precise
        raise BadRequest(
            f"Expected tokenizer.json to describe a tokenizer, got: {str(error)[:200]}. Fetch it "
            "again, or leave this model."
        ) from error
    controls = {
        number: each.content
        for number, each in tokenizer.get_added_tokens_decoder().items()
        if is_breakable(each.content)
    }
    sought = frozenset(tokens)
    for token, text in _tried(tokens):
        made = neutral(text, sought)
        for number in tokenizer.encode(made, add_special_tokens=False).ids:
            if number in controls:
                raise BadRequest(
                    f"Expected a tokenizer that takes {ascii(made)[:80]} for text, got its token "
                    f"{ascii(controls[number])[:80]}. {ascii(token)[:80]} cannot be neutralised: "
                    "leave this model."
                )


def _tried(tokens: Sequence[str]) -> Iterator[tuple[str, str]]:
    for token in tokens:
        for text in (token, f"a{token}b", f"{token}{token}", f"{token[:1]}{token}{token[1:]}"):
            yield token, text
