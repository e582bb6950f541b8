"""Running a suite: what is kept, what an interruption costs, and what two runs have in common."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
import sys
import time
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest

from evals.outcome import Outcome
from evals.running.kept import KeptRuns
from evals.running.plan import Plan
from evals.running.result import Run
from evals.running.run import run_suite
from evals.suites.case import Case
from retrieval.errors import Damaged, NotFound, Unavailable
from tests.deploy.homes import ROOT
from tests.evals.asked import SLOW_CASES, MadeAsker, MadeSession, made_suite, work_in


def told(run: Run) -> tuple[object, ...]:
    return run.cases, run.asked, run.figures, run.categories, run.stamp


async def test_every_case_is_asked_scored_and_kept(tmp_path: Path) -> None:
    asker = MadeAsker()

    run = await run_suite(work_in(tmp_path), MadeSession(asker))

    kept = KeptRuns(tmp_path)
    rows = list(kept.rows(run.id))
    assert [row.case for row in rows] == list(made_suite().cases)
    assert kept.run(run.id) == run == kept.run("latest") == kept.runs()[0]
    assert (run.cases, run.asked, run.corpus) == (20, 20, "made")
    refused = [row.scores["refused"] for row in rows if "refused" in row.scores]
    figure = next(each for each in run.figures if each.name == "refused")
    assert (figure.n, figure.mean) == (4, sum(refused) / 4)
    assert figure.low <= figure.mean <= figure.high
    assert sum(each.n for group in run.categories.values() for each in group) == sum(
        each.n for each in run.figures
    )


async def test_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    run = await run_suite(work_in(tmp_path), MadeSession(MadeAsker()))

    for path in (tmp_path / run.id).iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {path.name for path in (tmp_path / run.id).iterdir()} == {
        "begun.json",
        "rows.jsonl",
        "run.json",
    }


async def test_two_runs_and_any_parallelism_give_the_same(tmp_path: Path) -> None:
    alone = await run_suite(work_in(tmp_path), MadeSession(MadeAsker()))
    asker = MadeAsker(pause_seconds=0.001)
    many = await run_suite(work_in(tmp_path, plan=Plan(at_once=7)), MadeSession(asker))

    assert told(many) == told(alone)
    assert asker.most_at_once == 7
    kept = KeptRuns(tmp_path)
    assert list(kept.rows(many.id)) == list(kept.rows(alone.id))


@pytest.mark.parametrize("after", [0, 1, 7, 19])
async def test_an_interrupted_run_resumes_to_the_same_result(tmp_path: Path, after: int) -> None:
    whole = await run_suite(work_in(tmp_path / "whole"), MadeSession(MadeAsker()))
    with pytest.raises(ExceptionGroup):
        await run_suite(work_in(tmp_path), MadeSession(MadeAsker(ends_after=after)))
    assert KeptRuns(tmp_path).runs() == []
    asker = MadeAsker()

    run = await run_suite(work_in(tmp_path, resumes=True), MadeSession(asker))

    assert len(asker.asked) == 20 - after
    assert told(run) == told(whole)
    rows = list(KeptRuns(tmp_path).rows(run.id))
    assert rows == list(KeptRuns(tmp_path / "whole").rows(whole.id))
    assert not list(KeptRuns(tmp_path).interrupted())


async def test_half_a_line_does_not_count(tmp_path: Path) -> None:
    with pytest.raises(ExceptionGroup):
        await run_suite(work_in(tmp_path), MadeSession(MadeAsker(ends_after=5)))
    path = _rows_file(tmp_path)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) - 40])
    asker = MadeAsker()

    run = await run_suite(work_in(tmp_path, resumes=True), MadeSession(asker))

    assert len(asker.asked) == 16
    assert [row.case.id for row in KeptRuns(tmp_path).rows(run.id)] == [
        case.id for case in made_suite().cases
    ]


def kill_after(rows: int, folder: Path) -> int:
    """Start a slow run in a process, kill it when it has kept so many rows; return how many."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.evals.asked", str(folder)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    while not any(_lines(path) >= rows for path in folder.glob("*/rows.jsonl")):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    return _lines(_rows_file(folder))


async def test_a_killed_program_loses_no_case_that_was_over(tmp_path: Path) -> None:
    over = await asyncio.to_thread(kill_after, 5, tmp_path)
    asker = MadeAsker()
    suite = made_suite(SLOW_CASES)

    run = await run_suite(work_in(tmp_path, suite, resumes=True), MadeSession(asker))

    whole = await run_suite(work_in(tmp_path / "whole", suite), MadeSession(MadeAsker()))
    assert len(asker.asked) == SLOW_CASES - over < SLOW_CASES
    assert told(run) == told(whole)


async def test_a_cancelled_run_stops_and_can_be_resumed(tmp_path: Path) -> None:
    asker = MadeAsker(pause_seconds=0.001)
    task = asyncio.create_task(run_suite(work_in(tmp_path), MadeSession(asker)))
    while len(asker.asked) < 3:  # noqa: ASYNC110 - what asks knows of no event
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    again = MadeAsker()

    await run_suite(work_in(tmp_path, resumes=True), MadeSession(again))

    assert 0 < len(again.asked) < 20


async def test_a_case_that_is_cancelled_within_is_an_error_and_ends_nothing(
    tmp_path: Path,
) -> None:
    class Cancelling(MadeAsker):
        async def ask(self, case: Case) -> Outcome:
            if case.id == "case-0003":
                raise asyncio.CancelledError
            return await super().ask(case)

    work = work_in(tmp_path)
    run = await run_suite(work, MadeSession(Cancelling()))

    assert run.asked == 20
    assert [row.case.id for row in work.kept.rows(run.id) if row.outcome.error] == ["case-0003"]


def _rows_file(folder: Path) -> Path:
    [path] = folder.glob("*/rows.jsonl")
    return path


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n")


async def test_only_a_run_of_the_same_stamp_is_resumed(tmp_path: Path) -> None:
    with pytest.raises(ExceptionGroup):
        await run_suite(work_in(tmp_path), MadeSession(MadeAsker(ends_after=5)))
    asker = MadeAsker()

    await run_suite(work_in(tmp_path, resumes=True), MadeSession(asker, library="another"))

    assert len(asker.asked) == 20


async def test_a_run_that_goes_on_is_not_resumed_beside_itself(tmp_path: Path) -> None:
    begun, goes_on = asyncio.Event(), asyncio.Event()

    class Held(MadeAsker):
        async def ask(self, case: Case) -> Outcome:
            begun.set()
            await goes_on.wait()
            return await super().ask(case)

    first = asyncio.create_task(run_suite(work_in(tmp_path), MadeSession(Held())))
    await begun.wait()
    assert list(KeptRuns(tmp_path).interrupted()) == []
    asker = MadeAsker()
    second = await run_suite(work_in(tmp_path, resumes=True), MadeSession(asker))
    goes_on.set()
    one = await first

    assert len(asker.asked) == 20, "it is another run, in a file of its own"
    assert one.id != second.id
    for each in (one, second):
        assert len(list(KeptRuns(tmp_path).rows(each.id))) == 20


async def test_of_two_who_resume_a_run_one_goes_on_with_it(tmp_path: Path) -> None:
    with pytest.raises(ExceptionGroup):
        await run_suite(work_in(tmp_path), MadeSession(MadeAsker(ends_after=5)))
    kept = KeptRuns(tmp_path)
    [left] = kept.interrupted()
    with kept.resume(left) as keeping:
        assert keeping.run == left
        with pytest.raises(Unavailable, match="goes on elsewhere"), kept.resume(left):
            raise AssertionError("Expected to hold nothing, got a run.")
        keeping.end(left, [])
    with pytest.raises(Unavailable, match="has ended by now"), kept.resume(left):
        raise AssertionError("Expected to hold nothing, got a run.")


async def test_a_case_that_went_wrong_is_asked_again(tmp_path: Path) -> None:
    class Failing(MadeAsker):
        async def ask(self, case: Case) -> Outcome:
            found = await super().ask(case)
            return replace(found, error="It broke.") if case.id == "case-0003" else found

    with pytest.raises(ExceptionGroup):
        await run_suite(work_in(tmp_path), MadeSession(Failing(ends_after=8)))
    asker = MadeAsker()

    run = await run_suite(work_in(tmp_path, resumes=True), MadeSession(asker))

    assert "case-0003" in asker.asked
    assert len(asker.asked) == 13
    assert not any(row.outcome.error for row in KeptRuns(tmp_path).rows(run.id))


async def test_a_limit_takes_the_same_cases_for_a_seed(tmp_path: Path) -> None:
    async def ids(seed: int) -> list[str]:
        work = work_in(tmp_path, plan=Plan(limit=6, seed=seed))
        run = await run_suite(work, MadeSession(MadeAsker()))
        assert (run.cases, run.asked) == (6, 6)
        return [row.case.id for row in work.kept.rows(run.id)]

    assert await ids(1) == await ids(1) == sorted(await ids(1))
    assert await ids(1) != await ids(2)


async def test_when_the_time_is_over_no_case_is_begun(tmp_path: Path) -> None:
    work = work_in(tmp_path, plan=Plan(seconds=0))

    run = await run_suite(work, MadeSession(MadeAsker()))

    assert (run.cases, run.asked, run.figures) == (20, 0, ())
    assert list(work.kept.rows(run.id)) == []


async def test_a_line_that_is_no_row_is_told_with_its_place(tmp_path: Path) -> None:
    run = await run_suite(work_in(tmp_path), MadeSession(MadeAsker()))
    path = tmp_path / run.id / "rows.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:3], b"{}\n", *lines[3:]]))

    with pytest.raises(Damaged, match="line 4 of"):
        list(KeptRuns(tmp_path).rows(run.id))


async def test_one_damaged_run_hides_no_other(tmp_path: Path) -> None:
    kept = KeptRuns(tmp_path)
    good, bad = [await run_suite(work_in(tmp_path), MadeSession(MadeAsker())) for _ in range(2)]
    (tmp_path / bad.id / "run.json").write_text('{"id": 1')
    (tmp_path / f"20200101T000000Z-{'a' * 9}").mkdir()
    (tmp_path / f"20200101T000000Z-{'a' * 9}" / "begun.json").write_text("")

    found = kept.everything()

    assert found.runs == (good,)
    assert kept.runs() == [good]
    [told] = found.damaged
    assert f"{bad.id}/run.json" in told
    assert "Remove its folder" in told
    assert list(kept.interrupted()) == []
    with pytest.raises(Damaged, match=bad.id):
        kept.run(bad.id)


@pytest.mark.parametrize("run_id", ["", "latest", "../run", "20260101T000000Z-a-b", "x" * 500])
def test_a_run_that_is_not_there_is_not_found(tmp_path: Path, run_id: str) -> None:
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(NotFound, match="eval list"):
        KeptRuns(tmp_path / "kept").run(run_id)


async def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    """Three hundred answers of 40 KB each stay on disk: in memory are their scores."""

    async def peak(count: int) -> int:
        work = work_in(tmp_path, made_suite(count))
        tracemalloc.start()
        try:
            await run_suite(work, MadeSession(MadeAsker(words=4_000)))
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    await peak(10)  # what is imported and cached once
    few, many = await peak(30), await peak(300)

    assert many - few < 270 * 8_000
