"""The embedded index keeps the contract, its folder and every acknowledged change."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from retrieval.errors import Damaged, Locked, Mismatch, Unavailable
from retrieval.index import Index, Put, Relabel
from retrieval.qdrant import shard
from retrieval.qdrant.edge import EdgeIndex, EdgeSettings
from retrieval.qdrant.folder import Folder
from tests.contracts.index_contract import EMBEDDER, IndexContract, contents, found, labels, point
from tests.retrieval.edge_folders import folder, names, opened

__all__ = ["folder"]


class TestEdgeIndex(IndexContract):
    @pytest.fixture
    async def index(self, folder: Path) -> AsyncIterator[Index]:
        index = await opened(folder)
        yield index
        await index.close()


async def test_keeps_everything_when_closed_and_opened(folder: Path) -> None:
    index = await opened(folder)
    await index.apply([Put((await point(1, "notice"), await point(2, "fees")))])
    await index.apply([Relabel(labels(2, readers=("user:ann",)))])
    before, name = await contents(index), index.name
    await index.close()
    index = await opened(folder)
    assert [each.labels for each in await contents(index)] == [each.labels for each in before]
    assert await found(index, "fees", limit=1) == [2]
    assert index.name == name
    await index.close()


async def test_a_piece_of_the_log_may_be_renamed_while_it_is_forced(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = await opened(folder)
    log = folder / names(folder)[0] / "shard" / "wal"
    made, kept = log / "tmp-made-ahead", folder / "kept"
    made.write_bytes(b"")
    forced: list[str] = []

    def renamed_first(path: Path) -> None:
        if path == made:
            made.rename(log / "made-ahead")
        fsync(path)
        forced.append(path.name)

    fsync = shard._fsync
    monkeypatch.setattr(shard, "_fsync", renamed_first)
    await index.apply([Put((await point(1, "notice"),))])
    (log / "made-ahead").rename(kept)
    assert "made-ahead" in forced
    assert forced[-1] == log.name

    monkeypatch.setattr(shard, "_fsync", lambda path: fsync(path / "never there"))
    with pytest.raises((Damaged, Unavailable)):
        await index.apply([Put((await point(2, "fees"),))])
    monkeypatch.undo()
    await index.close()


async def test_an_index_made_anew_has_another_name(folder: Path) -> None:
    first, second = await opened(folder / "a"), await opened(folder / "b")
    assert first.name != second.name
    await first.close()
    await second.close()


async def test_a_closed_index_says_so_and_closes_twice(folder: Path) -> None:
    index = await opened(folder)
    await index.close()
    await index.close()
    with pytest.raises(Unavailable, match="closed"):
        await found(index, "w")
    with pytest.raises(Unavailable, match="closed"):
        await index.apply([Put((await point(1, "w"),))])


async def test_a_second_opener_in_this_process_is_locked_out(folder: Path) -> None:
    index = await opened(folder)
    with pytest.raises(Locked, match=r"another one\s+holds it"):
        await opened(folder)
    await index.close()
    await (await opened(folder)).close()


async def test_a_second_process_is_locked_out(folder: Path) -> None:
    index = await opened(folder)
    said = _run("edge_writer", folder, "1").communicate(timeout=120)[1]
    await index.close()
    assert "Locked: Expected to be the only process" in said
    assert "pincite serve" in said


@pytest.mark.slow
async def test_kill_9_keeps_every_acknowledged_change(folder: Path) -> None:
    acknowledged = 0
    for round_number in range(5):
        child = _run("edge_writer", folder, str(acknowledged + 1))
        acknowledged = _kill_after(child, random.Random(round_number).uniform(0.05, 0.5))
        index = await opened(folder)
        ids = [each.id for each in await contents(index)]
        await index.close()
        assert ids[:acknowledged] == list(range(1, acknowledged + 1))
        assert len(ids) <= acknowledged + 1
        acknowledged = len(ids)


@pytest.mark.parametrize(
    ("model", "dimension", "named"),
    [("other", EMBEDDER.dimension, "model"), (None, 8, "dimension")],
)
async def test_another_model_is_a_mismatch(
    folder: Path, model: str | None, dimension: int, named: str
) -> None:
    await (await opened(folder)).close()
    with pytest.raises(Mismatch, match=rf"Expected an index with {named} .*pincite reindex"):
        await EdgeIndex.open(folder, model=model or EMBEDDER.name, dimension=dimension)
    await (await opened(folder)).close()


@pytest.mark.parametrize(
    "victim", ["gen-000001/manifest.json", "gen-000001/shard/edge_config.json", "current"]
)
@pytest.mark.parametrize("damage", ["", "{", "\x00junk"])
async def test_a_damaged_folder_says_what_to_do(folder: Path, victim: str, damage: str) -> None:
    await (await opened(folder)).close()
    (folder / victim).write_text(damage)
    with pytest.raises(Damaged, match="pincite reindex"):
        await opened(folder)


async def test_a_lost_pointer_is_not_taken_for_a_new_folder(folder: Path) -> None:
    await (await opened(folder)).close()
    (folder / "current").unlink()
    with pytest.raises(Damaged, match="gen-000001"):
        await opened(folder)


async def test_lost_segments_are_damage(folder: Path) -> None:
    index = await opened(folder)
    await index.apply([Put(tuple([await point(i, "w") for i in range(1, 50)]))])
    await index.close()
    for path in (folder / "gen-000001" / "shard" / "segments").rglob("mutable_id_tracker.mappings"):
        path.write_bytes(b"\xff" * 100)
    with pytest.raises(Damaged, match="pincite reindex"):
        await opened(folder)


async def test_a_crash_while_the_folder_was_made_is_forgotten(folder: Path) -> None:
    made = Folder.claim(folder)
    made.new_build()
    made.choose(folder / "gen-000001")
    made.release()
    index = await opened(folder)
    assert await index.count() == 0
    assert names(folder) == ["gen-000001"]
    await index.close()


async def test_leftovers_of_a_rebuild_are_swept(folder: Path) -> None:
    await (await opened(folder)).close()
    for name in ("gen-000002", "build-abc"):
        (folder / name).mkdir()
    index = await opened(folder)
    assert names(folder) == ["gen-000001"]
    await index.close()


async def test_a_place_that_cannot_be_a_folder_is_unavailable(folder: Path) -> None:
    (folder / "file").write_text("")
    with pytest.raises(Unavailable, match="Expected to read and write"):
        await opened(folder / "file")


async def test_a_nearly_full_disk_refuses_new_points_but_not_withdrawn_readers(
    folder: Path,
) -> None:
    index = await opened(folder)
    await index.apply([Put((await point(1, "w"),))])
    await index.close()
    index = await opened(folder, EdgeSettings(least_free_bytes=2**62))
    with pytest.raises(Unavailable, match="Make room"):
        await index.apply([Put((await point(2, "w"),))])
    await index.apply([Relabel(labels(1, readers=()))])
    assert await found(index, "w") == []
    await index.close()


async def test_a_file_size_limit_is_unavailable(folder: Path) -> None:
    said = _run("edge_writer", folder, "limited").communicate(timeout=120)[1]
    assert "Unavailable: " in said
    assert json.dumps(str(folder))[1:-1] in said


def _run(script: str, *arguments: str | Path) -> subprocess.Popen[str]:
    code = (
        f"import sys; sys.path[:] = {sys.path!r}; from tests.retrieval.{script} import main; main()"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _kill_after(child: subprocess.Popen[str], seconds: float) -> int:
    """Kill the child that long after its first acknowledgement; return its last one."""
    assert child.stdout
    first = int(child.stdout.readline())
    time.sleep(seconds)
    child.send_signal(signal.SIGKILL)
    rest = [int(line) for line in child.communicate()[0].splitlines() if line.strip()]
    return max([first, *rest])
