"""The record keeps what it is told, in order, durably, and says so when it cannot."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine
from sqlalchemy import event as sql_event

from retrieval.audit.entry import canonical, digest_of
from retrieval.audit.event import Act, Event
from retrieval.audit.reading import Choice
from retrieval.audit.record import Desk, KeptRecord
from retrieval.errors import BadRequest, NotFound, Unavailable
from tests.retrieval.audit.trails import database_of, event, exported, fill, opened, verdict_of

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def rows_of(folder: Path) -> list[tuple[int, str, str]]:
    with closing(sqlite3.connect(folder / "audit.db")) as connection:
        query = "SELECT number, body, digest FROM audit_events ORDER BY number"
        return connection.execute(query).fetchall()


async def test_numbers_follow_one_another_in_order_of_asking(tmp_path: Path) -> None:
    async with opened(tmp_path) as record:
        assert await fill(record, 120) == list(range(1, 121))
        assert await record.note(event(120)) == 121

    async with opened(tmp_path) as record:
        assert await record.note(event(121)) == 122
        assert [each["about"]["count"] for each in await exported(record)] == list(range(122))


async def test_what_was_noted_is_read_as_it_was(tmp_path: Path) -> None:
    told = Event(
        Act.ASK, "ann", "web 10.1.2.3", {"ids": [1, {"a": None}]}, {"question": "Who?"}, ("bob",)
    )
    async with opened(tmp_path) as record:
        await record.note(told)
        [entry] = await exported(record)

    assert (entry["act"], entry["actor"], entry["origin"]) == ("ask", "ann", "web 10.1.2.3")
    assert (entry["about"], entry["words"]) == (told.about, told.words)
    assert (entry["number"], entry["concerns"]) == (1, ["bob"])


async def test_each_entry_carries_the_digest_of_the_one_before(tmp_path: Path) -> None:
    async with opened(tmp_path) as record:
        await fill(record, 5)

    previous = "0" * 64
    for number, body, digest in rows_of(tmp_path):
        said = json.loads(body)
        assert (said["number"], said["previous"]) == (number, previous)
        assert digest_of(body) == digest
        assert canonical(said) == body
        previous = digest


@given(JSON)
@example("\x7f\x9b\u2028\ud800")
@example(-0.0)
def test_canonical_json_reads_back_and_is_written_the_same(value: object) -> None:
    text = canonical(value)

    assert canonical(json.loads(text)) == text
    assert text.isascii()
    assert text.isprintable()


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(actor=st.text(), origin=st.text(), about=st.dictionaries(st.text(), JSON), word=st.text())
async def test_any_text_is_kept_and_the_chain_verifies(
    tmp_path: Path, actor: str, origin: str, about: dict[str, object], word: str
) -> None:
    async with opened(tmp_path) as record:
        told = Event(Act.OPEN, actor, origin, about, {"word": word}, (actor,))  # type: ignore[arg-type]
        number = await record.note(told)
        [entry] = [each for each in await exported(record) if each["number"] == number]

        assert (entry["actor"], entry["origin"], entry["words"]) == (actor, origin, {"word": word})
        assert entry["concerns"] == [actor]
        assert (await verdict_of(record)).is_sound


async def test_line_breaks_and_terminal_codes_stay_inside_the_json(tmp_path: Path) -> None:
    nasty = 'a\r\nb\x1b[2Jc\x00d\u2028e\u202ef"},{"act":"stop'
    async with opened(tmp_path) as record:
        await record.note(event(actor=nasty, about={nasty: nasty}, words={nasty: nasty}))
        [entry] = await exported(record)
        assert entry["about"] == entry["words"] == {nasty: nasty}

    for _, body, _ in rows_of(tmp_path):
        assert body.isascii()
        assert body.isprintable()
        assert json.loads(body)["act"] in ("ask", "export")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, object()])
async def test_what_json_cannot_hold_is_refused_alone(tmp_path: Path, value: object) -> None:
    async with opened(tmp_path) as record:
        told = await asyncio.gather(
            record.note(event(1)),
            record.note(event(2, about={"x": value})),
            record.note(event(3)),
            return_exceptions=True,
        )

    assert [told[0], told[2]] == [1, 2]
    assert isinstance(told[1], BadRequest)


async def test_no_name_and_no_word_stands_in_the_database(tmp_path: Path) -> None:
    async with opened(tmp_path) as record:
        await record.note(
            event(actor="Annabelle", words={"question": "Zanzibar"}, concerns=("Zoe",))
        )

    content = database_of(tmp_path)
    for word in (b"Annabelle", b"Zanzibar", b"Zoe", b"10.0.0"):
        assert word not in content


async def test_what_is_kept_is_for_its_owner_alone(tmp_path: Path) -> None:
    async with opened(tmp_path / "audit") as record:
        await record.note(event())

    for path in (tmp_path / "audit/keys").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "audit/signing.key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "audit/keys").stat().st_mode) == 0o700


async def test_many_callers_share_a_transaction(tmp_path: Path) -> None:
    commits = []
    listener = lambda connection: commits.append(connection)  # noqa: E731
    async with opened(tmp_path) as record:
        await fill(record, 3)
        sql_event.listen(Engine, "commit", listener)
        try:
            await fill(record, 50)
        finally:
            sql_event.remove(Engine, "commit", listener)

    assert 1 <= len(commits) <= 3


async def test_a_full_disk_fails_every_caller_and_leaves_nothing_half_written(
    tmp_path: Path,
) -> None:
    is_full = True

    def fail(connection: Connection) -> None:
        if is_full:
            raise sqlite3.OperationalError("database or disk is full")

    async with opened(tmp_path) as record:
        await fill(record, 3)
        sql_event.listen(Engine, "commit", fail)
        try:
            told = await asyncio.gather(
                *(record.note(event(number)) for number in range(20)), return_exceptions=True
            )
            assert all(isinstance(each, Unavailable) for each in told)
            assert "not done" in str(told[0])
            is_full = False
            assert await fill(record, 2) == [4, 5]
        finally:
            sql_event.remove(Engine, "commit", fail)
        assert (await verdict_of(record)).is_sound
    assert len(rows_of(tmp_path)) == 5


async def test_a_locked_database_is_waited_for(tmp_path: Path) -> None:
    async with opened(tmp_path) as record:
        await fill(record, 1)
        with closing(sqlite3.connect(tmp_path / "audit.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            waiting = asyncio.create_task(record.note(event(1)))
            await asyncio.sleep(0.2)
            assert not waiting.done()
            other.execute("ROLLBACK")
            assert await waiting == 2


async def test_a_caller_that_gives_up_disturbs_nobody(tmp_path: Path) -> None:
    async with opened(tmp_path) as record:
        given_up = asyncio.create_task(record.note(event(1)))
        await asyncio.sleep(0)
        waiting = asyncio.create_task(record.note(event(2)))
        await asyncio.sleep(0)
        given_up.cancel()
        await waiting
        assert (await verdict_of(record)).is_sound


async def test_a_closed_record_takes_nothing(tmp_path: Path) -> None:
    record = await KeptRecord.open(tmp_path)
    waiting = asyncio.create_task(record.note(event()))
    await asyncio.sleep(0)
    await record.close()

    assert await waiting == 1
    with pytest.raises(Unavailable, match="closed"):
        await record.note(event())


async def test_an_export_is_of_a_person_a_document_or_a_period(tmp_path: Path) -> None:
    async with opened(tmp_path) as record:
        await fill(record, 12)
        await record.note(event(12, actor="cho", concerns=("ann",)))
        await record.note(event(13, actor="dan", about={"found": [{"document": "document-3"}]}))
        times = [each["at"] for each in await exported(record)]

        anns = await exported(record, person="ann")
        assert [each["number"] for each in anns] == [1, 4, 7, 10, 13]
        threes = await exported(record, document="document-3")
        assert [each["number"] for each in threes] == [4, 14]
        assert await exported(record, until=min(times)) == []
        assert len(await exported(record, since=min(times), until=max(times) + 1)) == 14


async def test_an_export_is_itself_on_record(tmp_path: Path) -> None:
    async with opened(tmp_path) as record:
        await record.note(event(actor="ann"))
        choice = Choice(person="ann", document="document-0")
        [first, noted] = [each async for each in record.export(choice, Desk("eve", "web 1.2.3.4"))]

    assert (noted["act"], noted["actor"], noted["origin"]) == ("export", "eve", "web 1.2.3.4")
    assert (noted["concerns"], noted["about"]["document"]) == (["ann"], "document-0")
    assert first["actor"] == "ann"


async def test_the_newest_are_read_page_by_page(tmp_path: Path) -> None:
    async with opened(tmp_path) as record:
        await fill(record, 7)
        page = await record.latest(Choice(acts=frozenset({Act.ASK})), Desk(), limit=1)
        assert [each["number"] for each in page] == [6]
        page = await record.latest(Choice(), Desk(), limit=3, before=6)
        assert [each["number"] for each in page] == [5, 4, 3]


async def test_nobody_of_that_name_is_told(tmp_path: Path) -> None:
    async with opened(tmp_path) as record:
        with pytest.raises(NotFound, match="'nobody'"):
            await exported(record, person="nobody")
