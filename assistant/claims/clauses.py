"""The clauses of a text: cues ("shall not", "without") and the words that they speak of.

A clause reaches over the next few words that have a stem, until the next cue, a full stop, a
comma or a conjunction; "is prohibited" and the like also reach back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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


def clauses_of(wording: Wording, taken: frozenset[int] = frozenset()) -> tuple[Clause, ...]:
    """Return the clauses of a wording; words that a date has taken are no cues."""
    return tuple(_Reading(wording, taken).clauses())


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
