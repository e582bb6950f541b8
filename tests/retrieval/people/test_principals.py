"""What becomes a principal, and how its groups are asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import insert
from sqlalchemy.dialects import postgresql

from retrieval.database import Database
from retrieval.documents import now
from retrieval.people import principals
from retrieval.people.directory import Directory
from retrieval.people.people import Role
from retrieval.people.principals import principal_of, unlisted
from retrieval.people.tables import glasses
from retrieval.tables import documents


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite:///{tmp_path}/people.db")
    await database.migrate()
    yield database
    await database.close()


async def test_glass_is_for_whoever_comes_as_an_administrator(database: Database) -> None:
    directory = Directory(database)
    await directory.add("root", roles=[Role.ADMIN])
    root = await directory.person("root")
    async with database.transaction() as connection:
        await connection.execute(insert(documents).values(id="d", source="s", uri="u"))
        broken = {"user_name": "root", "document_id": "d", "reason": "a good one"}
        times = {"starts_at": now() - 9, "ends_at": now() + 999}
        await connection.execute(insert(glasses).values(**broken, **times))

        assert (await principal_of(connection, root)).glass == {"d"}
        plain = await principal_of(connection, replace(root, roles=frozenset({Role.OPERATOR})))
        assert plain.glass == frozenset()
        assert (await unlisted(connection, "root")).glass == frozenset()
        assert {plain.name, (await unlisted(connection, "root")).name} == {"root"}


def test_groups_are_asked_for_in_one_statement_that_every_database_understands() -> None:
    statement = principals._reached("user:ann").compile(dialect=postgresql.dialect())

    assert str(statement).startswith("WITH RECURSIVE reached")


def test_a_long_name_is_cut_off_in_the_message() -> None:
    message = str(principals.unknown("x" * 99))

    assert f"got '{'x' * 80}'" in message
