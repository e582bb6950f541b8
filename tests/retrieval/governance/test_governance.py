"""Deciding: all or nothing, on record first, undone once, and expired when its day has passed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from retrieval.access import Principal, acl_for
from retrieval.audit.event import Act as Doing
from retrieval.documents import Scope, Status
from retrieval.errors import BadRequest, NotFound, Unavailable
from retrieval.governance import governance, listing, planning
from retrieval.governance.decision import Chosen, Order
from retrieval.governance.tables import decision_acts, decisions
from retrieval.sources import EXPIRES, OVERDUE
from retrieval.tables import index_changes
from tests.retrieval.governance.office import (
    ANN,
    BOARD,
    BOB,
    DAY,
    LEGAL,
    START,
    GovernedOffice,
    open_office,
)


@pytest.fixture
async def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[GovernedOffice]:
    office = await open_office(tmp_path, monkeypatch)
    yield office
    await office.database.close()


def day(ahead: int) -> str:
    """Return a day so many days after the clock's first."""
    return (datetime.fromtimestamp(START, UTC).date() + timedelta(days=ahead)).isoformat()


async def kept(office: GovernedOffice) -> tuple[int, int]:
    """Return how many acts and decisions there are."""
    async with office.database.transaction() as connection:
        acts = (await connection.execute(select(func.count(decision_acts.c.id)))).scalar_one()
        rows = (await connection.execute(select(func.count(decisions.c.id)))).scalar_one()
    return acts, rows


async def test_an_act_that_breaks_in_the_middle_has_decided_nothing(
    office: GovernedOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [await office.put(f"{at}.txt") for at in range(5)]
    monkeypatch.setattr(governance, "_PIECE", 2)
    settled, done = governance.settle, []

    async def breaking(connection: object, documents: list[str]) -> set[int]:
        done.append(documents)
        if len(done) == 2:
            raise Unavailable("The disk is full.")
        return await settled(connection, documents)  # type: ignore[arg-type]

    monkeypatch.setattr(governance, "settle", breaking)
    before = await _notes(office)
    with pytest.raises(Unavailable):
        await office.decide(ids, "expired")

    assert len(done) == 2
    assert await kept(office) == (0, 0)
    assert await _notes(office) == before
    assert [await office.statuses(f"{at}.txt") for at in range(5)] == [["approved"]] * 5


async def _notes(office: GovernedOffice) -> int:
    async with office.database.transaction() as connection:
        return int((await connection.execute(select(func.max(index_changes.c.id)))).scalar_one())


async def test_the_index_is_told_in_the_transaction_that_decides(office: GovernedOffice) -> None:
    document = await office.put("a.txt")
    before = await _notes(office)
    await office.decide(document, "expired")
    [point] = await office.shelves.journal.points(0, 9)

    assert await _notes(office) > before
    assert (point.labels.declared, point.labels.ended_by) == ("approved", "expired")
    assert point.labels.end == office.clock.at


async def test_what_cannot_be_recorded_is_not_decided(office: GovernedOffice) -> None:
    document = await office.put("a.txt")
    office.record.fails = Unavailable("The record is full.")
    with pytest.raises(Unavailable):
        await office.decide(document, "expired")

    assert await kept(office) == (0, 0)


async def test_each_document_of_an_act_is_on_record_before_it(office: GovernedOffice) -> None:
    ids = sorted([await office.put("a.txt"), await office.put("b.txt")])
    act = await office.decide(ids, "expired", note="They lapsed.")
    [event] = office.record.events

    assert (event.act, event.actor, event.words) == (Doing.GOVERN, "ann", {"note": "They lapsed."})
    assert event.about["act"] == act.id
    assert event.about["documents"] == [[each, 1, "expired", None] for each in ids]


async def test_one_document_that_may_not_be_read_stops_the_whole_act(
    office: GovernedOffice,
) -> None:
    ours = await office.put("ours.txt", readers=LEGAL)
    theirs = await office.put("theirs.txt", readers=BOARD)
    told = []
    for other in (theirs, "0" * 24):
        with pytest.raises(NotFound) as refused:
            await office.decide([ours, other], "expired")
        told.append(str(refused.value))

    assert told[0] == told[1]
    assert await office.statuses("ours.txt") == ["approved"]
    assert office.record.events == []


async def test_more_than_may_be_decided_at_a_time_is_refused_whole(
    office: GovernedOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "MOST_DOCUMENTS", 2)
    ids = [await office.put(f"{at}.txt") for at in range(3)]
    with pytest.raises(BadRequest, match="at most 2"):
        await office.decide(ids, "expired")
    assert (await office.decide(ids[:2], "expired")).documents == 2


async def test_undoing_brings_back_what_was_and_leaves_what_was_decided_anew(
    office: GovernedOffice,
) -> None:
    one, two = await office.put("one.txt"), await office.put("two.txt", status=Status.DRAFT)
    await office.decide(two, "approved", note="Fine.")
    act = await office.decide([one, two], "expired")
    office.clock.pass_()
    await office.decide(one, "draft")
    office.clock.pass_()
    undone = await office.undo(act)

    assert undone.documents == 1
    assert await office.statuses("one.txt") == ["draft"]
    assert await office.statuses("two.txt") == ["approved"]
    with pytest.raises(BadRequest, match="undone"):
        await office.undo(act)


async def test_undoing_releases_what_carried_over_to_a_new_version(office: GovernedOffice) -> None:
    document = await office.put("a.txt", "One.")
    act = await office.decide(document, "expired")
    office.clock.pass_()
    await office.put("a.txt", "Two.")
    held = await office.statuses("a.txt")
    office.clock.pass_()
    await office.undo(act)

    assert held == ["expired", "expired"]
    assert await office.statuses("a.txt") == ["expired", "approved"]


async def test_an_act_is_undone_by_whoever_may_read_all_of_it_alone(
    office: GovernedOffice,
) -> None:
    ids = [await office.put("a.txt"), await office.put("b.txt", readers=LEGAL)]
    act = await office.decide(ids, "expired")
    with pytest.raises(NotFound):
        await office.undo(act, by=BOB)
    [seen] = await office.decisions.acts(principal=BOB)
    [whole] = await office.decisions.acts(principal=ANN)

    assert (seen.documents, seen.is_whole) == (1, False)
    assert (whole.documents, whole.is_whole) == (2, True)


async def test_a_question_as_of_a_day_is_answered_as_it_stood_then(office: GovernedOffice) -> None:
    document = await office.put("a.txt", status=Status.DRAFT)
    stamps = {}
    for status in ("approved", "expired", "approved"):
        stamps[office.clock.pass_(10)] = status
        await office.decide(document, status)
    version = await office.shelves.library.version(document, None, principal=ANN)

    assert version.status_at(START) is Status.DRAFT
    assert {at: version.status_at(at).value for at in stamps} == stamps
    assert version.begins < START
    only = Scope(as_of=START + 25, statuses=frozenset({Status.APPROVED}))
    assert not only.admits(version)


async def test_no_decision_is_earlier_than_one_before_it(office: GovernedOffice) -> None:
    document = await office.put("a.txt")
    first = await office.decide(document, "expired")
    office.clock.pass_(-DAY)
    second = await office.decide(document, "draft")

    assert second.at == first.at
    office.clock.pass_(DAY)
    assert await office.statuses("a.txt") == ["draft"]


async def test_an_owner_is_somebody_and_stays_over_new_versions(office: GovernedOffice) -> None:
    await office.directory.add("olga")
    document = await office.put("a.txt", "One.", owner="Legal")
    await office.decide(document, owner="olga")
    await office.put("a.txt", "Two.", owner="Legal")
    newest = await office.shelves.library.version(document, None, principal=ANN)
    await office.decide(document, owner="")
    back = await office.shelves.library.version(document, None, principal=ANN)

    assert (newest.number, newest.owner, back.owner) == (2, "olga", "Legal")


async def test_what_is_overdue_is_marked_and_expires_where_its_source_says_so(
    office: GovernedOffice,
) -> None:
    document = await office.put("a.txt")
    await office.decide(document, "approved", review_by=day(1))
    office.clock.pass_(2 * DAY)
    version = await office.shelves.library.version(document, None, principal=ANN)
    late = await office.register.tallies(acl_for(ANN), Chosen(is_overdue=True), office.clock.at)
    await office.sources.put("folder", "files", "/srv", {})
    marked = await office.governance.expire_overdue()
    await office.sources.put("folder", "files", "/srv", {OVERDUE: EXPIRES})
    expired = await office.governance.expire_overdue()

    assert version.overdue_since(office.clock.at).isoformat() == day(2)  # type: ignore[union-attr]
    assert (late.total, marked, expired) == (1, 0, 1)
    assert await office.statuses("a.txt") == ["expired"]
    assert await office.governance.expire_overdue() == 0
    [by_itself, _] = await office.decisions.of_document(document, principal=ANN)
    assert (by_itself.kind.value, by_itself.by) == ("expire", "schedule")


async def test_to_approve_what_is_overdue_takes_another_day(office: GovernedOffice) -> None:
    document = await office.put("a.txt")
    await office.decide(document, review_by=day(1))
    office.clock.pass_(3 * DAY)
    with pytest.raises(BadRequest, match="has not passed"):
        await office.decide(document, "approved")
    await office.decide(document, "approved", review_by=day(30))

    assert await office.statuses("a.txt") == ["approved"]


async def test_a_version_that_was_replaced_is_decided_about_no_more(
    office: GovernedOffice,
) -> None:
    document = await office.put("a.txt", "One.")
    await office.put("a.txt", "Two.")
    with pytest.raises(BadRequest, match="a newer one has replaced"):
        await office.decide(document, "draft", number=1)
    await office.decide(document, "draft", number=2)

    assert await office.statuses("a.txt") == ["superseded", "draft"]


async def test_withdrawn_stays_withdrawn_when_it_is_deleted_and_made_again(
    office: GovernedOffice,
) -> None:
    document = await office.put("a.txt")
    await office.decide(document, "expired")
    await office.shelves.shelf.remove(document)
    await office.shelves.shelf.purge("folder")
    office.clock.pass_()
    again = await office.put("a.txt", "Other words.")

    assert again == document
    assert await office.statuses("a.txt") == ["expired"]
    [told] = await office.decisions.of_document(document, principal=ANN)
    assert (told.change.status, told.note) == ("expired", "")


async def test_a_page_goes_on_where_the_last_one_ended(office: GovernedOffice) -> None:
    every = {await office.put(f"{at:02}.txt", readers=LEGAL) for at in range(7)}
    await office.put("theirs.txt", readers=BOARD)
    found: list[str] = []
    after: str | None = ""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(listing, "PAGE", 3)
        while after is not None:
            page = await office.register.listed(
                acl_for(ANN), Chosen(), office.clock.at, after=after
            )
            found += [each.document_id for each in page.lines]
            after = page.after

    assert len(found) == 7
    assert set(found) == every


ORDERED = {
    Order.TITLE: ["z/apple pie.txt", "a/Bär im Wald.txt", "m/Zebra of the wald.txt"],
    Order.SOURCE: ["a/Bär im Wald.txt", "m/Zebra of the wald.txt", "z/apple pie.txt"],
}


@pytest.mark.parametrize("order", ORDERED)
async def test_a_list_goes_by_title_or_by_place(
    office: GovernedOffice, monkeypatch: pytest.MonkeyPatch, order: Order
) -> None:
    for uri in sorted(ORDERED[order], reverse=True):
        await office.put(uri, readers=LEGAL, title=uri.partition("/")[2])
    monkeypatch.setattr(listing, "PAGE", 1)
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        page = await office.register.listed(
            acl_for(ANN), Chosen(), office.clock.at, after=after, order=order
        )
        found += [each.uri for each in page.lines]
        after = page.after
    assert found == ORDERED[order]


@pytest.mark.parametrize(
    ("words", "fits"),
    [
        ("wald", ["Bär im Wald", "Zebra of the wald"]),
        ("WALD bÄr", ["Bär im Wald"]),
        ("zebra im", []),
        ("100%", ["100% cover"]),
        ("1_0", []),
        ("  ", ["100% cover", "Bär im Wald", "Zebra of the wald"]),
    ],
)
async def test_words_narrow_a_list_to_titles_that_have_them_all(
    office: GovernedOffice, words: str, fits: list[str]
) -> None:
    for title in ("Zebra of the wald", "Bär im Wald", "100% cover"):
        await office.put(f"{title}.txt", readers=LEGAL, title=title)
    chosen = Chosen(title=words)
    page = await office.register.listed(acl_for(ANN), chosen, office.clock.at)
    assert [each.title for each in page.lines] == fits
    assert (await office.register.tallies(acl_for(ANN), chosen, office.clock.at)).total == len(fits)


async def test_owners_of_what_is_due_are_found_whoever_may_read_it(office: GovernedOffice) -> None:
    details: dict[str, dict[str, Any]] = {
        "soon.txt": {"owner": "ann", "readers": BOARD},
        "later.txt": {"owner": "bob"},
        "draft.txt": {"owner": "cat"},
        "gone.txt": {"owner": "dan"},
        "owned by nobody.txt": {"owner": ""},
        "moved.txt": {"owner": "eve"},
    }
    ids = {uri: await office.put(uri, **more) for uri, more in details.items()}
    board = Principal.person("board", ["board"])
    for uri, document in ids.items():
        ahead = day(40 if uri == "later.txt" else 3)
        await office.decide(document, by=board, review_by=ahead)
    await office.decide(ids["draft.txt"], "draft")
    await office.directory.add("fay")
    await office.decide(ids["moved.txt"], owner="fay")
    await office.shelves.shelf.remove(ids["gone.txt"])

    async def found(until: int) -> list[str]:
        last = datetime.fromtimestamp(START, UTC).date() + timedelta(days=until)
        return await office.register.owners_of_due(last, office.clock.at)

    assert await found(2) == []
    assert await found(3) == ["ann", "fay"]
    assert await found(40) == ["ann", "bob", "fay"]
