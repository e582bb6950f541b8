"""An administrator reads one document, for a reason, for a short time."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import update

from retrieval.access import Principal
from retrieval.audit.event import Act
from retrieval.documents import now
from retrieval.errors import BadRequest, NotFound, Unavailable
from retrieval.people.directory import Directory
from retrieval.people.glass import Glass, Glasses, opened_by
from retrieval.people.people import Role
from retrieval.people.tables import glasses
from tests.retrieval.test_grants import KeptRecord
from tests.shelves import Shelves

WHY = "A court asked for it."
LEGAL = frozenset({"group:legal"})


class Safe:
    """Two documents that nobody but legal reads, an administrator and a reader."""

    def __init__(self, shelves: Shelves) -> None:
        self.shelves = shelves
        self.record = KeptRecord()
        self.glasses = Glasses(shelves.database, self.record)
        self.directory = Directory(shelves.database)

    async def fill(self) -> None:
        await self.shelves.put("a.txt", readers=LEGAL, owner="Legal")
        await self.shelves.put("b.txt", readers=LEGAL, owner="Board")
        await self.directory.add("root", roles=[Role.ADMIN])
        await self.directory.add("ann", roles=[Role.REVIEWER, Role.OPERATOR])

    async def opened(self, name: str = "root", instant: int | None = None) -> list[str]:
        """Return the addresses of what somebody can read by glass."""
        async with self.shelves.database.transaction() as connection:
            glass = await opened_by(connection, name, now() if instant is None else instant)
        principal = replace(Principal.person(name), glass=glass)
        return [each.uri for each in await self.shelves.library.all_versions(principal=principal)]

    async def document(self, uri: str = "a.txt") -> str:
        return await self.shelves.document_id(uri)


@pytest.fixture
async def safe(shelves: Shelves) -> Safe:
    made = Safe(shelves)
    await made.fill()
    return made


async def test_opens_exactly_one_document_until_the_time_is_over(safe: Safe) -> None:
    assert await safe.opened() == []
    glass = await safe.glasses.open("root", await safe.document(), WHY, 10, origin="test")

    assert glass.ends_at == glass.starts_at + 600
    assert await safe.opened() == ["a.txt"]
    assert await safe.opened(instant=glass.ends_at - 1) == ["a.txt"]
    assert await safe.opened(instant=glass.ends_at) == []
    assert await safe.opened(instant=glass.starts_at - 1) == []
    assert await safe.opened("ann") == []


def test_is_open_from_its_start_until_just_before_its_end() -> None:
    glass = Glass(1, "root", "d", WHY, 10, 20)

    assert [glass.is_open(instant) for instant in (9, 10, 19, 20)] == [False, True, True, False]


async def test_ends_early(safe: Safe) -> None:
    glass = await safe.glasses.open("root", await safe.document(), WHY, 60, origin="test")
    ended = await safe.glasses.close(glass.id, by="root", origin="test")

    assert await safe.opened() == []
    assert ended.ends_at <= now()
    assert await safe.glasses.close(glass.id, by="root", origin="test") == ended
    with pytest.raises(NotFound, match="number of a broken glass"):
        await safe.glasses.close(404, by="root", origin="test")


async def test_is_of_no_use_to_whoever_is_no_administrator_any_more(safe: Safe) -> None:
    await safe.glasses.open("root", await safe.document(), WHY, 60, origin="test")
    async with safe.shelves.database.transaction() as connection:
        await connection.exec_driver_sql("UPDATE users SET suspended_at = 1")
    assert await safe.opened() == []
    async with safe.shelves.database.transaction() as connection:
        await connection.exec_driver_sql("UPDATE users SET suspended_at = NULL")
        await connection.exec_driver_sql(
            "UPDATE user_roles SET role = 'evaluator' WHERE role = 'admin'"
        )
    assert await safe.opened() == []


async def test_the_record_hears_of_it_first(safe: Safe) -> None:
    safe.record.fails = True
    with pytest.raises(Unavailable):
        await safe.glasses.open("root", await safe.document(), WHY, 10, origin="test")
    assert await safe.opened() == []
    assert await safe.glasses.all() == []

    safe.record.fails = False
    await safe.glasses.open("root", await safe.document(), WHY, 10, origin="test")
    [event] = safe.record.events
    assert (event.act, event.actor, event.words) == (Act.GLASS, "root", {"reason": WHY})
    assert event.about == {"do": "open", "document": await safe.document(), "minutes": 10}


async def test_an_end_is_on_record_and_ends_no_other(safe: Safe) -> None:
    first = await safe.glasses.open("root", await safe.document(), WHY, 1, origin="test")
    other = await safe.glasses.open("root", await safe.document("b.txt"), WHY, 60, origin="test")
    async with safe.shelves.database.transaction() as connection:
        ended = update(glasses).where(glasses.c.id == first.id)
        await connection.execute(ended.values(ends_at=9))
    assert (await safe.glasses.close(first.id, by="eve", origin="desk")).ends_at == 9

    assert await safe.opened() == ["b.txt"]
    assert [each.ends_at for each in await safe.glasses.all()] == [other.ends_at, 9]
    event = safe.record.events[-1]
    assert (event.act, event.actor, event.origin) == (Act.GLASS, "eve", "desk")
    assert event.about == {"do": "close", "glass": first.id, "document": await safe.document()}
    assert (event.concerns, event.words) == (("root",), {})
    safe.record.fails = True
    with pytest.raises(Unavailable):
        await safe.glasses.close(other.id, by="eve", origin="desk")
    assert await safe.opened() == ["b.txt"]


@pytest.mark.parametrize(("length", "minutes"), [(10, 1), (500, 60)])
async def test_the_least_and_the_most_are_accepted(safe: Safe, length: int, minutes: int) -> None:
    why = "x" * length
    glass = await safe.glasses.open("root", await safe.document(), why, minutes, origin="test")
    assert (glass.reason, glass.ends_at) == (why, glass.starts_at + minutes * 60)


async def test_eight_letters_and_digits_are_enough(safe: Safe) -> None:
    glass = await safe.glasses.open("root", await safe.document(), "re: case 42", 1, origin="test")
    assert glass.reason == "re: case 42"


async def test_an_end_with_the_document_changes_no_glass_that_had_ended(safe: Safe) -> None:
    document = await safe.document()
    for _ in range(2):
        await safe.glasses.open("root", document, WHY, 60, origin="test")
    async with safe.shelves.database.transaction() as connection:
        await connection.exec_driver_sql("UPDATE glasses SET ends_at = 9 WHERE id = 1")
    await safe.shelves.shelf.remove(document)

    newest, oldest = await safe.glasses.all()
    assert (oldest.ends_at, newest.is_open(now())) == (9, False)
    assert await safe.opened() == []


async def test_the_owner_sees_who_looked_and_why(safe: Safe) -> None:
    for uri in ("a.txt", "b.txt"):
        await safe.glasses.open("root", await safe.document(uri), f"{WHY} {uri}", 5, origin="test")

    [seen] = await safe.glasses.of_owner(frozenset({"legal"}))
    assert (seen.user_name, seen.reason) == ("root", f"{WHY} a.txt")
    [seen] = await safe.glasses.all(document_id=await safe.document("b.txt"))
    assert seen.reason == f"{WHY} b.txt"
    assert len(await safe.glasses.all()) == 2
    assert await safe.glasses.of_owner(frozenset({"nobody"})) == []


@pytest.mark.parametrize(
    ("name", "reason", "minutes", "says"),
    [
        ("ann", WHY, 10, "administrator"),
        ("nobody", WHY, 10, "administrator"),
        ("root", "", 10, "reason"),
        ("root", " " * 40, 10, "reason"),
        ("root", "x" * 9, 10, "reason"),
        ("root", "x    " * 5, 10, "reason"),
        ("x" * 99, WHY, 10, f"got '{'x' * 80}'"),
        ("root", "x" * 501, 10, "reason"),
        ("root", "x" * 7 + "." * 9, 10, "8 letters or digits, got 7"),
        ("root", "\u2800" * 10, 10, "letters or digits, got 0"),
        ("root", "\u200b" * 10, 10, "letters or digits, got 0"),
        ("root", WHY, 0, "minutes"),
        ("root", WHY, 61, "minutes"),
    ],
)
async def test_refuses_whatever_is_not_asked_for_properly(
    safe: Safe, name: str, reason: str, minutes: int, says: str
) -> None:
    with pytest.raises(BadRequest, match=says):
        await safe.glasses.open(name, await safe.document(), reason, minutes, origin="test")
    assert safe.record.events == []


async def test_refuses_whoever_is_suspended(safe: Safe) -> None:
    await safe.directory.suspend("root")
    with pytest.raises(BadRequest, match="not suspended"):
        await safe.glasses.open("root", await safe.document(), WHY, 10, origin="test")
    assert safe.record.events == []


async def test_refuses_what_is_not_there(safe: Safe) -> None:
    gone = await safe.document("b.txt")
    await safe.shelves.shelf.remove(gone)
    await safe.shelves.shelf.stage(await safe.shelves.version("staged.txt"))
    async with safe.shelves.database.transaction() as connection:
        query = "SELECT id FROM documents WHERE uri = 'staged.txt'"
        staged = (await connection.exec_driver_sql(query)).scalar_one()
    for document in (gone, staged, "no-such-document"):
        with pytest.raises(NotFound, match="id of a document"):
            await safe.glasses.open("root", document, WHY, 10, origin="test")
    with pytest.raises(NotFound, match=f"got '{'x' * 80}'"):
        await safe.glasses.open("root", "x" * 99, WHY, 10, origin="test")
    assert safe.record.events == []
