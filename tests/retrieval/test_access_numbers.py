"""The permanent numbers of passages: from a hash, never twice, and never beyond 2**53."""

from __future__ import annotations

import hashlib

import pytest

from retrieval import passage_ids
from retrieval.passage_ids import runs
from tests.shelves import Shelves


def start(name: str, attempt: int = 0, room: int = 2**52) -> int:
    digest = hashlib.sha256(f"{name}\0{attempt}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % room + 1


async def given_out(shelves: Shelves, names: list[str], lengths: list[int]) -> list[range]:
    async with shelves.database.transaction() as connection:
        return await runs(connection, names, lengths)


async def test_each_name_has_a_run_that_starts_where_its_hash_says(shelves: Shelves) -> None:
    found = await given_out(shelves, ["a", "b", "none"], [3, 1, 0])

    assert [(each.start, len(each)) for each in found] == [
        (start("a"), 3),
        (start("b"), 1),
        (start("none"), 0),
    ]


async def test_lengths_must_be_as_many_as_names(shelves: Shelves) -> None:
    with pytest.raises(ValueError, match="shorter"):
        await given_out(shelves, ["a", "b"], [1])


async def test_runs_that_overlap_are_sought_anew(
    shelves: Shelves, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passage_ids, "_ROOM", 40)
    first, second = sorted(start(name, room=40) for name in "ab")
    gap = second - first
    lowest = "a" if start("a", room=40) == first else "b"
    names = [lowest, "b" if lowest == "a" else "a"]
    assert gap > 1

    touching = await given_out(shelves, names, [gap, 1])
    assert [each.start for each in touching] == [first, second]
    empty = await given_out(shelves, names, [gap + 1, 0])
    assert [each.start for each in empty] == [first, second]
    assert [each.start for each in await given_out(shelves, names, [gap + 1, 1])] == [
        start(name, 1, room=40) for name in names
    ]


@pytest.mark.parametrize("piece", [1, 200])
async def test_a_run_goes_around_what_is_taken(
    shelves: Shelves, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    await shelves.put("a.txt", "One.\nTwo.")
    taken, last = await shelves.passage_ids()
    starts = {("free", 0): taken - 3, ("late", 0): taken - 1, ("next", 0): last + 1}
    far = {("same", 0): last, ("same", 1): 7, ("late", 1): 20, ("free", 1): 30, ("next", 1): 40}
    monkeypatch.setattr(passage_ids, "_PIECE", piece)
    monkeypatch.setattr(passage_ids, "_start", lambda name, at: (starts | far)[name, at])

    beside = await given_out(shelves, ["free", "next"], [3, 5])
    assert beside == [range(taken - 3, taken), range(last + 1, last + 6)]
    assert await given_out(shelves, ["late"], [1]) == [range(taken - 1, taken)]
    assert await given_out(shelves, ["late"], [2]) == [range(20, 22)]
    assert await given_out(shelves, ["same"], [1]) == [range(7, 8)]
    assert await given_out(shelves, ["free", "same"], [1, 1]) == [range(30, 31), range(7, 8)]
    assert await given_out(shelves, ["same", "next"], [1, 1]) == [range(7, 8), range(40, 41)]
