"""Which version counts when, and for whom a document of another name ends it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select, update

from retrieval.access import Principal
from retrieval.documents import ALWAYS, NEVER, InForce, Status, end_of, now, start_of
from retrieval.governance.counting import counting
from retrieval.governance.deciding import UNDECIDED
from retrieval.tables import documents, versions
from retrieval.timeline import settle
from tests.shelves import Shelves

ANN = Principal.person("ann", ["legal"])
LEGAL = frozenset({"group:legal"})
DAY, NEXT, LAST = date(2026, 1, 1), date(2026, 6, 1), date(2026, 12, 31)


def row(added_at: int, starts: date | None = None, expires: date | None = None) -> Any:
    return SimpleNamespace(
        id=added_at,
        blob=f"bytes of {added_at}",
        stated_status="approved",
        stated_owner="",
        arrived_as=None,
        added_at=added_at,
        effective_from=starts and starts.isoformat(),
        expires_on=expires and expires.isoformat(),
    )


def superseded(start: int, end: int) -> InForce:
    return InForce(start, end, Status.SUPERSEDED)


@pytest.mark.parametrize(
    ("rows", "succeeded_at", "expected"),
    [
        ([row(5)], NEVER, [InForce(ALWAYS, NEVER)]),
        ([row(5, DAY)], NEVER, [InForce(start_of(DAY), NEVER)]),
        ([row(5)], 9, [superseded(ALWAYS, 9)]),
        ([row(5), row(8)], NEVER, [superseded(ALWAYS, 8), InForce(8, NEVER)]),
        (
            [row(5, DAY), row(8, DAY), row(9, NEXT)],
            NEVER,
            [
                superseded(start_of(DAY), 8),
                superseded(8, start_of(NEXT)),
                InForce(start_of(NEXT), NEVER),
            ],
        ),
        (
            [row(5, DAY), row(8)],
            NEVER,
            [superseded(start_of(DAY), 8), InForce(8, NEVER)],
        ),
        ([row(5, None, LAST)], NEVER, [InForce(ALWAYS, end_of(LAST), Status.EXPIRED)]),
        ([row(5, None, LAST)], end_of(LAST), [superseded(ALWAYS, end_of(LAST))]),
        (
            [row(5, None, LAST)],
            end_of(LAST) + 1,
            [InForce(ALWAYS, end_of(LAST), Status.EXPIRED)],
        ),
    ],
)
def test_a_version_counts_from_its_date_or_arrival_until_the_next(
    rows: list[Any], succeeded_at: int, expected: list[InForce]
) -> None:
    counts = counting(rows, UNDECIDED, succeeded_at)
    assert [each.settled.in_force for each in counts] == expected


async def in_force(shelves: Shelves, uri: str = "old.txt", number: int = 1) -> InForce:
    document = await shelves.document_id(uri)
    return (await shelves.library.version(document, number, principal=ANN)).in_force


async def test_the_first_successor_to_start_ends_it(shelves: Shelves) -> None:
    await shelves.put("old.txt")
    await shelves.put("late.txt", supersedes="old.txt", effective_from=NEXT)
    await shelves.put("early.txt", supersedes="old.txt", effective_from=DAY)
    await shelves.put("last.txt", supersedes="old.txt", effective_from=LAST)

    assert await in_force(shelves) == superseded(ALWAYS, start_of(DAY))
    assert await in_force(shelves, "early.txt") == InForce(start_of(DAY), NEVER)


async def test_only_what_the_newest_version_says_counts(shelves: Shelves) -> None:
    await shelves.put("old.txt")
    await shelves.put("new.txt", "One.", supersedes="old.txt", effective_from=DAY)
    assert (await in_force(shelves)).ended_by is Status.SUPERSEDED
    await shelves.put("new.txt", "Two.", effective_from=DAY)
    assert await in_force(shelves) == InForce(ALWAYS, NEVER)
    await shelves.put("old.txt", "Other words.")
    assert (await in_force(shelves, number=2)).end == NEVER


async def test_a_document_does_not_succeed_itself(shelves: Shelves) -> None:
    await shelves.put("old.txt", supersedes="old.txt", effective_from=DAY)
    await shelves.put("old.txt", "More.", supersedes="old.txt", effective_from=NEXT)

    assert await in_force(shelves, number=2) == InForce(start_of(NEXT), NEVER)


async def test_a_document_of_another_source_succeeds_nothing(shelves: Shelves) -> None:
    await shelves.put("old.txt")
    new = await shelves.version("new.txt", supersedes="old.txt", effective_from=DAY)
    staged = await shelves.shelf.stage(replace(new, source="elsewhere"))
    await shelves.shelf.publish(staged)
    assert await in_force(shelves) == InForce(ALWAYS, NEVER)
    await shelves.put("old.txt", "Anew.", effective_from=DAY)
    assert (await in_force(shelves, number=2)).end == NEVER

    away = await shelves.version("other.txt")
    await shelves.shelf.publish(await shelves.shelf.stage(replace(away, source="elsewhere")))
    await shelves.put("here.txt", supersedes="other.txt", effective_from=DAY)
    async with shelves.database.transaction() as connection:
        chosen = select(versions.c.in_force_end).where(versions.c.title == "other.txt")
        assert (await connection.execute(chosen)).scalar_one() == NEVER


async def test_it_says_which_versions_changed_and_writes_no_others(shelves: Shelves) -> None:
    old = await shelves.put("old.txt", readers=LEGAL)
    new = await shelves.put("new.txt", supersedes="old.txt", readers=LEGAL)
    other = await shelves.put("other.txt", readers=LEGAL)
    ids = [await shelves.document_id(uri) for uri in ("new.txt", "other.txt")]
    async with shelves.database.transaction() as connection:
        assert await settle(connection, ids) == set()
        wrong = update(versions).values(in_force_start=3)
        await connection.execute(wrong.where(versions.c.id.in_([old, other])))
        assert await settle(connection, ids[:1]) == {old}
        assert await settle(connection, ids) == {other}
        names = update(versions).values(stated_denied=["user:eve"])
        await connection.execute(names.where(versions.c.id == new))
        assert await settle(connection, ids[:1]) == {new, old}
        assert await settle(connection, []) == set()


async def test_a_staged_document_is_labelled_as_it_will_be(shelves: Shelves) -> None:
    stated = {"effective_from": DAY, "expires_on": LAST, "denied": frozenset({"user:eve"})}
    first = await shelves.version("a.txt", "One.", readers=LEGAL, **stated)
    await shelves.shelf.stage(first)
    [point] = await shelves.journal.points(0, 9)

    assert (point.labels.readers, point.labels.denied) == (("group:legal",), ("user:eve",))
    async with shelves.database.transaction() as connection:
        columns = (versions.c.in_force_start, versions.c.in_force_end, versions.c.ended_by)
        dates = (await connection.execute(select(*columns))).one()
    assert tuple(dates) == (start_of(DAY), end_of(LAST), "expired")


async def test_a_staged_later_version_has_no_readers_yet(shelves: Shelves) -> None:
    await shelves.put("a.txt", "One.", readers=LEGAL)
    await shelves.shelf.stage(await shelves.version("a.txt", "Two.", readers=LEGAL))
    points = {each.text: each.labels for each in await shelves.journal.points(0, 9)}

    assert points["One."].readers == ("group:legal",)
    assert points["Two."].readers == ()


async def test_what_is_only_staged_ends_and_opens_nothing(shelves: Shelves) -> None:
    first = await shelves.put("old.txt", "One.", readers=LEGAL)
    await shelves.shelf.stage(await shelves.version("old.txt", "Two.", effective_from=DAY))
    async with shelves.database.transaction() as connection:
        assert await settle(connection, [await shelves.document_id("old.txt")]) == set()
        names = update(versions).values(stated_readers=["group:legal", "user:eve"])
        await connection.execute(names.where(versions.c.id == first))
        assert await settle(connection, [await shelves.document_id("old.txt")]) == {first}
    points = {each.text: each.labels for each in await shelves.journal.points(0, 9)}

    assert await in_force(shelves) == InForce(ALWAYS, NEVER)
    assert points["One."].readers == ("group:legal", "user:eve")
    assert points["Two."].readers == ()


async def test_what_is_removed_succeeds_nothing_and_is_settled_no_more(shelves: Shelves) -> None:
    await shelves.put("old.txt")
    await shelves.put("new.txt", supersedes="old.txt")
    await shelves.shelf.remove(await shelves.document_id("new.txt"))
    await shelves.put("old.txt", "Anew.")
    assert (await in_force(shelves, number=2)).covers(now())
    async with shelves.database.transaction() as connection:
        ids = (await connection.execute(select(documents.c.id))).scalars().all()
        assert await settle(connection, ids) == set()
