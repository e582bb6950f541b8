"""Pruning to the entry, holds and erasures at the table, and what of it goes on record."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event as sql_event

from retrieval.audit import entry, retention
from retrieval.audit.checkpoint import Mark
from retrieval.audit.reading import Choice
from retrieval.audit.record import OPERATOR, Desk, KeptRecord
from retrieval.audit.verification import Verdict
from retrieval.database import Database
from retrieval.errors import BadRequest, NotFound
from tests.retrieval.audit.trails import event, exported, fill, opened, verdict_of

EVE = Desk("eve", "web")


@pytest.fixture
def instants(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The instants of the next entries, the last one again and again."""
    left = [0]
    monkeypatch.setattr(entry, "now", lambda: left.pop(0) if len(left) > 1 else left[0])
    return left


def rows(folder: Path, statement: str) -> list[Any]:
    with closing(sqlite3.connect(folder / "audit.db")) as connection:
        return connection.execute(statement).fetchall()


async def newest(record: KeptRecord) -> dict[str, Any]:
    number = await record.newest()
    [one] = [each async for each in record.export(Choice()) if each["number"] == number]
    return one


@pytest.mark.parametrize(("before", "gone"), [(10, 0), (11, 1), (12, 2), (99, 4)])
async def test_what_goes_is_older_than_the_instant_to_the_entry(
    tmp_path: Path, instants: list[int], before: int, gone: int
) -> None:
    instants[:] = [10, 11, 12, 13]
    async with opened(tmp_path, every_entries=1) as record:
        for number in range(4):
            await record.note(event(number))
        assert await record.prune(before) == gone
        assert (await verdict_of(record)).is_sound
        if gone:
            noted = (await exported(record))[-1]
            assert noted["about"] == {"before": before, "first": 1, "last": gone}
            assert (noted["act"], noted["actor"]) == ("prune", "schedule")
            stored = await record._outside.read()
            assert [each.number for each in stored if each.kind is Mark.ANCHOR] == [gone]

    kept = [("checkpoint", number) for number in range(gone + 1, 5)]
    marks = rows(tmp_path, "SELECT kind, number FROM audit_checkpoints ORDER BY kind, number")
    assert [each for each in marks if each[1] <= 4] == [("anchor", gone)] * bool(gone) + kept
    assert rows(tmp_path, "SELECT min(number) FROM audit_events") == [(gone + 1,)]


async def test_it_goes_on_from_the_last_anchor(tmp_path: Path, instants: list[int]) -> None:
    instants[:] = [10, 11, 12, 13]
    async with opened(tmp_path, every_entries=1) as record:
        for number in range(4):
            await record.note(event(number))
        assert await record.prune(11, EVE) == 1
        assert (await newest(record))["origin"] == "web"
        assert await record.prune(12, EVE) == 1
        assert await record.prune(12, EVE) == 0
        assert (await verdict_of(record)).first == 3


async def test_an_empty_record_has_nothing_to_prune(tmp_path: Path) -> None:
    async with opened(tmp_path) as record:
        assert await record.prune(10**12) == 0
        assert await record.newest() == 0


async def test_the_oldest_entry_of_anybody_held_is_kept(
    tmp_path: Path, instants: list[int]
) -> None:
    instants[:] = [10] * 8 + [50]
    async with opened(tmp_path, every_entries=1) as record:
        for name in ("a", "b", "c", "d", "e", "f"):
            await record.note(event(actor=name))
        await record.hold("e", "a case")
        await record.hold("c", "a case")
        assert await record.prune(40) == 2
        await record.release("c")
        assert await record.prune(40) == 2
        assert (await verdict_of(record)).first == 5


async def test_what_goes_is_overwritten(tmp_path: Path) -> None:
    asked: list[str] = []

    def listen(_c: object, _u: object, statement: str, *_: object) -> None:
        asked.append(statement)

    async with opened(tmp_path, every_entries=1) as record:
        await record.note(event())
        engine = record._database._engine.sync_engine
        sql_event.listen(engine, "before_cursor_execute", listen)
        assert await record.prune(10**12) == 1

    wiped = asked.index("PRAGMA secure_delete=ON")
    assert all(at > wiped for at, each in enumerate(asked) if each.startswith("DELETE"))


async def test_a_hold_that_comes_in_between_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(tmp_path, every_entries=1) as record:
        for name in ("ann", "bob", "cho"):
            await record.note(event(actor=name))
        real = KeptRecord._sound

        async def sound(self: KeptRecord) -> Verdict:
            verdict = await real(self)
            await self.hold("bob", "a case")
            return verdict

        monkeypatch.setattr(KeptRecord, "_sound", sound)
        with pytest.raises(BadRequest, match="legal hold was placed"):
            await record.prune(10**12)
        assert (await verdict_of(record)).first == 1
        await record.hold("ann", "a case")
        monkeypatch.undo()
        assert await record.prune(10**12) == 0
        await record.release("ann")
        assert await record.prune(10**12) == 1


@pytest.mark.parametrize("profile", ["x" * 99])
def test_a_long_profile_is_cut_off_in_the_message(profile: str) -> None:
    with pytest.raises(BadRequest, match=f"got '{'x' * 40}'"):
        retention.check_retention(400, profile)
    assert retention.check_retention(184) == 184
    with pytest.raises(BadRequest):
        retention.check_retention(183)


async def test_a_hold_is_renewed_and_an_erasure_noted_once(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'audit.db'}")
    async with opened(tmp_path):
        pass
    async with database.transaction() as connection:
        await retention.hold(connection, "s1", 5, "one")
        await retention.hold(connection, "s2", 6, "two")
        await retention.hold(connection, "s1", 7, "again")
        assert await retention.held(connection, "s1")
        assert not await retention.held(connection, "s3")
        for _ in range(2):
            await retention.erase(connection, "s3", 9)
        await retention.hold(connection, "s5", 8, "five")
        await retention.erase(connection, "s4", 9)
        with pytest.raises(BadRequest, match="too late for a hold"):
            await retention.hold(connection, "s3", 7, "late")
        with pytest.raises(BadRequest, match="it wins"):
            await retention.erase(connection, "s1", 9)
        await retention.release(connection, "s2")
        with pytest.raises(BadRequest, match="there is none"):
            await retention.release(connection, "s2")
    await database.close()

    holds = rows(tmp_path, "SELECT subject, at, reason FROM audit_holds ORDER BY subject")
    assert holds == [("s1", 7, "again"), ("s5", 8, "five")]
    assert rows(tmp_path, "SELECT subject, at FROM audit_erasures") == [("s3", 9), ("s4", 9)]


async def test_all_that_is_done_with_a_person_says_by_whom_and_about_whom(tmp_path: Path) -> None:
    async with opened(tmp_path) as record:
        await fill(record, 1)
        subject = (await record._keyring.subjects(["ann"]))["ann"].id
        assert await record.hold("ann", "a case", EVE) == 2
        assert await record.held() == {"ann": "a case"}
        await record.hold("ann", "another case", EVE)
        assert await record.held() == {"ann": "another case"}
        with closing(sqlite3.connect(tmp_path / "audit.db")) as connection, connection:
            connection.execute("UPDATE audit_holds SET reason = 'damaged'")
        assert await record.held() == {"ann": ""}
        await record.release("ann", EVE)
        before = await exported(record)
        assert await record.erase("ann", EVE) == subject
        with pytest.raises(NotFound, match=f"got '{'x' * 80}'"):
            await record.erase("x" * 99)
        erased = (await exported(record))[-1]

    held, renewed, released = before[1:]
    for one, act in ((held, "hold"), (renewed, "hold"), (released, "release")):
        assert (one["act"], one["actor"], one["origin"]) == (act, "eve", "web")
        assert (one["about"], one["concerns"]) == ({}, ["ann"])
    assert [each["words"] for each in before[1:]] == [
        {"reason": "a case"},
        {"reason": "another case"},
        {},
    ]
    assert (erased["act"], erased["actor"], erased["origin"]) == ("erase", "eve", "web")
    assert (erased["about"], erased["concerns"]) == ({"pseudonym": subject}, [])


async def test_the_operator_is_named_where_nobody_else_is(tmp_path: Path) -> None:
    async with opened(tmp_path) as record:
        await record.hold("ann", "a case")
        noted = await newest(record)

    assert (noted["actor"], noted["origin"]) == (OPERATOR.by, OPERATOR.origin)
    assert (OPERATOR.by, OPERATOR.origin) == ("operator", "command line")
