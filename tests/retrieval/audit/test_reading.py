"""What is read of the record: page by page, limited to what was asked for, and itself noted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from retrieval.audit import entry
from retrieval.audit.event import Act
from retrieval.audit.reading import ERASED, Choice
from retrieval.audit.record import OPERATOR, Desk, KeptRecord
from retrieval.errors import NotFound
from tests.retrieval.audit.trails import event, exported, fill, opened


@pytest.fixture
def instants(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The instants of the next entries, the last one again and again."""
    left = [0]
    monkeypatch.setattr(entry, "now", lambda: left.pop(0) if len(left) > 1 else left[0])
    return left


def numbers(entries: list[dict[str, Any]]) -> list[int]:
    return [each["number"] for each in entries]


async def newest_event(record: KeptRecord) -> dict[str, Any]:
    [newest] = await record.latest(Choice(acts=frozenset(Act)), OPERATOR, limit=1)
    assert (newest["about"]["person"], newest["about"]["acts"]) == ("", sorted(Act))
    [before] = await record.latest(Choice(), OPERATOR, limit=1, before=newest["number"])
    return before


async def test_everything_is_exported_in_order_over_many_pages(tmp_path: Path) -> None:
    async with opened(tmp_path) as record:
        await fill(record, 1_003)
        assert numbers(await exported(record)) == list(range(1, 1_004))
        named = await exported(record, document="document-1002")
        assert numbers(named) == [1_003]


async def test_a_period_begins_with_its_first_instant_and_ends_before_its_last(
    tmp_path: Path, instants: list[int]
) -> None:
    instants[:] = [10, 20, 30, 99]
    async with opened(tmp_path) as record:
        await fill(record, 3)
        assert numbers(await exported(record, since=20)) == [2, 3]
        assert numbers(await exported(record, until=20)) == [1]
        assert numbers(await exported(record, since=20, until=30)) == [2]
        assert await exported(record, since=0, until=0) == []


async def test_what_is_exported_is_all_there_is(tmp_path: Path, instants: list[int]) -> None:
    instants[:] = [10, 99]
    async with opened(tmp_path) as record:
        await record.note(event(3, concerns=("bob", "cho")))
        pseudonym = await record.erase("bob")
        [one, _erasure] = await exported(record)

    assert len(one.pop("digest")) == 64
    assert one == {
        "number": 1,
        "at": 10,
        "act": "open",
        "actor": "ann",
        "origin": "web 10.0.0.3",
        "about": {"document": "document-3", "count": 3},
        "concerns": [pseudonym, "cho"],
        "words": {"question": "What about 3?"},
    }


async def test_of_whom_was_erased_there_is_the_pseudonym_only(tmp_path: Path) -> None:
    async with opened(tmp_path) as record:
        await fill(record, 1)
        pseudonym = await record.erase("ann")
        [one, _] = await exported(record, person=pseudonym)
        noted = await newest_event(record)

    assert (one["actor"], one["origin"], one["words"]) == (pseudonym, ERASED, ERASED)
    assert (noted["about"]["person"], noted["concerns"]) == (pseudonym, [])


async def test_a_document_is_named_by_a_value_and_by_nothing_else(tmp_path: Path) -> None:
    async with opened(tmp_path) as record:
        for about in (
            {"found": [{"ids": ["x", "d-1"]}]},
            {"d-1": "key"},
            {"document": "d-10"},
            {"document": "d-1"},
            {"count": 1, "none": None},
        ):
            await record.note(event(about=about, words={"document": "d-1"}, actor="d-1"))
        await record.note(event(about={"document": 'a"b%_/'}))

        assert numbers(await exported(record, document="d-1")) == [1, 4]
        assert numbers(await exported(record, document='a"b%_/')) == [6]
        assert await exported(record, document="%") == []


async def test_the_newest_are_limited_to_what_was_asked_for(tmp_path: Path) -> None:
    async with opened(tmp_path) as record:
        await fill(record, 12)
        desk = Desk("eve", "web")
        anns = await record.latest(Choice(person="ann"), desk, limit=2)
        assert numbers(anns) == [13, 10], "the reading itself is about her"
        choice = Choice(acts=frozenset({Act.ASK, Act.OPEN}))
        assert numbers(await record.latest(choice, desk, limit=9)) == [11, 9, 6, 4, 1]
        assert numbers(await record.latest(choice, desk, limit=9, before=9)) == [6, 4, 1]
        assert numbers(await record.latest(choice, desk, limit=9, before=0)) == []


async def test_the_newest_about_a_document_name_it_to_the_letter(tmp_path: Path) -> None:
    async with opened(tmp_path) as record:
        for name in ("a_b", "a-b", "a%b", "axyb"):
            await record.note(event(act=Act.OPEN, about={"document": name}))
        for number, name in ((1, "a_b"), (3, "a%b")):
            choice = Choice(document=name, acts=frozenset({Act.OPEN}))
            assert numbers(await record.latest(choice, Desk(), limit=9)) == [number]


async def test_a_reading_is_on_record_with_all_that_was_asked_for(tmp_path: Path) -> None:
    async with opened(tmp_path) as record:
        await fill(record, 1)
        subject = (await record._keyring.subjects(["ann"]))["ann"].id
        acts = frozenset({Act.STOP, Act.ASK})
        choice = Choice("ann", "document-0", 5, 9, acts)
        await record.latest(choice, Desk("eve", "web"), limit=1)
        noted = await newest_event(record)

    assert (noted["act"], noted["actor"], noted["origin"]) == ("export", "eve", "web")
    assert noted["concerns"] == ["ann"]
    assert noted["about"] == {
        "person": subject,
        "document": "document-0",
        "since": 5,
        "until": 9,
        "acts": ["ask", "stop"],
    }


@pytest.mark.parametrize("name", ["s" + "0" * 31, "s" + "0" * 33, "x" + "s" + "0" * 32, "x" * 99])
async def test_who_is_not_on_record_is_told(tmp_path: Path, name: str) -> None:
    async with opened(tmp_path) as record:
        with pytest.raises(NotFound, match=f"got '{name[:80]}'"):
            await exported(record, person=name)
        assert await record.newest() == 0
        assert await exported(record, person="s" + "0" * 32) == []


async def test_the_newest_number_is_that_of_the_last_entry(tmp_path: Path) -> None:
    async with opened(tmp_path) as record:
        assert await record.newest() == 0
        await fill(record, 3)
        assert await record.newest() == 3
