"""An approved answer: written from sources, checked like a model, shown to whom it may be."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from assistant.review.first import BY_HAND
from retrieval.documents import now
from retrieval.review.case import CaseKind
from retrieval.review.tables import cases
from tests.assistant.review_world import ASKED, LEASE, LIE, Citing, Firm, firm
from tests.assistant.signin.door import form_token
from tests.models import running

SAYS = "The tenant must give notice of ninety days."
SOON = (datetime.now(UTC) + timedelta(200)).date().isoformat()


@pytest.fixture
async def own(tmp_path: Path) -> AsyncIterator[Firm]:
    with running(Citing(LIE)) as model:
        async with firm(tmp_path, model) as opened:
            yield opened


async def wanted(
    own: Firm, uri: str = "lease.txt", words: str = LEASE, **more: Any
) -> dict[str, Any]:
    place = {"document": await own.shelves.document_id(uri), "version": 1}
    sentence = {"text": SAYS, "citations": [place | {"start": 0, "end": len(words)}]}
    values = {
        "question": ASKED,
        "sentences": [sentence],
        "readers": ["everyone"],
        "owner": "rosa",
        "review_by": SOON,
    }
    return values | more


async def case_of(own: Firm, name: str = "bob") -> int:
    """Have a lie withheld, and return the number of its case."""
    await own.ask(name)
    return (await own.kept())[0].id


async def publish(own: Firm, by: str = "rosa", **more: Any) -> dict[str, Any]:
    case = await case_of(own, more.pop("asker", "bob"))
    async with own.program(by) as http:
        response = await http.post(f"/api/review/{case}/publish", json=await wanted(own, **more))
    assert response.status_code == 200, response.text
    return response.json()


# Writing from sources


async def test_what_the_words_carry_is_published_and_resolves_the_case(own: Firm) -> None:
    made = await publish(own)
    assert (made["state"], made["newest"]["question"]) == ("published", ASKED)
    [sentence] = made["newest"]["sentences"]
    assert (sentence["by_hand"], sentence["citations"][0]["words"]) == (False, LEASE)
    [case] = await own.kept()
    assert (case.state, case.approved) == ("resolved", made["id"])
    does = [each["about"].get("do") for each in await own.noted() if each["act"] == "approve"]
    assert {"publish", "published", "show"} <= set(does)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"sentences": []}, "1 to 12 sentences"),
        ({"sentences": [{"text": SAYS, "citations": []}]}, "rests on nothing"),
        ({"readers": []}, "1 to 50 readers"),
        ({"readers": ["legal"]}, "a reader as"),
        ({"owner": "nobody"}, "an owner"),
        ({"review_by": "2020-01-01"}, "review-by date"),
        ({"question": " "}, "a question"),
        ({"language": "Englisch!"}, "a language"),
    ],
)
async def test_what_cannot_be_published_is_told(own: Firm, more: dict[str, Any], told: str) -> None:
    case = await case_of(own)
    async with own.program("rosa") as http:
        response = await http.post(f"/api/review/{case}/publish", json=await wanted(own) | more)
    assert response.status_code == 422, response.text
    assert told in response.text
    assert (await own.kept())[0].state == "open"


async def test_what_the_words_do_not_carry_is_published_by_hand_only(own: Firm) -> None:
    case = await case_of(own)
    body = await wanted(own)
    body["sentences"][0]["text"] = SAYS.replace("ninety", "sixty")
    async with own.program("rosa") as http:
        checked = await http.post(
            f"/api/review/{case}/check", json={"sentences": body["sentences"]}
        )
        [said] = checked.json()["sentences"]
        assert not said["is_carried"]
        assert "duration" in {each["kind"] for each in said["faults"]}
        refused = await http.post(f"/api/review/{case}/publish", json=body)
        assert refused.status_code == 422
        body["sentences"][0]["by_hand"] = True
        made = (await http.post(f"/api/review/{case}/publish", json=body)).json()
    [kept] = made["newest"]["sentences"]
    assert kept["by_hand"]
    assert kept["faults"]
    assert BY_HAND in (await own.ask("bob"))["notices"]


async def test_nobody_writes_from_what_they_may_not_read(own: Firm) -> None:
    case = await case_of(own)
    body = await wanted(own, "board.txt", "The zqboard plan")
    async with own.program("rita") as http:
        refused = await http.post(f"/api/review/{case}/publish", json=body)
        body["sentences"][0]["citations"][0]["document"] = "f" * 32
        missing = await http.post(f"/api/review/{case}/publish", json=body)
    assert refused.status_code == missing.status_code == 404
    assert refused.text == missing.text


# Shown first


async def test_it_comes_first_to_whoever_asks_the_same(own: Firm) -> None:
    made = await publish(own)
    reply = await own.ask("ann", "How much notice must a tenant give?")
    assert (reply["mode"], [each["text"] for each in reply["sentences"]]) == ("approved", [SAYS])
    assert reply["approved"]["id"] == made["id"]
    today, due = datetime.fromtimestamp(now(), UTC).date(), date.fromisoformat(SOON)
    days = [f"{each.day} {each:%B %Y}" for each in (today, due)]
    assert reply["lead"] == f"Approved answer, by rosa, {days[0]}, to be reviewed by {days[1]}"
    [citation] = reply["sentences"][0]["citations"]
    assert citation["words"] == LEASE
    [told] = [each for each in await own.noted() if each["act"] == "answer"]
    assert told["about"]["approved"] == f"{made['id']}.1"


@pytest.mark.parametrize(
    "asked",
    [
        "How much notice must the landlord give?",
        "How much notice must the tenant not give?",
        "How much rent must the tenant pay?",
    ],
)
async def test_a_near_miss_is_answered_from_the_sources(own: Firm, asked: str) -> None:
    await publish(own)
    assert (await own.ask("ann", asked)).get("mode") != "approved"


@pytest.mark.parametrize(
    "more", [{"as_of": "2025-01-01"}, {"kinds": ["policy"]}, {"approved": False}]
)
async def test_it_is_not_shown_where_the_question_leaves_it_out(
    own: Firm, more: dict[str, Any]
) -> None:
    await publish(own)
    assert (await own.ask("ann", **more)).get("mode") != "approved"


async def test_only_its_readers_who_may_read_its_sources_see_it(own: Firm) -> None:
    board = {"uri": "board.txt", "words": "The zqboard plan costs 5,000 euros"}
    asked = "What does the zqboard plan cost?"
    sentence = {
        "text": "The zqboard plan costs 5,000 euros.",
        "citations": [
            {
                "document": await own.shelves.document_id("board.txt"),
                "version": 1,
                "start": 0,
                "end": 34,
            }
        ],
    }
    await publish(own, question=asked, sentences=[sentence], **board)
    assert (await own.ask("ann", asked))["mode"] == "approved"
    assert "zqboard" not in str((await own.ask("bob", asked)).get("sentences"))
    await publish(own, readers=["user:bob"], asker="ann")
    assert (await own.ask("bob"))["mode"] == "approved"
    assert (await own.ask("ann")).get("mode") != "approved"


async def test_once_its_sources_change_it_is_shown_no_more_and_queued_once(own: Firm) -> None:
    made = await publish(own)
    await own.shelves.put("lease.txt", LEASE.replace("ninety", "thirty"))
    for _ in range(2):
        assert (await own.ask("ann")).get("mode") != "approved"
    assert own.review.approving is not None
    assert await own.review.approving.lookouts.look() == 1
    [case] = await own.cases.listed(kind=CaseKind.CHANGED)
    assert (case.count, case.approved, case.matter.asker) == (1, made["id"], "rosa")


async def test_readers_who_are_nobody_are_told_to_who_published(own: Firm) -> None:
    readers = ["group:board", "group:boord", "user:bob", "user:mallory"]
    told = "Nobody who may come in here is group:boord, user:mallory now."
    for wrong, some in ((True, readers), (False, ["everyone"])):
        made = await publish(own, readers=some, asker="ann" if wrong else "bob")
        async with own.browser("rosa") as http:
            page = (await http.get(f"/approved/{made['id']}")).text
        assert (told in page) == wrong


async def test_after_its_review_by_date_it_is_shown_no_more_and_queued(
    own: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    await publish(own)
    later = now() + 300 * 86_400
    for name in ("first", "lookout"):
        monkeypatch.setattr(f"assistant.review.{name}.now", lambda: later)
    assert own.review.approving is not None
    await own.review.approving.lookouts.look()
    [case] = await own.cases.listed(kind=CaseKind.DUE)
    assert case.matter.question == ASKED


async def test_it_is_changed_withdrawn_and_published_again(own: Firm) -> None:
    made = await publish(own)
    at = f"/api/approved/{made['id']}"
    body = await wanted(own)
    body["question"] = "What notice must the tenant give?"
    async with own.program("rosa") as http:
        changed = await http.post(at, json=body | {"after": 1})
        assert [each["number"] for each in changed.json()["editions"]] == [2, 1]
        late = await http.post(at, json=body | {"after": 1})
        assert late.status_code == 422
        assert (await http.post(f"{at}/withdraw", json={})).json()["state"] == "withdrawn"
        assert (await own.ask("ann")).get("mode") != "approved"
        again = await http.post(at, json=body | {"after": 2})
    assert again.json()["state"] == "published"
    assert (await own.ask("ann"))["approved"]["version"] == 3


async def test_a_reviewer_who_may_not_read_its_sources_learns_only_that_it_is_there(
    own: Firm,
) -> None:
    board = {
        "text": "The zqboard plan costs 5,000 euros.",
        "citations": [
            {
                "document": await own.shelves.document_id("board.txt"),
                "version": 1,
                "start": 0,
                "end": 34,
            }
        ],
    }
    made = await publish(own, sentences=[board], question="What does the zqboard plan cost?")
    async with own.program("rita") as http:
        [listed] = (await http.get("/api/approved")).json()["answers"]
        shown = (await http.get(f"/api/approved/{made['id']}")).json()
        assert listed == shown
        assert (listed["is_readable"], listed["newest"]) == (False, None)
        body = await wanted(own) | {"after": 1}
        refused = [
            await http.post(f"/api/approved/{number}{end}", json=json)
            for number in (made["id"], 999)
            for end, json in (("/withdraw", {}), ("", body))
        ]
    assert {each.status_code for each in refused} == {404}
    assert len({each.text for each in refused}) == 1


async def test_erasing_who_asked_takes_a_question_in_their_very_words(own: Firm) -> None:
    made = await publish(own)
    await own.record.erase("bob")
    await own.review.forget("bob")
    assert own.review.approving is not None
    kept = await own.review.approving.answers.get(made["id"])
    assert (kept.edition.content.question, kept.state) == ("", "withdrawn")


# Who works on what, and what askers are told


async def test_a_case_is_taken_handed_on_and_given_back(own: Firm) -> None:
    case = await case_of(own, "ann")
    async with own.program("rosa") as http:
        taken = await http.post(f"/api/review/{case}/assign", json={"to": "rosa"})
        assert taken.json()["assignee"] == "rosa"
        mine = (await http.get("/api/review?who=me&order=oldest")).json()["cases"]
        assert [each["id"] for each in mine] == [case]
        [figure] = (await http.get("/api/review/waiting")).json()["waiting"]
        assert (figure["kind"], figure["open"], figure["free"]) == ("withheld", 1, 0)
        for name in ("rita", "bob", "nobody"):  # who may not read it, or reviews nothing
            refused = await http.post(f"/api/review/{case}/assign", json={"to": name})
            assert refused.status_code == 422
        back = await http.post(f"/api/review/{case}/assign", json={"to": ""})
        assert back.json()["assignee"] == ""


async def test_who_asked_is_told_why_it_was_rejected_and_nobody_else_is(own: Firm) -> None:
    case = await case_of(own)
    async with own.program("rosa") as http:
        body = {"do": "dismiss", "tell": "The lease answers it: look at page 1."}
        assert (await http.post(f"/api/review/{case}", json=body)).json()["told"] == body["tell"]
    for name, expected in (("bob", [(ASKED, body["tell"], True)]), ("ann", [])):
        async with own.program(name) as http:
            told = (await http.get("/api/replies")).json()["replies"]
        assert [(each["question"], each["text"], each["is_new"]) for each in told] == expected
    async with own.program("bob") as http:
        [seen] = (await http.get("/api/replies")).json()["replies"]
    assert not seen["is_new"]
    async with own.shelves.database.transaction() as connection:
        assert "page 1" not in str((await connection.execute(select(cases))).all())


async def test_it_is_written_and_changed_with_forms_alone(own: Firm) -> None:
    case = await case_of(own)
    async with own.browser("rosa") as http:
        page = (await http.get(f"/review/{case}/answer")).text
        assert LEASE in page
        sent = {
            "form_token": form_token(page),
            "passages": found_in(page, "passages"),
            "question": ASKED,
            "text_1": SAYS,
            "cites_1": "1.1",
            "readers": "everyone, group:board",
            "owner": "rosa",
            "review_by": SOON,
            "language": "en",
        }
        unknown = await http.post(f"/review/{case}/answer", data=sent | {"cites_1": "9.1"})
        assert unknown.status_code == 422
        assert SAYS in unknown.text
        checked = await http.post(f"/review/{case}/answer", data=sent | {"do": "check"})
        assert "The words carry it." in checked.text
        made = await http.post(f"/review/{case}/answer", data=sent | {"do": "publish"})
        assert (made.status_code, made.headers["location"]) == (303, "/approved/1")
        form = (await http.get("/approved/1/edit")).text
        assert f"1:0-{len(LEASE)}" in form
        again = sent | {
            "passages": found_in(form, "passages"),
            "cites_1": "1:11-59",
            "do": "publish",
            "after": "1",
        }
        assert (await http.post("/approved/1/edit", data=again)).status_code == 303
        assert "Editions" in (await http.get("/approved/1")).text
        assert SAYS not in (await http.get("/approved")).text
        gone = await http.post("/approved/1/withdraw", data=sent)
        assert gone.status_code == 303
        assert "Withdrawn by rosa" in (await http.get("/approved/1")).text


def found_in(page: str, name: str) -> str:
    """Return the value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None
    return found[1]
