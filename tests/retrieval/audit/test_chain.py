"""The tail of the chain: who appends where, what fails alone, and what is signed once."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine
from sqlalchemy import event as sql_event
from sqlalchemy.ext.asyncio import AsyncConnection

from retrieval.audit import chain, writer
from retrieval.audit.chain import Chain
from retrieval.audit.outside import Outside
from retrieval.errors import BadRequest, Unavailable
from tests.retrieval.audit.trails import event, fill, opened, verdict_of


def query(folder: Path, statement: str) -> list[Any]:
    with closing(sqlite3.connect(folder / "audit.db")) as connection, connection:
        return connection.execute(statement).fetchall()


async def signed(folder: Path) -> list[int]:
    read = await Outside(folder / "checkpoints.jsonl").read()
    return [each.number for each in read]


async def test_another_chain_of_the_same_length_is_not_appended_to(tmp_path: Path) -> None:
    async with opened(tmp_path / "other") as other:
        await fill(other, 3)
    async with opened(tmp_path / "ours") as ours:
        await fill(ours, 3)
        with closing(sqlite3.connect(tmp_path / "ours/audit.db")) as connection, connection:
            connection.execute("ATTACH ? AS other", (str(tmp_path / "other/audit.db"),))
            for table in ("audit_events", "audit_head"):
                connection.execute(f"DELETE FROM {table}")
                connection.execute(f"INSERT INTO {table} SELECT * FROM other.{table}")
        with pytest.raises(Unavailable, match="entry 3 as this process appended it"):
            await ours.note(event())
        with pytest.raises(Unavailable, match="not done"):
            await ours.note(event())
        assert query(tmp_path / "ours", "SELECT max(number) FROM audit_events") == [(3,)]
        problems = [each.problem for each in (await verdict_of(ours)).findings]

    assert problems[0].startswith("made anew: the checkpoint of entry 3")
    assert (await signed(tmp_path / "ours")).count(3) == 1, "it testifies once"


async def test_a_chain_changed_before_anything_was_appended_is_told(tmp_path: Path) -> None:
    async with opened(tmp_path) as record:
        with closing(sqlite3.connect(tmp_path / "audit.db")) as connection, connection:
            connection.execute("INSERT INTO audit_events VALUES (0, 1, 'ask', 's', '{}', 'x')")
        for _ in range(2):
            with pytest.raises(Unavailable, match="entry 0"):
                await record.note(event())
    assert await signed(tmp_path) == []


async def test_an_entry_that_was_pruned_meanwhile_is_not_missed(tmp_path: Path) -> None:
    async with opened(tmp_path) as one, opened(tmp_path, every_entries=2) as other:
        await fill(one, 3)
        await fill(other, 4)
        assert await other.prune(before=10**12) >= 3
        number = await one.note(event(9))

        assert number == await one.newest() == 9
        verdict = await verdict_of(one)
        assert (verdict.is_sound, verdict.last) == (True, 9)


async def test_where_others_are_always_faster_it_gives_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []

    async def late(*_: object) -> bool:
        tries.append(1)
        return False

    async with opened(tmp_path) as record:
        await record.note(event(1))
        monkeypatch.setattr(chain, "_TRIES", 4)
        monkeypatch.setattr(Chain, "_store", late)
        with pytest.raises(Unavailable, match="faster 4 times"):
            await record.note(event(2))
        monkeypatch.undo()
        assert len(tries) == 4
        assert await record.note(event(3)) == 2


async def test_two_processes_sign_the_same_entry_once(tmp_path: Path) -> None:
    async with opened(tmp_path) as one:
        await fill(one, 2)
        async with opened(tmp_path):
            pass
        assert await signed(tmp_path) == [2]
    assert await signed(tmp_path) == [2]
    assert query(tmp_path, "SELECT kind, number FROM audit_checkpoints") == [("checkpoint", 2)]


async def test_what_changes_something_else_fails_alone(tmp_path: Path) -> None:
    async with opened(tmp_path) as record:
        await record.note(event(actor="ann"))
        told = await asyncio.gather(
            record.note(event(1)),
            record.release("ann"),
            record.note(event(2)),
            record.hold("bob", "a case"),
            record.note(event(3)),
            return_exceptions=True,
        )
        assert isinstance(told[1], BadRequest)
        numbers = [each for each in told if isinstance(each, int)]
        assert sorted(numbers) == [2, 3, 4, 5]
        assert await record.held() == {"bob": "a case"}
        assert (await verdict_of(record)).is_sound


async def test_an_error_that_nobody_foresaw_is_told_and_stops_nothing(tmp_path: Path) -> None:
    async def fail(_: AsyncConnection) -> None:
        raise ZeroDivisionError

    loop = asyncio.get_running_loop()
    met: list[Any] = []
    loop.set_exception_handler(lambda _, context: met.append(context.get("exception")))
    async with opened(tmp_path) as record:
        with pytest.raises(Unavailable, match=r"not done\. Try again"):
            await record._writer.note(event(1), fail)
        await asyncio.sleep(0)
        assert await record.note(event(2)) == 1
        assert query(tmp_path, "SELECT count(*) FROM audit_events") == [(1,)]


async def test_no_more_than_so_many_share_a_transaction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    real = Chain.append

    async def append(self: Chain, drafts: Any, change: Any = None) -> Any:
        sizes.append(len(drafts))
        return await real(self, drafts, change)

    monkeypatch.setattr(Chain, "append", append)
    monkeypatch.setattr(writer, "_MOST_AT_ONCE", 4)
    async with opened(tmp_path) as record:
        assert await fill(record, 10) == list(range(1, 11))

    assert sizes == [4, 4, 2]


async def test_what_could_not_be_signed_is_signed_later(tmp_path: Path) -> None:
    async with opened(tmp_path, every_seconds=0.01) as record:
        await record.note(event(1))
        fails = [True]

        def fail(_: Connection) -> None:
            if fails[0]:
                raise Unavailable("the disk is full")

        sql_event.listen(Engine, "commit", fail)
        try:
            await asyncio.sleep(0.1)
            assert await signed(tmp_path) == []
            fails[0] = False
            async with asyncio.timeout(120):
                while await signed(tmp_path) != [1]:  # noqa: ASYNC110 - a file has no event
                    await asyncio.sleep(0.02)
        finally:
            sql_event.remove(Engine, "commit", fail)


async def test_lines_outside_that_were_lost_are_stored_again_in_order(tmp_path: Path) -> None:
    async with opened(tmp_path, every_entries=2) as record:
        await fill(record, 9)
    path = tmp_path / "checkpoints.jsonl"
    whole = path.read_text()
    for kept in ("", *whole.splitlines(keepends=True)[1:3]):
        path.write_text(kept)
        async with opened(tmp_path):
            pass
        assert sorted(path.read_text().splitlines()) == sorted(whole.splitlines())
        added = path.read_text().removeprefix(kept).splitlines()
        numbers = [json.loads(each)["number"] for each in added]
        assert numbers == sorted(numbers)
    path.unlink()
    async with opened(tmp_path):
        pass
    assert path.read_text() == whole


async def test_a_head_that_is_no_number_is_told_and_not_appended_to(tmp_path: Path) -> None:
    async with opened(tmp_path) as record:
        await fill(record, 2)
        with closing(sqlite3.connect(tmp_path / "audit.db")) as connection, connection:
            connection.execute("UPDATE audit_head SET number = 'x'")
        with pytest.raises(Unavailable, match="entry 2 as this process appended it"):
            await record.note(event())
    assert query(tmp_path, "SELECT max(number) FROM audit_events") == [(2,)]
