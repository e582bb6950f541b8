"""A source whose readers are too old to be believed is shut."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update

from retrieval.access import Principal
from retrieval.errors import BadRequest
from retrieval.sources import MAX_AGE, REMOTE_MAX_AGE_MINUTES, Sources, shut_sources
from retrieval.tables import sources
from tests.shelves import Shelves

NOW = 1_700_000_000


async def is_shut(
    shelves: Shelves, connector: str, options: Mapping[str, Any], age: int | None
) -> bool:
    await Sources(shelves.database).put("s", connector, "there", {})
    async with shelves.database.transaction() as connection:
        synced_at = None if age is None else NOW - age
        values = {"options": dict(options), "synced_at": synced_at}
        await connection.execute(update(sources).values(**values))
        return "s" in await shut_sources(connection, NOW)


@pytest.mark.parametrize(
    ("connector", "options", "age", "expected"),
    [
        ("files", {}, 10**9, False),
        ("files", {}, None, False),
        ("files", {MAX_AGE: 10}, 600, False),
        ("files", {MAX_AGE: 10}, 601, True),
        ("files", {MAX_AGE: 10}, None, True),
        ("remote", {}, REMOTE_MAX_AGE_MINUTES * 60, False),
        ("remote", {}, REMOTE_MAX_AGE_MINUTES * 60 + 1, True),
        ("remote", {}, None, True),
        ("remote", {MAX_AGE: None}, 10**9, False),
        ("remote", {MAX_AGE: 1}, 60, False),
        ("remote", {MAX_AGE: 1}, 61, True),
        ("remote", {}, -300, False),
        ("remote", {}, -301, True),
        ("files", {MAX_AGE: "ten"}, 0, True),
        ("files", {MAX_AGE: 0}, 0, True),
        ("files", {MAX_AGE: True}, 0, True),
    ],
)
async def test_a_source_is_shut_when_its_readers_are_too_old(
    shelves: Shelves, connector: str, options: dict[str, Any], age: int | None, expected: bool
) -> None:
    assert await is_shut(shelves, connector, options, age) is expected


async def test_the_usual_limit_can_be_another(shelves: Shelves) -> None:
    await Sources(shelves.database).put("s", "remote", "there", {})
    async with shelves.database.transaction() as connection:
        await connection.execute(update(sources).values(synced_at=NOW - 100))
        assert await shut_sources(connection, NOW, remote_minutes=1) == {"s"}
        assert await shut_sources(connection, NOW, remote_minutes=2) == frozenset()
        assert await shut_sources(connection, NOW + 10**9, remote_minutes=None) == frozenset()


@pytest.mark.parametrize("minutes", [0, -1, 1.5, "ten", True])
async def test_a_limit_that_cannot_be_meant_is_refused(shelves: Shelves, minutes: object) -> None:
    with pytest.raises(BadRequest, match=MAX_AGE):
        await Sources(shelves.database).put("s", "remote", "there", {MAX_AGE: minutes})


async def test_only_what_reached_the_end_counts_as_a_sync(shelves: Shelves) -> None:
    kept = Sources(shelves.database)
    made = await kept.put("s", "remote", "there", {MAX_AGE: 5})
    assert made.synced_at is None
    await kept.put("s", "remote", "there", {MAX_AGE: 6})
    again = await kept.get("s")
    assert again is not None
    assert again.synced_at is None


async def test_nobody_reads_what_came_from_a_shut_source(shelves: Shelves) -> None:
    await shelves.put("a.txt")
    ann = Principal.person("ann")

    assert len(await shelves.library.all_versions(principal=ann)) == 1
    shut = replace(ann, shut=frozenset({"folder"}))
    assert await shelves.library.all_versions(principal=shut) == []
