"""Conditions of the cited words that a sentence leaves out, which makes it say more than they do.

A condition is "unless", "provided that", "if" and the like with the words behind it. It bears on
the words before it, or behind the comma where it stands first. Who tells these must tell it too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from assistant.claims.wording import Word, Wording

_CUES: Final = {
    tuple(phrase.split())
    for phrase in (
        "unless", "except", "provided that", "provided however that", "provided however", "only if",
        "only when", "only where", "but only", "subject to", "conditional on", "conditional upon",
        "conditioned on", "conditioned upon", "so long as", "as long as", "without", "if", "until",
        "in the event", "to the extent",
    )
}  # fmt: skip
_LONGEST: Final = 3
_IDLE: Final = frozenset(
    ["limitation", "limiting", "regard", "prejudice", "any", "applicable", "necessary"]
)
_SOFTENING: Final = frozenset([
    "unless", "except", "provided", "only", "subject", "conditional", "conditioned", "without",
    "if", "until", "when", "whenever", "where", "once", "after", "upon", "extent", "depending",
    "case", "event", "otherwise", "long", "exceptions", "exception", "exclusion",
])  # fmt: skip
_REACH: Final = 6
_NEAREST: Final = 3
_FARTHEST: Final = 64
"""Words that are looked through for these few: a run of stop words may be as long as the text."""
_TOLD: Final = 0.34
_FEWEST: Final = 2


@dataclass(frozen=True, slots=True)
class Condition:
    """A cue, the places of the words of the condition, and of those that it bears on."""

    cue: str
    said: tuple[int, ...]
    governed: tuple[int, ...]


def dropped_in(sentence: Wording, cited: Wording) -> Iterator[str]:
    """Yield the cues of conditions that the sentence leaves out."""
    stems = sentence.places.keys()
    mine, its = (Counter(word.key for word in each.words) for each in (sentence, cited))
    for each in conditions_of(cited):
        bearing = {cited.stems[place] for place in each.governed}
        said = {cited.stems[place] for place in each.said} - bearing
        is_told = len(said & stems) >= _TOLD * len(said)
        is_as_often = mine[each.cue.split()[0]] >= its[each.cue.split()[0]]
        if (
            is_told
            or is_as_often
            or not _speaks_of(sentence, cited, each)
            or _softens(sentence, cited, said)
        ):
            continue
        yield each.cue


def _softens(sentence: Wording, cited: Wording, said: Set[int]) -> bool:
    """Return whether the sentence has a condition in words of its own, or in part of these."""
    for at, word in enumerate(sentence.words):
        if word.key in _SOFTENING:
            after = {sentence.stems[place] for place in _ahead(sentence.words, at + 1)[:_NEAREST]}
            if not after <= cited.places.keys() - said:
                return True
    return False


def _speaks_of(sentence: Wording, cited: Wording, condition: Condition) -> bool:
    """Return whether the sentence has the words that the condition bears on, side by side."""
    stems = [cited.stems[place] for place in condition.governed]
    if len(set(stems)) < _FEWEST or not sentence.places.keys() >= set(stems):
        return False
    if not all(sentence.are_near(*pair) for pair in pairwise(stems)):
        return False
    elsewhere = set(cited.places[stems[-1]]) - set(condition.governed)
    around = set(stems[:-1])
    return not any(cited.likeness(place, around) == len(around) for place in elsewhere)


def conditions_of(wording: Wording) -> Iterator[Condition]:
    """Yield the conditions of a text with what they bear on."""
    words = wording.words
    for at in range(len(words)):
        size = _cue(words, at)
        is_idle = words[at + size : at + size + 1] and words[at + size].key in _IDLE
        if not size or is_idle:
            continue
        said = _ahead(words, at + size)
        governed = said and (_behind(words, at) or _beyond(words, at + size))
        if governed:
            cue = " ".join(each.key for each in words[at : at + size])
            yield Condition(cue, said, governed)


def _cue(words: Sequence[Word], at: int) -> int:
    """Return how many words the cue that starts here has, 0 if none does."""
    for size in range(_LONGEST, 0, -1):
        if tuple(word.key for word in words[at : at + size]) in _CUES:
            return size
    return 0


def _ahead(words: Sequence[Word], at: int) -> tuple[int, ...]:
    """Return the places of the next words, up to a full stop, or a comma behind two of them."""
    places: list[int] = []
    for word in words[at : at + _FARTHEST]:
        is_end = word.starts or ("," in word.gap and len(places) >= _FEWEST)
        if is_end or len(places) == _REACH:
            break
        if word.stem:
            places.append(word.at)
    return tuple(places)


def _behind(words: Sequence[Word], at: int) -> tuple[int, ...]:
    """Return the places of the nearest words before, in their order, none past a full stop."""
    places: list[int] = []
    first = max(at - _FARTHEST, 0)
    for after, word in zip(
        reversed(words[first + 1 : at + 1]), reversed(words[first:at]), strict=True
    ):
        if after.starts or len(places) == _NEAREST:
            break
        if word.stem:
            places.append(word.at)
    return tuple(reversed(places))


def _beyond(words: Sequence[Word], at: int) -> tuple[int, ...]:
    """Return the places of the first words behind the comma that ends a condition."""
    comma = next(
        (place for place, word in enumerate(words[at:], at) if "," in word.gap or word.starts), 0
    )
    if not comma or words[comma].starts:
        return ()
    return _ahead(words, comma)[:_NEAREST]
