"""A completion as OpenAI's API streams it: chunks in events, made into text, its end and its use.

Nothing in it is believed. The text is the same however the bytes are cut.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from assistant.called import Calls
from assistant.event_stream import BadEvents, EventReader
from assistant.model import Failing, ModelFailed

_DONE: Final = "[DONE]"
_BUSY: Final = (429, 503)
_SLOW: Final = (408, 504)


@dataclass(frozen=True, slots=True)
class Usage:
    """How many tokens a completion used; `cached` are those of the prompt read before."""

    prompt: int
    cached: int
    answer: int


class Completion:
    """Takes the bytes of a stream, gives the text of its answer, at most `most_characters` of it.

    `finish` is why it ended, in the server's word, "" until then. Thinking is no part of an
    answer and left out. Where `calls` are taken they count too, and words need not come.
    """

    def __init__(self, most_characters: int, calls: Calls | None = None) -> None:
        self.finish = ""
        self.usage: Usage | None = None
        self._most = most_characters
        self._calls = calls
        self._has_calls = False
        self._count = 0
        self._has_words = False
        self._half = ""
        self._is_done = False
        self._events = EventReader()

    @property
    def is_over(self) -> bool:
        """Return whether no more text will come."""
        return self._is_done or bool(self.finish)

    def take(self, raw: bytes) -> Iterator[str]:
        """Yield the text that is complete by now; raise `ModelFailed` for what is no answer."""
        try:
            for event in self._events.feed(raw):
                self._is_done |= event == _DONE
                if self._is_done:
                    return
                if event:
                    yield from self._read(_object_of(event))
        except BadEvents as bad:
            raise ModelFailed(Failing.BROKEN, str(bad)) from None

    def check(self) -> None:
        """Raise `ModelFailed` unless this was a whole answer."""
        if self.finish == "length":
            raise ModelFailed(Failing.LONG, "The model wrote as much as it may, and had not ended.")
        if self._calls is not None and self.finish in ("stop", "tool_calls"):
            return
        if self._has_calls and not self._has_words:
            raise ModelFailed(Failing.CALLED, "The model called a tool, and nothing was said.")
        if self.finish != "stop":
            raise ModelFailed(Failing.CUT, "The model's answer stopped before its end.")
        if not self._has_words:
            raise ModelFailed(Failing.BROKEN, "The model answered without a word.")

    def _read(self, chunk: dict[str, Any]) -> Iterator[str]:
        error = chunk if chunk.get("object") == "error" else chunk.get("error")
        if error is not None:
            code = error.get("code") if isinstance(error, dict) else None
            failed = failed_with(code if isinstance(code, int) else 500)
            if self._has_words and failed.failing is Failing.REFUSED:
                raise ModelFailed(Failing.CUT, "The model's server gave up on an answer.")
            raise failed
        self.usage = _usage_of(chunk.get("usage")) or self.usage
        for choice in _list_of(chunk.get("choices"))[:1]:
            if not self.finish:
                delta = _delta_of(choice.get("delta"))
                yield from self._say(delta.get("content") or "")
                yield from self._take_calls(delta.get("tool_calls"))
            finish = choice.get("finish_reason")
            self.finish = self.finish or (finish if isinstance(finish, str) else "")

    def _take_calls(self, pieces: Any) -> Iterator[str]:
        """Take pieces of calls; yield a text without words, to tell that something came."""
        if pieces is None or pieces == []:
            return
        self._has_calls = True
        if self._calls is not None:
            self._count += self._calls.take(pieces)
            if self._count > self._most:
                raise ModelFailed(Failing.LONG, "The model wrote more into a call than it may.")
            yield ""

    def _say(self, text: str) -> Iterator[str]:
        """Yield the text without half characters, as far as there is room."""
        text, self._half = self._half + text, ""
        if "\ud800" <= text[-1:] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        if not text:
            return
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        room = self._most - self._count
        self._count += len(text)
        self._has_words = self._has_words or not text.isspace()
        if room > 0:
            yield text[:room]
        if len(text) > room:
            raise ModelFailed(Failing.BROKEN, "The model wrote far more than it was allowed to.")


def failed_with(status: int, wait_seconds: float | None = None) -> ModelFailed:
    """Return what a status other than 200 means. SGLang says 503 when its queue is full."""
    if status in _BUSY:
        return ModelFailed(Failing.BUSY, "The model's server is busy.", wait_seconds)
    if status in _SLOW:
        return ModelFailed(Failing.SLOW, f"The model's server ran out of time ({status}).")
    if 400 <= status < 500:
        return ModelFailed(Failing.REFUSED, f"The model's server refused the request ({status}).")
    return ModelFailed(Failing.BROKEN, f"The model's server failed ({status}).")


def _object_of(event: str) -> dict[str, Any]:
    """Return the chunk. The error of a parser would hold on to the text: it ends here."""
    chunk = None
    with suppress(ValueError, RecursionError):
        chunk = json.loads(event)
    if not isinstance(chunk, dict):
        raise _nonsense()
    return chunk


def _list_of(choices: Any) -> list[dict[str, Any]]:
    if not isinstance(choices, list) or not all(isinstance(each, dict) for each in choices):
        raise _nonsense()
    return choices


def _delta_of(delta: Any) -> dict[str, Any]:
    if isinstance(delta, dict) and isinstance(delta.get("content"), str | None):
        return delta
    raise _nonsense()


def _usage_of(usage: Any) -> Usage | None:
    if not isinstance(usage, dict):
        return None
    details = usage.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else None
    return Usage(
        _count_of(usage.get("prompt_tokens")),
        _count_of(cached),
        _count_of(usage.get("completion_tokens")),
    )


def _count_of(count: Any) -> int:
    return count if type(count) is int and count > 0 else 0


def _nonsense() -> ModelFailed:
    return ModelFailed(Failing.BROKEN, "The model's server answered with what is no completion.")
