"""Grants and denials: which is the same, what goes on record, and what the index is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from retrieval.documents import now
from retrieval.errors import BadRequest, NotFound
from retrieval.people import grants as additions
from retrieval.people.grants import Addition, Effect, Grant, Grants
from retrieval.sources import Sources
from retrieval.tables import index_changes
from tests.retrieval.test_grants import ANN, BOB, LEGAL, KeptRecord, Office
from tests.shelves import Shelves


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    shelves = Shelves(tmp_path)
    await shelves.database.migrate()
    await Sources(shelves.database).put("folder", "files", "there", {})
    record = KeptRecord()
    yield Office(shelves, Grants(shelves.database, record), record)
    await shelves.database.close()


async def add(office: Office, effect: Effect, reader: str, source: str, why: str = "") -> Grant:
    wanted = Addition(effect, reader, source, reason=why)
    return await office.grants.add(wanted, by="root", origin="desk")


async def test_only_what_is_the_same_in_all_is_the_same(office: Office) -> None:
    await Sources(office.shelves.database).put("other", "files", "there", {})
    await office.shelves.put("a.txt", readers=LEGAL)
    document = await office.shelves.document_id("a.txt")
    first = await add(office, Effect.GRANT, "user:bob", "folder")
    others = [
        await add(office, Effect.GRANT, "user:ann", "folder"),
        await add(office, Effect.DENY, "user:bob", "folder"),
        await add(office, Effect.GRANT, "user:bob", "other"),
    ]
    of_one = Addition(Effect.GRANT, "user:bob", document_id=document)
    others.append(await office.grants.add(of_one, by="root", origin="desk"))
    others.append(await office.grants.add(of_one, by="root", origin="desk"))

    assert await office.grants.all() == [first, *others[:4]]
    assert others[3] == others[4]
    assert await add(office, Effect.GRANT, "user:bob", "folder", "Another reason.") == first
    assert [each.id for each in await office.grants.all("other")] == [others[2].id]


async def test_what_is_kept_is_what_was_asked_for(office: Office) -> None:
    before = now()
    made = await add(office, Effect.DENY, "group:hr", "folder", "x " * 400)

    assert made == Grant(
        Effect.DENY, "group:hr", "folder", None, ("x " * 400)[:499] + " ", made.id, "root", made.at
    )
    assert before <= made.at <= now()
    assert await office.grants.all() == [made]
    assert await office.grants.remove(made.id, by="root", origin="desk") == made
    assert await office.grants.all() == []


@pytest.mark.parametrize(
    ("reader", "noted", "concerns"),
    [
        ("user:bob", "user", ("bob",)),
        ("user:a:b", "user", ("a:b",)),
        ("group:legal", "group:legal", ()),
        ("everyone", "everyone", ()),
    ],
)
async def test_the_record_says_all_but_a_persons_name(
    office: Office,
    reader: str,
    noted: str,
    concerns: tuple[str, ...],
) -> None:
    made = await add(office, Effect.DENY, reader, "folder", "Why not.")
    await office.grants.remove(made.id, by="eve", origin="web")
    added, removed = office.record.events

    about = {"effect": "deny", "reader": noted, "source": "folder", "document": None}
    assert added.about == {"do": "add", **about}
    assert removed.about == {"do": "remove", **about}
    assert (added.words, removed.words) == ({"reason": "Why not."}, {})
    assert added.concerns == removed.concerns == concerns
    assert (removed.actor, removed.origin) == ("eve", "web")


async def test_of_one_document_it_names_the_document_and_its_source(office: Office) -> None:
    await office.shelves.put("a.txt", readers=LEGAL)
    document = await office.shelves.document_id("a.txt")
    await office.grant("user:bob", document_id=document)

    [event] = office.record.events
    assert (event.about["document"], event.about["source"]) == (document, "folder")


async def changes(office: Office) -> list[tuple[int, str]]:
    async with office.shelves.database.transaction() as connection:
        order = select(index_changes.c.version_id, index_changes.c.action).order_by("id")
        return [(row[0], row[1]) for row in await connection.execute(order)]


async def test_the_index_is_told_to_label_what_changed_and_only_that(office: Office) -> None:
    first = await office.shelves.put("a.txt", readers=LEGAL)
    await office.shelves.put("b.txt", readers=frozenset({"user:bob"}))
    before = len(await changes(office))
    await office.grant("user:bob", source="folder")

    assert (await changes(office))[before:] == [(first, "relabel")]


async def test_every_piece_is_reached(
    office: Office,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(additions, "_PIECE", 2)
    for at in range(5):
        await office.shelves.put(f"{at}.txt", readers=LEGAL)
    await office.grant("user:bob", source="folder")

    assert len(await office.titles(BOB)) == 5
    assert len(await office.titles(ANN)) == 5


async def test_refuses_documents_that_are_gone_or_of_another_source(office: Office) -> None:
    await Sources(office.shelves.database).put("other", "files", "there", {})
    await office.shelves.put("a.txt", readers=LEGAL)
    document = await office.shelves.document_id("a.txt")
    with pytest.raises(NotFound, match="id of a document"):
        await office.grant("user:bob", source="other", document_id=document)
    assert await office.grant("user:bob", source="folder", document_id=document)
    await office.shelves.shelf.remove(document)
    with pytest.raises(NotFound, match="id of a document"):
        await office.deny("user:bob", document_id=document)
    with pytest.raises(BadRequest, match=r"\(folder, other\)"):
        await office.deny("user:bob", source="none")
    assert len(office.record.events) == 1


async def test_names_the_sources_there_are(office: Office) -> None:
    await Sources(office.shelves.database).remove("folder")
    with pytest.raises(BadRequest, match="none yet"):
        await office.deny("user:bob", source="folder")
