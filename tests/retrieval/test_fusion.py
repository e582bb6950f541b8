"""Two ranked lists made one, whatever order the engine gives to equals."""

from __future__ import annotations

import random

import pytest

from retrieval.index import Hit
from retrieval.qdrant.fusion import fuse, ranked
from retrieval.qdrant.points import Dbsf, Rrf


def engine(scores: dict[int, float], seed: int) -> list[Hit]:
    """Return hits best first, equals in an order of their own."""
    hits = [Hit(at, score) for at, score in scores.items()]
    random.Random(seed).shuffle(hits)
    return sorted(hits, key=lambda hit: -hit.score)


@pytest.mark.parametrize("limit", [1, 5, 8, 9, 40, 200])
async def test_a_list_ends_the_same_whatever_the_engine_does_with_equals(limit: int) -> None:
    scores = {at: 1.0 / (1 + at // 17) for at in range(100)}
    given = []
    for seed in range(20):
        hits = engine(scores, seed)
        asked: list[int] = []

        async def ask(wanted: int, hits: list[Hit] = hits, asked: list[int] = asked) -> list[Hit]:
            asked.append(wanted)
            return hits[:wanted]

        given.append(await ranked(ask, limit))
        assert asked[0] == limit + 1
    assert all(each == given[0] for each in given)
    assert [each.id for each in given[0]] == list(range(min(limit, 100)))


async def test_scores_that_differ_by_rounding_are_equal() -> None:
    async def ask(_: int) -> list[Hit]:
        return [Hit(3, 0.4264014613), Hit(1, 0.4264014343), Hit(2, 0.4263)]

    assert [each.id for each in await ranked(ask, 3)] == [1, 3, 2]


def test_ranks_add_up() -> None:
    lists = [[Hit(1, 9.0), Hit(2, 8.0)], [Hit(2, 0.9), Hit(3, 0.8)]]

    fused = fuse(lists, Rrf(10), 2)

    assert [each.id for each in fused] == [2, 1]
    assert [each.score for each in fused] == pytest.approx([1 / 11 + 1 / 10, 1 / 10])


def test_spreads_add_up() -> None:
    lists = [[Hit(1, 3.0), Hit(2, 2.0), Hit(3, 1.0)], [Hit(3, 7.0)]]

    fused = {each.id: each.score for each in fuse(lists, Dbsf(), 10)}

    assert fused == pytest.approx({1: 4 / 6, 2: 3 / 6, 3: 2 / 6 + 0.5})
