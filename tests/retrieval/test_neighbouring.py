"""Passages beside others are given to those who may read them, from the versions asked for."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from retrieval.access import Principal
from tests import postgres
from tests.shelves import Shelves

ANN = Principal.person("ann", ["legal"])
BOB = Principal.person("bob")
LEGAL = frozenset({"group:legal"})


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
async def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Shelves]:
    if request.param == "sqlite":
        async for each in _opened(tmp_path, ""):
            yield each
    else:
        with postgres.running() as url:
            async for each in _opened(tmp_path, url):
                yield each


async def _opened(folder: Path, url: str) -> AsyncIterator[Shelves]:
    shelves = Shelves(folder, url)
    await shelves.database.migrate()
    yield shelves
    await shelves.database.close()


async def test_neighbours_are_of_their_version_and_for_its_readers(shelf: Shelves) -> None:
    ours = await shelf.put("a.txt", "One.\nTwo.\nThree.", readers=LEGAL)
    theirs = await shelf.put("b.txt", "Four.\nFive.", readers=frozenset({"user:bob"}))
    nobody = await shelf.put("c.txt", "Six.\nSeven.", readers=frozenset())
    staged = await shelf.shelf.stage(await shelf.version("d.txt", "Eight.\nNine.", readers=LEGAL))
    removed = await shelf.put("e.txt", "Ten.\nEleven.", readers=LEGAL)
    await shelf.shelf.remove(await shelf.document_id("e.txt"))
    every = [(at, ordinal) for at in (ours, theirs, nobody, staged, removed) for ordinal in (0, 1)]

    async def texts(places: list[tuple[int, int]], principal: Principal) -> set[str]:
        found = await shelf.library.neighbours(places, principal=principal)
        return {each.text for each in found}

    assert await texts(every, ANN) == {"One.", "Two."}
    assert await texts(every, BOB) == {"Four.", "Five."}
    assert await texts([(ours, 2), (ours, 2), (ours, 3), (ours, -1), (0, 0)], ANN) == {"Three."}
    assert await texts([], ANN) == set()
    shut = replace(ANN, shut=frozenset({"folder"}))
    assert await texts(every, shut) == set()


async def test_thousands_of_places_are_no_trouble(shelf: Shelves) -> None:
    version = await shelf.put("a.txt", "One.\nTwo.", readers=LEGAL)
    places = [(version, at) for at in range(1_500)] + [(uuid.uuid4().int % 2**40, 1)]
    found = await shelf.library.neighbours(places, principal=ANN)
    assert [each.text for each in found] == ["One.", "Two."]
    assert {each.version.id for each in found} == {version}
