"""Whether a figure or a date is the least or the most: at least ten, no later than, or more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Final

from assistant.claims.wording import Word


class Bound(StrEnum):
    """Which side of a figure is meant."""

    NONE = "none"
    LEAST = "at least"
    MOST = "at most"

    def opposes(self, other: Bound) -> bool:
        """Return whether both bound a figure, from different sides."""
        return Bound.NONE not in (self, other) and self is not other


_LEAST: Final = (
    "at least", "minimum of", "minimum", "more than", "greater than", "over", "above", "exceeding",
    "exceeds", "exceed", "not less than", "no less than", "not fewer than", "no fewer than",
    "no earlier than", "not earlier than", "later than", "after", "not before",
)  # fmt: skip
_MOST: Final = (
    "at most", "maximum of", "maximum", "up to", "less than", "fewer than", "under", "below",
    "within", "not more than", "no more than", "no greater than", "not greater than",
    "no later than", "not later than", "at the latest", "you have", "not over", "not above",
    "not exceed", "not to exceed", "not exceeding", "not exceeds", "earlier than", "before",
    "prior to", "not after",
)  # fmt: skip
_PHRASES: Final = {
    **{tuple(phrase.split()): Bound.LEAST for phrase in _LEAST},
    **{tuple(phrase.split()): Bound.MOST for phrase in _MOST},
}
_BEHIND: Final = {
    **dict.fromkeys(("more", "longer", "later", "above", "over", "greater", "higher"), Bound.LEAST),
    **dict.fromkeys(("less", "fewer", "shorter", "earlier", "below", "under", "lower"), Bound.MOST),
}
_TIMED: Final = {
    tuple(f"{word} than".split())
    for word in (
        "later", "no later", "not later", "earlier", "no earlier", "not earlier",
    )
}  # fmt: skip
_AHEAD: Final = frozenset({"before", "prior", "ahead", "advance"})
_OTHER: Final = {Bound.LEAST: Bound.MOST, Bound.MOST: Bound.LEAST}
_LOOKED_AHEAD: Final = 4
_LONGEST: Final = 3
_BETWEEN: Final = frozenset([
    "a", "of", "the", "us", "usd", "eur", "gbp", "chf", "sek", "dkk", "nok", "pln", "$", "€", "£",
    "sum", "total",
])  # fmt: skip


def turned_from(mine: Bound, its: Sequence[Bound]) -> Bound:
    """Return the bound that a sentence turns round or leaves out, or none.

    `its` are those of the same figure in the cited words.
    """
    if not its or mine in its:
        return Bound.NONE
    if mine is Bound.NONE:
        return its[0]
    return mine if any(mine.opposes(each) for each in its) else Bound.NONE


def bound_of(words: Sequence[Word], first: int) -> Bound:
    """Return the bound that stands before the first word of a figure or a date."""
    phrase = _phrase(words, first)
    return _PHRASES[phrase] if phrase else Bound.NONE


def bound_around(words: Sequence[Word], first: int, last: int) -> Bound:
    """Return the bound of a figure: before it, or behind it as in "ten days or more".

    No later than an hour before a shift is at least an hour before it.
    """
    phrase, behind = _phrase(words, first), [*_behind(words, last + 1)]
    if not phrase:
        said = next((at for at, key in enumerate(behind[:-1]) if key == "or"), None)
        return Bound.NONE if said is None else _BEHIND.get(behind[said + 1], Bound.NONE)
    bound = _PHRASES[phrase]
    return _OTHER[bound] if phrase in _TIMED and not _AHEAD.isdisjoint(behind) else bound


def _behind(words: Sequence[Word], at: int) -> Iterator[str]:
    """Yield the next few words, up to a pause."""
    for word in words[at : at + _LOOKED_AHEAD]:
        if word.gap.strip(" -"):
            return
        yield word.key


def _phrase(words: Sequence[Word], first: int) -> tuple[str, ...]:
    """Return the phrase of a bound that stands before a word, empty if none does."""
    end = first
    while end > 0 and first - end < _LONGEST and words[end - 1].key in _BETWEEN:
        end -= 1
    for last in range(end, first + 1):
        if last < len(words) and ")" in words[last].gap:
            continue
        for size in range(_LONGEST, 0, -1):
            phrase = tuple(word.key for word in words[max(last - size, 0) : last])
            if phrase in _PHRASES:
                return phrase
    return ()
