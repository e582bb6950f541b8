"""Erasing a person leaves nothing of their name and words, and a chain that still verifies."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from retrieval.audit.event import Act
from retrieval.audit.reading import ERASED
from retrieval.audit.record import Desk, KeptRecord
from retrieval.errors import BadRequest, NotFound
from tests.retrieval.audit.trails import event, exported, opened, verdict_of

SECRETS = (b"Annabelle", b"Zanzibar", b"10.11.12.13", b"Annabelle's case")


async def speak(record: KeptRecord, count: int = 3) -> None:
    for number in range(count):
        await record.note(
            event(
                number,
                actor="Annabelle",
                origin="web 10.11.12.13",
                words={"question": f"Zanzibar {number}"},
            )
        )
        await record.note(event(number, actor="bob", concerns=("Annabelle",)))


def found_in(folder: Path) -> set[bytes]:
    content = b"".join(each.read_bytes() for each in folder.rglob("*") if each.is_file())
    return {secret for secret in SECRETS if secret in content}


async def test_an_erased_person_is_in_no_file_and_the_chain_verifies(tmp_path: Path) -> None:
    folder = tmp_path / "audit"
    async with opened(folder) as record:
        await speak(record)
        assert found_in(folder) == {b"Annabelle"}, "the key file names the person, nothing else"
        pseudonym = await record.erase("Annabelle", Desk("eve", "web"))

        assert found_in(folder) == set()
        assert (await verdict_of(record)).is_sound
        entries = await exported(record, person=pseudonym)
        assert [each["number"] for each in entries] == list(range(1, 8))
        for each in entries[:6:2]:
            assert (each["actor"], each["words"], each["origin"]) == (pseudonym, ERASED, ERASED)
        assert entries[1]["concerns"] == [pseudonym]
        assert entries[1]["words"] != ERASED, "what others said stays theirs"
        assert (entries[6]["act"], entries[6]["actor"]) == ("erase", "eve")
    assert found_in(folder) == set()


async def test_a_copy_of_the_database_does_not_bring_words_back(tmp_path: Path) -> None:
    folder = tmp_path / "audit"
    async with opened(folder) as record:
        await speak(record)
        copies = tmp_path / "copies"
        copies.mkdir()
        for path in folder.glob("audit.db*"):
            shutil.copy(path, copies)
        pseudonym = await record.erase("Annabelle")
    for path in folder.glob("audit.db*"):
        path.unlink()
    for path in copies.iterdir():
        shutil.copy(path, folder)

    async with opened(folder) as record:
        entries = await exported(record, person=pseudonym)
        assert entries[0]["words"] == ERASED
    assert found_in(tmp_path) == set()


async def test_a_key_that_a_backup_brings_back_is_destroyed_at_opening(tmp_path: Path) -> None:
    folder = tmp_path / "audit"
    async with opened(folder) as record:
        await speak(record)
        await record.note(event(actor="bob"))
        shutil.copytree(folder / "keys", tmp_path / "keys")
        await record.erase("Annabelle")
    shutil.copytree(tmp_path / "keys", folder / "keys", dirs_exist_ok=True)
    assert found_in(folder) == {b"Annabelle"}

    async with opened(folder) as record:
        assert found_in(folder) == set()
        assert (await exported(record, person="bob"))[-1]["words"] != ERASED


async def test_an_erasure_seen_by_one_process_is_kept_by_the_others(tmp_path: Path) -> None:
    async with opened(tmp_path) as one, opened(tmp_path) as other:
        await speak(one)
        await speak(other)
        pseudonym = await other.erase("Annabelle")
        number = await one.note(event(actor="Annabelle"))

        [entry] = [each for each in await exported(one) if each["number"] == number]
        assert entry["actor"] == "Annabelle"
        assert [each["number"] for each in await exported(one, person="Annabelle")] == [number]
        assert number not in [each["number"] for each in await exported(one, person=pseudonym)]
        assert (await verdict_of(one)).is_sound


async def test_a_hold_wins_over_an_erasure(tmp_path: Path) -> None:
    async with opened(tmp_path) as record:
        await speak(record)
        await record.hold("Annabelle", "Annabelle's case", Desk("eve", "web"))
        assert await record.held() == {"Annabelle": "Annabelle's case"}

        with pytest.raises(BadRequest, match="legal hold"):
            await record.erase("Annabelle")
        assert (await exported(record, person="Annabelle"))[0]["words"] == {
            "question": "Zanzibar 0"
        }

        await record.release("Annabelle", Desk("eve", "web"))
        assert await record.held() == {}
        pseudonym = await record.erase("Annabelle")
        acts = [each["act"] for each in await exported(record, person=pseudonym)]
        assert acts[-3:] == [Act.HOLD, Act.RELEASE, Act.ERASE]
        assert (await verdict_of(record)).is_sound


async def test_a_hold_and_an_erasure_at_once_never_both_succeed(tmp_path: Path) -> None:
    async with opened(tmp_path) as one, opened(tmp_path) as other:
        for number in range(12):
            person = f"person-{number}"
            await one.note(event(actor=person))
            told = await asyncio.gather(
                one.hold(person, "a case"), other.erase(person), return_exceptions=True
            )
            held = person in await one.held()
            assert held is isinstance(told[1], BadRequest)
            assert held or isinstance(told[1], str)


async def test_only_who_is_known_can_be_erased_or_released(tmp_path: Path) -> None:
    async with opened(tmp_path) as record:
        await record.note(event(actor="ann"))
        with pytest.raises(NotFound):
            await record.erase("nobody")
        with pytest.raises(NotFound):
            await record.release("nobody")
        with pytest.raises(BadRequest, match="none on this one"):
            await record.release("ann")
        assert len(await exported(record)) == 1


async def test_asking_for_somebody_erased_does_not_name_them_again(tmp_path: Path) -> None:
    async with opened(tmp_path) as record:
        await speak(record)
        pseudonym = await record.erase("Annabelle")
        with pytest.raises(NotFound):
            await exported(record, person="Annabelle")
        await exported(record, person=pseudonym)

    assert found_in(tmp_path) == set()
