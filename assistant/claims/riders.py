"""Parts of a sentence of which not one word is cited: they ride along with what is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from typing import Final

from assistant.claims.names import Named
from assistant.claims.wording import Word, Wording

_MARKS: Final = frozenset(",()[]")
_BORDERS: Final = frozenset(["that", "because", "since", "although", "though", "while", "whereas"])
_FEWEST: Final = 2
"""Words with a stem that must be strange: one may be another word for a cited one."""


def riders_in(sentence: Wording, lead: int, measured: Set[int], named: Named) -> Iterator[str]:
    """Yield the parts of a sentence, behind its lead, that no word of theirs ties to the cited.

    `measured` are the words of figures and dates, which are compared as such.
    """
    for first, end in _parts(sentence.words, lead):
        told = [word for word in sentence.words[first:end] if word.stem]
        is_tied = not measured.isdisjoint(range(first, end)) or any(
            word.stem in named.stems or word.key in named.initials for word in told
        )
        if len(told) >= _FEWEST and not is_tied:
            yield sentence.between(first, end - 1)


def _parts(words: Sequence[Word], lead: int) -> Iterator[tuple[int, int]]:
    """Yield the stretches between commas, brackets, full stops, and what begins a clause."""
    first = lead
    for at in range(lead, len(words)):
        word = words[at]
        if word.starts or word.key in _BORDERS or not _MARKS.isdisjoint(word.gap):
            yield first, at
            first = at
    yield first, len(words)
