"""Items of lists told without the denial of their head, or with one that it does not have."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from assistant.claims.cues import Cue, cues_at
from assistant.claims.wording import Word, Wording
from retrieval.keywords import Terms

_ASIDE: Final = re.compile(r"\([^()]*\)")
_DENYING: Final = frozenset({Cue.NOT, Cue.NO, Cue.FORBIDDEN})
_EXCLUDING: Final = frozenset([
    "excluded", "excludes", "exclude", "exclusion", "exclusions", "exception", "exceptions",
    "except", "excepting", "excepted", "exempt", "exempted", "prohibition", "prohibitions",
])  # fmt: skip
_BOUNDING: Final = ("exceed", "later")
_NEAR: Final = 2
_TOLD: Final = 0.5
_SURELY_TOLD: Final = 0.8


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a list, as it stands, and the head above it without what is in brackets."""

    head: Wording
    said: Wording

    @classmethod
    def of(cls, head: str, text: str, terms: Terms) -> Item:
        """Return an item; an aside in its head bears on no item as such."""
        return cls(Wording.of([_ASIDE.sub(" ", head)], terms), Wording.of([text], terms))

    def is_denied(self) -> bool:
        """Return whether the head says of its items that they are not, or are not to be."""
        words = self.head.words
        last = max((at for at, word in enumerate(words) if "," in word.gap), default=0)
        is_apart = cues_at(words[-1:], 0)[0] == (Cue.APART,) if words else False
        is_counted = bool(words) and words[-1].key in _EXCLUDING
        return (_denials(words[last:]) + (is_apart and not is_counted)) % 2 == 1

    def denies(self) -> bool:
        """Return whether the item, or its head, denies anything."""
        return _denials(self.head.words) + _denials(self.said.words) > 0


def turned_in(sentence: Wording, lead: int, items: Sequence[Item]) -> Iterator[str]:
    """Yield the heads of items that a sentence tells without their denial, or with one of its own.

    The words of the sentence that tell are those behind its `lead`.
    """
    told = [word.stem for word in sentence.words[lead:] if word.stem]
    if not told:
        return
    denials = _denials(sentence.words)
    for item in items:
        if sum(stem in item.said.places for stem in told) < _TOLD * len(told):
            continue
        known = item.said.places.keys() | item.head.places.keys()
        is_all = sum(stem in known for stem in told) >= _SURELY_TOLD * len(told)
        is_hidden = not denials and item.is_denied()
        is_new = denials and is_all and not item.denies()
        if is_hidden or is_new:
            yield item.head.between(0, len(item.head.words))


def _denials(words: Sequence[Word]) -> int:
    """Return how often words deny, forbid or exclude."""
    at, found = 0, 0
    while at < len(words):
        cues, end = cues_at(words, at)
        if any(word.key.startswith(_BOUNDING) for word in words[end : end + _NEAR]):
            cues = ()
        found += not _DENYING.isdisjoint(cues) or words[at].key in _EXCLUDING
        at = max(end, at + 1)
    return found
