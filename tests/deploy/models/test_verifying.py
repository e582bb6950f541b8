"""Verifying models in a running server: in the background, on record, kept until the next time."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from deploy.models.verified import verified
from deploy.verifying import RegisterAtWork
from retrieval.audit.event import Act
from retrieval.errors import BadRequest, Damaged
from tests.deploy.models.made_models import write_model
from tests.deploy.models.test_register import added
from tests.retrieval.records import DISK_FULL, RememberingRecord


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_model(tmp_path / "models" / "tiny", shards=2)


async def ended(register: RegisterAtWork) -> None:
    async with asyncio.timeout(60):
        while register.verifying is not None:  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def test_a_model_is_verified_on_record_and_the_next_server_knows_when(
    home: Path, folder: Path
) -> None:
    await added(home, folder)
    record = RememberingRecord()
    register = RegisterAtWork(home, "tiny-1", record)
    [before] = await register.listed()
    register.begin("", "mara", "web 10.1.2.3")
    with pytest.raises(BadRequest, match="no verification to go on"):
        register.begin("tiny-1", "mara", "web 10.1.2.3")
    await ended(register)
    [after] = await RegisterAtWork(home, "other", record).listed()
    assert (before.is_served, before.verified_at, before.troubles) == (True, None, ())
    assert (after.is_served, after.troubles) == (False, ())
    assert after.verified_at is not None
    [noted] = record.events
    assert (noted.act, noted.actor, noted.origin) == (Act.MODEL, "mara", "web 10.1.2.3")
    assert noted.about == {"did": "verify", "model": "tiny-1", "is_sound": True}


async def test_what_changed_is_told_until_it_is_as_it_was(home: Path, folder: Path) -> None:
    await added(home, folder)
    record = RememberingRecord()
    register = RegisterAtWork(home, "tiny-1", record)
    config = folder / "config.json"
    content = config.read_bytes()
    config.write_bytes(content + b" ")
    register.begin("tiny-1", "mara", "test")
    await ended(register)
    [changed] = await register.listed()
    config.write_bytes(content)
    register.begin("tiny-1", "mara", "test")
    await ended(register)
    [mended] = await register.listed()
    assert len(changed.troubles) == 1
    assert "config.json is changed" in changed.troubles[0]
    assert mended.troubles == ()
    assert [each.about["is_sound"] for each in record.events] == [False, True]


async def test_what_cannot_be_noted_is_not_kept_and_is_told(home: Path, folder: Path) -> None:
    await added(home, folder)
    record = RememberingRecord()
    record.fails = DISK_FULL
    register = RegisterAtWork(home, "", record)
    register.begin("", "mara", "test")
    await ended(register)
    assert "disk is full" in register.failed
    assert verified(home) == {}
    register.begin("none", "mara", "test")
    await ended(register)
    assert "Expected a registered model" in register.failed


async def test_a_file_that_is_not_ours_is_damaged(home: Path) -> None:
    (home / "models").mkdir()
    (home / "models" / "verified.json").write_text('{"tiny-1": 7}')
    with pytest.raises(Damaged, match="verify the models again"):
        await RegisterAtWork(home, "", RememberingRecord()).listed()
