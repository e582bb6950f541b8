"""How much the library holds, told by source."""

from __future__ import annotations

from retrieval.census import Census, Count
from tests.shelves import Shelves


async def test_counts_documents_versions_and_passages_of_each_source(shelves: Shelves) -> None:
    await shelves.put("a.txt", "The first words.")
    await shelves.put("a.txt", "The first words.\nAmended.\nTwice.")
    await shelves.put("b.txt", "The second words.", readers=frozenset())
    counted = await Census(shelves.database).by_source()

    assert counted == [Count("folder", documents=2, versions=3, passages=5, closed=1)]
