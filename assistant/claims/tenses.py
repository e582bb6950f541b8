"""What is said to have happened, or to happen, where the cited words say that it may or must."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from typing import Final

from assistant.claims.wording import Word, Wording

_PAST: Final = frozenset({"has", "have", "had"})
_DONE: Final = ("ed", "en")
_FREE: Final = frozenset({"may", "might", "can", "could"})
_AHEAD: Final = _FREE | {"must", "shall", "will", "should", "would", "to"}
_SUPPOSING: Final = frozenset({"if", "when", "unless", "once", "until", "whether", "after"})
_NEAR: Final = 3


def uncited_in(sentence: Wording, cited: Wording) -> Iterator[str]:
    """Yield the verbs of which the cited words only say that it may be so, or is to come."""
    keys = frozenset(word.key for word in cited.words)
    for at, word in enumerate(sentence.words):
        if word.key in keys or word.stem not in cited.places:
            continue
        before = _before(sentence.words, at)
        if not before.isdisjoint(_AHEAD | _SUPPOSING):
            continue
        if word.key.endswith(_DONE) and not before.isdisjoint(_PAST):
            is_other = _is_all(cited, word.stem, _AHEAD)
        else:
            is_other = word.key.endswith("s") and _is_all(cited, word.stem, _FREE)
        if is_other:
            yield word.text


def _is_all(cited: Wording, stem: int, cues: Set[str]) -> bool:
    """Return whether the word stands behind one of these cues wherever it stands."""
    places = [at for at, word in enumerate(cited.words) if word.stem == stem]
    return all(not _before(cited.words, at).isdisjoint(cues) for at in places)


def _before(words: Sequence[Word], at: int) -> frozenset[str]:
    return frozenset(word.key for word in words[max(at - _NEAR, 0) : at])
