"""Approved answers in SQL: editions, one after another, and what erasing and deleting leave."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select, text

from retrieval.access import Principal
from retrieval.approved.answers import ApprovedAnswers
from retrieval.approved.approved import ApprovedState, Content, Lapse, Stated, Words
from retrieval.approved.opening import OpenAnswers
from retrieval.approved.tables import approved_editions
from retrieval.audit.record import KeptRecord
from retrieval.database import Database
from retrieval.errors import BadRequest, NotFound
from retrieval.review.case import Flaw, Place
from tests.retrieval.people_databases import open_database, run_server

__all__ = ["open_database", "run_server"]

ASKED = "How much notice must the tenant give?"
PLACE = Place(7, "d1", 2, 71, 10, 60, 3)
CONTENT = Content(
    ASKED,
    (Stated("Ninety days.", (PLACE,), True, (Flaw("number", "ninety"),)),),
    frozenset({"group:legal", "user:ann"}),
    "rosa",
    date(2027, 3, 31),
    "en",
)


@dataclass
class Kept:
    answers: ApprovedAnswers
    record: KeptRecord
    database: Database

    async def raw(self) -> str:
        async with self.database.transaction() as connection:
            return str((await connection.execute(select(approved_editions))).all())

    async def version(self, number: int) -> None:
        """Put a version's bare row into the library."""
        async with self.database.transaction() as connection:
            await connection.execute(
                text("INSERT INTO documents (id, source, uri) VALUES (:id, 's', :uri)"),
                {"id": f"d{number}", "uri": f"d{number}"},
            )
            await connection.execute(
                text(
                    "INSERT INTO versions (id, document_id, number, published, title, kind, "
                    "declared, owner, link, parties, stated_readers, own_details, fingerprint, "
                    "media_type, blob, recipe, characters, pages, problems, added_at, "
                    "in_force_start, in_force_end) VALUES (:id, :of, 1, 1, '', 'other', "
                    "'approved', '', '', '[]', '[]', '{}', '', '', '', '', 9, 0, '[]', 0, 0, "
                    "4000000000000)"
                ),
                {"id": number, "of": f"d{number}"},
            )


def words(content: Content = CONTENT, asker: str = "") -> Words:
    return Words(content, "hashed", np.array([0.6, 0.8], np.float32), asker)


@pytest.fixture
async def kept(database: Database, tmp_path: Path) -> AsyncIterator[Kept]:
    record = await KeptRecord.open(tmp_path / "audit")
    yield Kept(ApprovedAnswers(database, record), record, database)
    await record.close()


async def test_what_is_published_is_read_as_it_was_written(kept: Kept) -> None:
    made = await kept.answers.publish(words(), by="rita", case=41)
    assert made == await kept.answers.get(made.id)
    assert (made.state, made.case, made.edition.number) == (ApprovedState.PUBLISHED, 41, 1)
    assert (made.edition.content, made.edition.by) == (CONTENT, "rita")
    [known] = await kept.answers.known()
    assert known.approved == made
    assert known.vector.tolist() == pytest.approx([0.6, 0.8])
    assert "rosa" not in await kept.raw()


async def test_a_change_is_a_new_edition_and_the_old_one_stays(kept: Kept) -> None:
    made = await kept.answers.publish(words(), by="rita")
    other = replace(CONTENT, question="What notice must the tenant give?")
    changed = await kept.answers.change(made.id, words(other), by="rosa", after=1)
    assert changed.edition.content == other
    every = await kept.answers.editions(made.id)
    assert [(each.number, each.by) for each in every] == [(2, "rosa"), (1, "rita")]
    with pytest.raises(BadRequest, match="edition 1 to be the newest, got 2"):
        await kept.answers.change(made.id, words(), by="rita", after=1)
    with pytest.raises(NotFound):
        await kept.answers.change(made.id + 1, words(), by="rita", after=1)


async def test_what_is_withdrawn_is_known_no_more_until_it_is_published_again(kept: Kept) -> None:
    made = await kept.answers.publish(words(), by="rita")
    gone = await kept.answers.withdraw(made.id, by="rosa")
    assert (gone.state, gone.withdrawn_by) == (ApprovedState.WITHDRAWN, "rosa")
    assert await kept.answers.known() == []
    with pytest.raises(BadRequest, match="withdrawn"):
        await kept.answers.withdraw(made.id, by="rosa")
    back = await kept.answers.change(made.id, words(), by="rita", after=1)
    assert (back.state, back.withdrawn_by) == (ApprovedState.PUBLISHED, "")
    assert len(await kept.answers.known()) == 1


async def test_the_revision_grows_with_every_change(kept: Kept) -> None:
    seen = [await kept.answers.revision()]
    made = await kept.answers.publish(words(), by="rita")
    seen.append(await kept.answers.revision())
    await kept.answers.withdraw(made.id, by="rita")
    seen.append(await kept.answers.revision())
    await kept.answers.change(made.id, words(), by="rita", after=1)
    seen.append(await kept.answers.revision())
    assert seen == sorted(set(seen))


async def test_of_the_erased_neither_name_nor_very_words_stay(kept: Kept) -> None:
    await kept.version(7)
    theirs = await kept.answers.publish(words(asker="ann"), by="rita")
    other = await kept.answers.publish(words(), by="rita")
    for person in ("ann", "rosa", "rita"):
        await kept.record.erase(person)
    revision = await kept.answers.revision()
    assert await kept.answers.sweep() == 1
    assert await kept.answers.revision() > revision
    lost = await kept.answers.get(theirs.id)
    assert (lost.edition.content.question, lost.state) == ("", ApprovedState.WITHDRAWN)
    stays = await kept.answers.get(other.id)
    assert (stays.edition.content.owner, stays.edition.by) == ("", "")
    assert [each.approved.id for each in await kept.answers.known()] == [other.id]


async def test_what_cites_a_version_that_is_gone_goes_unless_it_is_held(kept: Kept) -> None:
    gone = await kept.answers.publish(words(), by="rita")
    held = await kept.answers.publish(words(replace(CONTENT, owner="ann")), by="mara")
    await kept.record.hold("ann", "A case.")
    assert await kept.answers.sweep() == 1
    with pytest.raises(NotFound):
        await kept.answers.get(gone.id)
    assert (await kept.answers.get(held.id)).state is ApprovedState.PUBLISHED
    assert "Ninety" in await kept.raw()
    await kept.record.release("ann")
    assert await kept.answers.sweep() == 1
    assert "Ninety" not in await kept.raw()


async def test_it_is_queued_once_for_each_reason_and_edition(kept: Kept) -> None:
    made = await kept.answers.publish(words(), by="rita")
    assert not await kept.answers.is_queued(made, Lapse.DUE)
    await kept.answers.queue(made, Lapse.DUE)
    assert await kept.answers.is_queued(made, Lapse.DUE)
    assert not await kept.answers.is_queued(made, Lapse.CHANGED)
    changed = await kept.answers.change(made.id, words(), by="rita", after=1)
    assert not await kept.answers.is_queued(changed, Lapse.DUE)
    assert await kept.answers.is_queued(made, Lapse.DUE)  # an edition of before


async def test_what_counts_now_is_told_whoever_may_read_it(kept: Kept) -> None:
    await kept.version(7)
    assert await kept.answers.in_force([7, 8]) == {7}


async def test_it_is_open_to_the_readers_of_its_newest_edition_while_it_is_published(
    kept: Kept,
) -> None:
    lawyer, stranger = Principal.person("lena", ["legal"]), Principal.person("stan")
    published = await kept.answers.publish(words(), by="rev")
    opening = OpenAnswers(kept.database)
    asked = {published.id, published.id + 1}

    assert await opening.open(asked, principal=lawyer) == {published.id}
    assert await opening.open(asked, principal=stranger) == frozenset()

    narrowed = replace(CONTENT, readers=frozenset({"user:ann"}))
    await kept.answers.change(published.id, words(narrowed), by="rev", after=1)
    assert await opening.open(asked, principal=lawyer) == frozenset()
    assert await opening.open(asked, principal=Principal.person("ann")) == {published.id}

    await kept.answers.withdraw(published.id, by="rev")
    assert await opening.open(asked, principal=Principal.person("ann")) == frozenset()
