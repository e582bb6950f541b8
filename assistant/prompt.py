"""What a model is given: messages, the sentences that it may cite, and a grammar of answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from retrieval.documents import Passage, Span


@dataclass(frozen=True, slots=True)
class Message:
    """One message; `role` is `system`, `user` or `assistant`."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Numbered:
    """A sentence that may be cited. `id` is `3.2` for the second sentence of the third passage.

    `head` is what stands above the list of which it is an item, empty where it is none.
    """

    id: str
    passage: Passage
    span: Span
    head: str = ""

    @property
    def text(self) -> str:
        """Return the sentence as it stands in the source."""
        start = self.passage.start
        return self.passage.text[self.span.start - start : self.span.end - start]

    @property
    def headed(self) -> str:
        """Return the sentence with the head of its list before it, as one sentence."""
        head = self.head.rstrip(" :")
        return f"{head} {self.text}" if head else self.text


@dataclass(frozen=True, slots=True)
class Offered:
    """A tool as a model is told of it: `schema` is a closed JSON Schema of its arguments."""

    name: str
    says: str
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Prompt:
    """A request to a model. `sentences` are by id; no other id means anything.

    `grammar` (EBNF as SGLang reads it) allows sentences that end in ids of these, or one fixed
    refusal. `salt` divides the server's cache of prefixes: prompts share one only if the same
    readers may read what they hold. `most_tokens` is how long the answer may become. `asker` is
    for whom it is: it is not sent. Where tools are `offered`, calls of them are asked for and no
    answer (`assistant.called`). `spent_seconds` of the time for a whole answer have passed already.
    """

    messages: tuple[Message, ...]
    sentences: Mapping[str, Numbered] = field(repr=False)
    grammar: str = field(repr=False)
    salt: str
    most_tokens: int
    asker: str = ""
    offered: tuple[Offered, ...] = ()
    spent_seconds: float = 0.0
