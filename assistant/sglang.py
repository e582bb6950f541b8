"""The client of a model that SGLang serves: the only file that knows how SGLang writes answers.

It is OpenAI's `/v1/chat/completions`, streamed, with fields of SGLang's own: `ebnf`, `cache_salt`
and `chat_template_kwargs`. No field takes a deadline: hanging up is what ends a request there.
Neither an error nor a log ever has words of a prompt or an answer, or the key.
"""

from __future__ import annotations

import asyncio
import json
import math
import secrets
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, cast

import httpx

from assistant.answer_form import Form, JsonForm, PlainForm, schema_of
from assistant.called import Calls
from assistant.calling import address_of, check, client_of, in_time
from assistant.completion import Completion, Usage
from assistant.model import Failing, ModelFailed
from assistant.prompt import Offered, Prompt

_PATH: Final = "/v1/chat/completions"
_SEED: Final = 0
_CHARACTERS_PER_TOKEN: Final = 32
_LAST_SECONDS: Final = 1.0

Bytes = AsyncGenerator[bytes, None]


class Constrained(StrEnum):
    """How the server is made to keep to the form of an answer; by MARKERS it is only asked to."""

    GRAMMAR = "grammar"
    JSON_SCHEMA = "json_schema"
    MARKERS = "markers"


_JSON: Final = Constrained.JSON_SCHEMA


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited: to connect, for the first word, for each next, and for all of it.

    From the first word `sentence_seconds` may pass until a sentence has ended, and again to the
    end of each next.
    """

    connect_seconds: float = 1.0
    first_word_seconds: float = 2.0
    next_word_seconds: float = 5.0
    whole_seconds: float = 30.0
    sentence_seconds: float = math.inf


class SGLang:
    """A model at one address. No proxy, redirect or cookie; one retry for a lost idle connection.

    `served` is what the server calls the model; `stamp` names it on answers. `constrained` is how
    its answers are constrained, `knows_tools` whether it is asked for calls at all;
    `assistant.capability` finds out what a server can do. `told` is called with the use of tokens
    after each whole answer.
    """

    def __init__(
        self,
        url: str,
        served: str,
        key: str = "",
        *,
        stamp: str = "",
        ca_file: Path | None = None,
        patience: Patience | None = None,
        told: Callable[[Usage], None] | None = None,
    ) -> None:
        """Raise `BadRequest` for an address or a key that cannot be one."""
        self.constrained = Constrained.GRAMMAR
        self.knows_tools = True
        self._address = address_of(url, _PATH)
        self._served = served
        self._stamp = stamp or served
        self._patience = patience or Patience()
        self._told = told
        self._client = client_of(key, ca_file, self._patience.connect_seconds)

    @property
    def name(self) -> str:
        """Return the name that is stamped on answers."""
        return self._stamp

    async def close(self) -> None:
        """Close every connection, and with them what is still being written."""
        await self._client.aclose()

    def complete(self, prompt: Prompt) -> AsyncGenerator[str, None]:
        """Yield the answer as it is written; closing this ends it at the server.

        Raises `ModelFailed`. What was yielded before is the beginning of an answer. The schema is
        one of answers that cite: where there is nothing to cite, only a grammar constrains. Where
        tools are offered, it is a line for each call, once the reply is whole.
        """
        if prompt.offered:
            return self._choose(prompt)
        is_schema = self.constrained is _JSON and not prompt.sentences
        way = Constrained.MARKERS if is_schema else self.constrained
        return self.write(prompt, way, self._patience)

    async def write(
        self, prompt: Prompt, constrained: Constrained, patience: Patience
    ) -> AsyncGenerator[str, None]:
        """Yield an answer constrained in that way, in the form of `assistant.grammar`."""
        waiting = _Waiting(patience, prompt.spent_seconds)
        completion = Completion(prompt.most_tokens * _CHARACTERS_PER_TOKEN)
        form: Form = JsonForm(prompt.sentences) if constrained is _JSON else PlainForm()
        body = self._body(prompt, constrained)
        async with aclosing(self._texts(body, waiting, completion)) as texts:
            async for text in texts:
                for piece in form.feed(text):
                    yield piece
                    waiting.wrote(piece, is_whole=constrained is _JSON)
                waiting.heard()
        completion.check()
        form.end()
        self._tell(completion)

    async def call(
        self, prompt: Prompt, calls: Calls, patience: Patience, *, must: bool = False
    ) -> Completion:
        """Take the calls of a reply, and return how it ended; less of it if the model only talks.

        `must` has the server make the model call. Where nothing is offered, there are no calls.
        """
        waiting = _Waiting(patience)
        completion = Completion(prompt.most_tokens * _CHARACTERS_PER_TOKEN, calls)
        body = self._body(prompt, Constrained.MARKERS, must=must)
        async with aclosing(self._texts(body, waiting, completion)) as texts:
            async for text in texts:
                calls.say(text)
                waiting.heard()
                if calls.is_talk:
                    break
        return completion

    async def _choose(self, prompt: Prompt) -> AsyncGenerator[str, None]:
        """Yield the calls of a whole reply, a line each; none if the model only talks."""
        if not self.knows_tools:
            return
        calls = Calls()
        completion = await self.call(prompt, calls, self._patience)
        if calls.is_talk:
            return
        completion.check()
        self._tell(completion)
        for each in calls.lines():
            yield each

    async def _texts(
        self, body: bytes, waiting: _Waiting, completion: Completion
    ) -> AsyncGenerator[str, None]:
        """Yield the texts of a completion as they come; closing this hangs up."""
        response = await self._sent(body, waiting.until)
        try:
            check(response)
            async with aclosing(cast(Bytes, response.aiter_raw())) as raw:
                while not completion.is_over:
                    if not (data := await in_time(anext(raw, b""), waiting.until, Failing.CUT)):
                        break
                    for text in completion.take(data):
                        yield text
                await _finish(raw, completion)
        finally:
            await response.aclose()

    def _tell(self, completion: Completion) -> None:
        if self._told and completion.usage:
            self._told(completion.usage)

    def _body(self, prompt: Prompt, constrained: Constrained, *, must: bool = False) -> bytes:
        """Return the request; the salt is never empty, for that would share with everybody."""
        asked: dict[str, Any] = {
            "model": self._served,
            "messages": [{"role": each.role, "content": each.content} for each in prompt.messages],
            "max_tokens": prompt.most_tokens,
            "temperature": 0,
            "seed": _SEED,
            "stream": True,
            "stream_options": {"include_usage": True},
            "cache_salt": prompt.salt or secrets.token_hex(32),
            "chat_template_kwargs": {"enable_thinking": False},
        }
        if prompt.offered:
            asked["tools"] = [_function(each) for each in prompt.offered]
            asked["tool_choice"] = "required" if must else "auto"
        elif constrained is Constrained.GRAMMAR and prompt.grammar:
            asked["ebnf"] = prompt.grammar
        elif constrained is _JSON:
            schema = {"name": "answer", "strict": True, "schema": schema_of(prompt.sentences)}
            asked["response_format"] = {"type": "json_schema", "json_schema": schema}
        return json.dumps(asked).encode()

    async def _sent(self, body: bytes, until: float) -> httpx.Response:
        """Return the response, its body unread; try again once if an idle connection was lost."""
        line = _Line()
        try:
            return await self._send(body, until, line)
        except ModelFailed as failed:
            if line.is_new or failed.failing is not Failing.DOWN:
                raise
        return await self._send(body, until, line)

    async def _send(self, body: bytes, until: float, line: _Line) -> httpx.Response:
        request = self._client.build_request(
            "POST", self._address, content=body, extensions={"trace": line.note}
        )
        return await in_time(self._client.send(request, stream=True), until, Failing.DOWN)


def _function(offered: Offered) -> dict[str, Any]:
    """Return a tool as the API has it; `strict` holds its arguments to the schema."""
    told = {"name": offered.name, "description": offered.says, "strict": True}
    return {"type": "function", "function": {**told, "parameters": offered.schema}}


class _Line:
    """Whether a request went over a connection of its own making."""

    def __init__(self) -> None:
        self.is_new = False

    async def note(self, event: str, _: Mapping[str, Any]) -> None:
        self.is_new |= event == "connection.connect_tcp.started"


class _Waiting:
    """Until when more is waited for. While the reader is at work, the next word is not."""

    def __init__(self, patience: Patience, spent_seconds: float = 0.0) -> None:
        self._now = asyncio.get_running_loop().time
        self._patience = patience
        self._whole = self._now() + patience.whole_seconds - spent_seconds
        self._word = self._now() + patience.first_word_seconds
        self._sentence = math.inf
        self._line = ""

    @property
    def until(self) -> float:
        return min(self._word, self._sentence, self._whole)

    def heard(self) -> None:
        self._word = self._now() + self._patience.next_word_seconds
        if self._sentence == math.inf:
            self._await_sentence()

    def wrote(self, piece: str, *, is_whole: bool) -> None:
        """Wait for the next sentence once one has ended: it does with its line, if not before.

        An empty line ends none.
        """
        *ended, rest = (self._line + piece).replace("\r", "\n").split("\n")
        self._line = rest.lstrip()[:1]
        if is_whole or any(each.strip() for each in ended):
            self._await_sentence()

    def _await_sentence(self) -> None:
        self._sentence = self._now() + self._patience.sentence_seconds


async def _finish(raw: Bytes, completion: Completion) -> None:
    """Read what follows the last word, so that the connection can be used again."""
    until = asyncio.get_running_loop().time() + _LAST_SECONDS
    with suppress(ModelFailed):
        while completion.finish and (data := await in_time(anext(raw, b""), until, Failing.CUT)):
            for _ in completion.take(data):
                pass
