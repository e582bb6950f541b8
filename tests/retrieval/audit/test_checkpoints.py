"""Checkpoints are signed in time, kept outside, and hold against whoever writes there."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from retrieval.audit import checkpoint
from retrieval.audit.checkpoint import Checkpoint, public_key_in
from retrieval.errors import Damaged, Unavailable
from tests.retrieval.audit.trails import event, fill, opened, verdict_of


def lines_of(path: Path) -> list[Checkpoint]:
    read = [Checkpoint.read(line) for line in path.read_text().splitlines()]
    return [each for each in read if each]


async def test_one_covers_at_most_so_many_entries_and_the_last_is_signed_at_closing(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, every_entries=10) as record:
        await fill(record, 34)

    signed = lines_of(tmp_path / "checkpoints.jsonl")
    assert [each.number for each in signed] == [10, 20, 30, 34]
    key = public_key_in(tmp_path / "checkpoints.pub")
    assert all(each.is_signed_by(key) for each in signed)


async def test_one_is_signed_after_a_while_and_only_if_there_is_something_new(
    tmp_path: Path,
) -> None:
    stored = tmp_path / "checkpoints.jsonl"
    async with opened(tmp_path, every_seconds=0.01) as record:
        await record.note(event())
        async with asyncio.timeout(120):
            while not stored.exists():  # noqa: ASYNC110 - a file has no event to wait for
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        assert [each.number for each in lines_of(stored)] == [1]
    async with opened(tmp_path):
        pass
    assert [each.number for each in lines_of(stored)] == [1]


async def test_they_lie_where_they_are_told_to(tmp_path: Path) -> None:
    elsewhere = tmp_path / "other" / "disk" / "signed.jsonl"
    async with opened(tmp_path / "audit", checkpoints=elsewhere) as record:
        await record.note(event())
        assert (await verdict_of(record)).is_sound

    assert len(lines_of(elsewhere)) == 1
    assert elsewhere.with_suffix(".pub").exists()


async def test_what_could_not_be_stored_outside_is_stored_later(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    stored = elsewhere / "checkpoints.jsonl"
    async with opened(tmp_path / "audit", checkpoints=stored, every_entries=5) as record:
        stored.mkdir()  # a folder in its place cannot be appended to
        await fill(record, 12)
        await asyncio.sleep(0.1)
        stored.rmdir()
    assert [each.number for each in lines_of(stored)] == [5, 10, 12]

    stored.write_text(stored.read_text().splitlines(keepends=True)[0] + '{"torn')
    async with opened(tmp_path / "audit", checkpoints=stored, every_entries=5) as record:
        assert [each.number for each in lines_of(stored)] == [5, 10, 12]
        assert (await verdict_of(record)).is_sound


@pytest.mark.parametrize("field", ["number", "digest", "at", "kind", "signature"])
async def test_a_changed_checkpoint_is_found(tmp_path: Path, field: str) -> None:
    changed = {"number": 7, "digest": "0" * 64, "at": 5, "kind": "anchor", "signature": "AAAA"}
    stored = tmp_path / "checkpoints.jsonl"
    async with opened(tmp_path, every_entries=5) as record:
        await fill(record, 12)
    lines = stored.read_text().splitlines()
    lines[1] = json.dumps({**json.loads(lines[1]), field: changed[field]})
    stored.write_text("\n".join(lines) + "\n")

    async with opened(tmp_path) as record:
        findings = (await verdict_of(record)).findings
        assert any("signature" in each.problem for each in findings)


async def test_a_chain_that_went_on_from_an_older_copy_is_found(tmp_path: Path) -> None:
    async with opened(tmp_path, every_entries=5) as record:
        await fill(record, 3)
    old = (tmp_path / "audit.db").read_bytes()
    async with opened(tmp_path, every_entries=5) as record:
        await fill(record, 7)
    (tmp_path / "audit.db").write_bytes(old)
    async with opened(tmp_path, every_entries=5) as record:
        assert "cut off" in (await verdict_of(record)).findings[0].problem
        await fill(record, 7, start=50)
        problems = [each.problem for each in (await verdict_of(record)).findings]
        assert any("made anew" in each for each in problems)


async def test_a_public_key_of_another_record_is_told(tmp_path: Path) -> None:
    for name in ("one", "other"):
        async with opened(tmp_path / name) as record:
            await record.note(event())
    (tmp_path / "one/checkpoints.pub").write_bytes(
        (tmp_path / "other/checkpoints.pub").read_bytes()
    )

    with pytest.raises(Damaged, match="belong to the signing key"):
        async with opened(tmp_path / "one"):
            pass


@pytest.mark.parametrize("content", [b"", b"nonsense"])
async def test_a_damaged_signing_key_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "signing.key").write_bytes(content)

    with pytest.raises(Damaged, match=r"signing\.key"):
        async with opened(tmp_path):
            pass


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"key": "AAAA", "name": "x", "subject": "y"}']
)
async def test_a_damaged_key_of_a_person_is_told_and_stops_nobody_who_has_one(
    tmp_path: Path, content: bytes
) -> None:
    async with opened(tmp_path) as record:
        await record.note(event(actor="ann"))
        (tmp_path / "keys" / f"s{'0' * 32}.key").write_bytes(content)
        assert await record.note(event(actor="ann")) == 2
        with pytest.raises(Unavailable, match="Restore the file"):
            await record.note(event(actor="bob"))


async def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(Unavailable, match="Expected to"):
        async with opened(tmp_path / "file" / "audit"):
            pass


@pytest.mark.parametrize("is_old", [True, False])
async def test_a_line_taken_from_the_file_outside_is_found_once_it_had_time_to_get_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_old: bool
) -> None:
    if is_old:
        monkeypatch.setattr(checkpoint, "now", lambda: 1_000)
    stored = tmp_path / "checkpoints.jsonl"
    async with opened(tmp_path, every_entries=5) as record:
        await fill(record, 12)
    async with opened(tmp_path) as record:
        lines = stored.read_text().splitlines(keepends=True)
        stored.write_text(lines[0] + lines[2])
        findings = (await verdict_of(record)).findings
        assert [each.first for each in findings] == ([10] if is_old else [])
        assert not is_old or "missing in the file" in findings[0].problem


async def test_a_line_in_the_database_that_is_none_is_found(tmp_path: Path) -> None:
    async with opened(tmp_path, every_entries=5) as record:
        await fill(record, 12)
    with closing(sqlite3.connect(tmp_path / "audit.db")) as connection, connection:
        connection.execute("UPDATE audit_checkpoints SET line = 'x' WHERE number = 10")

    async with opened(tmp_path) as record:
        [finding] = (await verdict_of(record)).findings
        assert "cannot be read" in finding.problem


async def test_what_is_cut_off_is_told_from_the_last_checkpoint_to_the_last_signed(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, every_entries=10) as record:
        await fill(record, 34)
    with closing(sqlite3.connect(tmp_path / "audit.db")) as connection, connection:
        connection.execute("DELETE FROM audit_events WHERE number > 24")
        digest = "SELECT digest FROM audit_events WHERE number = 24"
        connection.execute(f"UPDATE audit_head SET number = 24, digest = ({digest})")

    async with opened(tmp_path) as record:
        verdict = await verdict_of(record)
        assert [(each.first, each.last) for each in verdict.findings] == [(21, 34)]
        assert (verdict.first, verdict.last, verdict.checked, verdict.total) == (1, 24, 24, 24)
