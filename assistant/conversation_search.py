"""Looking for words in one's own conversations, over what of them may be shown now."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from assistant.answers import Sentence
from assistant.marking import Mark

MOST_SEARCHED: Final = 5_000
"""So many turns are looked through, the latest first."""

_WORD: Final = re.compile(r"\w+")
_AROUND: Final = 90


class Told(Protocol):
    """A turn as far as it may be shown: `assistant.conversation_recall.Recalled`."""

    @property
    def id(self) -> str:
        """Return its id."""

    @property
    def at(self) -> int:
        """Return when it was."""

    @property
    def asked(self) -> str:
        """Return what was asked."""

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """Return what of the answer may be shown."""


@dataclass(frozen=True, slots=True)
class Match:
    """A conversation in which the words stand, at its latest turn that has them all.

    `found` is where they stand, what was looked for marked.
    """

    conversation: str
    title: str = field(repr=False)
    turn: str
    at: int
    asked: str = field(repr=False)
    found: tuple[Mark, ...] = field(repr=False)


def matches(
    words: str, turns: Sequence[tuple[str, Told]], titles: Mapping[str, str]
) -> list[Match]:
    """Return the conversations with a turn that has every word, in the order of the turns.

    A word is also found as a part of another; capital letters make no difference.
    """
    wanted = [_part(each) for each in dict.fromkeys(_WORD.findall(words))]
    found: dict[str, Match] = {}
    if not wanted:
        return []
    for conversation, turn in turns:
        if conversation in found:
            continue
        title = titles.get(conversation, "")
        texts = [turn.asked, *(each.text for each in turn.sentences)]
        if all(any(part.search(text) for text in (title, *texts)) for part in wanted):
            marks = tuple(_marked(_best(wanted, texts), wanted))
            found[conversation] = Match(conversation, title, turn.id, turn.at, turn.asked, marks)
    return list(found.values())


def _part(word: str) -> re.Pattern[str]:
    return re.compile(re.escape(word), re.IGNORECASE)


def _best(wanted: Sequence[re.Pattern[str]], texts: Sequence[str]) -> str:
    """Return the text in which most of the words stand; the question where none is better."""
    return max(texts, key=lambda text: sum(bool(part.search(text)) for part in wanted))


def _marked(text: str, wanted: Sequence[re.Pattern[str]]) -> Iterator[Mark]:
    """Yield the text about the first word found, in pieces, each found word marked."""
    spans = sorted(match.span() for part in wanted for match in part.finditer(text))
    first = spans[0][0] if spans else 0
    start, end = max(first - _AROUND, 0), first + 2 * _AROUND
    at = text.rfind(" ", 0, start) + 1 if start else 0
    stop = len(text) if end >= len(text) else text.find(" ", end) % (len(text) + 1)
    if at:
        yield Mark("… ", lit=False)
    for begin, over in spans:
        if begin < at or over > stop:
            continue
        if begin > at:
            yield Mark(text[at:begin], lit=False)
        yield Mark(text[begin:over], lit=True)
        at = over
    if at < stop:
        yield Mark(text[at:stop], lit=False)
    if stop < len(text):
        yield Mark(" …", lit=False)
