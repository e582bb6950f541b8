"""Several people looked up at once: the same as one by one, and what may keep a stranger out."""

from __future__ import annotations

import random

import pytest

from retrieval.access import EVERYONE
from retrieval.database import Database
from retrieval.people.company import Company
from retrieval.people.directory import Directory
from retrieval.people.owning import names_in
from retrieval.people.people import Role
from retrieval.sources import MAX_AGE, Sources
from tests.retrieval.people_databases import open_database, run_server  # noqa: F401 - fixtures
from tests.shelves import Shelves


@pytest.fixture
def directory(database: Database) -> Directory:
    return Directory(database)


@pytest.fixture
def company(database: Database) -> Company:
    return Company(database)


@pytest.mark.parametrize("seed", range(10))
async def test_a_company_answers_to_what_each_of_it_does(
    directory: Directory, company: Company, seed: int
) -> None:
    drawn = random.Random(seed)
    people = [f"p{number}" for number in range(6)]
    for name in people:
        await directory.add(name, roles=drawn.sample(list(Role), drawn.choice([0, 0, 1, 2])))
    members = [f"user:{each}" for each in people] + [f"group:g{each}" for each in range(5)]
    for number in range(5):
        await directory.join(f"g{number}", drawn.sample(members, 3))

    found = await company.known(people)

    for name in people:
        [known] = found[name]
        assert known.principal == await directory.principal(name)
        assert known.roles == (await directory.person(name)).roles


async def test_the_suspended_answer_to_everyone_and_what_denies_them_counts(
    directory: Directory, company: Company
) -> None:
    await directory.add("ann", roles=[Role.ADMIN])
    await directory.join("legal", ["user:ann"])
    await directory.suspend("ann")

    [ann] = (await company.known(["ann"]))["ann"]

    assert ann.is_suspended
    assert ann.roles == frozenset()
    assert ann.principal.keys == {EVERYONE}
    assert ann.principal.barred == {"user:ann", "group:legal"}


async def test_capital_letters_make_no_other_name_and_two_who_differ_by_them_are_two(
    directory: Directory, company: Company
) -> None:
    for name in ("Ann.Lee", "bob", "BOB", "Ärger"):
        await directory.add(name)

    found = await company.known(["ann.lee", "bob", "ärger", "nobody", "Ärger"])

    assert {name: {each.name for each in people} for name, people in found.items()} == {
        "ann.lee": {"Ann.Lee"},
        "bob": {"bob", "BOB"},
        "ärger": set(),
        "nobody": set(),
        "Ärger": {"Ärger"},
    }
    assert await company.known([]) == {}


async def test_what_is_denied_and_what_is_shut(shelves: Shelves) -> None:
    company, every = Company(shelves.database), Sources(shelves.database)
    assert await company.denied() == frozenset()
    await shelves.put("one.txt", denied=frozenset({"user:eve", "group:hr"}))
    await shelves.put("two.txt", denied=frozenset({"group:hr"}))
    await every.put("old", "remote", "there", {MAX_AGE: 5})
    await every.put("site", "files", "here", {})

    assert await company.denied() == {"user:eve", "group:hr"}
    assert await company.shut() == {"old"}
    assert await company.shut(besides=["site"]) == {"old", "folder"}
    assert await company.shut(besides=["site", "old", "folder"]) == {"old"}


async def test_an_owner_means_people_by_their_names_and_groups_however_written(
    directory: Directory, company: Company
) -> None:
    await directory.add("pri", "Priya Raman")
    for name in ("ann", "bob", "cat", "max", "Zoë"):
        await directory.add(name)
    await directory.join("Legal", ["user:ann", "group:contracts"])
    await directory.join("contracts", ["user:bob", "user:max"])
    await directory.join("nobody", [])
    await directory.suspend("max")

    async def meant(owner: str, most: int = 10) -> list[str]:
        return await company.meant_by(names_in(owner), most)

    assert await meant("Facilities;  priya  RAMAN , zoe\u0308, Zoe\u0308") == ["Zoë", "pri"]
    assert await meant("legal") == ["ann", "bob"]
    assert await meant("CONTRACTS, cat") == ["bob", "cat"]
    assert await meant("CONTRACTS, cat", 1) == ["bob"]
    assert await meant(", ;") == await meant("max") == await meant("nobody, Priya") == []
    [pri] = (await company.known(["pri"]))["pri"]
    assert (pri.name, pri.display) == ("pri", "Priya Raman")
