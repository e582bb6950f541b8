"""What a text says of each of its words: that it is, is not, must be, may be, need not be.

Two texts are compared where they have a word in common: there, who reads the one must be able
to say what the other says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from assistant.claims.clauses import Clause, clauses_of
from assistant.claims.cues import Stance
from assistant.claims.wording import Wording

_SURE: Final = 3
_PLAIN: Final = frozenset({Stance.IS})
_NOTHING: Final = Clause(Stance.IS, (), 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Stances:
    """The clauses of a wording. What no clause reaches is said to be."""

    wording: Wording
    clauses: tuple[Clause, ...]

    @classmethod
    def of(cls, wording: Wording, taken: frozenset[int] = frozenset()) -> Stances:
        """Return what a wording says; words that a date has taken are no cues."""
        return cls(wording, clauses_of(wording, taken))

    def not_carried_by(self, cited: Stances) -> Iterator[tuple[str, bool]]:
        """Yield the words that say what is not said there, and whether one of both denies it."""
        shared = _Shared(self, cited)
        for clause in self.clauses:
            if clause.stance is not Stance.IS:
                its = shared.said_of(clause)
                if not any(clause.stance.is_carried_by(each) for each in its):
                    agrees = any(clause.stance.is_negative == each.is_negative for each in its)
                    yield self._words(clause), not agrees
        for clause in cited.clauses:
            if clause.stance.is_negative and (place := shared.affirmed(clause)) is not None:
                yield self._word(place), True

    def reversed_in(self, cited: Stances) -> Iterator[str]:
        """Yield the words that deny by a prefix what is cited without it, or the reverse."""
        denied = {word.opposite: word.at for word in cited.wording.words if word.opposite}
        for word in self.wording.words:
            if not word.stem or word.stem in cited.wording.places:
                continue
            said = self._is_denied(word.at)
            if word.opposite in cited.wording.places:
                places = cited.wording.places[word.opposite]
                if any(cited._is_denied(place) is said for place in places):
                    yield word.text
            elif word.stem in denied and cited._is_denied(denied[word.stem]) is said:
                yield word.text

    def _is_denied(self, place: int) -> bool:
        return any(clause.stance.is_negative for clause in self.clauses if place in clause.places)

    def _words(self, clause: Clause) -> str:
        last = max(clause.last, *(self._at(place) for place in clause.places[:1]))
        return self.wording.between(clause.first, last)

    def _word(self, place: int) -> str:
        return self.wording.words[self._at(place)].text

    def _at(self, place: int) -> int:
        words = self.wording.words
        return next(at for at, word in enumerate(words) if word.stem and word.at == place)


class _Shared:
    """Which words of a sentence stand where in the cited words, and in which clauses of both.

    A clause reaches over words that have a clause of their own: "not transfer it without
    consent". So a clause that answers to another one's head says nothing of the words beyond.
    """

    def __init__(self, mine: Stances, cited: Stances) -> None:
        self._mine = mine
        self._cited = cited
        self._twins = [
            frozenset(mine.wording.twins(place, cited.wording))
            for place in range(len(mine.wording.stems))
        ]
        self._heads = {clause.head for clause in cited.clauses}
        self._covering = _covering(cited.clauses)
        self._prefixed = frozenset(word.opposite for word in cited.wording.words)

    def said_of(self, clause: Clause) -> frozenset[Stance]:
        """Return what is said there of the nearest word that both have, or of anything.

        Must and may, of a word that is not there, are carried by those of another word.
        """
        elsewhere = frozenset(each.stance for each in self._cited.clauses)
        if self._mine.wording.stems[clause.head] in self._prefixed:
            return elsewhere | {Stance.IS_NOT}
        for place in (clause.head, *clause.places):
            if self._twins[place]:
                its = self._said_at(self._twins[place], clause)
                is_other = place != clause.head and not clause.stance.is_negative
                return its | elsewhere if is_other else its
        return elsewhere | _PLAIN

    def _said_at(self, places: frozenset[int], clause: Clause) -> frozenset[Stance]:
        covering = [each for place in places for each in self._covering.get(place, ())]
        its = {each.stance for each in covering if not self._answers_another(each, clause)}
        is_bare = any(place not in self._covering for place in places)
        return frozenset(its) | (_PLAIN if is_bare or not its else frozenset())

    def _answers_another(self, cited: Clause, clause: Clause) -> bool:
        if cited.head in self._twins[clause.head]:
            return False
        others = (each for each in self._mine.clauses if each is not clause)
        return any(cited.head in self._twins[each.head] for each in others)

    def affirmed(self, denied: Clause) -> int | None:
        """Return the place where the sentence says what the cited clause denies, if it does."""
        wording = self._mine.wording
        places = [
            place
            for place, twins in enumerate(self._twins)
            if denied.head in twins
            if all(twin == denied.head or self._is_denied_at(twin) for twin in twins)
            if self._is_same(denied, wording.around(place))
        ]
        if not places or any(self._keeps(clause, denied, places) for clause in self._mine.clauses):
            return None
        return places[0]

    def _is_same(self, denied: Clause, around: set[int]) -> bool:
        """Return whether enough of these words stand there too; few of a few are enough."""
        return self._cited.wording.likeness(denied.head, around) >= min(_SURE, len(around))

    def _is_denied_at(self, place: int) -> bool:
        return all(each.stance.is_negative for each in self._covering.get(place, (_NOTHING,)))

    def _keeps(self, clause: Clause, denied: Clause, places: Sequence[int]) -> bool:
        """Return whether a clause of the sentence denies it too."""
        if not clause.stance.is_negative:
            return False
        twins = self._twins[clause.head]
        if clause.head in places:
            return True
        if not twins.isdisjoint(self._heads - {denied.head}):
            return False
        return not twins.isdisjoint(denied.places) or not set(places).isdisjoint(clause.places)


def _covering(clauses: Sequence[Clause]) -> Mapping[int, Sequence[Clause]]:
    covering: defaultdict[int, list[Clause]] = defaultdict(list)
    for clause in clauses:
        for place in clause.places:
            covering[place].append(clause)
    return dict(covering)
