"""What a model's server can do, found out by asking: promises are not enough.

A tiny request asks for something else than its constraint allows; an answer within the constraint
shows that it holds. SGLang knows grammars; vLLM, llama.cpp and Ollama know JSON schemas; what
knows neither, and says 200 all the same, is only asked in words. Whether it knows tools is found
out by having one called.
"""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from enum import StrEnum
from typing import Final

from assistant.called import Calls
from assistant.model import Failing, ModelFailed
from assistant.prompt import Message, Offered, Prompt
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


class Calling(StrEnum):
    """What becomes of tools that are offered to a model.

    CALLS: it can call them. UNTOLD: its server keeps them from it. TALKS: no call comes, only
    words. REFUSED: its server takes no such request.
    """

    CALLS = "calls"
    UNTOLD = "untold"
    TALKS = "talks"
    REFUSED = "refused"


_SO: Final = (
    ", so the model is asked for no tool; the forms under Actions and the sources' own words still "
    "work"
)
CALLING_MEANS: Final = {
    Calling.CALLS: "calls tools",
    Calling.UNTOLD: f"keeps tools from its model{_SO}. Give the server a chat template that has "
    "tools: `--chat-template`",
    Calling.TALKS: f"knows no tools: where a call was required, words came{_SO}. Start SGLang with "
    "`--tool-call-parser` and the name of the model's family",
    Calling.REFUSED: f"knows no tools: it takes no request with them{_SO}. Start SGLang with "
    "`--tool-call-parser`, vLLM with `--enable-auto-tool-choice` too, llama.cpp with `--jinja`",
}
"""What each is called where people read it, what follows, and what to do about it."""

_TOOL: Final = Offered(
    "answer",
    "Gives the answer to whoever asked. It has to be called once, with the answer as its word.",
    {
        "type": "object",
        "properties": {"word": {"type": "string", "enum": ["yes"], "description": "The answer."}},
        "required": ["word"],
        "additionalProperties": False,
    },
)
_CALLED: Final = Prompt(
    messages=(Message("user", "Is water wet? Call the tool with your answer."),),
    sentences={},
    grammar="",
    salt="",
    most_tokens=100,
    offered=(_TOOL,),
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


async def find_calling(model: SGLang, patience: Patience = _PATIENCE) -> Calling:
    """Return what becomes of tools that are offered to the model.

    It may choose first, as it does in earnest. If it does not call, it has to; and a prompt that
    is no longer with a tool than without one has none in it.

    Raises:
        ModelFailed: it cannot be told, because its server is down, slow or busy.
    """
    is_called = await _calls(model, patience)
    if is_called is not False:
        return Calling.CALLS if is_called else Calling.REFUSED
    if not await _calls(model, patience, must=True):
        return Calling.TALKS
    told, untold = [
        await _read(model, replace(_CALLED, most_tokens=1, offered=offered), patience)
        for offered in ((_TOOL,), ())
    ]
    return Calling.UNTOLD if told and told == untold else Calling.CALLS


async def _calls(model: SGLang, patience: Patience, *, must: bool = False) -> bool | None:
    """Return whether a call came, None if the server does not take such a request."""
    calls = Calls()
    try:
        await model.call(_CALLED, calls, patience, must=must)
    except ModelFailed as failed:
        if failed.failing in (Failing.REFUSED, Failing.BROKEN):
            return None
        raise
    return any(calls.lines())


async def _read(model: SGLang, prompt: Prompt, patience: Patience) -> int:
    """Return how many tokens a prompt is, 0 if the server does not tell."""
    completion = await model.call(prompt, Calls(), patience)
    return completion.usage.prompt if completion.usage else 0


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
