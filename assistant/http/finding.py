"""Find words in the text of a version: where they stand, and where else the same words do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from retrieval.documents import Span

MOST_FOUND: Final = 1_000
_LONGEST_SOUGHT: Final = 20_000


@dataclass(frozen=True, slots=True)
class Finding:
    """Where words stand, in order; `at` is the number of the one in hand, from 1, 0 if none does.

    `is_all` is false where there are more than are counted.
    """

    words: str
    spans: tuple[Span, ...]
    at: int
    is_all: bool = True

    @property
    def current(self) -> Span | None:
        """Return the place in hand."""
        return self.spans[self.at - 1] if self.at else None

    @property
    def earlier(self) -> int:
        """Return the number of the place before it, going round."""
        return self.at - 1 if self.at > 1 else len(self.spans)

    @property
    def later(self) -> int:
        """Return the number of the place after it, going round."""
        return self.at + 1 if self.at < len(self.spans) else min(1, len(self.spans))


def find(text: str, words: str, *, at: int | None = None, near: int = 0) -> Finding:
    """Return where words stand, whatever their case and the white space between them.

    `at` is the number of the place in hand; without it, that is the first from `near` on.
    """
    spans = tuple(islice(_places(text, words, re.IGNORECASE), MOST_FOUND + 1))
    is_all, spans = len(spans) <= MOST_FOUND, spans[:MOST_FOUND]
    if at is None:
        later = (number for number, each in enumerate(spans, 1) if each.start >= near)
        at = next(later, 1)
    return Finding(words, spans, min(at, len(spans)), is_all)


def nearest(text: str, words: str, *, near: int) -> Span | None:
    """Return where exactly these words stand, but for white space: the place nearest to `near`."""
    if len(words) > _LONGEST_SOUGHT:
        return None
    return min(_places(text, words), key=lambda each: abs(each.start - near), default=None)


def _places(text: str, words: str, flags: int = 0) -> Iterator[Span]:
    pattern = r"\s+".join(map(re.escape, words.split()))
    if not pattern:
        return
    for found in re.finditer(pattern, text, flags):
        yield Span(found.start(), found.end())
