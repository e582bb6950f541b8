"""The words that deny, oblige, permit and advise, and what several of them say together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

from assistant.claims.wording import Word


class Stance(StrEnum):
    """What a text says of a word."""

    IS = "is"
    WILL = "will"
    MUST = "must"
    NEEDS = "needs to"
    MAY = "may"
    CAN = "can"
    SHOULD = "should"
    IS_NOT = "is not"
    MUST_NOT = "must not"
    NEED_NOT = "need not"
    SHOULD_NOT = "should not"

    @property
    def is_negative(self) -> bool:
        """Return whether it denies."""
        return self in _NEGATIVE

    def is_carried_by(self, other: Stance) -> bool:
        """Return whether who reads the other may say this."""
        return other in _CARRIED_BY[self]


class Cue(StrEnum):
    """What a word or a few words do to the words around them."""

    NOT = "not"
    NO = "no"
    APART = "apart"
    MUST = "must"
    OBLIGED = "obliged"
    NEEDED = "needed"
    MAY = "may"
    CAN = "can"
    ALLOWED = "allowed"
    SHOULD = "should"
    WILL = "will"
    FORBIDDEN = "forbidden"
    IS = "is"
    NEITHER = "neither"

    @property
    def denies(self) -> bool:
        """Return whether what follows is denied."""
        return self in {Cue.NOT, Cue.NO, Cue.APART}


_NEGATIVE: Final = frozenset({Stance.IS_NOT, Stance.MUST_NOT, Stance.NEED_NOT, Stance.SHOULD_NOT})
_CARRIED_BY: Final[Mapping[Stance, frozenset[Stance]]] = {
    Stance.IS: frozenset(Stance) - _NEGATIVE,
    Stance.WILL: frozenset({Stance.WILL, Stance.IS, Stance.MUST, Stance.NEEDS}),
    Stance.MUST: frozenset({Stance.MUST, Stance.NEEDS, Stance.WILL}),
    Stance.NEEDS: frozenset({Stance.NEEDS, Stance.MUST, Stance.WILL, Stance.SHOULD, Stance.IS}),
    Stance.MAY: frozenset({Stance.MAY, Stance.CAN}),
    Stance.CAN: frozenset({Stance.CAN, Stance.MAY, Stance.WILL, Stance.IS}),
    Stance.SHOULD: frozenset({Stance.SHOULD}),
    Stance.IS_NOT: _NEGATIVE,
    Stance.MUST_NOT: frozenset({Stance.MUST_NOT, Stance.IS_NOT}),
    Stance.NEED_NOT: frozenset({Stance.NEED_NOT, Stance.IS_NOT}),
    Stance.SHOULD_NOT: frozenset({Stance.SHOULD_NOT, Stance.MUST_NOT, Stance.IS_NOT}),
}
_WORDS: Final[Mapping[Cue, str]] = {
    Cue.NOT: "not non never nor unable fails fail failed failing refuses refused lacks",
    Cue.NO: "no neither none nothing nobody",
    Cue.APART: "without unless except excluding",
    Cue.MUST: "must shall",
    Cue.OBLIGED: "obligated obliged",
    Cue.NEEDED: "required requires require mandatory compulsory",
    Cue.MAY: "may might",
    Cue.CAN: "can could",
    Cue.ALLOWED: "permitted permits permit allowed allows allow entitled authorized authorised",
    Cue.SHOULD: "should ought",
    Cue.WILL: "will would",
    Cue.FORBIDDEN: "prohibited prohibits prohibit forbidden forbids forbid disallowed banned bans "
    "barred",
    Cue.IS: "is are was were be been has have does do did",
}
TELLING: Final = frozenset([
    "not", "never", "nor", "no", "none", "nothing", "nobody", "neither", "without", "unless",
    "except", "must", "shall", "may", "should", "cannot", "prohibited", "forbidden", "required",
    "allowed", "permitted",
])  # fmt: skip
"""Words that turn a sentence round, so none may be written in a way that hides them."""

_SINGLE: Final = {word: cue for cue, words in _WORDS.items() for word in words.split()}
_PHRASES: Final[Mapping[str, tuple[Cue, ...]]] = {
    "whether or not": (Cue.NEITHER,),
    **{
        f"{word} {than}": (Cue.NEITHER,)
        for word in ("no", "not")
        for than in (
            "later than",
            "earlier than",
            "more than",
            "less than",
            "fewer than",
            "greater than",
            "above",
            "over",
            "exceeding",
        )
    },
    "have to": (Cue.NEEDED,),
    "got to": (Cue.NEEDED,),
    "has to": (Cue.NEEDED,),
    "need to": (Cue.NEEDED,),
    "needs to": (Cue.NEEDED,),
    "need not": (Cue.NOT, Cue.OBLIGED),
    "agrees to": (Cue.OBLIGED,),
    "agree to": (Cue.OBLIGED,),
    "undertakes to": (Cue.OBLIGED,),
    "obligation to": (Cue.OBLIGED,),
    "duty to": (Cue.OBLIGED,),
    "no obligation": (Cue.NOT, Cue.OBLIGED),
    "right to": (Cue.ALLOWED,),
    "able to": (Cue.CAN,),
    "other than": (Cue.APART,),
    "failure to": (Cue.NOT,),
}
_LONGEST: Final = 3
_ACTIVE: Final = frozenset({"permit", "permits", "allow", "allows"})
_BACKWARD: Final = frozenset([
    "required", "permitted", "allowed", "authorized", "authorised", "prohibited", "forbidden",
    "disallowed", "banned", "barred", "mandatory", "compulsory",
])  # fmt: skip


def cues_at(words: Sequence[Word], at: int) -> tuple[tuple[Cue, ...], int]:
    """Return the cues that start at a word, and the word after them."""
    for size in range(min(_LONGEST, len(words) - at), 1, -1):
        phrase = " ".join(word.key for word in words[at : at + size])
        if phrase == "not only" and any(word.key == "but" for word in words[at + size :]):
            return (Cue.NEITHER,), at + size
        if phrase in _PHRASES:
            return _PHRASES[phrase], at + size
    cue = _SINGLE.get(words[at].key)
    return ((cue,), at + 1) if cue else ((), at)


def reaches_back(word: Word) -> bool:
    """Return whether what stands before is meant: smoking is prohibited."""
    return word.key in _BACKWARD


def is_active(word: Word) -> bool:
    """Return whether the word permits by itself: it allows, not it is allowed."""
    return word.key in _ACTIVE


def stance_of(cues: Sequence[Cue]) -> Stance:
    """Return what cues say together: shall not, is not required to, may be entitled to."""
    is_denied = sum(cue.denies for cue in cues) % 2 == 1
    if Cue.FORBIDDEN in cues:
        return Stance.MAY if is_denied else Stance.MUST_NOT
    bound = next((at for at, cue in enumerate(cues) if cue in _BINDING), None)
    if bound is not None and Cue.MAY not in cues:
        if not is_denied:
            return Stance.NEEDS if set(cues).isdisjoint(_STRICT) else Stance.MUST
        is_freed = any(cue.denies for cue in cues[:bound])
        return Stance.NEED_NOT if is_freed else Stance.MUST_NOT
    for cue, said, denied in _SAID:
        if cue in cues:
            return denied if is_denied else said
    return Stance.IS_NOT if is_denied else Stance.IS


_BINDING: Final = frozenset({Cue.OBLIGED, Cue.NEEDED})
_STRICT: Final = frozenset({Cue.OBLIGED, Cue.MUST})
_SAID: Final = (
    (Cue.ALLOWED, Stance.MAY, Stance.MUST_NOT),
    (Cue.MAY, Stance.MAY, Stance.MUST_NOT),
    (Cue.CAN, Stance.CAN, Stance.MUST_NOT),
    (Cue.SHOULD, Stance.SHOULD, Stance.SHOULD_NOT),
    (Cue.MUST, Stance.MUST, Stance.MUST_NOT),
    (Cue.WILL, Stance.WILL, Stance.IS_NOT),
)
