"""What verification says, page by page, of checkpoints and of damage that only it can meet."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from retrieval.audit import checkpoint, verification
from retrieval.audit.checkpoint import Mark, Signer
from retrieval.audit.outside import Outside
from retrieval.audit.verification import Verdict
from retrieval.audit.walk import Finding
from retrieval.database import Database
from tests.retrieval.audit.trails import fill, opened, verdict_of

HUGE = 10**12


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """A record of seven entries, signed at 3, 6 and 7."""
    async with opened(tmp_path, every_entries=3) as record:
        await fill(record, 7)
    return tmp_path


def run(folder: Path, statement: str, *values: Any) -> None:
    with closing(sqlite3.connect(folder / "audit.db")) as connection, connection:
        connection.execute(statement, values)


async def verified(folder: Path) -> Verdict:
    async with opened(folder) as record:
        return await verdict_of(record)


async def sign(folder: Path, kind: Mark, number: int, digest: str) -> None:
    signer = Signer.open(folder / "signing.key", folder / "checkpoints.pub")
    await Outside(folder / "checkpoints.jsonl").store([signer.sign(kind, number, digest)])


async def test_it_says_how_far_it_is_page_by_page(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "_PAGE", 3)
    async with opened(folder) as record:
        verdicts = [each async for each in record.verify()]

    assert [each.checked for each in verdicts] == [3, 6, 7, 7, 7]
    assert {(each.first, each.last, each.total) for each in verdicts} == {(1, 7, 7)}
    assert all(each.is_sound and each.checkpoints == 3 for each in verdicts)


async def test_what_is_found_is_looked_for_twice_and_told_at_the_end(folder: Path) -> None:
    run(folder, "UPDATE audit_events SET at = at + 1 WHERE number = 4")
    async with opened(folder) as record:
        verdicts = [each async for each in record.verify()]
    assert [each.is_sound for each in verdicts] == [True] * 4 + [False]
    assert [each.checked for each in verdicts] == [3] * 5
    assert [(each.first, each.last) for each in verdicts[-1].findings] == [(4, 4)]

    async with opened(folder) as record:
        passes = record.verify()
        await anext(passes)
        run(folder, "UPDATE audit_events SET at = at - 1 WHERE number = 4")
        assert [each async for each in passes][-1].is_sound


async def test_an_empty_record_is_sound(tmp_path: Path) -> None:
    verdict = await verified(tmp_path)

    assert verdict == Verdict(first=1, last=0, checked=0, total=0, checkpoints=0)


async def test_two_signed_digests_of_one_entry_are_told(folder: Path) -> None:
    await sign(folder, Mark.CHECKPOINT, 3, "f" * 64)
    verdict = await verified(folder)

    assert verdict.findings == (
        Finding(3, 3, "two checkpoints disagree: the chain went on from an older copy"),
    )


async def test_the_chain_comes_first_and_there_is_an_end_to_what_is_told(folder: Path) -> None:
    for _ in range(30):
        await sign(folder, Mark.CHECKPOINT, 6, "f" * 64)
    run(folder, "UPDATE audit_events SET act = 'stop' WHERE number = 2")
    findings = (await verified(folder)).findings
    assert len(findings) == 20
    assert (findings[0].first, findings[1].first) == (2, 6)

    run(folder, "DELETE FROM audit_events WHERE number < 3")
    findings = (await verified(folder)).findings
    assert len(findings) == 20


async def test_an_anchor_vouches_for_what_follows_it_alone(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "audit.db")) as connection:
        digests = dict(connection.execute("SELECT number, digest FROM audit_events"))
    run(folder, "DELETE FROM audit_events WHERE number <= 4")
    verdict = await verified(folder)
    assert verdict.findings == (Finding(1, 4, "deleted: no signed anchor says they were pruned"),)
    assert (verdict.first, verdict.checked, verdict.total) == (5, 0, 3)

    await sign(folder, Mark.ANCHOR, 4, digests[4])
    verdict = await verified(folder)
    assert verdict.is_sound
    assert (verdict.first, verdict.checked, verdict.total, verdict.checkpoints) == (5, 3, 3, 3)
    run(folder, "DELETE FROM audit_events")
    [finding] = (await verified(folder)).findings
    assert (finding.first, finding.last) == (1, 7)


@pytest.mark.parametrize(("age", "is_found"), [(120, False), (121, True)])
async def test_a_line_has_two_minutes_to_get_outside(
    folder: Path, monkeypatch: pytest.MonkeyPatch, age: int, is_found: bool
) -> None:
    monkeypatch.setattr(checkpoint, "now", lambda: HUGE)
    monkeypatch.setattr(verification, "now", lambda: HUGE + age)
    async with opened(folder, every_entries=1) as record:
        await fill(record, 1)
        await asyncio.sleep(0.1)
        path = folder / "checkpoints.jsonl"
        lines = path.read_text().splitlines(keepends=True)
        path.write_text("".join(each for each in lines if '"number":8' not in each))
        findings = (await verdict_of(record)).findings

    missing = (Finding(8, 8, "the checkpoint is missing in the file outside"),)
    assert findings == (missing if is_found else ())


async def test_a_signature_of_another_key_does_not_count(folder: Path) -> None:
    (folder / "other").mkdir()
    await sign(folder / "other", Mark.ANCHOR, 9, "f" * 64)
    forged = (folder / "other" / "checkpoints.jsonl").read_bytes()
    path = folder / "checkpoints.jsonl"
    path.write_bytes(forged + path.read_bytes())
    verdict = await verified(folder)

    assert verdict.findings == (
        Finding(9, 9, "the signature of the anchor is not that of this record's key"),
    )
    assert (verdict.checked, verdict.checkpoints) == (7, 3)


@pytest.mark.parametrize("column", ["body", "digest", "act", "actor"])
async def test_bytes_that_are_no_text_are_told(folder: Path, column: str) -> None:
    run(folder, f"UPDATE audit_events SET {column} = x'ff00fe' WHERE number = 5")
    [finding] = (await verified(folder)).findings

    assert (finding.last, "edited" in finding.problem) == (5, True)


async def damaged(folder: Path, statement: str) -> tuple[Finding, ...]:
    """Return what is found by whoever only verifies."""
    run(folder, statement)
    database = Database(f"sqlite:///{folder / 'audit.db'}")
    outside = Outside(folder / "checkpoints.jsonl")
    verdicts = [each async for each in verification.verify(database, outside)]
    await database.close()
    return verdicts[-1].findings


async def test_a_head_that_is_no_number_is_told(folder: Path) -> None:
    findings = await damaged(folder, "UPDATE audit_head SET number = 'x'")

    assert findings == (Finding(1, 7, "inserted after the end"),)


async def test_a_head_that_is_gone_is_told(folder: Path) -> None:
    [finding] = await damaged(folder, "DELETE FROM audit_head")

    assert (finding.first, finding.last) == (1, 7)
    assert "cut off after entry 0" in finding.problem


async def test_a_head_that_went_back_leaves_entries_after_the_end(folder: Path) -> None:
    digest = "SELECT digest FROM audit_events WHERE number = 5"
    findings = await damaged(folder, f"UPDATE audit_head SET number = 5, digest = ({digest})")

    assert findings == (Finding(6, 7, "inserted after the end"),)


def test_text_is_taken_as_it_comes_from_each_database() -> None:
    assert [verification._text(each) for each in ("é", "é".encode(), b"\xff")] == [
        "é",
        "é",
        "\ufffd",
    ]
