"""Whose a document is, and what was opened of an owner's lately."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, update

from retrieval.access import Principal
from retrieval.documents import now
from retrieval.people.glass import OWNERS_SEE_DAYS, Glass
from retrieval.people.owning import is_owned, owner_names
from retrieval.people.tables import glasses
from tests.retrieval.test_glass import LEGAL, WHY, Safe, safe

__all__ = ["safe"]
DAY = 86_400
PRIYA = owner_names(Principal.person("priya", ["Legal", "board"]), "Priya Raman")


@pytest.mark.parametrize(
    "owner",
    [
        "Legal",
        "legal",
        "Priya Raman",
        "Legal, Priya Raman",
        "Finance; PRIYA  RAMAN ;Facilities",
        " Board ",
        "priya",
    ],
)
def test_an_owner_is_named_between_commas_by_name_display_or_group(owner: str) -> None:
    assert is_owned(owner, PRIYA)


@pytest.mark.parametrize(
    "owner",
    [
        "",
        " ,; ",
        "Legal team",
        "Priya R",
        "everyone",
        "user:priya",
        "group:Legal",
        "Le gal",
        "Raman",
    ],
)
def test_nobody_else_is_the_owner(owner: str) -> None:
    assert not is_owned(owner, PRIYA)


def test_a_name_is_the_same_however_its_accents_are_written() -> None:
    names = owner_names(Principal.person("jose"), "Jose\u0301 Garci\u0301a")
    assert is_owned("Jos\u00e9 Garc\u00eda", names)


@given(st.text(max_size=20), st.lists(st.text(max_size=20), max_size=3))
def test_a_person_owns_what_names_them_and_nothing_without_a_name(
    display: str, others: list[str]
) -> None:
    nobody = owner_names(Principal.person("ann"), display) - {"ann"}
    owner = ",".join([*others, f" {display} "])
    theirs = {each for each in nobody if not {",", ";"} & set(each)}
    assert is_owned(owner, nobody) or not theirs
    assert not is_owned(",;".join(" " for _ in others), nobody)


def test_glass_is_open_from_its_first_second_until_before_its_last() -> None:
    glass = Glass(1, "root", "d", WHY, starts_at=100, ends_at=160)
    assert [glass.is_open(at) for at in (99, 100, 159, 160)] == [False, True, True, False]


async def opened(safe: Safe, uri: str, reason: str) -> Glass:
    return await safe.glasses.open("root", await safe.document(uri), reason, 5, origin="test")


async def test_an_owner_sees_what_was_opened_of_theirs_newest_first(safe: Safe) -> None:
    await safe.shelves.put("c.txt", readers=LEGAL, owner="Finance, Legal")
    made = [await opened(safe, uri, f"{WHY} {uri}") for uri in ("a.txt", "b.txt", "c.txt", "a.txt")]
    legal, board = frozenset({"legal"}), frozenset({"board"})

    assert await safe.glasses.of_owner(legal) == [made[3], made[2], made[0]]
    assert await safe.glasses.of_owner(board) == [made[1]]
    assert await safe.glasses.of_owner(legal | board) == made[::-1]
    assert await safe.glasses.of_owner(frozenset()) == []
    document = await safe.document("a.txt")
    assert await safe.glasses.of_owner(legal, document_id=document) == [made[3], made[0]]
    assert await safe.glasses.of_owner(board, document_id=document) == []


async def test_an_owner_sees_the_last_thirty_days(safe: Safe) -> None:
    for age in (OWNERS_SEE_DAYS * DAY - 60, OWNERS_SEE_DAYS * DAY + 60):
        made = await opened(safe, "a.txt", f"{WHY} {age}")
        older = {"starts_at": made.starts_at - age, "ends_at": made.ends_at - age}
        async with safe.shelves.database.transaction() as connection:
            changed = update(glasses).where(glasses.c.id == made.id).values(**older)
            await connection.execute(changed)

    [seen] = await safe.glasses.of_owner(frozenset({"legal"}))
    assert seen.starts_at > now() - OWNERS_SEE_DAYS * DAY
    assert len(await safe.glasses.all()) == 2


async def test_whoever_was_the_owner_sees_it_and_whoever_is(safe: Safe) -> None:
    made = await opened(safe, "a.txt", WHY)
    assert made.owner == "Legal"
    await safe.shelves.put("a.txt", "Other words.", readers=LEGAL, owner="Facilities")

    assert await safe.glasses.of_owner(frozenset({"legal"})) == [made]
    assert await safe.glasses.of_owner(frozenset({"facilities"})) == [made]
    assert await safe.glasses.of_owner(frozenset({"board"})) == []


async def test_what_is_gone_stays_listed_for_its_owner(safe: Safe) -> None:
    document = await safe.document()
    made = await opened(safe, "a.txt", WHY)
    await safe.shelves.shelf.remove(document)
    await safe.shelves.shelf.purge("folder")

    [seen] = await safe.glasses.of_owner(frozenset({"legal"}), document_id=document)
    assert (seen.id, seen.is_open(now())) == (made.id, False)
    assert await safe.glasses.of_owner(frozenset({"board"})) == []
    assert [each.id for each in await safe.glasses.all()] == [made.id]


async def test_looking_is_one_statement(safe: Safe) -> None:
    said: list[str] = []
    async with safe.shelves.database.transaction() as connection:
        engine = connection.engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *told: said.append(told[2]))
    await safe.glasses.of_owner(PRIYA)
    assert [each.split()[0] for each in said] == ["SELECT"]


async def test_the_library_gives_the_current_version_of_what_may_be_read(safe: Safe) -> None:
    library = safe.shelves.library
    await safe.shelves.put("a.txt", "Other words.", readers=LEGAL, owner="Legal")
    await safe.shelves.put("c.txt", readers=frozenset({"user:ann"}))
    ids = [await safe.document(uri) for uri in ("a.txt", "b.txt", "c.txt")]
    legal, ann = Principal.person("lea", ["legal"]), Principal.person("ann")

    found = await library.current([*ids, ids[0], "nothing"], principal=legal)
    assert {document: each.number for document, each in found.items()} == {ids[0]: 2, ids[1]: 1}
    assert found[ids[0]] == await library.version(ids[0], None, principal=legal)
    assert set(await library.current(ids, principal=ann)) == {ids[2]}
    assert await library.current([], principal=legal) == {}
