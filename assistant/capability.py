"""What a server can do to keep a model to a form, found out by asking: promises are not enough.

A tiny request asks for something else than its constraint allows; an answer within the constraint
shows that it holds. SGLang knows grammars; vLLM, llama.cpp and Ollama know JSON schemas; what
knows neither, and says 200 all the same, is only asked in words.
"""

from __future__ import annotations

from contextlib import aclosing
from typing import Final

from assistant.model import Failing, ModelFailed
from assistant.prompt import Message, Prompt
from assistant.sglang import Constrained, Patience, SGLang

MEANINGS: Final = {
    Constrained.GRAMMAR: "keeps to a grammar",
    Constrained.JSON_SCHEMA: "keeps to a JSON schema, but to no grammar",
    Constrained.MARKERS: "keeps to no form, so more of what it writes will be left out",
}
"""What each way of constraining is called where people read it."""

_PATIENCE: Final = Patience(
    connect_seconds=2, first_word_seconds=20, next_word_seconds=20, whole_seconds=60
)
_ONLY: Final = "As the source says. [1.1]"
_TINY: Final = Prompt(
    messages=(Message("user", "Write the word banana ten times, and nothing else."),),
    sentences={},
    grammar=f'root ::= "{_ONLY}"\n',
    salt="",
    most_tokens=200,
)


async def find_constrained(model: SGLang, patience: Patience = _PATIENCE) -> Constrained:
    """Return the strictest way of constraining that the model's server really keeps to.

    Raises:
        ModelFailed: it cannot be told, because it gives no answer to any request.
    """
    for way in (Constrained.GRAMMAR, Constrained.JSON_SCHEMA):
        if await _obeys(model, way, patience):
            return way
    await _said(model, Constrained.MARKERS, patience)
    return Constrained.MARKERS


async def _obeys(model: SGLang, way: Constrained, patience: Patience) -> bool:
    """Return whether the answer is within the constraint; what is no JSON does not come back."""
    try:
        said = await _said(model, way, patience)
    except ModelFailed as failed:
        if failed.failing in (Failing.REFUSED, Failing.BROKEN):
            return False
        raise
    return said == _ONLY if way is Constrained.GRAMMAR else said != ""


async def _said(model: SGLang, way: Constrained, patience: Patience) -> str:
    said = ""
    try:
        async with aclosing(model.write(_TINY, way, patience)) as pieces:
            async for piece in pieces:
                said += piece
    except ModelFailed as failed:
        if failed.failing is not Failing.LONG:
            raise
    return said
