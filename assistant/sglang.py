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
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import httpx

from assistant.answer_form import Form, JsonForm, PlainForm, schema_of
from assistant.calling import address_of, client_of
from assistant.completion import Completion, Usage, failed_with
from assistant.model import Failing, ModelFailed
from assistant.prompt import Prompt

_PATH: Final = "/v1/chat/completions"
_SEED: Final = 0
_CHARACTERS_PER_TOKEN: Final = 32
_LAST_SECONDS: Final = 1.0
_LONGEST_WAIT_SECONDS: Final = 3600

Bytes = AsyncGenerator[bytes, None]
T = TypeVar("T")


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
    its answers are constrained; `assistant.capability` finds out what a server can do. `told` is
    called with the use of tokens after each whole answer.
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
        one of answers that cite: where there is nothing to cite, only a grammar constrains.
        """
        is_schema = self.constrained is _JSON and not prompt.sentences
        way = Constrained.MARKERS if is_schema else self.constrained
        return self.write(prompt, way, self._patience)

    async def write(
        self, prompt: Prompt, constrained: Constrained, patience: Patience
    ) -> AsyncGenerator[str, None]:
        """Yield an answer constrained in that way, in the form of `assistant.grammar`."""
        waiting = _Waiting(patience)
        completion = Completion(prompt.most_tokens * _CHARACTERS_PER_TOKEN)
        form: Form = JsonForm(prompt.sentences) if constrained is _JSON else PlainForm()
        response = await self._sent(self._body(prompt, constrained), waiting.until)
        try:
            _check(response)
            async with aclosing(cast(Bytes, response.aiter_raw())) as raw:
                while not completion.is_over:
                    data = await _in_time(anext(raw, b""), waiting.until, Failing.CUT)
                    if not data:
                        break
                    for text in completion.take(data):
                        for piece in form.feed(text):
                            yield piece
                            waiting.wrote(piece, is_whole=constrained is _JSON)
                        waiting.heard()
                await _finish(raw, completion)
        finally:
            await response.aclose()
        completion.check()
        form.end()
        if self._told and completion.usage:
            self._told(completion.usage)

    def _body(self, prompt: Prompt, constrained: Constrained) -> bytes:
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
        if constrained is Constrained.GRAMMAR and prompt.grammar:
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
        return await _in_time(self._client.send(request, stream=True), until, Failing.DOWN)


class _Line:
    """Whether a request went over a connection of its own making."""

    def __init__(self) -> None:
        self.is_new = False

    async def note(self, event: str, _: Mapping[str, Any]) -> None:
        self.is_new |= event == "connection.connect_tcp.started"


class _Waiting:
    """Until when more is waited for. While the reader is at work, the next word is not."""

    def __init__(self, patience: Patience) -> None:
        self._now = asyncio.get_running_loop().time
        self._patience = patience
        self._whole = self._now() + patience.whole_seconds
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


async def _in_time(awaited: Awaitable[T], until: float, lost: Failing) -> T:
    """Return what comes; `lost` is what a connection that breaks means.

    What fails is raised after it was handled: a foreign error holds on to the request.
    """
    try:
        async with asyncio.timeout_at(until):
            return await awaited
    except TimeoutError:
        failed = ModelFailed(Failing.SLOW, "The model did not answer in the time allowed.")
    except httpx.PoolTimeout:
        failed = ModelFailed(Failing.BUSY, "Every connection to the model is in use.")
    except (httpx.ConnectError, httpx.ConnectTimeout):
        failed = ModelFailed(Failing.DOWN, "The model's server cannot be reached.")
    except httpx.HTTPError:
        failed = ModelFailed(lost, "The connection to the model's server was lost.")
    raise failed


async def _finish(raw: Bytes, completion: Completion) -> None:
    """Read what follows the last word, so that the connection can be used again."""
    until = asyncio.get_running_loop().time() + _LAST_SECONDS
    with suppress(ModelFailed):
        while completion.finish and (data := await _in_time(anext(raw, b""), until, Failing.CUT)):
            for _ in completion.take(data):
                pass


def _check(response: httpx.Response) -> None:
    """Raise `ModelFailed` unless it is a stream of events; nothing else is read."""
    if response.status_code != httpx.codes.OK:
        told = response.headers.get("retry-after", "")
        is_told = told.isascii() and told.isdigit() and len(told) < 10
        raise failed_with(
            response.status_code, min(int(told), _LONGEST_WAIT_SECONDS) if is_told else None
        )
    kind = response.headers.get("content-type", "")
    coding = response.headers.get("content-encoding", "identity")
    if not kind.lower().startswith("text/event-stream") or coding != "identity":
        raise ModelFailed(Failing.BROKEN, "The model's server answered with no stream of events.")
