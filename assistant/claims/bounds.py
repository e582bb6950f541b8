"""Whether a figure or a date is the least or the most: at least ten, no later than, up to."""

from __future__ import annotations

from collections.abc import Collection, Sequence
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
    "no later than", "not later than", "not over", "not above", "not exceed", "not to exceed",
    "not exceeding", "not exceeds", "earlier than", "before", "prior to", "not after",
)  # fmt: skip
_PHRASES: Final = {
    **{tuple(phrase.split()): Bound.LEAST for phrase in _LEAST},
    **{tuple(phrase.split()): Bound.MOST for phrase in _MOST},
}
_LONGEST: Final = 3
_BETWEEN: Final = frozenset(["a", "of", "the", "us", "usd", "eur", "$", "€", "£", "sum", "total"])


def opposed(mine: Bound, its: Collection[Bound]) -> bool:
    """Return whether a bound is none of these, and the opposite of one."""
    return mine not in its and any(mine.opposes(each) for each in its)


def bound_of(words: Sequence[Word], first: int) -> Bound:
    """Return the bound that stands before the first word of a figure or a date."""
    end = first
    while end > 0 and first - end < _LONGEST and words[end - 1].key in _BETWEEN:
        end -= 1
    for last in range(end, first + 1):
        for size in range(_LONGEST, 0, -1):
            phrase = tuple(word.key for word in words[max(last - size, 0) : last])
            if phrase in _PHRASES:
                return _PHRASES[phrase]
    return Bound.NONE
