"""The form in which a server says an answer, made into the one that `assistant.grammar` allows.

A server that knows a schema but no grammar says it as JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from typing import Any, Final, Protocol

from assistant.grammar import MOST_CITED, MOST_SENTENCES, NO_ANSWER
from assistant.model import Failing, ModelFailed

_LONGEST: Final = 8_000
_LONGEST_HEAD: Final = 200
_HEAD: Final = re.compile(r'\s*\{\s*"refused"\s*:\s*(true|false)\s*,\s*"sentences"\s*:\s*\[')
_BETWEEN: Final = ", \t\r\n"
_TAIL: Final = re.compile(r"\s*\}\s*")
_IDS: Final = re.compile(r"(?:\s*\[[\d.,;\s]*\])+\s*$")
_BRACKETS: Final = str.maketrans("[]", "()")
_DECODER: Final = json.JSONDecoder()


class Form(Protocol):
    """Takes what a server says, as it comes."""

    def feed(self, text: str) -> Iterator[str]:
        """Yield what there is to say by now; raise `ModelFailed` for what has not this form."""

    def end(self) -> None:
        """Raise `ModelFailed` if this was not an end."""


class PlainForm:
    """What is said is the answer."""

    def feed(self, text: str) -> Iterator[str]:
        """Yield it."""
        yield text

    def end(self) -> None:
        """Take any end."""


def schema_of(ids: Iterable[str]) -> dict[str, Any]:
    """Return the schema of answers that cite only these ids; without any, whatever they like."""
    known = list(ids)
    cites = {
        "type": "array",
        "items": {"type": "string"} | ({"enum": known} if known else {}),
        "minItems": 1,
        "maxItems": MOST_CITED,
    }
    sentence = _object({"text": {"type": "string", "minLength": 1}, "cites": cites})
    sentences = {"type": "array", "items": sentence, "maxItems": MOST_SENTENCES}
    return _object({"refused": {"type": "boolean"}, "sentences": sentences})


class JsonForm:
    """Takes such an answer as it is written, gives each sentence when it is complete."""

    def __init__(self, ids: Collection[str]) -> None:
        self._ids = ids
        self._rest = ""
        self._said = 0
        self._is_open = False
        self._is_over = False
        self._is_refused = False

    def feed(self, text: str) -> Iterator[str]:
        """Yield the sentences that are complete by now, or the refusal."""
        self._rest += text
        if not self._is_open:
            self._open()
        if self._is_refused:
            yield from () if self._is_over else (NO_ANSWER,)
            self._is_over = True
        elif self._is_open and ("}" in text or "]" in text):
            yield from self._sentences()
        if len(self._rest) > _LONGEST and not self._is_refused:
            raise _broken()

    def end(self) -> None:
        """Raise `ModelFailed` if the JSON is not whole."""
        if not self._is_refused and not (self._is_over and _TAIL.fullmatch(self._rest)):
            raise _broken()

    def _open(self) -> None:
        head = _HEAD.match(self._rest)
        if head is not None:
            self._is_open, self._is_refused = True, head[1] == "true"
            self._rest = self._rest[head.end() :]
        elif len(self._rest) > _LONGEST_HEAD or self._rest.lstrip()[:1] not in ("", "{"):
            raise _broken()

    def _sentences(self) -> Iterator[str]:
        while not self._is_over:
            at = len(self._rest) - len(self._rest.lstrip(_BETWEEN))
            if self._rest[at : at + 1] == "]":
                self._is_over = True
                self._rest = self._rest[at + 1 :]
                yield from () if self._said else (NO_ANSWER,)
                return
            sentence = self._next(at)
            if sentence is None:
                return
            self._said += 1
            yield _as_line(sentence, self._said)

    def _next(self, at: int) -> str | None:
        """Return the next sentence, or None while it is not complete."""
        if self._rest[at : at + 1] not in ("", "{"):
            raise _broken()
        found, end = None, at
        with suppress(ValueError, RecursionError):
            found, end = _DECODER.raw_decode(self._rest, at)
        if found is None:
            return None
        if not isinstance(found, dict):
            raise _broken()
        text, cites = found.get("text"), found.get("cites")
        if not isinstance(text, str) or not isinstance(cites, list):
            raise _broken()
        self._rest = self._rest[end:]
        plain = _IDS.sub("", " ".join(text.split())).translate(_BRACKETS).strip()
        known = [each for each in cites if isinstance(each, str) and each in self._ids]
        return plain + "".join(f" [{each}]" for each in known)


def _as_line(sentence: str, number: int) -> str:
    """Return a sentence as a line that has ended, so that nobody waits for the next one.

    The last that there may be ends with the answer, which is then read to its own end.
    """
    before = "\n" if number > MOST_SENTENCES else ""
    return before + sentence + ("\n" if number < MOST_SENTENCES else "")


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _broken() -> ModelFailed:
    return ModelFailed(Failing.BROKEN, "The model did not keep to the form of an answer.")
