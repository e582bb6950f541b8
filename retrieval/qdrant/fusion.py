"""Two ranked lists made one, the same way for the embedded index and the server.

Both engines break ties as their files happen to lie, and what one may not read moves that. So
we fuse here: points that score the same are in order of id, and a list never ends between two
of them. How deep that takes a question is up to what the asker may read alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from itertools import pairwise, starmap
from statistics import mean, stdev

from retrieval.index import Hit
from retrieval.qdrant.points import Fusion, Rrf

_WIDER = 4
_NOISE = 2e-6
"""Scores nearer than this share are equal: the same sum taken in another order differs by less."""

Ask = Callable[[int], Awaitable[list[Hit]]]
"""Limit -> the nearest points by one half of the question, best first."""


async def ranked(ask: Ask, limit: int) -> list[Hit]:
    """Return the `limit` best of one list, equal scores in order of id.

    One more is asked for, to see whether the list ends between equals; then wider, until it
    does not.
    """
    asked = limit + 1
    found = await ask(asked)
    while len(found) == asked and all(starmap(_are_equal, pairwise(found[limit - 1 :]))):
        asked *= _WIDER
        found = await ask(asked)
    return _in_order(found)[:limit]


def _in_order(found: Sequence[Hit]) -> list[Hit]:
    """Return hits, which come best first, with each run of equals in order of id."""
    ordered: list[Hit] = []
    run: list[Hit] = []
    for hit in found:
        if run and not _are_equal(run[-1], hit):
            ordered += sorted(run, key=lambda each: each.id)
            run = []
        run.append(hit)
    return ordered + sorted(run, key=lambda each: each.id)


def _are_equal(better: Hit, worse: Hit) -> bool:
    return better.score - worse.score <= _NOISE * max(1.0, abs(better.score))


def fuse(lists: Sequence[Sequence[Hit]], fusion: Fusion, limit: int) -> list[Hit]:
    """Return the best points of all lists, best first."""
    total: dict[int, float] = defaultdict(float)
    for found in lists:
        shares = _by_rank(found, fusion.k) if isinstance(fusion, Rrf) else _by_spread(found)
        for hit, share in zip(found, shares, strict=True):
            total[hit.id] += share
    hits = [Hit(at, score) for at, score in total.items()]
    return sorted(hits, key=lambda hit: (-hit.score, hit.id))[:limit]


def _by_rank(found: Sequence[Hit], k: int) -> list[float]:
    return [1 / (k + rank) for rank in range(len(found))]


def _by_spread(found: Sequence[Hit]) -> list[float]:
    """Return scores between the mean less and plus three deviations as 0 to 1; all alike: 0.5."""
    scores = [hit.score for hit in found]
    spread = stdev(scores) if len(scores) > 1 else 0.0
    if spread == 0.0:
        return [0.5] * len(scores)
    low = mean(scores) - 3 * spread
    return [(score - low) / (6 * spread) for score in scores]
