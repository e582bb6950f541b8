"""An "only" that a sentence leaves out, which makes it say more than the cited words do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from assistant.claims.wording import Word, Wording

_RESTRICTING: Final = frozenset([
    "only", "solely", "exclusively", "just", "merely", "alone", "sole", "no", "not", "nobody",
    "none", "limited", "nothing", "never", "except", "without", "unless",
])  # fmt: skip
_BEFORE: Final = 6
_AFTER: Final = 8
_NEAREST: Final = 2


def dropped_in(sentence: Wording, cited: Wording) -> Iterator[str]:
    """Yield the "only" of cited words that the sentence tells on either side of it, without it."""
    if any(word.key in _RESTRICTING for word in sentence.words):
        return
    for at, word in enumerate(cited.words):
        if word.key != "only":
            continue
        after = [each.stem for each in _ahead(cited.words, at) if each.stem]
        before = [each.stem for each in cited.words[max(at - _BEFORE, 0) : at] if each.stem]
        told = {*after[:_NEAREST], *before[-1:]} if after else {*before[-_NEAREST:]}
        if len(told) >= _NEAREST and told <= sentence.places.keys():
            yield word.text
            return


def _ahead(words: Sequence[Word], at: int) -> Iterator[Word]:
    """Yield the words behind one, up to the end of its sentence."""
    for word in words[at + 1 : at + _AFTER]:
        if word.starts:
            return
        yield word
