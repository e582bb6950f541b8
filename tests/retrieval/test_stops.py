"""What is stopped stays stopped, everywhere, until somebody lets it go on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from retrieval import stops as module
from retrieval.audit.event import Act
from retrieval.database import Database
from retrieval.errors import BadRequest, Unavailable
from retrieval.halting import ANSWERS, ENDS, EVERYTHING, Deed, Sort, Target, Work, target_of
from retrieval.stops import Stops
from tests.retrieval.records import DISK_FULL, RememberingRecord

ANN = Deed(Work.ANSWER, user="ann", channel="web")
BOB = Deed(Work.ANSWER, user="bob", channel="slack")
BY = {"by": "eve", "origin": "command line"}


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'library.db'}"


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    await database.migrate()
    yield database
    await database.close()


@pytest.fixture
def record() -> RememberingRecord:
    return RememberingRecord()


@pytest.fixture
def stops(database: Database, record: RememberingRecord) -> Stops:
    return Stops(database, record)


async def drop_table(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute(text("ALTER TABLE stops RENAME TO gone"))


async def bring_back(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute(text("ALTER TABLE gone RENAME TO stops"))


# What each stop ends


def named(sort: Sort) -> Target:
    return Target(sort, "" if sort in (Sort.EVERYTHING, Sort.ANSWERS) else "x")


FULL = {"user": "x", "source": "x", "tool": "x", "channel": "x"}


@pytest.mark.parametrize(
    ("sort", "ended"),
    [
        (Sort.EVERYTHING, {"answer", "cite", "tool", "sync", "channel"}),
        (Sort.ANSWERS, {"answer", "tool"}),
        (Sort.USER, {"answer", "tool"}),
        (Sort.SOURCE, {"cite", "sync"}),
        (Sort.TOOL, {"tool"}),
        (Sort.CHANNEL, {"answer", "tool", "channel"}),
    ],
)
def test_each_stop_ends_this_and_nothing_else(sort: Sort, ended: set[str]) -> None:
    assert {work.value for work in Work if named(sort).ends(Deed(work, **FULL))} == ended


def test_no_stop_ends_searching_or_reading() -> None:
    for sort in Sort:
        for work in (Work.SEARCH, Work.READ):
            assert not named(sort).ends(Deed(work, **FULL))


@pytest.mark.parametrize("sort", [Sort.USER, Sort.SOURCE, Sort.TOOL, Sort.CHANNEL])
def test_a_name_that_is_stopped_ends_only_what_it_has_part_in(sort: Sort) -> None:
    others = {**FULL, sort.value: "y"}
    for work in ENDS[sort]:
        assert named(sort).ends(Deed(work, **FULL))
        assert not named(sort).ends(Deed(work, **others))
        assert not named(sort).ends(Deed(work))


@given(st.sampled_from(Sort), st.text(max_size=220))
def test_a_target_reads_back_as_it_is_written_or_is_refused(sort: Sort, name: str) -> None:
    try:
        target = Target(sort, name)
    except BadRequest as error:
        assert "Expected" in str(error)  # noqa: PT017 - either is right
        return
    assert target_of(str(target)) == target
    assert len(str(target)) <= 200


@pytest.mark.parametrize(
    "wrong",
    ["", "all", "user", "user:", "user:a b", "everything:x", "answers:", "source: x", "tool:\n"],
)
def test_what_is_not_a_target_is_refused(wrong: str) -> None:
    with pytest.raises(BadRequest, match="Expected"):
        target_of(wrong)


def test_a_target_is_as_long_as_there_is_room_for() -> None:
    longest = "source:" + "x" * 193
    assert str(target_of(longest)) == longest
    with pytest.raises(BadRequest, match="at most 193"):
        target_of(longest + "x")


# Stopping and letting go on


async def test_a_stop_holds_at_once_and_is_on_record(
    stops: Stops, record: RememberingRecord
) -> None:
    stopping = await stops.stop(EVERYTHING, reason="leak", **BY)
    assert (stopping.is_new, stopping.is_recorded) == (True, True)
    assert (await stops.of(ANN)) == stopping.stop
    [event] = record.events
    assert (event.act, event.actor, event.origin) == (Act.STOP, "eve", "command line")
    assert event.about == {"target": "everything"}
    assert event.words == {"reason": "leak"}


async def test_one_user_is_stopped_and_the_others_go_on(stops: Stops) -> None:
    await stops.stop(target_of("user:ann"), reason="", **BY)
    assert await stops.of(ANN)
    assert await stops.of(BOB) is None


async def test_the_name_of_who_is_stopped_is_on_record_where_it_can_be_erased(
    stops: Stops, record: RememberingRecord
) -> None:
    await stops.stop(target_of("user:ann"), reason="x", **BY)
    await stops.resume(target_of("user:ann"), **BY)
    for event in record.events:
        assert (event.about, event.concerns) == ({"target": "user"}, ("ann",))


async def test_one_channel_is_stopped_and_the_others_go_on(stops: Stops) -> None:
    await stops.stop(target_of("channel:slack"), reason="", **BY)
    assert await stops.of(BOB)
    assert await stops.of(ANN) is None


async def test_stopping_again_keeps_the_first(stops: Stops) -> None:
    first = await stops.stop(ANSWERS, reason="one", **BY)
    again = await stops.stop(ANSWERS, reason="two", by="adam", origin="web")
    assert not again.is_new
    assert again.stop == first.stop
    assert [each.reason for each in await stops.listed()] == ["one"]


async def test_stops_at_the_same_time_leave_one(database: Database) -> None:
    many = [Stops(database, RememberingRecord()) for _ in range(8)]
    done = await asyncio.gather(
        *(each.stop(ANSWERS, reason=str(n), **BY) for n, each in enumerate(many))
    )
    assert sum(each.is_new for each in done) == 1
    assert len(await many[0].listed()) == 1


async def test_letting_go_on_is_on_record_before_it_is_done(
    stops: Stops, record: RememberingRecord, database: Database
) -> None:
    other = Stops(database, record)
    await stops.stop(ANSWERS, reason="x", **BY)
    assert await stops.resume(ANSWERS, by="eve", origin="web")
    assert record.acts == [Act.STOP, Act.RESUME]
    assert await stops.of(ANN) is None
    assert await other.of(ANN) is None


async def test_what_was_stopped_here_may_be_let_go_on_elsewhere(
    stops: Stops, record: RememberingRecord, database: Database
) -> None:
    await stops.stop(ANSWERS, reason="x", **BY)
    await Stops(database, record).resume(ANSWERS, **BY)
    assert await stops.of(ANN) is None


async def test_what_is_not_stopped_goes_on_without_a_word(
    stops: Stops, record: RememberingRecord
) -> None:
    assert not await stops.resume(ANSWERS, **BY)
    assert record.events == []


async def test_the_oldest_is_listed_first(stops: Stops, database: Database) -> None:
    async with database.transaction() as connection:
        for scope, at in (("answers", 3), ("tool:mail", 1), ("user:ann", 2)):
            await connection.execute(
                text("INSERT INTO stops VALUES (:scope, '', 'eve', :at)"),
                {"scope": scope, "at": at},
            )
    assert [str(each.target) for each in await stops.listed()] == [
        "tool:mail",
        "user:ann",
        "answers",
    ]


async def test_letting_one_go_on_leaves_the_rest_stopped(stops: Stops) -> None:
    await stops.stop(EVERYTHING, reason="x", **BY)
    await stops.stop(ANSWERS, reason="x", **BY)
    await stops.resume(EVERYTHING, **BY)
    assert [each.target for each in await stops.listed()] == [ANSWERS]
    assert await stops.of(ANN)


@pytest.mark.parametrize("fault", [DISK_FULL, OSError("no space"), RuntimeError("anything")])
async def test_a_record_that_cannot_be_written_does_not_hold_up_a_stop(
    stops: Stops, record: RememberingRecord, fault: Exception
) -> None:
    record.fails = fault
    stopping = await stops.stop(EVERYTHING, reason="x", **BY)
    assert not stopping.is_recorded
    assert await stops.of(ANN)


async def test_a_record_that_hangs_does_not_hold_up_a_stop(
    stops: Stops, record: RememberingRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_RECORD_WAITS_SECONDS", 0.05)
    record.hangs = True
    await stops.of(ANN)
    waiting = asyncio.create_task(stops.until_stopped(ANN))
    await asyncio.sleep(0)
    stopping = asyncio.create_task(stops.stop(EVERYTHING, reason="x", **BY))
    assert (await waiting).target == EVERYTHING
    assert not stopping.done()
    assert not (await stopping).is_recorded
    assert [each.target for each in await stops.listed()] == [EVERYTHING]


@pytest.mark.parametrize("fault", [DISK_FULL, OSError("no space")])
async def test_nothing_goes_on_that_cannot_be_recorded(
    stops: Stops, record: RememberingRecord, fault: Exception
) -> None:
    await stops.stop(ANSWERS, reason="x", **BY)
    record.fails = fault
    with pytest.raises(type(fault)):
        await stops.resume(ANSWERS, **BY)
    assert await stops.of(ANN)


async def test_a_stop_that_cannot_be_kept_holds_here_and_says_so(
    stops: Stops, database: Database
) -> None:
    await stops.of(ANN)
    await drop_table(database)
    with pytest.raises(Unavailable, match="Only this process has stopped everything"):
        await stops.stop(EVERYTHING, reason="x", **BY)
    assert stops.standing(ANN)
    await bring_back(database)
    assert await stops.of(ANN)
    assert await stops.resume(EVERYTHING, **BY)
    assert await stops.of(ANN) is None


# Restarts and other processes


async def test_what_is_stopped_is_stopped_after_a_restart(url: str, stops: Stops) -> None:
    await stops.stop(EVERYTHING, reason="leak", **BY)
    anew = Database(url)
    restarted = Stops(anew, RememberingRecord())
    async with restarted.watched():
        assert restarted.standing(ANN)
    assert await restarted.of(ANN)
    await anew.close()


async def test_a_stop_by_another_process_is_seen_when_asking(url: str, stops: Stops) -> None:
    assert await stops.of(ANN) is None
    await _in_another_process(url)
    assert await stops.of(ANN)


async def test_a_stop_by_another_process_is_seen_by_who_waits(url: str, stops: Stops) -> None:
    async with stops.watched(every_seconds=0.05), asyncio.timeout(120):
        waiting = asyncio.create_task(stops.until_stopped(ANN))
        await _in_another_process(url)
        assert (await waiting).reason == "from afar"


async def _in_another_process(url: str) -> None:
    import sys

    code = (
        "import asyncio, sys\n"
        "from retrieval.database import Database\n"
        "from retrieval.halting import EVERYTHING\n"
        "from retrieval.stops import Stops\n"
        "from tests.retrieval.records import RememberingRecord\n"
        "async def main():\n"
        "    database = Database(sys.argv[1])\n"
        "    stops = Stops(database, RememberingRecord())\n"
        "    await stops.stop(EVERYTHING, reason='from afar', by='eve', origin='x')\n"
        "    await database.close()\n"
        "asyncio.run(main())\n"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, url)
    assert await process.wait() == 0


async def test_who_waits_for_something_else_is_left_waiting(stops: Stops) -> None:
    await stops.of(ANN)
    waiting = asyncio.create_task(stops.until_stopped(BOB))
    await stops.stop(target_of("user:ann"), reason="x", **BY)
    assert not waiting.done()
    await stops.stop(target_of("user:bob"), reason="x", **BY)
    assert str((await waiting).target) == "user:bob"


async def test_who_waits_for_what_is_stopped_already_waits_no_longer(stops: Stops) -> None:
    await stops.stop(ANSWERS, reason="x", **BY)
    async with asyncio.timeout(120):
        assert (await stops.until_stopped(ANN)).target == ANSWERS


async def test_of_two_looks_the_one_that_began_later_counts(
    database: Database, record: RememberingRecord
) -> None:
    clock = Clock()
    stops, other = Stops(database, record, clock), Stops(database, record)
    await other.stop(ANSWERS, reason="x", **BY)
    assert await stops.of(ANN)
    await other.resume(ANSWERS, **BY)
    clock.seconds -= 1
    assert await stops.of(ANN)
    clock.seconds += 2
    assert await stops.of(ANN) is None


# When it cannot be told


async def test_nothing_is_answered_while_it_cannot_be_told(
    stops: Stops, database: Database
) -> None:
    await drop_table(database)
    with pytest.raises(Unavailable, match="Expected to read what is stopped"):
        await stops.of(ANN)


async def test_a_target_of_another_version_ends_answers(stops: Stops, database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute(text("INSERT INTO stops VALUES ('planet:mars', '', 'eve', 0)"))
    with pytest.raises(Unavailable, match="planet:mars"):
        await stops.of(ANN)


async def test_what_was_seen_too_long_ago_is_not_trusted(
    database: Database, record: RememberingRecord
) -> None:
    clock = Clock()
    stops = Stops(database, record, clock)
    assert stops.standing(ANN)
    await stops.of(ANN)
    clock.seconds += module.TRUST_SECONDS
    assert stops.standing(ANN) is None
    clock.seconds += 0.1
    assert stops.standing(ANN)
    assert stops.standing(Deed(Work.SEARCH)) is None


async def test_who_waits_is_told_when_the_database_goes_away(
    database: Database, record: RememberingRecord
) -> None:
    clock = Clock()
    stops = Stops(database, record, clock)
    async with stops.watched(every_seconds=0.02), asyncio.timeout(120):
        waiting = asyncio.create_task(stops.until_stopped(ANN))
        await asyncio.sleep(0)
        await drop_table(database)
        clock.seconds += module.TRUST_SECONDS + 1
        assert (await waiting).by == "pincite"
        await bring_back(database)
        while stops.standing(ANN):  # noqa: ASYNC110 - the database says nothing when it is back
            await asyncio.sleep(0.02)


def test_a_stop_made_elsewhere_is_seen_within_five_seconds() -> None:
    assert module.LOOK_SECONDS + module.TRUST_SECONDS < 5


async def test_the_sources_that_are_stopped_are_named(stops: Stops) -> None:
    for target in ("everything", "user:ann", "source:hr", "source:My Files"):
        await stops.stop(target_of(target), reason="x", **BY)
    assert stops.shut() == {"hr", "My Files"}
