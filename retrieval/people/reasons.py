"""What a reason says: characters that can be read, so that one that looks empty counts as empty."""

from __future__ import annotations

_FILLERS = frozenset("\u115f\u1160\u3164\uffa0")
"""Letters to Unicode that nobody sees."""


def legible(reason: str) -> int:
    """Return how many letters and digits there are that somebody can read."""
    return sum(each.isalnum() and each not in _FILLERS for each in reason)
