"""Saved searches: one's own, sealed, gone when removed or erased."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from retrieval.errors import BadRequest, NotFound
from retrieval.search import saved as saving
from retrieval.search.saved import SavedSearches
from retrieval.search.saved_tables import saved_searches
from tests.assistant.remembered import Keys
from tests.shelves import Shelves

NAME, ASKED = "Notice in leases", "q=%22notice%22&kind=contract"


@pytest.fixture
def keys() -> Keys:
    return Keys()


@pytest.fixture
def searches(shelves: Shelves, keys: Keys) -> SavedSearches:
    return SavedSearches(shelves.database, keys)


async def test_is_listed_opened_renamed_and_removed_by_its_person(searches: SavedSearches) -> None:
    saved_id = await searches.keep(NAME, ASKED, person="ann")
    [listed] = await searches.own(person="ann")
    assert (listed.id, listed.name, listed.asked) == (saved_id, NAME, ASKED)
    await searches.rename(saved_id, "Leases", person="ann")
    assert (await searches.one(saved_id, person="ann")).name == "Leases"
    await searches.remove(saved_id, person="ann")
    assert await searches.own(person="ann") == []


async def test_tells_when_it_was_last_looked_at(
    searches: SavedSearches, monkeypatch: pytest.MonkeyPatch
) -> None:
    for instant in (1_000, 2_000, 3_000):
        monkeypatch.setattr(saving, "now", lambda instant=instant: instant)
        if instant == 1_000:
            saved_id = await searches.keep(NAME, ASKED, person="ann")
        else:
            assert (await searches.look(saved_id, person="ann")).opened_at == instant - 1_000
    assert (await searches.one(saved_id, person="ann")).opened_at == 3_000


async def test_somebody_elses_looks_like_none(searches: SavedSearches) -> None:
    saved_id = await searches.keep(NAME, ASKED, person="ann")
    for attempt in (
        searches.one(saved_id, person="bob"),
        searches.look(saved_id, person="bob"),
        searches.rename(saved_id, "Mine", person="bob"),
        searches.remove(saved_id, person="bob"),
        searches.one("0" * 32, person="bob"),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert await searches.own(person="bob") == []
    assert (await searches.one(saved_id, person="ann")).name == NAME


async def test_no_word_of_it_lies_open(searches: SavedSearches, shelves: Shelves) -> None:
    await searches.keep(NAME, ASKED, person="ann")
    async with shelves.database.transaction() as connection:
        [row] = (await connection.execute(select(saved_searches))).all()
    assert not any(word in str(row) for word in ("Notice", "notice", "ann", "kind"))


async def test_there_is_an_end_to_saving(
    searches: SavedSearches, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving, "MOST_SAVED", 2)
    for _ in range(2):
        await searches.keep(NAME, ASKED, person="ann")
    with pytest.raises(BadRequest):
        await searches.keep(NAME, ASKED, person="ann")
    await searches.keep(NAME, ASKED, person="bob")


async def test_is_forgotten_with_its_person(searches: SavedSearches, keys: Keys) -> None:
    for person in ("ann", "bob"):
        await searches.keep(NAME, ASKED, person=person)
    assert await searches.forget([keys.subjects_by_name["ann"].id]) == 1
    assert await searches.own(person="ann") == []
    assert len(await searches.own(person="bob")) == 1


async def test_a_hold_keeps_what_is_removed_until_it_ends(
    searches: SavedSearches, keys: Keys, shelves: Shelves
) -> None:
    saved_id = await searches.keep(NAME, ASKED, person="ann")
    keys.held.add("ann")
    await searches.remove(saved_id, person="ann")
    assert await searches.own(person="ann") == []
    with pytest.raises(NotFound):
        await searches.one(saved_id, person="ann")
    assert await searches.tidy() == 0
    keys.held.clear()
    assert await searches.tidy() == 1


async def test_removing_leaves_nothing_in_the_file(
    searches: SavedSearches, shelves: Shelves, tmp_path: Path
) -> None:
    saved_id = await searches.keep(NAME, ASKED, person="ann")
    async with shelves.database.transaction() as connection:
        sealed = (await connection.execute(select(saved_searches.c.sealed))).scalar_one()
    await searches.remove(saved_id, person="ann")
    async with shelves.database.transaction() as connection:
        await connection.exec_driver_sql("SELECT 1")
    await shelves.database.close()
    assert sealed.encode() not in (tmp_path / "library.db").read_bytes()
