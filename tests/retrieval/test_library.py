"""What a reader of the library sees, and does not."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from retrieval import passage_ids
from retrieval.access import Principal
from retrieval.documents import Kind, Scope, Status, end_of, now, start_of
from retrieval.errors import Damaged, NotFound
from tests.shelves import Shelves, today

ANN = Principal.person("ann", ["legal"])
BOB = Principal.person("bob", ["sales"])


async def test_shows_a_published_document_to_its_readers(shelves: Shelves) -> None:
    await shelves.put("a.txt", "One line.\nAnother line.", readers=frozenset({"group:legal"}))
    document = await shelves.document_id("a.txt")

    version = await shelves.library.version(document, None, principal=ANN)
    text = await shelves.library.text(version, principal=ANN)

    assert text.text == "One line.\nAnother line."
    assert await shelves.library.original(version, principal=ANN) == text.text.encode()


async def test_unreadable_and_missing_look_the_same(shelves: Shelves) -> None:
    await shelves.put("a.txt", readers=frozenset({"group:legal"}))
    document = await shelves.document_id("a.txt")
    [passage] = await shelves.passage_ids()
    seen_by_ann = await shelves.library.version(document, None, principal=ANN)
    told = []
    for attempt in (
        shelves.library.version(document, None, principal=BOB),
        shelves.library.version("no-such-document", None, principal=BOB),
        shelves.library.versions(document, principal=BOB),
        shelves.library.passage(passage, principal=BOB),
        shelves.library.passage(999_999, principal=BOB),
        shelves.library.text(seen_by_ann, principal=BOB),
        shelves.library.pages(seen_by_ann, principal=BOB),
        shelves.library.page(seen_by_ann, 1, principal=BOB),
        shelves.library.original(seen_by_ann, principal=BOB),
    ):
        with pytest.raises(NotFound) as caught:
            await attempt
        told.append(str(caught.value))

    assert len(set(told)) == 1
    assert await shelves.library.candidates([passage], principal=BOB, scope=today()) == {}
    assert await shelves.library.all_versions(principal=BOB) == []


async def test_a_document_without_readers_is_read_by_nobody(shelves: Shelves) -> None:
    await shelves.put("a.txt", readers=frozenset())

    assert await shelves.library.all_versions(principal=ANN) == []


async def test_a_staged_version_is_invisible(shelves: Shelves) -> None:
    await shelves.put("a.txt", "Old words.")
    await shelves.shelf.stage(await shelves.version("a.txt", "New words."))
    document = await shelves.document_id("a.txt")

    [only] = await shelves.library.versions(document, principal=ANN)
    ids = await shelves.passage_ids()
    found = await shelves.library.candidates(ids, principal=ANN, scope=today())

    assert only.number == 1
    assert [each.make().text for each in found.values()] == ["Old words."]


async def test_a_new_version_replaces_the_old_which_stays_as_history(shelves: Shelves) -> None:
    await shelves.put("a.txt", "Old words.")
    await shelves.put("a.txt", "New words.")
    document = await shelves.document_id("a.txt")

    new, old = await shelves.library.versions(document, principal=ANN)
    ids = await shelves.passage_ids()
    in_force = await shelves.library.candidates(ids, principal=ANN, scope=today())
    past = Scope(as_of=start_of(date(2020, 1, 1)))
    then = await shelves.library.candidates(ids, principal=ANN, scope=past)

    assert (new.status_at(now()), old.status_at(now())) == (Status.APPROVED, Status.SUPERSEDED)
    assert [each.make().text for each in in_force.values()] == ["New words."]
    assert [each.make().text for each in then.values()] == ["Old words."]
    assert (await shelves.library.version(document, 1, principal=ANN)).number == 1


async def test_opening_a_document_does_not_open_its_past(shelves: Shelves) -> None:
    await shelves.put("a.txt", "The secret version.", readers=frozenset({"group:legal"}))
    await shelves.put("a.txt", "The public version.")
    document = await shelves.document_id("a.txt")

    assert [v.number for v in await shelves.library.versions(document, principal=BOB)] == [2]
    assert [v.number for v in await shelves.library.versions(document, principal=ANN)] == [2, 1]


async def test_closing_a_document_closes_its_past(shelves: Shelves) -> None:
    await shelves.put("a.txt", "Everybody's version.")
    await shelves.put("a.txt", "The closed version.", readers=frozenset({"group:legal"}))
    document = await shelves.document_id("a.txt")

    with pytest.raises(NotFound):
        await shelves.library.version(document, 1, principal=BOB)


async def test_restricting_takes_effect_at_once(shelves: Shelves) -> None:
    await shelves.put("a.txt")
    known = (await shelves.shelf.known("folder"))["a.txt"]

    await shelves.shelf.restrict(known, frozenset({"group:legal"}), frozenset())

    assert (
        await shelves.library.candidates(await shelves.passage_ids(), principal=BOB, scope=today())
        == {}
    )
    assert (
        len(
            await shelves.library.candidates(
                await shelves.passage_ids(), principal=ANN, scope=today()
            )
        )
        == 1
    )


async def test_a_successor_ends_its_predecessor_on_its_effective_day(shelves: Shelves) -> None:
    starts = date(2026, 1, 1)
    await shelves.put("travel-2025.txt", effective_from=date(2025, 1, 1))
    await shelves.put("travel-2026.txt", effective_from=starts, supersedes="travel-2025.txt")
    old = await shelves.document_id("travel-2025.txt")

    [version] = await shelves.library.versions(old, principal=ANN)

    assert version.in_force.covers(start_of(starts) - 1)
    assert version.status_at(start_of(starts)) is Status.SUPERSEDED


async def test_a_predecessor_counts_again_when_its_successor_is_removed(shelves: Shelves) -> None:
    await shelves.put("old.txt")
    await shelves.put("new.txt", supersedes="old.txt")
    await shelves.shelf.remove(await shelves.document_id("new.txt"))
    old = await shelves.document_id("old.txt")

    [version] = await shelves.library.versions(old, principal=ANN)

    assert version.in_force.covers(now())


async def test_a_document_expires_after_its_last_day(shelves: Shelves) -> None:
    last = date(2025, 12, 31)
    await shelves.put("a.txt", expires_on=last)
    [version] = await shelves.library.all_versions(principal=ANN)

    assert version.status_at(end_of(last) - 1) is Status.APPROVED
    assert version.status_at(end_of(last)) is Status.EXPIRED
    assert (
        await shelves.library.candidates(await shelves.passage_ids(), principal=ANN, scope=today())
        == {}
    )
    expired = Scope(as_of=now(), statuses=frozenset({Status.EXPIRED}))
    assert (
        len(
            await shelves.library.candidates(
                await shelves.passage_ids(), principal=ANN, scope=expired
            )
        )
        == 1
    )


async def test_a_later_effective_date_waits_for_its_day(shelves: Shelves) -> None:
    await shelves.put("a.txt", effective_from=date(2999, 1, 1))

    assert (
        await shelves.library.candidates(await shelves.passage_ids(), principal=ANN, scope=today())
        == {}
    )


async def test_a_removed_document_is_gone_at_once_and_then_for_good(shelves: Shelves) -> None:
    await shelves.put("a.txt", "Only here.")
    document = await shelves.document_id("a.txt")
    [version] = await shelves.library.versions(document, principal=ANN)
    [passage] = await shelves.passage_ids()
    assert (await shelves.library.passage(passage, principal=ANN)).text == "Only here."

    await shelves.shelf.remove(document)

    with pytest.raises(NotFound):
        await shelves.library.passage(passage, principal=ANN)
    assert await shelves.shelf.condemned("folder") == [version.blob]
    await shelves.shelf.purge("folder")
    assert await shelves.journal.points(0, 10) == []


async def test_a_moved_document_keeps_its_id(shelves: Shelves) -> None:
    await shelves.put("a.txt")
    document = await shelves.document_id("a.txt")

    await shelves.shelf.move(document, "elsewhere/a.txt")

    assert await shelves.document_id("elsewhere/a.txt") == document
    await shelves.put("a.txt", "Another file under the old name.")
    assert await shelves.document_id("a.txt") != document


async def test_limits_a_search_to_kind_and_party(shelves: Shelves) -> None:
    await shelves.put("a.txt", kind=Kind.CONTRACT, parties=("Norvik",))
    await shelves.put("b.txt", kind=Kind.POLICY)
    contracts = Scope(as_of=now(), kinds=frozenset({Kind.CONTRACT}))
    norvik = Scope(as_of=now(), parties=frozenset({"Norvik"}))

    for scope in (contracts, norvik):
        ids = await shelves.passage_ids()
        found = await shelves.library.candidates(ids, principal=ANN, scope=scope)
        assert [each.version.uri for each in found.values()] == ["a.txt"]


async def test_an_altered_original_is_noticed(shelves: Shelves, tmp_path: Path) -> None:
    await shelves.put("a.txt", "What was stored.")
    [version] = await shelves.library.all_versions(principal=ANN)
    (tmp_path / "blobs" / version.blob[:2] / version.blob).write_text("Something else.")

    with pytest.raises(Damaged, match="not what was stored"):
        await shelves.library.original(version, principal=ANN)


async def test_many_documents_are_staged_and_published_as_one(shelves: Shelves) -> None:
    await shelves.put("old.txt", "First words.")
    moved = await shelves.document_id("old.txt")
    await shelves.shelf.move(moved, "new.txt")
    every = [
        await shelves.version(uri, f"Words of {uri}.\nMore of {uri}.")
        for uri in ("old.txt", "new.txt", "third.txt")
    ]
    staged = await shelves.shelf.stage_all(every)
    await shelves.shelf.publish_all(staged)

    known = await shelves.shelf.known("folder")
    assert known["new.txt"].document_id == moved
    assert len({each.document_id for each in known.values()}) == 3
    for version_id, new in zip(staged, every, strict=True):
        points = await shelves.journal.points(0, 99)
        texts = [each.text for each in points if each.labels.version_id == version_id]
        assert texts == new.text.split("\n")


async def test_numbers_of_passages_tell_nothing_of_what_else_there_is(
    shelves: Shelves, tmp_path: Path
) -> None:
    await shelves.put("hidden.txt", "One.\nTwo.", readers=frozenset())
    await shelves.put("a.txt", "One line.\nAnother line.")
    other = Shelves(tmp_path / "other")
    (tmp_path / "other").mkdir()
    await other.database.migrate()
    await other.put("a.txt", "One line.\nAnother line.")

    ids = await other.passage_ids()
    await other.database.close()

    assert set(ids) < set(await shelves.passage_ids())
    assert ids[1] == ids[0] + 1
    assert all(0 < each < 2**53 for each in ids)


async def test_a_number_that_is_taken_is_not_given_again(
    shelves: Shelves, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passage_ids, "_ROOM", 60)
    for at in range(12):
        every = [await shelves.version(f"{at}-{n}.txt", "One.\nTwo.") for n in range(2)]
        await shelves.shelf.publish_all(await shelves.shelf.stage_all(every))

    assert len(set(await shelves.passage_ids())) == 48


async def test_a_denial_by_the_source_wins_and_holds_for_the_past(shelves: Shelves) -> None:
    await shelves.put("a.txt", "Old.")
    await shelves.put("a.txt", "New.", denied=frozenset({"user:ann"}))
    assert await shelves.library.all_versions(principal=ANN) == []
    assert len(await shelves.library.all_versions(principal=BOB)) == 2

    await shelves.put("a.txt", "Newest.")
    assert [each.number for each in await shelves.library.all_versions(principal=ANN)] == [1, 3]
