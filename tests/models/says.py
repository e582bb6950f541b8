"""What a stand-in model says, and how that looks on the wire.

The shapes are those of SGLang 0.5: a chat completion, or chunks of one that end with `[DONE]`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a tool. `arguments` is sent as it is: it need not be JSON."""

    name: str
    arguments: str
    id: str = "call_0"


@dataclass(frozen=True, slots=True)
class Says:
    """One reply of a model.

    `pieces` are the texts of the chunks of a stream; a plain reply has them joined. `reasoning`
    comes before them. A stream writes one event at a time, or `wire` bytes at a time if that is
    given, wherever that cuts. With `holds` a stream stays open after its pieces, and a plain
    reply waits before it is sent, until `StandIn.release` or until the client goes away.
    `pause_seconds` lie between the writes of a stream.
    """

    pieces: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ()
    finish: str = "stop"
    reasoning: str = ""
    wire: int = 0
    holds: bool = False
    pause_seconds: float = 0.0

    @property
    def text(self) -> str:
        """Return what is said."""
        return "".join(self.pieces)

    def completion(self, asked: Body) -> Body:
        """Return the reply as one JSON object."""
        message = {
            "role": "assistant",
            "content": self.text or None,
            "reasoning_content": self.reasoning or None,
            "tool_calls": [_tool_call(each) for each in self.calls] or None,
        }
        return {
            **_head(asked, "chat.completion"),
            "choices": [{"index": 0, "message": message, "logprobs": None, **self._end()}],
            "usage": self._usage(asked),
            "metadata": {"weight_version": "default"},
        }

    def chunks(self, asked: Body) -> Iterator[Body]:
        """Yield the reply as the chunks of a stream, before their end."""
        yield _chunk(asked, {"role": "assistant", "content": ""})
        if self.reasoning:
            yield _chunk(asked, {"reasoning_content": self.reasoning})
        for piece in self.pieces:
            yield _chunk(asked, {"content": piece})
        for index, call in enumerate(self.calls):
            opened = {**_tool_call(call), "index": index}
            opened["function"] = {"name": call.name, "arguments": ""}
            yield _chunk(asked, {"tool_calls": [opened]})
            given = {"index": index, "function": {"arguments": call.arguments}}
            yield _chunk(asked, {"tool_calls": [given]})

    def last_chunks(self, asked: Body) -> Iterator[Body]:
        """Yield the chunk that says why it ends, and the use of tokens if that is asked for."""
        last = _chunk(asked, {})
        last["choices"][0] |= self._end()
        yield last
        if (asked.get("stream_options") or {}).get("include_usage"):
            yield {
                **_head(asked, "chat.completion.chunk"),
                "choices": [],
                "usage": self._usage(asked),
            }

    def _end(self) -> Body:
        finish = "tool_calls" if self.calls else self.finish
        return {"finish_reason": finish, "matched_stop": None}

    def _usage(self, asked: Body) -> Body:
        """Return the use of tokens; a word counts as one."""
        prompt = sum(len(str(each.get("content")).split()) for each in asked.get("messages", ()))
        said = len(self.text.split())
        return {
            "prompt_tokens": prompt,
            "completion_tokens": said,
            "total_tokens": prompt + said,
            "prompt_tokens_details": None,
        }


def as_event(data: Body | str) -> bytes:
    """Return one server-sent event."""
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return f"data: {text}\n\n".encode()


def _head(asked: Body, kind: str) -> Body:
    return {"id": "0" * 32, "object": kind, "created": 0, "model": asked.get("model", "stand-in")}


def _chunk(asked: Body, delta: Body) -> Body:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": None}
    return {**_head(asked, "chat.completion.chunk"), "choices": [choice], "usage": None}


def _tool_call(call: Call) -> Body:
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": call.id, "index": None, "type": "function", "function": function}
