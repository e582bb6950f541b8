"""What an evaluator writes down: a question, who asks it, and what is expected of the answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Gold:
    """Words that answer a question. A document is named `source/path`, with `#record` inside one.

    Either `words` stand in the document verbatim, or `start` and `end` are characters of its
    stored text; a gold of neither means the whole document.
    """

    document: str
    words: str = ""
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call of a tool, by its exact name, with arguments (plain values) that it has at least.

    A text that is stated is the argument, or stands in it.
    """

    tool: str
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Expected:
    """What an answer should be. Whatever is not stated is not measured.

    `facts` must appear, each in one of its wordings; `lies` must not. `unseen` are documents of
    which nothing may show. `language` is a code of ISO 639-1. `answer` is a reference answer.
    `calls` of tools must be made, or wait for a person's word; `forbidden` ones must not be made.
    """

    answerable: bool | None = None
    gold: tuple[Gold, ...] = ()
    facts: tuple[tuple[str, ...], ...] = ()
    lies: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    language: str = ""
    answer: str = ""
    calls: tuple[ToolCall, ...] = ()
    forbidden: tuple[ToolCall, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """One question. `earlier` are the questions asked before it, in the same conversation.

    `person` asks ("" is whoever runs the suite). `as_of` is a day, YYYY-MM-DD ("" is today).
    `kinds`, `statuses`, `sources` and `parties` limit what is searched; empty, they do not.
    `excluded` are documents that do not count as found: the ticket that is asked about.
    """

    id: str
    question: str
    person: str = ""
    earlier: tuple[str, ...] = ()
    as_of: str = ""
    category: str = ""
    kinds: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    expected: Expected = Expected()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Threshold:
    """What a measure's mean must reach for the gate to open; either bound may be absent."""

    at_least: float | None = None
    at_most: float | None = None


@dataclass(frozen=True, slots=True)
class Suite:
    """Cases that are run together.

    `corpus` are the files and folders it brings, taken into a library of its own with `people`
    (names with their groups) as who there is; without, the library at hand is asked.
    `tools` is the file of a policy of tools for that library of its own, `answers` one of what the
    far systems in it say; "" is none. `configuration` is a set of settings by their names. `digest`
    names this content, whatever file it is in.
    """

    name: str
    title: str
    cases: tuple[Case, ...]
    digest: str
    about: str = ""
    corpus: tuple[str, ...] = ()
    people: dict[str, tuple[str, ...]] = field(default_factory=dict)
    thresholds: dict[str, Threshold] = field(default_factory=dict)
    configuration: dict[str, Any] = field(default_factory=dict)
    tools: str = ""
    answers: str = ""
