"""Names that have changed places: "Birch pays Alder" where the cited words say the reverse.

Told by the words on either side. It takes two names, each nearer to the other's place than to
its own, so a name that moved alone, as it does in the passive, is no swap.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from assistant.claims.names import names_of
from assistant.claims.wording import Beside, Wording

_MOST: Final = 64


@dataclass(frozen=True, slots=True)
class _Moved:
    """A name of the sentence, and the names that stand in its place in the cited words."""

    key: str
    text: str
    instead: frozenset[str]


def swaps_of(sentence: Wording, cited: Wording) -> Iterator[tuple[str, str]]:
    """Yield pairs of names that stand in each other's place, as the sentence writes them."""
    for one, other in combinations(_moved(sentence, cited), 2):
        if one.key in other.instead and other.key in one.instead:
            yield one.text, other.text


def _moved(sentence: Wording, cited: Wording) -> list[_Moved]:
    places: defaultdict[str, list[Beside]] = defaultdict(list)
    for name in names_of(cited)[:_MOST]:
        places[name.word.key].append(cited.beside(name.first, name.first))
    moved = []
    for name in names_of(sentence)[:_MOST]:
        if name.word.key not in places:
            continue
        mine = sentence.beside(name.first, name.first)
        alike = {key: max(len(mine & each) for each in there) for key, there in places.items()}
        best = max(alike.values())
        if best > alike[name.word.key]:
            instead = frozenset(key for key, each in alike.items() if each == best)
            moved.append(_Moved(name.word.key, name.word.text, instead))
    return moved
