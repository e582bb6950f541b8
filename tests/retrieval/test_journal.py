"""Bringing an index along with the library."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from retrieval.errors import Unavailable
from retrieval.index import Change, Drop, Point, Put, Relabel
from tests.shelves import Shelves


class RememberingIndex:
    """Keeps points in a dictionary; `fails` makes the next change fail."""

    def __init__(self) -> None:
        self.name = "remembering"
        self.points: dict[int, Point] = {}
        self.fails = False

    async def apply(self, changes: Sequence[Change]) -> None:
        if self.fails:
            raise Unavailable("Expected to be up, am down.")
        for change in changes:
            match change:
                case Put(points):
                    self.points.update({point.id: point for point in points})
                case Drop(version_id):
                    self._drop(version_id)
                case Relabel(labels):
                    for key, point in self.points.items():
                        if point.labels.version_id == labels.version_id:
                            self.points[key] = Point(
                                key, point.vector, point.context, point.text, labels
                            )

    def _drop(self, version_id: int) -> None:
        self.points = {
            key: point
            for key, point in self.points.items()
            if point.labels.version_id != version_id
        }


async def _truth(shelves: Shelves) -> dict[int, tuple[str, object]]:
    return {point.id: (point.text, point.labels) for point in await shelves.journal.points(0, 99)}


def _held(index: RememberingIndex) -> dict[int, tuple[str, object]]:
    return {point.id: (point.text, point.labels) for point in index.points.values()}


async def test_a_new_index_is_filled_with_everything(shelves: Shelves) -> None:
    await shelves.put("a.txt", "One.\nTwo.")
    index = RememberingIndex()

    await shelves.journal.bring_along(index, index.name)

    assert len(index.points) == 2
    assert _held(index) == await _truth(shelves)


async def test_an_index_follows_every_kind_of_change(shelves: Shelves) -> None:
    index = RememberingIndex()
    await shelves.journal.bring_along(index, index.name)
    for step in range(5):
        await shelves.put("a.txt", f"Version {step}.")
        await shelves.put(f"b{step}.txt", "Another.")
        await shelves.journal.bring_along(index, index.name)
    await shelves.shelf.restrict(
        (await shelves.shelf.known("folder"))["a.txt"], frozenset({"user:ann"}), frozenset()
    )
    await shelves.shelf.remove(await shelves.document_id("b1.txt"))
    await shelves.shelf.purge("folder")

    await shelves.journal.bring_along(index, index.name)

    assert _held(index) == await _truth(shelves)
    assert await shelves.journal.bring_along(index, index.name) == 0


async def test_a_failed_change_is_made_again_later(shelves: Shelves) -> None:
    index = RememberingIndex()
    await shelves.journal.bring_along(index, index.name)
    await shelves.put("a.txt", "One.")
    index.fails = True
    with pytest.raises(Unavailable):
        await shelves.journal.bring_along(index, index.name)
    index.fails = False

    await shelves.journal.bring_along(index, index.name)

    assert _held(index) == await _truth(shelves)


async def test_what_an_earlier_crash_left_staged_is_swept_away(shelves: Shelves) -> None:
    index = RememberingIndex()
    await shelves.shelf.stage(await shelves.version("a.txt", "Never published."))
    await shelves.journal.bring_along(index, index.name)
    await shelves.put("a.txt", "Published.")

    await shelves.journal.bring_along(index, index.name)

    assert [point.text for point in index.points.values()] == ["Published."]


async def test_vectors_of_another_model_are_found_and_overwritten(shelves: Shelves) -> None:
    await shelves.put("a.txt", "One.\nTwo.")

    foreign = await shelves.journal.foreign("new model", 10)
    rows = np.full((2, 4), 0.5, np.float32)
    await shelves.journal.save_vectors("new model", [at for at, _ in foreign], rows)

    assert [text for _, text in foreign] == ["a.txt\nOne.", "a.txt\nTwo."]
    assert await shelves.journal.count_foreign("new model") == 0
    assert (await shelves.journal.points(0, 1))[0].vector.tolist() == [0.5] * 4
