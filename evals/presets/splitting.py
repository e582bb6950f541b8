"""Cutting a text as others do: written anew from what their splitters are described to do.

Every chunk is a stretch of the text, so that its characters can be compared with the gold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from evals.presets.recipe import Recipe, Splitter, Unit

_BREAKS: Final = {
    Splitter.RECURSIVE: (r"\n\n", r"\n", r" ", r""),
    Splitter.SENTENCES: (r"\n\n\n", r"(?<=[.?!])\s+", r"[,;]\s*", r" ", r""),
    Splitter.NAIVE: (r"[\n!?。；！？]+", r" ", r""),
}
"""Where a text is cut, the most wanted first: each breaks what the one before left too long."""

_LETTERS: Final = 8
_TOKEN: Final = re.compile(r"\w+|[^\w\s]")

Stretch = tuple[int, int]


def split(text: str, recipe: Recipe) -> list[Stretch]:
    """Return start and end of each chunk, none of white space alone."""
    pieces = list(_pieces(text, (0, len(text)), _BREAKS[recipe.splitter], recipe))
    chunks = _joined(text, pieces, recipe)
    return [each for each in (_stripped(text, chunk) for chunk in chunks) if each[0] < each[1]]


def size_of(text: str, unit: Unit) -> int:
    """Return how long a text is; a token is a mark, a word, or eight letters of a long one."""
    if unit is Unit.CHARACTERS:
        return len(text)
    return sum(-(-len(token) // _LETTERS) for token in _TOKEN.findall(text))


def _pieces(
    text: str, stretch: Stretch, breaks: Sequence[str], recipe: Recipe
) -> Iterator[Stretch]:
    """Yield stretches that follow each other, none longer than a chunk may be."""
    start, end = stretch
    if size_of(text[start:end], recipe.unit) <= recipe.size:
        yield stretch
    elif not breaks[0]:
        for at in range(start, end, recipe.size):
            yield at, min(at + recipe.size, end)
    else:
        edges = [start, *(m.end() for m in re.compile(breaks[0]).finditer(text, start, end)), end]
        for one, other in pairwise(edges):
            if one < other:
                yield from _pieces(text, (one, other), breaks[1:], recipe)


def _joined(text: str, pieces: Sequence[Stretch], recipe: Recipe) -> Iterator[Stretch]:
    """Yield pieces joined until a chunk is full; the last ones begin the next chunk again."""
    sizes = [size_of(text[start:end], recipe.unit) for start, end in pieces]
    first = at = 0
    while at < len(pieces):
        size = sum(sizes[first:at])
        while at < len(pieces) and (at == first or size + sizes[at] <= recipe.size):
            size += sizes[at]
            at += 1
        yield pieces[first][0], pieces[at - 1][1]
        if at == len(pieces):
            return
        first = _overlapping(sizes, at, recipe)


def _overlapping(sizes: Sequence[int], at: int, recipe: Recipe) -> int:
    """Return the first piece of the next chunk: as many as fit into the overlap, and the next."""
    first, size = at, 0
    while first > 0 and size + sizes[first - 1] <= recipe.overlap:
        if size + sizes[first - 1] + sizes[at] > recipe.size:
            break
        first -= 1
        size += sizes[first]
    return first


def _stripped(text: str, stretch: Stretch) -> Stretch:
    start, end = stretch
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end
