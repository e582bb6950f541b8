"""What may be asked in OpenAI's form: the last user message, and nothing that would be in vain.

Earlier user messages are the questions that it may lean on. What a client says that an assistant
said is not believed: it is not even read.

Here nothing is made up, so what tunes how a model makes things up (temperature, seed, penalties, a
limit on tokens) is taken and has no effect: clients send it without being asked to. What asks for
something else than an answer from the sources (tools, JSON, several choices, sounds) is refused,
because an answer that silently leaves it out would not be what was asked for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)

from assistant.answers import Earlier, Question
from assistant.http.errors import Told, described
from assistant.http.requests import QUESTION_LIMIT, AskIn, to_question
from retrieval.access import Principal

MODEL = "pincite"
CHANNEL = "api"
_ROLES = ("developer", "system", "user", "assistant", "tool", "function")
_MOST_EARLIER = 8
_INSTRUCTIONS = ("developer", "system")
_MESSAGES = (
    f"a list of messages that ends with a user's, whose text has 1 to {QUESTION_LIMIT:,} characters"
)
_ONLY: Mapping[str, tuple[Any, ...]] = MappingProxyType(
    {
        "n": (1,),
        "stop": ([],),
        "tools": ([],),
        "tool_choice": ("none", "auto"),
        "parallel_tool_calls": (True, False),
        "functions": ([],),
        "function_call": ("none", "auto"),
        "response_format": ({"type": "text"},),
        "modalities": (["text"],),
        "audio": (),
        "prediction": (),
        "web_search_options": (),
        "logprobs": (False,),
        "top_logprobs": (0,),
        "logit_bias": ({},),
        "store": (False,),
    }
)
"""What asks for something else: the values, besides none, that ask for what there is anyway."""


def questions_of(messages: Any) -> tuple[str, ...]:
    """Return what user messages ask, cleaned, the question itself last, or raise `Told`.

    Of the earlier ones those few that are questions at all are taken.
    """
    spoken = [each for each in _checked(messages) if each["role"] not in _INSTRUCTIONS]
    if not spoken or spoken[-1]["role"] != "user":
        got = f"one of the role '{spoken[-1]['role']}' as the last" if spoken else "none of a user"
        raise Told(_MESSAGES, got, "End with the question, as a message of the role 'user'.")
    try:
        last = to_question(_text_of(spoken[-1].get("content")))
    except Told as wrong:
        raise Told(_MESSAGES, wrong.got, wrong.do) from None
    earlier = [each.get("content") for each in spoken[:-1] if each["role"] == "user"]
    return (*_questions(earlier[-_MOST_EARLIER:]), last)


def _questions(contents: list[Any]) -> Iterator[str]:
    for each in contents:
        with suppress(Told):
            yield to_question(_text_of(each))


def _checked(messages: Any) -> list[dict[str, Any]]:
    if not isinstance(messages, list):
        raise Told(_MESSAGES, described(messages), "Send a JSON list of messages.")
    for each in messages:
        role = each.get("role") if isinstance(each, dict) else None
        if role not in _ROLES:
            expected = "a list of messages, each with a role among " + ", ".join(_ROLES)
            raise Told(expected, described(role), "Give each message its role.")
    return messages


def _text_of(content: Any) -> Any:
    """Return the text of a message's parts; what is not a list of parts stays as it is."""
    if not isinstance(content, list):
        return content
    texts = []
    for part in content:
        kind = part.get("type") if isinstance(part, dict) else None
        text = part.get("text") if isinstance(part, dict) else None
        if kind != "text" or not isinstance(text, str):
            got = f"a part of the type {described(kind)}"
            raise Told(_MESSAGES, got, "Send text only; images, sounds and files are not read.")
        texts.append(text)
    return "\n".join(texts)


def _only(name: str) -> Any:
    """Return a field that takes no value but these."""
    return Field(None, json_schema_extra={"enum": [None, *_ONLY[name]]})


def _is_same(one: Any, other: Any) -> bool:
    """Compare as JSON does: true is not 1."""
    return type(one) is type(other) and one == other


_CONVERSATION: dict[str, Any] = {
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "required": ["role"],
        "properties": {
            "role": {"enum": _ROLES},
            "content": {
                "anyOf": [
                    {"type": "string"},
                    {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["type", "text"],
                            "properties": {"type": {"const": "text"}, "text": {"type": "string"}},
                        },
                    },
                ]
            },
        },
    },
}


class StreamOptionsIn(BaseModel):
    """How a stream is sent."""

    model_config = ConfigDict(extra="forbid")

    include_usage: bool | None = None
    include_obfuscation: Literal[False] | None = None


class ChatIn(BaseModel):
    """A conversation, of which the last user message is the question.

    It may follow earlier user messages. Those of the roles `assistant`, `system` and `developer`
    are taken and have no effect: an answer comes from the sources, not from instructions. Nor
    have sampling parameters and limits on tokens. Whatever else is not supported is refused.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "model": MODEL,
                    "messages": [
                        {
                            "role": "user",
                            "content": "How much notice must either party give to terminate?",
                        }
                    ],
                }
            ]
        },
    )

    model: Literal["pincite"]
    questions: Annotated[
        tuple[str, ...], BeforeValidator(questions_of), WithJsonSchema(_CONVERSATION)
    ] = Field(alias="messages")
    stream: bool | None = None
    stream_options: StreamOptionsIn | None = None

    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    user: str | None = None
    safety_identifier: str | None = None
    prompt_cache_key: str | None = None

    n: Any = _only("n")
    stop: Any = _only("stop")
    tools: Any = _only("tools")
    tool_choice: Any = _only("tool_choice")
    parallel_tool_calls: Any = _only("parallel_tool_calls")
    functions: Any = _only("functions")
    function_call: Any = _only("function_call")
    response_format: Any = _only("response_format")
    modalities: Any = _only("modalities")
    audio: Any = _only("audio")
    prediction: Any = _only("prediction")
    web_search_options: Any = _only("web_search_options")
    logprobs: Any = _only("logprobs")
    top_logprobs: Any = _only("top_logprobs")
    logit_bias: Any = _only("logit_bias")
    store: Any = _only("store")

    @field_validator(*_ONLY)
    @classmethod
    def _asks_for_nothing_else(cls, value: Any, info: ValidationInfo) -> Any:
        assert info.field_name
        allowed = (None, *_ONLY[info.field_name])
        if not any(_is_same(value, each) for each in allowed):
            raise Told(_listed(allowed), described(value), "Leave it out: it is not supported.")
        return value

    def by(self, principal: Principal, origin: str, answer: str) -> Question:
        """Return the question as this principal asks it; `answer` is the id of what will come."""
        *earlier, last = self.questions
        asked = AskIn(question=last, answer=answer).by(principal, origin)
        before = tuple(Earlier(each) for each in earlier)
        return replace(asked, channel=CHANNEL, conversation=None, earlier=before)


def _listed(values: tuple[Any, ...]) -> str:
    return " or ".join(json.dumps(each) for each in values)
