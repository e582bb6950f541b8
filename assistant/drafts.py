"""Reading what a model writes, as it comes: drafts of sentences with the ids that they cite.

Nothing is taken on trust. What no id follows is a draft without ids, which nobody will be shown.
The drafts depend on the text alone, never on the pieces in which it came: a draft is complete
when its line is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.grammar import MOST_SENTENCES, NO_ANSWER
from assistant.model import Failing, ModelFailed
from retrieval.plain import plain

LONGEST_LINE = 2_000

_ID = r"\d{1,3}\.\d{1,3}"
_CITED = re.compile(rf"\s*\[\s*({_ID}(?:\s*[,;]\s*{_ID})*)\s*\]")
_IDS = re.compile(_ID)
_ENDING = ".!?"


@dataclass(frozen=True, slots=True)
class Draft:
    """One sentence as the model wrote it. `ids` are in the order written, each once."""

    text: str
    ids: tuple[str, ...]


class DraftReader:
    """Reads a text piece by piece, until it is over: long enough, or said to have no answer.

    `has_read` tells whether there was anything to read at all.
    """

    def __init__(self) -> None:
        self._rest = ""
        self._drafts = 0
        self.is_over = False
        self.has_read = False

    def feed(self, piece: str) -> Iterator[Draft]:
        """Yield what is complete by now; raise `ModelFailed` for a line without an end."""
        *lines, self._rest = (self._rest + piece).replace("\r", "\n").split("\n")
        for line in lines:
            yield from self._read(line)
        _check(self._rest)

    def end(self) -> Iterator[Draft]:
        """Yield what the last line holds."""
        line, self._rest = self._rest, ""
        yield from self._read(line)

    def _read(self, line: str) -> Iterator[Draft]:
        _check(line)
        line = line.strip()
        self.has_read |= line != ""
        self.is_over |= line.rstrip(_ENDING) == NO_ANSWER
        for each in _drafts_of(line):
            if self.is_over:
                return
            self._drafts += 1
            self.is_over = self._drafts == MOST_SENTENCES
            yield each


def _check(line: str) -> None:
    if len(line) > LONGEST_LINE:
        raise ModelFailed(Failing.BROKEN, f"It wrote more than {LONGEST_LINE:,} in one line.")


def _drafts_of(line: str) -> Iterator[Draft]:
    """Yield the drafts of one line; a sentence ends behind its ids, not before."""
    text, ids, at = "", list[str](), 0
    for cited in _CITED.finditer(line):
        before = line[at : cited.start()]
        ending = _ending_of(before)
        if ids and before.strip() and (ending or text.endswith(tuple(_ENDING))):
            yield _draft(text + ending, ids)
            text, ids = "", []
            before = before[len(ending) :]
        text += before
        ids += _IDS.findall(cited[1])
        at = cited.end()
    tail = line[at:]
    ending = _ending_of(tail)
    if ids and (ending or text.endswith(tuple(_ENDING)) or not tail.strip()):
        yield _draft(text + ending, ids)
        text, ids, tail = "", [], tail[len(ending) :]
    if (text + tail).strip():
        yield _draft(text + tail, ids)


def _ending_of(text: str) -> str:
    """Return the marks with which a text ends the sentence before it."""
    return text[: len(text) - len(text.lstrip(_ENDING))]


def _draft(text: str, ids: list[str]) -> Draft:
    """Return a draft as it would be shown: what is checked must be what is read."""
    return Draft(" ".join(plain(text).split()), tuple(dict.fromkeys(ids)))
