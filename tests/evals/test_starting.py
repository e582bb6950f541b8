"""Runs that are started from the page: beside the server, inside it, one at a time."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from deploy.parts import Parts
from deploy.settings import Settings
from evals.running.kept import KeptRuns
from evals.running.result import Run
from evals.running.run import Told
from evals.scratch import taken_in
from evals.starting.bench import Bench, State
from evals.starting.beside import Beside
from evals.starting.order import Order, read_order
from evals.starting.runner import Runner
from evals.starting.wanted import Wanted, count_of
from evals.suites.reading import own_folder
from retrieval.audit.reading import Choice
from retrieval.audit.record import Desk
from retrieval.errors import BadRequest, Unavailable
from tests.deploy.homes import ROOT
from tests.evals.small import SUITE, write_suite
from tests.retrieval.hashed_embedder import HashedEmbedder

CHILD = (
    *(sys.executable, "-c"),
    f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
    "import deploy.opening\n"
    "from tests.retrieval.hashed_embedder import HashedEmbedder\n"
    "async def hashed(_): return HashedEmbedder(512)\n"
    "deploy.opening.open_embedder = hashed\n"
    "from evals.starting.child import main; main()",
)
SLOW = SUITE + "".join(
    f"  - id: more-{number}\n    question: What is number {number} of the warehouse?\n"
    "    expects: {answerable: false}\n"
    for number in range(3_000)
)


@pytest.fixture(autouse=True)
def hashed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def open_embedder(_: Settings) -> HashedEmbedder:
        return HashedEmbedder(512)

    monkeypatch.setattr("deploy.opening.open_embedder", open_embedder)


def put(home: Path, name: str, text: str = SUITE) -> None:
    """Put a suite among those of a home; what it brings lies beside it."""
    folder = own_folder(home)
    if not folder.exists():
        folder.mkdir(parents=True)
        write_suite(folder).unlink()
    (folder / f"{name}.yaml").write_text(text.replace("suite: small", f"suite: {name}"))


def of_our_own(text: str = SUITE) -> str:
    """Return a suite that asks the library at hand, of nobody in particular."""
    lines = text.replace("corpus: [papers]\n", "").replace(
        "people:\n  ann: [legal]\n  bob: []\n", ""
    )
    return "\n".join(each for each in lines.splitlines() if not each.strip().startswith("as: "))


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Parts]:
    """The parts of a server that has the papers; the home of its runs is `tmp_path`."""
    papers = write_suite(tmp_path).parent / "papers"
    async with taken_in([papers], people={"eve": ["legal"], "otto": []}) as parts:
        yield parts


def runner(home: Path, parts: Parts | None = None) -> Runner:
    async def lend() -> Parts:
        assert parts is not None
        return parts

    return Runner(Settings(pincite_home=home), lend, Beside(CHILD))


def at_home(home: Path) -> KeptRuns:
    return KeptRuns(home / "evaluations")


async def until(is_so: Callable[[], bool]) -> None:
    """Wait for what another process will bring about, on a busy machine too."""
    async with asyncio.timeout(300):
        while not is_so():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def at_rest(bench: Bench) -> None:
    await until(lambda: bench.job is not None and not bench.job.is_running)


# One at a time


async def test_one_run_is_at_work_at_a_time() -> None:
    bench, may_end = Bench(), asyncio.Event()

    async def start(told: Told) -> str:
        told(3, 7)
        await may_end.wait()
        return "a run"

    bench.begin(Wanted("golden"), start, by="eve")
    await asyncio.sleep(0)
    with pytest.raises(BadRequest, match="got golden"):
        bench.begin(Wanted("refusal"), start, by="otto")
    assert bench.job
    assert (bench.job.done, bench.job.total, bench.job.state) == (3, 7, State.RUNNING)
    may_end.set()
    await at_rest(bench)
    assert (bench.job.state, bench.job.run, bench.job.by) == (State.ENDED, "a run", "eve")
    bench.begin(Wanted("refusal"), start, by="otto")
    await at_rest(bench)


async def test_what_is_stopped_has_ended_when_that_is_told() -> None:
    bench, has_ended = Bench(), asyncio.Event()

    async def start(told: Told) -> str:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.01)
            has_ended.set()
        return ""

    await bench.stop()
    bench.begin(Wanted("golden"), start, by="eve")
    await asyncio.sleep(0)
    await bench.stop()
    assert has_ended.is_set()
    assert bench.job
    assert bench.job.state is State.STOPPED


@pytest.mark.parametrize(
    ("error", "told"),
    [(Unavailable("The disk is full."), "The disk is full."), (KeyError("zq"), "KeyError")],
)
async def test_what_fails_is_told_and_is_nobody_elses_failure(
    error: Exception, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    bench = Bench()

    async def start(_: Told) -> str:
        raise error

    bench.begin(Wanted("golden"), start, by="eve")
    await at_rest(bench)
    assert bench.job
    assert bench.job.state is State.FAILED
    assert told in bench.job.why
    assert "zq" not in bench.job.why + caplog.text


# What is wanted


@pytest.mark.parametrize(
    "suite", ["", "goldn", "../golden", "evals/box/golden.yaml", "/etc/passwd"]
)
async def test_only_suites_that_are_offered_are_run(tmp_path: Path, suite: str) -> None:
    with pytest.raises(BadRequest, match="Expected a suite that comes along"):
        await runner(tmp_path).ready(Wanted(suite), "eve")


async def test_only_configurations_that_come_along_are_run(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("name: own\n")
    for name in ("", "none", str(tmp_path / "own.yaml")):
        with pytest.raises(BadRequest, match="Expected a configuration"):
            await runner(tmp_path).ready(Wanted("golden", name), "eve")


@pytest.mark.parametrize("text", ["0", "-1", "x", "1.5", "٣", "9" * 12, "2e3"])
def test_what_is_no_count_is_told(text: str) -> None:
    with pytest.raises(BadRequest, match="from 1 to 100"):
        count_of(text, 100, "cases")
    assert count_of("", 100, "cases") is None
    assert count_of("100", 100, "cases") == 100


async def test_nobody_has_cases_asked_as_others_of_the_library_at_hand(tmp_path: Path) -> None:
    """Else a figure would tell whether a document that is closed to them says something."""
    text = of_our_own().replace("  - id: rent\n", "  - id: rent\n    as: otto\n")
    put(tmp_path, "ours", text)
    with pytest.raises(BadRequest, match="got 1 other people in ours"):
        await runner(tmp_path).ready(Wanted("ours"), "eve")
    assert await runner(tmp_path).ready(Wanted("ours"), "otto")


@pytest.mark.parametrize("configuration", ["small-passages", "open-webui", "quotes"])
async def test_the_library_at_hand_is_asked_as_it_is_served(
    tmp_path: Path, configuration: str
) -> None:
    put(tmp_path, "ours", of_our_own())
    with pytest.raises(BadRequest, match="Expected `served` for ours"):
        await runner(tmp_path).ready(Wanted("ours", configuration), "eve")


def test_an_order_is_read_as_it_was_written_with_its_secrets() -> None:
    settings = Settings(model_url="http://h:1", model_name="m", model_key=SecretStr("k3y"))
    order = Order(settings, Wanted("golden", "quotes", 5, 2, is_gated=False))
    assert read_order(order.line()) == order
    assert order.line().count(b"\n") == 1
    assert "k3y" not in repr(order)


# Inside the server


async def test_a_suite_of_ones_own_is_asked_of_the_library_that_is_served(
    tmp_path: Path, served: Parts
) -> None:
    put(tmp_path, "ours", of_our_own())
    told: list[tuple[int, int]] = []
    start = await runner(tmp_path, served).ready(Wanted("ours"), "eve")
    run_id = await start(lambda done, total: told.append((done, total)))

    kept = at_home(tmp_path)
    run, rows = kept.run(run_id), list(kept.rows(run_id))
    assert (run.corpus, run.asked, run.stamp.suite) == ("", 4, "ours")
    assert run.gate is not None
    assert told == [(each, 4) for each in range(5)]
    assert not [row.outcome.error for row in rows if row.outcome.error]
    notice = next(row for row in rows if row.case.id == "notice")
    assert notice.scores["citation_exactness"] == 1
    assert {row.case.person for row in rows} == {""}
    noted = await served.record.latest(Choice(), Desk("test", "test"), limit=100)
    assert {each["actor"] for each in noted if each["act"] == "ask"} == {"eve"}


async def test_what_one_may_not_read_is_not_found_for_one(tmp_path: Path, served: Parts) -> None:
    put(tmp_path, "ours", of_our_own())
    closed = "papers/closed/salaries.txt"
    for name, is_found in (("eve", True), ("otto", False)):
        start = await runner(tmp_path, served).ready(Wanted("ours"), name)
        rows = list(at_home(tmp_path).rows(await start(lambda *_: None)))
        found = {each.doc_id for row in rows for each in row.outcome.retrieved}
        assert (closed in found) is is_found


async def test_a_budget_and_no_gate_are_kept_to(tmp_path: Path, served: Parts) -> None:
    put(tmp_path, "ours", of_our_own())
    start = await runner(tmp_path, served).ready(Wanted("ours", limit=2, is_gated=False), "eve")
    run = at_home(tmp_path).run(await start(lambda *_: None))
    assert (run.asked, run.gate) == (2, None)


async def test_a_run_inside_the_server_is_stopped_and_can_be_resumed(
    tmp_path: Path, served: Parts
) -> None:
    put(tmp_path, "slow", of_our_own(SLOW))
    start = await runner(tmp_path, served).ready(Wanted("slow"), "eve")
    bench = Bench()
    bench.begin(Wanted("slow"), start, by="eve")
    await until(lambda: bench.job is not None and bench.job.done >= 3)
    await bench.stop()
    assert bench.job
    assert bench.job.state is State.STOPPED
    kept = at_home(tmp_path)
    assert kept.runs() == []
    [left] = kept.interrupted()
    assert left.stamp.suite == "slow"
    asked = bench.job.done
    await asyncio.sleep(0.2)
    assert bench.job.done == asked < 3_000


# Beside the server


@pytest.mark.slow
async def test_a_suite_that_brings_its_documents_is_run_by_a_child(tmp_path: Path) -> None:
    put(tmp_path, "brings")
    told: list[tuple[int, int]] = []
    start = await runner(tmp_path).ready(Wanted("brings"), "eve")
    run_id = await start(lambda done, total: told.append((done, total)))

    run: Run = at_home(tmp_path).run(run_id)
    assert (run.corpus, run.asked, run.gate) == ("papers", 4, ())
    assert told[0] == (0, 4)
    assert told[-1] == (4, 4)
    assert os.listdir(tmp_path) == ["evaluations"]


@pytest.mark.slow
async def test_a_child_that_is_stopped_ends_and_leaves_what_it_has(tmp_path: Path) -> None:
    put(tmp_path, "slow", SLOW)
    start = await runner(tmp_path).ready(Wanted("slow"), "eve")
    bench = Bench()
    bench.begin(Wanted("slow"), start, by="eve")
    await until(lambda: bench.job is not None and (bench.job.done >= 2 or not bench.job.is_running))
    await bench.stop()
    assert bench.job
    assert bench.job.state is State.STOPPED
    assert [each.stamp.suite for each in at_home(tmp_path).interrupted()] == ["slow"]


@pytest.mark.slow
async def test_what_a_child_cannot_do_is_told(tmp_path: Path) -> None:
    put(tmp_path, "brings")
    order = Order(Settings(pincite_home=tmp_path), Wanted("brings"))
    torn = replace(order, wanted=Wanted("none"))
    with pytest.raises(Unavailable, match="Expected a suite that comes along"):
        await Beside(CHILD).run(torn, lambda *_: None)
    gone = (sys.executable, "-c", "import os; os._exit(9)")
    with pytest.raises(Unavailable, match="its process went away"):
        await Beside(gone).run(order, lambda *_: None)


@pytest.mark.slow
async def test_a_child_ends_when_its_server_is_gone(tmp_path: Path) -> None:
    put(tmp_path, "slow", SLOW)
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(*CHILD, stdin=pipe, stdout=pipe)
    assert child.stdin
    assert child.stdout
    child.stdin.write(Order(Settings(pincite_home=tmp_path), Wanted("slow")).line())
    await child.stdout.readline()
    child.stdin.close()
    async with asyncio.timeout(300):
        last = (await child.stdout.read()).splitlines()[-1]
        assert await child.wait() == 0
    assert json.loads(last) == {"stopped": True}
