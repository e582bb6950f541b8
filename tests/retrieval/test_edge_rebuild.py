"""A rebuild swaps in a generation made from the truth, whatever happens meanwhile."""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from retrieval.errors import Damaged, Mismatch, Unavailable
from retrieval.index import Change, Drop, Point, Put, Relabel
from retrieval.qdrant.edge import EdgeIndex, EdgeSettings, reindex
from retrieval.qdrant.rebuild import SourceSpec
from retrieval.qdrant.shard import Shard
from tests.contracts.index_contract import (
    BOB,
    EMBEDDER,
    contents,
    found,
    labels,
    may_see,
    point,
    same,
)
from tests.retrieval.edge_folders import MEMORY, folder, names, opened
from tests.retrieval.point_files import spec, write_points

__all__ = ["folder"]
pytestmark = pytest.mark.slow


async def made(count: int) -> list[Point]:
    """Return that many points, ten to a version."""
    return [await point(i, f"text {i}", labels(1 + i // 10)) for i in range(1, count + 1)]


async def test_a_rebuild_holds_the_truth_and_keeps_the_name(folder: Path) -> None:
    index, truth = await opened(folder / "index"), await made(60)
    await index.apply([Put(tuple(truth[:30]))])
    write_points(folder / "truth", truth)
    seen: list[int] = []
    name = index.name
    assert await index.rebuild(spec(folder / "truth", piece=25), seen.append) == 60
    assert seen == [25, 50, 60]
    assert all(map(same, truth, await contents(index)))
    assert await found(index, "text 44", limit=1) == [44]
    assert names(folder / "index") == ["gen-000002"]
    await index.close()
    index = await opened(folder / "index")
    assert index.name == name
    assert [each.id for each in await contents(index)] == list(range(1, 61))
    await index.close()


async def test_what_changes_while_the_child_works_wins_over_what_it_read(folder: Path) -> None:
    index, truth, gate = await opened(folder / "index"), await made(40), folder / "gate"
    await index.apply([Put(tuple(truth))])
    write_points(folder / "truth", truth)
    gate.write_text("1")
    rebuilding = asyncio.create_task(index.rebuild(spec(folder / "truth", gate, piece=20)))
    await asyncio.sleep(1.0)
    late = await point(77, "late words", labels(9))
    hidden = labels(2, readers=("user:bob",))
    await index.apply([Drop(1), Relabel(hidden), Put((late,))])
    assert 5 not in await found(index, "text 5")
    gate.write_text("9")
    await rebuilding
    expected = [*(replace(p, labels=hidden) if p.labels.version_id == 2 else p for p in truth[9:])]
    assert all(map(same, [*expected, late], await contents(index)))
    assert len(await contents(index)) == len(expected) + 1
    assert set(await found(index, "text 12")).isdisjoint(range(10, 20))
    assert set(range(10, 20)) <= set(await found(index, "text 12", BOB))
    await index.close()


async def test_questions_are_answered_and_nothing_optimises_here(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(self: Shard) -> None:
        raise AssertionError("optimize was called in the serving process")

    monkeypatch.setattr(Shard, "optimize", never)
    index, truth = await opened(folder / "index"), await made(3_000)
    for at in range(0, 3_000, 500):
        await index.apply([Put(tuple(truth[at : at + 500]))])
    write_points(folder / "truth", truth)
    rebuilding = asyncio.create_task(index.rebuild(spec(folder / "truth")))
    asked = 0
    while not rebuilding.done():
        await asyncio.sleep(0.005)
        assert await found(index, "text 7", limit=1) == [7]
        asked += 1
    assert await rebuilding == 3_000
    assert asked > 20
    await index.close()


async def test_asks_for_a_rebuild_when_much_is_not_optimised(folder: Path) -> None:
    wanted = EdgeSettings(rebuild_after=20, rebuild_after_share=0.5)
    index, truth = await opened(folder / "index", wanted), await made(100)
    await index.apply([Put(tuple(truth[:20]))])
    assert not index.wants_rebuild()
    await index.apply([Relabel(labels(1, readers=()))])
    assert index.wants_rebuild()
    write_points(folder / "truth", truth)
    rebuilding = asyncio.create_task(index.rebuild(spec(folder / "truth")))
    await asyncio.sleep(0)
    assert not index.wants_rebuild()
    await rebuilding
    assert not index.wants_rebuild()
    await index.apply([Put(tuple(truth[:50]))])
    assert not index.wants_rebuild()
    await index.apply([Drop(9)])
    assert index.wants_rebuild()
    await index.close()


async def test_one_rebuild_at_a_time(folder: Path) -> None:
    index, gate = await opened(folder / "index"), folder / "gate"
    write_points(folder / "truth", await made(5))
    gate.write_text("0")
    rebuilding = asyncio.create_task(index.rebuild(spec(folder / "truth", gate)))
    await asyncio.sleep(0.05)
    with pytest.raises(Unavailable, match="wait for it"):
        await index.rebuild(spec(folder / "truth"))
    gate.write_text("9")
    assert await rebuilding == 5
    await index.close()


async def test_too_many_changes_give_a_rebuild_up(folder: Path) -> None:
    index, gate = await opened(folder / "index", EdgeSettings(remembered=10)), folder / "gate"
    write_points(folder / "truth", await made(5))
    gate.write_text("0")
    rebuilding = asyncio.create_task(index.rebuild(spec(folder / "truth", gate)))
    await asyncio.sleep(0.05)
    await index.apply([Put(tuple(await made(11)))])
    with pytest.raises(Unavailable, match="rebuild again later"):
        await rebuilding
    assert await index.count() == 11
    assert names(folder / "index") == ["gen-000001"]
    await index.close()


async def test_closing_or_cancelling_ends_a_rebuild_and_its_child(folder: Path) -> None:
    index, gate = await opened(folder / "index"), folder / "gate"
    write_points(folder / "truth", await made(5))
    gate.write_text("0")
    rebuilding = asyncio.create_task(index.rebuild(spec(folder / "truth", gate)))
    await asyncio.sleep(0.3)
    rebuilding.cancel()
    await asyncio.wait([rebuilding])
    assert names(folder / "index") == ["gen-000001"]
    rebuilding = asyncio.create_task(index.rebuild(spec(folder / "truth", gate)))
    await asyncio.sleep(0.3)
    await index.close()
    with pytest.raises(Unavailable, match="closed"):
        await rebuilding
    assert names(folder / "index") == ["gen-000001"]


async def test_a_failing_source_leaves_the_index_as_it_was(folder: Path) -> None:
    index = await opened(folder / "index")
    await index.apply([Put(tuple(await made(3)))])
    with pytest.raises(Damaged, match="out of reach"):
        await index.rebuild(SourceSpec("tests.retrieval.point_files:open_failing"))
    assert await index.count() == 3
    with pytest.raises(Unavailable, match="database is busy"):
        await index.rebuild(SourceSpec("tests.retrieval.point_files:open_busy"))
    write_points(folder / "truth", await made(4))
    assert await index.rebuild(spec(folder / "truth")) == 4
    await index.close()


async def test_a_rebuild_needs_room_for_a_second_generation(folder: Path) -> None:
    index = await opened(folder / "index", EdgeSettings(least_free_bytes=2**62))
    with pytest.raises(Unavailable, match="Make room"):
        await index.rebuild(spec(folder / "truth"))
    await index.close()


@pytest.mark.parametrize("damage", ["model", "pointer", "shard"])
async def test_reindex_is_the_way_out(folder: Path, damage: str) -> None:
    path, truth = folder / "index", await made(30)
    index = await opened(path)
    await index.apply([Put(tuple(truth[:3]))])
    name = index.name
    await index.close()
    model = "another" if damage == "model" else EMBEDDER.name
    if damage == "pointer":
        (path / "current").unlink()
    if damage == "shard":
        (path / "gen-000001" / "shard" / "edge_config.json").write_text("{")
    with pytest.raises(Mismatch if damage == "model" else Damaged):
        await EdgeIndex.open(path, model=model, dimension=EMBEDDER.dimension)
    write_points(folder / "truth", truth)
    fresh, count = await reindex(
        path, model=model, dimension=EMBEDDER.dimension, source=spec(folder / "truth")
    )
    index = await EdgeIndex.open(path, model=model, dimension=EMBEDDER.dimension)
    assert (fresh, count) == (index.name, 30)
    assert fresh != name
    assert all(map(same, truth, await contents(index)))
    await index.close()


async def test_kill_9_during_a_rebuild_leaves_a_whole_index(folder: Path) -> None:
    path, truth = folder / "index", await made(200)
    index = await opened(path)
    await index.apply([Put(tuple(truth))])
    await index.close()
    write_points(folder / "truth", truth)
    for round_number in range(6):
        child = _rebuild_elsewhere(path, folder / "truth")
        await asyncio.sleep(random.Random(round_number).uniform(0.3, 2.0))
        child.send_signal(signal.SIGKILL)
        child.wait()
        index = await opened(path)
        assert all(map(same, truth, await contents(index)))
        assert sum(name.startswith("gen-") for name in names(path)) == 1
        await index.close()
    await asyncio.sleep(1)  # a builder dies with its parent, but not in the same instant
    await (await opened(path)).close()
    assert len(names(path)) == 1


def _rebuild_elsewhere(path: Path, truth: Path) -> subprocess.Popen[bytes]:
    code = (
        f"import sys; sys.path[:] = {sys.path!r}; from tests.retrieval.edge_rebuilder import main"
    )
    return subprocess.Popen([sys.executable, "-c", f"{code}; main()", str(path), str(truth)])


_READERS = st.sampled_from([(), ("everyone",), ("user:bob",), ("group:legal", "user:ann")])


_STEPS = st.tuples(
    st.sampled_from(["put", "relabel", "drop"]),
    st.integers(1, 4),
    _READERS,
    st.booleans(),
    st.booleans(),
)


class RebuildMachine(RuleBasedStateMachine):
    """The library changes first, the index is brought along later, rebuilds come at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.home = TemporaryDirectory(dir=MEMORY)
        self.path = Path(self.home.name)
        self.truth: dict[int, Point] = {}
        self.notes: list[int] = []
        self.gate = 0
        self.rebuilding: asyncio.Task[int] | None = None

    def run(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    @initialize()
    def open(self) -> None:
        for version in range(1, 5):
            self.put(version, 2, ("everyone",))
        self.index = self.run(opened(self.path / "index"))

    @rule(version=st.integers(1, 4), count=st.integers(1, 5), readers=_READERS)
    def put_version(self, version: int, count: int, readers: tuple[str, ...]) -> None:
        self.put(version, count, readers)

    def put(self, version: int, count: int, readers: tuple[str, ...]) -> None:
        for at in range(count):
            of = labels(version, readers=readers)
            number = version * 10 + at
            self.truth[number] = self.run(point(number, f"text {number} {readers}", of))
        self.relabel(version, readers)

    @rule(version=st.integers(1, 4), readers=_READERS)
    def relabel_version(self, version: int, readers: tuple[str, ...]) -> None:
        self.relabel(version, readers)

    def relabel(self, version: int, readers: tuple[str, ...]) -> None:
        for number, each in self.truth.items():
            if each.labels.version_id == version:
                of = labels(version, readers=readers)
                self.truth[number] = replace(each, labels=of)
        self._note(version)

    @rule(version=st.integers(1, 4))
    def drop_version(self, version: int) -> None:
        self.drop(version)

    def drop(self, version: int) -> None:
        self.truth = {k: p for k, p in self.truth.items() if p.labels.version_id != version}
        self._note(version)

    @rule()
    def bring_along_now(self) -> None:
        self.bring_along()

    def bring_along(self) -> None:
        changes: list[Change] = []
        for version in self.notes:
            points = tuple(p for p in self.truth.values() if p.labels.version_id == version)
            changes += [Put(points), Relabel(points[0].labels)] if points else [Drop(version)]
        self.notes.clear()
        self.run(self.index.apply(changes))

    @precondition(lambda self: self.rebuilding is None)
    @rule()
    def start_a_rebuild(self) -> None:
        self.start_rebuild()

    def start_rebuild(self) -> None:
        self._allow(0)
        (self.path / "gate.read").write_text("0")
        source = spec(self.path / "truth", self.path / "gate", piece=3)
        self.rebuilding = self.loop.create_task(self.index.rebuild(source))
        self.run(asyncio.sleep(0))

    @precondition(lambda self: self.rebuilding is not None)
    @rule()
    def let_the_child_read(self) -> None:
        self.let_the_child_read_on()

    def let_the_child_read_on(self) -> None:
        assert self.rebuilding
        self._allow(self.gate + 1)
        while not self.rebuilding.done() and self._pieces_read() < self.gate:
            self.run(asyncio.sleep(0.01))

    @precondition(lambda self: self.rebuilding is not None)
    @rule()
    def finish_the_rebuild(self) -> None:
        self.finish_rebuild()

    def finish_rebuild(self) -> None:
        assert self.rebuilding
        self._allow(1_000)
        self.run(self.rebuilding)
        self.rebuilding = None

    @precondition(lambda self: self.rebuilding is None)
    @rule(steps=st.lists(_STEPS, min_size=3, max_size=6))
    def rebuild_while_things_change(
        self, steps: list[tuple[str, int, tuple[str, ...], bool, bool]]
    ) -> None:
        self.start_rebuild()
        for act, version, readers, is_reading_on, is_brought_along in steps:
            if is_reading_on:
                self.let_the_child_read_on()
            self._act(act, version, readers)
            if is_brought_along:
                self.bring_along()
        self.finish_rebuild()
        self.holds_the_truth_once_brought_along()

    @rule()
    def close_then_open(self) -> None:
        self.close_and_open()

    def close_and_open(self) -> None:
        self.run(self.index.close())
        if self.rebuilding:
            self.run(asyncio.wait([self.rebuilding]))
            if self.rebuilding.exception() is not None:
                assert isinstance(self.rebuilding.exception(), Unavailable)
            self.rebuilding = None
        self.index = self.run(opened(self.path / "index"))

    @rule()
    def check(self) -> None:
        self.holds_the_truth_once_brought_along()

    def holds_the_truth_once_brought_along(self) -> None:
        self.bring_along()
        expected = [self.truth[number] for number in sorted(self.truth)]
        came = self.run(contents(self.index))
        assert [each.id for each in came] == [each.id for each in expected]
        assert all(map(same, expected, came))
        may = {p.id for p in expected if may_see(BOB, p.labels)}
        assert set(self.run(found(self.index, "text", BOB))) == may

    def teardown(self) -> None:
        try:
            self.close_and_open()
            self.holds_the_truth_once_brought_along()
        finally:
            self.run(self.index.close())
            self.run(self.loop.shutdown_default_executor())
            self.loop.close()
            self.home.cleanup()

    def _act(self, act: str, version: int, readers: tuple[str, ...]) -> None:
        match act:
            case "put":
                self.put(version, 2, readers)
            case "relabel":
                self.relabel(version, readers)
            case _:
                self.drop(version)

    def _pieces_read(self) -> int:
        return int((self.path / "gate.read").read_text() or 0)

    def _note(self, version: int) -> None:
        self.notes.append(version)
        self._save()

    def _save(self) -> None:
        write_points(self.path / "truth", self.truth.values())

    def _allow(self, pieces: int) -> None:
        self.gate = pieces
        (self.path / "gate.new").write_text(str(pieces))
        (self.path / "gate.new").replace(self.path / "gate")


TestRebuildMachine = RebuildMachine.TestCase
TestRebuildMachine.settings = settings(
    max_examples=6,
    stateful_step_count=10,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
