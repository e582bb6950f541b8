"""Documents on their way in: taken in once, whole, in step, and gone when they are gone."""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.connector import Found, Observation, Reached
from connectors.errors import SourceDown
from ingest.parser import Reading
from ingest.summary import Tally
from retrieval.access import Principal
from retrieval.documents import Details, now
from retrieval.errors import Unavailable
from tests.ingest.works import ME, Works, works
from tests.retrieval.edge_folders import MEMORY

BOB = Principal.person("bob", ["sales"])
LONG_AGO = -(10**9)


@pytest.fixture
def home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=MEMORY) as path:
        yield Path(path)


@pytest.fixture
async def at(home: Path, tmp_path: Path) -> AsyncIterator[Works]:
    async with works(home) as opened:
        await opened.watch(tmp_path)
        yield opened


async def test_takes_in_new_files_and_counts_them(at: Works, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The notice period is thirty days.")
    (tmp_path / "b.md").write_text("# Pay\n\nPay day is the last Friday.")

    tally = await at.sync()

    assert (tally.new, tally.seen, tally.done, tally.troubles) == (2, 2, 2, [])
    assert (await at.find("notice period"))[0] == "The notice period is thirty days."
    await at.assert_in_step()
    await at.assert_tidy()


async def test_what_did_not_change_is_not_touched_again(at: Works, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The notice period is thirty days.")
    await at.sync()
    embedded, noted = at.embedder.count, await at.journal.newest()
    parser = at.parser = CountingParser(at.parser)
    at.pipeline = at.joined()

    tally = await at.sync()

    assert (tally.unchanged, tally.new, tally.updated, tally.described) == (1, 0, 0, 0)
    assert (at.embedder.count, await at.journal.newest()) == (embedded, noted)
    assert parser.names == []


async def test_a_file_saved_again_as_it_was_is_not_parsed_again(at: Works, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The notice period is thirty days.")
    await at.sync()
    embedded = at.embedder.count
    parser = at.parser = CountingParser(at.parser)
    at.pipeline = at.joined()
    (tmp_path / "a.txt").write_text("The notice period is thirty days.")

    first, second = await at.sync(), await at.sync()

    assert (first.updated, first.unchanged, second.seen) == (0, 1, 0)
    assert (at.embedder.count, parser.names) == (embedded, [])


async def test_a_changed_file_replaces_its_old_version_which_stays_history(
    at: Works, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("The notice period is thirty days.")
    await at.sync()
    [before] = await at.library.all_versions(principal=ME)
    (tmp_path / "a.txt").write_text("The notice period is sixty days.")

    tally = await at.sync()

    old, new = await at.library.all_versions(principal=ME)
    assert (tally.updated, old.id, new.number) == (1, before.id, 2)
    assert await at.find("notice period") == ["The notice period is sixty days."]
    assert await at.find("notice period", as_of=LONG_AGO) == ["The notice period is thirty days."]
    assert old.in_force.end == new.in_force.start <= now()
    await at.assert_in_step()
    await at.assert_tidy()


async def test_only_the_passages_that_changed_are_embedded(at: Works, tmp_path: Path) -> None:
    clauses = [f"Clause {number} about topic {number * 7}. " * 12 for number in range(6)]
    (tmp_path / "a.txt").write_text("\n\n".join(clauses))
    await at.sync()
    embedded = at.embedder.count
    (tmp_path / "a.txt").write_text("\n\n".join([*clauses[:-1], "A new last clause. " * 12]))

    await at.sync()

    assert 1 <= at.embedder.count - embedded <= 2
    await at.assert_in_step()


async def test_a_removed_file_is_gone_from_everything(at: Works, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The notice period is thirty days.")
    (tmp_path / "b.txt").write_text("Pay day is the last Friday.")
    await at.sync()
    (tmp_path / "a.txt").unlink()

    tally = await at.sync()

    assert tally.removed == 1
    assert "thirty" not in " ".join(await at.find("notice period"))
    assert await at.index.count() == 1
    assert b"thirty" not in b"".join(each.read_bytes() for each in at.home.rglob("blobs/*/*"))
    await at.assert_in_step()
    await at.assert_tidy()


async def test_a_removal_does_not_wait_for_what_is_being_embedded(
    at: Works, tmp_path: Path
) -> None:
    (tmp_path / "old.txt").write_text("The notice period is thirty days.")
    await at.sync()
    (tmp_path / "old.txt").unlink()
    (tmp_path / "new.txt").write_text("Pay day is the last Friday.")
    gate = asyncio.Event()
    at.parser = GatedParser(at.parser, gate)
    at.pipeline = at.joined()

    task = asyncio.create_task(at.sync())
    await _until_hidden(at)
    gate.set()

    assert (await task).removed == 1


async def test_originals_that_another_document_has_too_are_kept(at: Works, tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text("The same words in both.")
    await at.sync()
    (tmp_path / "a.txt").unlink()
    await at.sync()

    [left] = await at.library.all_versions(principal=ME)

    assert await at.library.original(left, principal=ME) == b"The same words in both."
    await at.assert_tidy()


async def test_a_moved_file_is_the_same_document(at: Works, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The notice period is thirty days.")
    await at.sync()
    [before] = await at.library.all_versions(principal=ME)
    (tmp_path / "archive").mkdir()
    (tmp_path / "a.txt").rename(tmp_path / "archive" / "a.txt")
    embedded = at.embedder.count

    tally = await at.sync()

    [after] = await at.library.all_versions(principal=ME)
    assert (tally.moved, tally.new, tally.removed, tally.updated) == (1, 0, 0, 0)
    assert (after.id, after.document_id) == (before.id, before.document_id)
    assert (after.uri, at.embedder.count) == ("archive/a.txt", embedded)
    await at.assert_in_step()


async def test_a_file_moved_and_changed_keeps_its_past(at: Works, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The notice period is thirty days.")
    await at.sync()
    (tmp_path / "archive").mkdir()
    (tmp_path / "a.txt").rename(tmp_path / "archive" / "a.txt")
    await at.sync()
    (tmp_path / "archive" / "a.txt").write_text("The notice period is sixty days.")

    await at.sync()

    old, new = await at.library.all_versions(principal=ME)
    assert (old.document_id, old.number, new.number) == (new.document_id, 1, 2)
    assert {old.uri, new.uri} == {"archive/a.txt"}


async def test_changed_readers_take_effect_without_embedding(at: Works, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The notice period is thirty days.")
    await at.sync()
    embedded = at.embedder.count
    (tmp_path / "pincite.yaml").write_text("readers: ['group:sales']\n")

    tally = await at.sync()

    assert (tally.described, tally.updated, at.embedder.count) == (1, 0, embedded)
    assert await at.find("notice period") == []
    assert len(await at.find("notice period", BOB)) == 1
    await at.assert_in_step()


async def test_a_revocation_does_not_wait_for_what_is_being_read(at: Works, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The notice period is thirty days.")
    await at.sync()
    (tmp_path / "pincite.yaml").write_text("readers: ['group:sales']\n")
    (tmp_path / "0.txt").write_text("Read first, and slowly.")
    gate = asyncio.Event()
    at.parser = GatedParser(at.parser, gate)
    at.pipeline = at.joined()

    task = asyncio.create_task(at.sync())
    await _until_hidden(at)
    gate.set()
    await task

    assert len(await at.find("notice period", BOB)) == 2


async def test_readers_change_even_if_the_content_cannot_be_read_any_more(
    at: Works, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("The notice period is thirty days.")
    await at.sync()
    (tmp_path / "a.txt").write_bytes(b"\x7fELF\x00\x00")
    (tmp_path / "pincite.yaml").write_text("readers: ['group:sales']\n")

    tally = await at.sync()

    assert [outcome for _, outcome, _ in tally.troubles] == ["refused"]
    assert await at.find("notice period") == []
    assert len(await at.find("notice period", BOB)) == 1


async def test_a_file_that_fails_is_listed_and_never_stops_the_rest(
    at: Works, tmp_path: Path
) -> None:
    (tmp_path / "a.bin").write_bytes(b"\x00\x01\x02")
    (tmp_path / "b.txt").write_bytes(b"")
    (tmp_path / "c.txt").write_text("The notice period is thirty days.")

    tally = await at.sync()

    listed = {each.uri: each for each in await at.failures.all("s")}
    assert {uri: each.outcome for uri, each in listed.items()} == {
        "a.bin": "refused",
        "b.txt": "refused",
    }
    assert "empty" in listed["b.txt"].reason
    assert (tally.new, tally.done, len(tally.troubles)) == (1, 3, 2)
    await at.assert_tidy()


async def test_a_fault_that_nobody_foresaw_stops_one_file_only(at: Works, tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt", "c.txt"):
        (tmp_path / name).write_text(f"Words of {name}.")
    at.parser = BrokenParser(at.parser, "b.txt")
    at.pipeline = at.joined()

    tally = await at.sync()

    [failure] = await at.failures.all("s")
    assert (tally.new, failure.uri, failure.outcome) == (2, "b.txt", "refused")
    assert "ZeroDivisionError" in failure.reason


async def test_a_refused_file_is_not_tried_again_until_it_changes(
    at: Works, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_bytes(b"")
    await at.sync()
    parser = at.parser = CountingParser(at.parser)
    at.pipeline = at.joined()

    again = await at.sync()
    (tmp_path / "a.txt").write_text("Now it has words.")
    changed = await at.sync()

    assert (again.seen, again.troubles) == (0, [])
    assert (changed.new, parser.names) == (1, ["a.txt"])
    assert await at.failures.all() == []


async def test_what_failed_is_read_again_when_asked(at: Works, tmp_path: Path) -> None:
    (tmp_path / "refused.txt").write_bytes(b"")
    (tmp_path / "partial.txt").write_bytes(
        "Die Kündigungsfrist beträgt vier Wochen.".encode("cp1252")
    )
    (tmp_path / "fine.txt").write_text("The notice period is thirty days.")
    await at.sync()
    parser = at.parser = CountingParser(at.parser)
    at.pipeline = at.joined()

    await at.failures.forgive()
    await at.sync()

    assert sorted(parser.names) == ["partial.txt", "refused.txt"]
    assert {each.uri: each.outcome for each in await at.failures.all()} == {
        "partial.txt": "partial",
        "refused.txt": "refused",
    }


async def test_a_document_whose_new_content_is_refused_stays_and_is_not_tried_again(
    at: Works, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("The notice period is thirty days.")
    await at.sync()
    (tmp_path / "a.txt").write_bytes(b"\x7fELF\x00\x00")
    await at.sync()
    parser = at.parser = CountingParser(at.parser)
    at.pipeline = at.joined()

    await at.sync()
    assert (parser.names, len(await at.failures.all())) == ([], 1)
    assert len(await at.find("notice period")) == 1
    (tmp_path / "a.txt").write_text("The notice period is thirty days.")
    await at.sync()

    assert await at.failures.all() == []
    await at.assert_tidy()


async def test_a_refused_file_that_goes_or_moves_leaves_no_failure_behind(
    at: Works, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_bytes(b"")
    (tmp_path / "b.txt").write_bytes(b"\x00\x00\x00")
    (tmp_path / "c.txt").write_text("words")
    await at.sync()
    (tmp_path / "a.txt").unlink()
    (tmp_path / "b.txt").rename(tmp_path / "d.txt")

    await at.sync()

    assert [each.uri for each in await at.failures.all()] == ["d.txt"]


async def test_what_could_not_be_reached_is_tried_again(at: Works, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The notice period is thirty days.")
    source = Scripted([_found("a.txt", fails=True), Reached("1")])
    await at.pipeline.sync("s", lambda _: source, lambda _: None)
    [failure] = await at.failures.all()
    assert failure.outcome == "unreachable"

    await at.sync()

    assert await at.failures.all() == []
    assert len(await at.find("notice period")) == 1


async def test_a_source_that_goes_down_keeps_what_came_before_and_starts_again(
    at: Works, tmp_path: Path
) -> None:
    source = Scripted(
        [_found("a.txt"), _found("b.txt"), SourceDown("the line was cut"), Reached("end")]
    )
    with pytest.raises(SourceDown, match="the line was cut"):
        await at.pipeline.sync("s", lambda _: source, lambda _: None)

    record = await at.sources.get("s")
    assert record
    assert (record.cursor, record.synced_at) == ("", None)
    assert sorted(await at.texts()) == ["a.txt", "b.txt"]
    source.script = [_found("c.txt"), Reached("end")]
    await at.pipeline.sync("s", lambda _: source, lambda _: None)

    record = await at.sources.get("s")
    assert record
    assert record.cursor == "end"
    assert sorted(await at.texts()) == ["a.txt", "b.txt", "c.txt"]
    await at.assert_in_step()
    await at.assert_tidy()


async def test_nothing_goes_on_behind_a_sync_that_failed(at: Works) -> None:
    at.index.apply = _out_of_order  # type: ignore[method-assign]
    source = Scripted([_found(f"{number}.txt") for number in range(300)])

    with pytest.raises(Unavailable):
        await at.pipeline.sync("s", lambda _: source, lambda _: None)
    given_so_far = source.given
    await asyncio.sleep(0.05)

    assert len(asyncio.all_tasks()) == 1
    assert source.given == given_so_far


async def test_a_cancelled_sync_ends_at_once_and_loses_nothing(at: Works, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The notice period is thirty days.")
    parser = at.parser
    at.parser = GatedParser(parser, asyncio.Event())
    at.pipeline = at.joined()
    task = asyncio.create_task(at.sync())
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(asyncio.all_tasks()) == 1
    at.parser = parser
    at.pipeline = at.joined()

    assert (await at.sync()).new == 1
    await at.assert_tidy()


async def test_a_new_title_reaches_index_and_reader(at: Works, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Thirty days.")
    (tmp_path / "b.txt").write_text("Forty days.")
    await at.sync()
    (tmp_path / "pincite.yaml").write_text("files:\n  a.txt:\n    title: Notice of leave\n")

    tally = await at.sync()

    newest = {each.uri: each.title for each in await at.library.all_versions(principal=ME)}
    assert (tally.updated, newest["a.txt"]) == (1, "Notice of leave")
    assert (await at.find("notice of leave"))[0] == "Thirty days."
    await at.assert_in_step()


async def test_each_record_of_an_export_is_a_document(at: Works, tmp_path: Path) -> None:
    tickets = {
        str(number): {"id": number, "title": f"Ticket {number}", "text": f"Printer {number} jams."}
        for number in range(5)
    }
    write = (tmp_path / "export.jsonl").write_text
    write("\n".join(json.dumps(each) for each in tickets.values()))
    first = await at.sync()
    tickets["1"]["text"] = "Printer 1 is on fire."
    del tickets["2"]
    write("\n".join([*(json.dumps(each) for each in tickets.values()), "not a record"]))

    second = await at.sync()

    assert first.new == 5
    assert (second.updated, second.removed, second.unchanged) == (1, 1, 3)
    assert [outcome for _, outcome, _ in second.troubles] == ["unreachable"]
    assert (await at.texts())["export.jsonl#1"].endswith("Printer 1 is on fire.")
    assert (await at.sync()).seen == 0
    await at.assert_in_step()


async def test_a_missing_original_is_taken_in_again(at: Works, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The notice period is thirty days.")
    await at.sync()
    [version] = await at.library.all_versions(principal=ME)
    await at.blobs.remove(version.blob)

    tally = await at.sync()

    assert (tally.updated, tally.new) == (0, 0)
    assert (await at.library.original(version, principal=ME)).startswith(b"The notice")


async def test_two_syncs_at_the_same_time_do_the_work_once(at: Works, tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"{number}.txt").write_text(f"Words about topic {number}.")

    one, other = await asyncio.gather(at.sync(), at.sync())

    assert sorted((one.new, other.new)) == [0, 20]
    assert at.embedder.count == 20
    await at.assert_in_step()


async def test_a_sync_that_waited_uses_the_source_as_it_is_by_then(
    at: Works, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("The notice period is thirty days.")
    gate = asyncio.Event()
    at.parser = GatedParser(at.parser, gate)
    at.pipeline = at.joined()
    first, waiting = asyncio.create_task(at.sync()), asyncio.create_task(at.sync())
    await asyncio.sleep(0.05)
    await at.watch(tmp_path, readers=["group:sales"])
    gate.set()
    await asyncio.gather(first, waiting)

    assert await at.find("notice period") == []
    assert len(await at.find("notice period", BOB)) == 1


async def test_a_forgotten_source_does_not_come_back(at: Works, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The notice period is thirty days.")
    (tmp_path / "b.txt").write_bytes(b"")
    await at.sync()

    removed, tally = await asyncio.gather(at.pipeline.forget("s"), at.sync())

    assert (removed, tally) == (1, Tally())
    assert (await at.sources.all(), await at.failures.all()) == ([], [])
    assert await at.index.count() == 0
    assert await at.blobs.names() == set()
    await at.assert_tidy()


async def test_what_a_crash_left_staged_is_swept(at: Works, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The notice period is thirty days.")
    (tmp_path / "b.txt").write_text("Pay day is the last Friday.")
    publish = at.shelf.publish_all
    at.shelf.publish_all = _out_of_order  # type: ignore[method-assign, assignment]
    with pytest.raises(Unavailable):
        await at.sync()
    at.shelf.publish_all = publish  # type: ignore[method-assign]
    assert await at.find("notice period") == []
    (tmp_path / "a.txt").unlink()

    tally = await at.sync()

    assert (tally.new, tally.removed) == (1, 0)
    await at.assert_in_step()
    await at.assert_tidy()


async def test_a_document_moves_to_where_a_crash_left_another_staged(
    at: Works, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("The notice period is thirty days.")
    await at.sync()
    (tmp_path / "b.txt").write_text("Pay day is the last Friday.")
    publish = at.shelf.publish_all
    at.shelf.publish_all = _out_of_order  # type: ignore[method-assign, assignment]
    with pytest.raises(Unavailable):
        await at.sync()
    at.shelf.publish_all = publish  # type: ignore[method-assign]
    os.replace(tmp_path / "a.txt", tmp_path / "b.txt")

    tally = await at.sync()

    assert tally.moved == 1
    assert await at.texts() == {"b.txt": "The notice period is thirty days."}
    await at.assert_tidy()


NAMES = st.sampled_from(["a.txt", "b.txt", "c.md", "d/e.txt", "d/f.txt"])
WORDS = st.sampled_from(["red", "blue", "green", "amber"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), NAMES, WORDS),
        st.tuples(st.just("remove"), NAMES, st.just("")),
        st.tuples(st.just("move"), NAMES, NAMES),
        st.tuples(st.just("close"), st.sampled_from(["user:me", "group:sales"]), st.just("")),
        st.tuples(st.just("sync"), st.just(""), st.just("")),
    ),
    min_size=3,
    max_size=14,
)


@settings(max_examples=12, deadline=None)
@given(STEPS)
def test_whatever_happens_in_the_folder_library_and_index_follow(
    steps: list[tuple[str, str, str]],
) -> None:
    with tempfile.TemporaryDirectory(dir=MEMORY) as path:
        asyncio.run(_follow(Path(path), steps))


async def _follow(path: Path, steps: list[tuple[str, str, str]]) -> None:
    home, folder = path / "home", path / "folder"
    home.mkdir()
    (folder / "d").mkdir(parents=True)
    (folder / "keep.txt").write_text("This file stays.")
    async with works(home) as at:
        await at.watch(folder)
        for step in [*steps, ("close", "user:me", ""), ("sync", "", "")]:
            await _take(step, folder, at)
        there = {
            each.relative_to(folder).as_posix(): each.read_text()
            for each in folder.rglob("*.*")
            if each.name != "pincite.yaml"
        }
        assert await at.texts() == there
        assert set(await at.find("words about")) == set(there.values())
        await at.assert_in_step()
        await at.assert_tidy()


async def _take(step: tuple[str, str, str], folder: Path, at: Works) -> None:
    match step:
        case ("write", name, word):
            (folder / name).write_text(f"Some words about {word} in {name}.")
        case ("remove", name, _):
            (folder / name).unlink(missing_ok=True)
        case ("move", name, target) if (folder / name).exists():
            os.replace(folder / name, folder / target)
        case ("close", reader, _):
            (folder / "pincite.yaml").write_text(f"readers: ['{reader}']\n")
        case ("sync", _, _):
            await at.sync()


class CountingParser:
    """Remembers what it was given."""

    def __init__(self, parser: object) -> None:
        self._parser = parser
        self.names: list[str] = []

    async def parse(self, raw: bytes, media_type: str, name: str) -> Reading:
        self.names.append(name)
        reading: Reading = await self._parser.parse(raw, media_type, name)  # type: ignore[attr-defined]
        return reading


class GatedParser(CountingParser):
    """Waits at a gate."""

    def __init__(self, parser: object, gate: asyncio.Event) -> None:
        super().__init__(parser)
        self._gate = gate

    async def parse(self, raw: bytes, media_type: str, name: str) -> Reading:
        await self._gate.wait()
        return await super().parse(raw, media_type, name)


class BrokenParser(CountingParser):
    """Has a fault that shows with one file."""

    def __init__(self, parser: object, name: str) -> None:
        super().__init__(parser)
        self._name = name

    async def parse(self, raw: bytes, media_type: str, name: str) -> Reading:
        if name == self._name:
            raise ZeroDivisionError("a fault of ours")
        return await super().parse(raw, media_type, name)


class Scripted:
    """A connector that yields what it is told, and raises what is an error."""

    def __init__(self, script: list[Observation | Exception]) -> None:
        self.script = script
        self.given = 0

    async def changes(self, cursor: str, known: object) -> AsyncIterator[Observation]:
        for each in self.script:
            await asyncio.sleep(0)
            self.given += 1
            if isinstance(each, Exception):
                raise each
            yield each


def _found(uri: str, fails: bool = False) -> Found:
    async def fetch() -> bytes:
        if fails:
            raise SourceDown("no route")
        return f"Words of {uri}.".encode()

    details = Details(title=uri, readers=frozenset({"user:me"}))
    return Found(uri, uri, "", f"print of {uri} {fails}", details, frozenset(), None, fetch)


async def _until_hidden(at: Works) -> None:
    for _ in range(500):
        if not await at.find("notice period"):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("still found")


async def _out_of_order(*_: object) -> None:
    raise Unavailable("out of order")


async def test_a_rule_that_cannot_be_read_lets_nobody_read_until_it_is_mended(
    at: Works, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("The notice period is thirty days.")
    await at.sync()
    assert await at.library.all_versions(principal=ME)
    (tmp_path / "pincite.yaml").write_text("readers: ['user:ann'")

    await at.sync()
    closed = await at.library.all_versions(principal=ME)
    (tmp_path / "pincite.yaml").unlink()
    await at.sync()

    assert closed == []
    assert [each.number for each in await at.library.all_versions(principal=ME)] == [1]
