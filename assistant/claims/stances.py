"""What a text says of each of its words: that it is, is not, must be, may be, need not be.

Cues ("shall not", "without", "is required to") open a clause, which reaches over the next few
words that have a stem; "is prohibited" and the like also reach back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from assistant.claims.cues import Cue, Stance, cues_at, is_active, reaches_back, stance_of
from assistant.claims.wording import Word, Wording

_REACH: Final = 4
_ENDS: Final = frozenset([
    "but", "if", "when", "which", "who", "whom", "because", "while", "where", "provided", "then",
])  # fmt: skip
_MANNERS: Final = frozenset({"indeed", "still", "also", "even", "further", "always", "yet"})
_PAUSES: Final = frozenset(",()[]")
_SURE: Final = 3


@dataclass(frozen=True, slots=True)
class Clause:
    """Cues and the places of the words that they speak of, the nearest first, never none.

    `first` and `last` are the words where the cues stand.
    """

    stance: Stance
    places: tuple[int, ...]
    head: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Stances:
    """The clauses of a wording. What no clause reaches is said to be."""

    wording: Wording
    clauses: tuple[Clause, ...]

    @classmethod
    def of(cls, wording: Wording, taken: frozenset[int] = frozenset()) -> Stances:
        """Return what a wording says; words that a date has taken are no cues."""
        return cls(wording, tuple(_Reading(wording, taken).clauses()))

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
            if self._cited.wording.likeness(denied.head, wording.around(place)) >= _SURE
        ]
        if not places or any(self._keeps(clause, denied, places) for clause in self._mine.clauses):
            return None
        return places[0]

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


_PLAIN: Final = frozenset({Stance.IS})
_NOTHING: Final = Clause(Stance.IS, (), 0, 0, 0)


@dataclass(slots=True, eq=False)
class _Draft:
    """A clause being read."""

    first: int
    last: int
    cues: list[Cue] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    behind: Sequence[int] = ()
    reaches_back: bool = False


class _Reading:
    """Goes through the words once; `held` waits while "except as agreed" stands in between."""

    def __init__(self, wording: Wording, taken: frozenset[int]) -> None:
        self._wording = wording
        self._taken = taken
        self._open: _Draft | None = None
        self._held: _Draft | None = None
        self._noun: _Draft | None = None
        self._past: list[int] = []
        self._done: list[_Draft] = []

    def clauses(self) -> Iterator[Clause]:
        """Yield the clauses in the order in which they end."""
        words, at = self._wording.words, 0
        while at < len(words):
            self._pause(words[at])
            cues, end = ((), at) if at in self._taken else cues_at(words, at)
            if cues == (Cue.ALLOWED,) and self._is_verb(words[end - 1]):
                cues = ()
            if cues:
                self._cue(cues, at, end)
            self._pass(words[at : max(end, at + 1)], is_cue=bool(cues))
            at = max(end, at + 1)
        self._end()
        yield from (each for draft in self._done for each in self._made(draft))

    def _pause(self, word: Word) -> None:
        """Close what a full stop, a comma or a conjunction ends."""
        if word.starts:
            self._end()
            self._past = []
        elif word.key in _ENDS or not _PAUSES.isdisjoint(word.gap):
            if self._open and self._open.places:
                self._close()
                self._open, self._held = self._held, None
            self._noun = None

    def _cue(self, cues: Sequence[Cue], at: int, end: int) -> None:
        if cues[0] is Cue.NEITHER or (cues[0] is Cue.IS and not self._denied_noun()):
            return
        if self._open and (self._open.places or cues[0] is Cue.APART):
            self._set_aside()
        if self._open is None:
            self._open = _Draft(at, end - 1, behind=self._past[-_REACH:])
            noun = self._denied_noun()
            if noun and not cues[0].denies:
                self._open.cues.append(Cue.NOT)
                self._done.remove(noun)
                self._noun = None
        self._open.cues += (cue for cue in cues if cue is not Cue.IS)
        self._open.last = end - 1
        self._open.reaches_back |= reaches_back(self._wording.words[end - 1])

    def _is_verb(self, word: Word) -> bool:
        """Return whether "may allow" is at hand, where "allow" is what may be done."""
        return bool(self._open and self._open.cues and not self._open.places) and is_active(word)

    def _denied_noun(self) -> _Draft | None:
        """Return "no party", if that is what the next verb is about."""
        is_noun = self._open and self._open.places and self._open.cues == [Cue.NO]
        noun = self._open if is_noun else self._noun
        return noun if noun and self._past[-1] - noun.places[0] <= _REACH else None

    def _set_aside(self) -> None:
        """Close the open clause, or hold it until an exception has ended."""
        if self._open and self._open.places:
            self._close()
        elif self._open and self._open.cues:
            self._held = self._open
        self._open = None

    def _pass(self, words: Sequence[Word], *, is_cue: bool) -> None:
        for word in words:
            if not word.stem:
                continue
            self._past.append(word.at)
            if self._open and not is_cue:
                self._open.places.append(word.at)
                if len(self._open.places) == _REACH:
                    self._close()

    def _close(self) -> None:
        """Keep the open clause; a "no" waits for the verb that it denies."""
        if self._open:
            self._done.append(self._open)
            self._noun = self._open if self._open.cues == [Cue.NO] else self._noun
            self._open = None

    def _end(self) -> None:
        self._close()
        self._open, self._held = self._held, None
        self._close()
        self._noun = None

    def _made(self, draft: _Draft) -> Iterator[Clause]:
        behind = draft.behind[::-1]
        is_back = draft.reaches_back or not draft.places
        places = [*draft.places, *(behind if is_back else ())]
        if places:
            head = next((each for each in places if not self._is_manner(each)), places[0])
            yield Clause(stance_of(draft.cues), tuple(places), head, draft.first, draft.last)

    def _is_manner(self, place: int) -> bool:
        key = self._wording.keys[place]
        return key.endswith("ly") or key in _MANNERS
