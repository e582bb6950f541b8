"""The review queue over HTTP: a lie makes a case, and nobody reads by it what is not theirs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from assistant.http.review import ChosenIn
from retrieval.errors import NotFound, Unavailable
from retrieval.review.case import CaseKind, CaseState
from tests import postgres
from tests.assistant.hostile_words import XSS
from tests.assistant.http_client import offences, read
from tests.assistant.review_world import ASKED, LEAK, LEASE, LIE, TRUE, Citing, Firm, firm
from tests.assistant.signin.door import form_token
from tests.models import Says, running

SECRET = "zqboard"
PATHS = ("/api/review", "/api/review?state=any", "/review", "/review?state=any&kind=withheld")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres.running() as url:
        yield url


@pytest.fixture
async def own(tmp_path: Path) -> AsyncIterator[Firm]:
    with running(Citing(LIE)) as model:
        async with firm(tmp_path, model) as opened:
            yield opened


async def everything(http: httpx.AsyncClient, case: int) -> str:
    """Return all that somebody is told of the queue and of one case."""
    paths = (*PATHS, f"/api/review/{case}", f"/review/{case}")
    return "".join([(await http.get(path)).text for path in paths])


async def only_case(own: Firm) -> int:
    [case] = await own.kept()
    return case.id


# What makes a case


async def test_a_lie_makes_a_case_with_the_sentence_the_fault_and_the_evidence(own: Firm) -> None:
    reply = await own.ask("bob", answer="my-own-name-1")
    assert (reply["outcome"], reply["reason"]) == ("refusal", "not_supported")
    [case] = await own.kept()
    matter = case.matter
    assert (matter.kind, matter.asker, matter.question) == (CaseKind.WITHHELD, "bob", ASKED)
    assert (matter.answer_id, matter.made_by) == ("my-own-name-1", "Some-8B, settings 1")
    [said] = matter.said
    assert said.text == LIE[0]
    assert "duration" in {each.kind for each in said.flaws}
    [cited] = said.cites
    assert LEASE[cited.start : cited.end] == LEASE
    assert {each.version_id for each in matter.evidence} == {cited.version_id}


async def test_the_truth_makes_no_case(own: Firm) -> None:
    own.model.lines = (TRUE,)
    assert (await own.ask("bob"))["outcome"] == "answer"
    assert await own.kept() == []


async def test_what_is_left_out_of_an_answer_makes_a_case_too(own: Firm) -> None:
    own.model.lines = (LIE, TRUE)
    assert (await own.ask("bob"))["outcome"] == "answer"
    [case] = await own.kept()
    assert case.matter.kind is CaseKind.WITHHELD
    assert [each.text for each in case.matter.said] == [LIE[0]]


async def test_a_sentence_that_cites_nothing_given_is_kept_with_that_fault(own: Firm) -> None:
    own.model.lines = (LEAK,)
    await own.ask("bob")
    [case] = await own.kept()
    [said] = case.matter.said
    assert said.cites == ()
    assert [(each.kind, each.piece) for each in said.flaws] == [("uncited", "9.9")]


async def test_a_refusal_makes_a_case(own: Firm) -> None:
    own.model.reply = lambda _: Says(("NO ANSWER\n",))  # type: ignore[method-assign]
    await own.ask("bob", "What colour is the door?")
    [case] = await own.kept()
    assert (case.matter.kind, case.matter.reason) == (CaseKind.REFUSED, "not_supported")
    assert case.matter.said == ()


async def test_the_same_asked_again_is_one_case_that_counts(own: Firm) -> None:
    for _ in range(3):
        await own.ask("bob")
    [case] = await own.kept()
    assert case.count == 3


async def test_the_record_says_how_many_were_withheld_and_for_what_and_no_word(own: Firm) -> None:
    own.model.lines = (LIE, LEAK, TRUE)
    await own.ask("bob")
    [answer] = [each for each in await own.noted() if each["act"] == "answer"]
    assert answer["about"]["withheld"] == 2
    faults = answer["about"]["faults"]
    assert faults["uncited"] == 1
    assert faults["duration"] == 1
    assert "sixty" not in str(answer["about"])
    own.model.lines = (LIE,)
    await own.ask("bob")
    [refusal] = [each for each in await own.noted() if each["act"] == "refuse"]
    assert refusal["about"]["withheld"] == 1


async def test_a_database_that_fails_harms_no_answer(
    own: Firm, caplog: pytest.LogCaptureFixture
) -> None:
    own.model.lines = (LIE, TRUE)
    own.review.queueing._waits = ()
    async with own.shelves.database.transaction() as connection:
        await connection.exec_driver_sql("DROP TABLE review_cases")
    reply = await own.ask("bob")
    assert [each["text"] for each in reply["sentences"]] == [LEASE]
    assert "answer" in {each["act"] for each in await own.noted()}
    assert "left out: Unavailable" in caplog.text
    assert "notice" not in caplog.text


# Who may see it


async def test_a_reviewer_sees_what_was_withheld_and_why_but_not_who_asked(own: Firm) -> None:
    await own.ask("bob")
    number = await only_case(own)
    async with own.program("rita") as http:
        listed = (await http.get("/api/review")).json()
        case = (await http.get(f"/api/review/{number}")).json()
        told = await everything(http, number)
    [line] = listed["cases"]
    assert (line["id"], line["question"], line["is_readable"]) == (number, ASKED, True)
    [said] = case["sentences"]
    assert said["text"] == LIE[0]
    assert said["citations"][0]["words"] == LEASE
    assert said["citations"][0]["link"].startswith("/source/")
    assert "bob" not in told


@pytest.mark.parametrize("lines", [(LIE,), (LEAK,), (LEAK, TRUE)])
async def test_a_reviewer_who_may_not_read_all_of_it_sees_only_that_it_is_there(
    own: Firm, lines: tuple[tuple[str, str], ...]
) -> None:
    own.model.lines = lines
    await own.ask("ann", f"{ASKED} And the {SECRET} plan?")
    number = await only_case(own)
    async with own.program("rita") as http:
        told = await everything(http, number)
        case = (await http.get(f"/api/review/{number}")).json()
        closed = await http.post(f"/api/review/{number}", json={"do": "resolve"})
        missing = await http.post("/api/review/999", json={"do": "resolve"})
    assert SECRET not in told
    assert "notice" not in told.replace("Notice", "")
    assert "not yours to read" in told
    said = {key for key, value in case.items() if value}
    assert said == {"id", "kind", "state", "at"}
    assert (closed.status_code, closed.content) == (404, missing.content)
    async with own.program("rosa") as http:
        assert SECRET in await everything(http, number)


async def test_what_is_closed_to_a_reviewer_later_is_closed_at_once(own: Firm) -> None:
    await own.ask("ann")
    number = await only_case(own)
    async with own.program("rosa") as http:
        assert (await http.get(f"/api/review/{number}")).json()["is_readable"]
        await own.door.directory.leave("board", ["user:rosa"])
        case = (await http.get(f"/api/review/{number}")).json()
    assert not case["is_readable"]


async def test_what_was_removed_since_is_shown_to_nobody(own: Firm) -> None:
    await own.ask("bob")
    number = await only_case(own)
    document = await own.shelves.document_id("lease.txt")
    await own.shelves.shelf.remove(document)
    async with own.program("rosa") as http:
        told = await everything(http, number)
    assert "sixty" not in told


@pytest.mark.parametrize("name", ["ann", "bob", "mara"])
async def test_who_is_no_reviewer_gets_nothing(own: Firm, name: str) -> None:
    await own.ask("bob")
    number = await only_case(own)
    async with own.program(name) as http:
        for path in (*PATHS, f"/review/{number}", f"/api/review/{number}"):
            refused = await http.get(path)
            assert refused.status_code == 403, path
            assert "sixty" not in refused.text
        closed = await http.post(f"/api/review/{number}", json={"do": "resolve"})
    assert closed.status_code == 403


async def test_looking_is_on_record_before_anything_is_shown(own: Firm) -> None:
    await own.ask("bob")
    number = await only_case(own)
    async with own.program("rita") as http:
        await http.get(f"/api/review/{number}")
        await http.get("/api/review")
    looks = [each for each in await own.noted() if each["act"] == "review"]
    assert [each["about"]["do"] for each in looks] == ["list", "show"]
    assert {each["actor"] for each in looks} == {"rita"}
    assert looks[0]["about"]["cases"] == [number]
    assert looks[1]["concerns"] == ["bob"]


async def test_erasing_the_asker_takes_the_case_away(own: Firm) -> None:
    await own.ask("bob")
    number = await only_case(own)
    await own.record.erase("bob")
    async with own.program("rita") as http:
        assert (await http.get("/api/review")).json()["cases"] == []
        assert (await http.get(f"/api/review/{number}")).status_code == 404
    assert await own.cases.sweep() == 1


# Deciding


async def test_a_case_is_decided_once_with_a_note_that_is_on_record(own: Firm) -> None:
    await own.ask("bob")
    number = await only_case(own)
    told = {"do": "resolve", "note": "It is ninety."}
    async with own.program("rita") as http:
        case = (await http.post(f"/api/review/{number}", json=told)).json()
        again = await http.post(f"/api/review/{number}", json={"do": "dismiss"})
        assert (await http.get("/api/review")).json()["cases"] == []
        assert len((await http.get("/api/review?state=resolved")).json()["cases"]) == 1
    assert (case["state"], case["closed_by"]) == ("resolved", "rita")
    assert case["closing_note"] == "It is ninety."
    assert again.status_code == 422
    [event] = [each for each in await own.noted() if each["about"].get("do") == "resolve"]
    assert (event["actor"], event["words"]) == ("rita", {"note": "It is ninety."})
    assert (event["about"]["case"], event["concerns"]) == (number, ["bob"])


async def test_what_cannot_be_noted_is_not_decided(own: Firm) -> None:
    await own.ask("bob")
    number = await only_case(own)
    async with own.program("rita") as http:
        await own.record.close()
        refused = await http.post(f"/api/review/{number}", json={"do": "resolve"})
        unseen = await http.get("/api/review")
    assert refused.status_code == unseen.status_code == 503
    assert (await own.cases.get(number)).state is CaseState.OPEN


@pytest.mark.parametrize(
    "body", [{}, {"do": "delete"}, {"do": "resolve", "note": "x" * 2_001}, {"do": 1}, []]
)
async def test_what_is_no_decision_is_told(own: Firm, body: Any) -> None:
    await own.ask("bob")
    async with own.program("rita") as http:
        refused = await http.post(f"/api/review/{await only_case(own)}", json=body)
    assert refused.status_code == 422
    assert refused.json()["error"]["expected"]


@pytest.mark.parametrize("query", ["state=some", "kind=none", "before=x", "before=0"])
async def test_a_choice_that_is_none_is_told(own: Firm, query: str) -> None:
    async with own.program("rita") as http:
        refused = await http.get(f"/api/review?{query}")
        assert refused.status_code == 422
        assert refused.json()["error"]["expected"].startswith(f"`{query.split('=')[0]}`: ")
        assert (await http.get(f"/review?{query}")).status_code == 422


def test_whoever_chooses_chooses_among_all_states_and_kinds() -> None:
    properties = ChosenIn.model_json_schema()["properties"]
    assert properties["state"]["enum"] == [*CaseState, "any"]
    assert properties["kind"]["enum"] == [*CaseKind, "any"]


async def test_pages_go_on_where_the_last_ended(own: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.review.reviewing.SHOWN", 2)
    for number in range(5):
        await own.ask("bob", f"{ASKED} {number}")
    seen: list[int] = []
    path = "/api/review"
    async with own.program("rita") as http:
        while path:
            listed = (await http.get(path)).json()
            seen += [each["id"] for each in listed["cases"]]
            path = f"/api/review?before={listed['earlier']}" if listed["earlier"] else ""
        page = await http.get("/review")
        oldest = (await http.get("/api/review?order=oldest")).json()
        path = f"/api/review?order=oldest&after={oldest['earlier']}"
        later = (await http.get(path)).json()
    assert seen == sorted(seen, reverse=True)
    assert len(set(seen)) == 5
    assert [each["id"] for each in (*oldest["cases"], *later["cases"])] == sorted(seen)[:4]
    assert "Later" in page.text


# Reporting


async def test_a_reader_reports_an_answer_of_theirs_once(own: Firm) -> None:
    own.model.lines = (TRUE,)
    await own.ask("bob", answer="my-own-name-1")
    path = "/api/answers/my-own-name-1/report"
    async with own.program("bob") as http:
        assert (await http.post(path, json={"note": "It is sixty now."})).status_code == 204
        assert (await http.post(path)).status_code == 204
    [case] = await own.kept()
    matter = case.matter
    assert (matter.kind, matter.asker, matter.note) == (
        CaseKind.REPORTED,
        "bob",
        "It is sixty now.",
    )
    assert [each.text for each in matter.said] == [LEASE]
    assert case.count == 1
    async with own.program("rita") as http:
        shown = (await http.get(f"/api/review/{case.id}")).json()
        page = (await http.get(f"/review/{case.id}")).text
    assert shown["notes"] == ["It is sixty now."]
    assert "It is sixty now." in page
    [event] = [each for each in await own.noted() if each["act"] == "report"]
    assert (event["actor"], event["words"]) == ("bob", {"note": "It is sixty now."})


async def test_nobody_reports_what_somebody_else_was_told(own: Firm) -> None:
    own.model.lines = (TRUE,)
    await own.ask("bob", answer="my-own-name-1")
    async with own.program("ann") as http:
        theirs = await http.post("/api/answers/my-own-name-1/report")
        none = await http.post("/api/answers/there-is-none/report")
    assert theirs.status_code == none.status_code == 404
    assert theirs.content == none.content
    assert await own.kept() == []


async def test_who_reports_too_much_must_wait(own: Firm) -> None:
    own.model.lines = (TRUE,)
    async with own.program("bob") as http:
        for number in range(11):
            name = f"my-own-name-{number}"
            await own.ask("bob", f"{ASKED} {number}", answer=name)
            last = await http.post(f"/api/answers/{name}/report")
            assert last.status_code == (204 if number < 10 else 429)
        assert int(last.headers["Retry-After"]) > 0
        assert last.json()["error"]["code"] == "busy"
        await own.ask("bob", answer="of-a-page-12")
        page = await http.post("/answers/of-a-page-12/report")
    assert page.status_code == 429
    assert page.headers["Retry-After"]


async def test_a_report_works_without_scripts(own: Firm) -> None:
    own.model.lines = (TRUE,)
    async with own.browser("bob") as http:
        page = await http.get("/", params={"q": ASKED})
        [form] = [
            each
            for tag, each in read(page.text).elements
            if tag == "form" and "data-answer" in each
        ]
        sent = {"form_token": form_token(page.text), "note": "No."}
        foreign = await http.post(str(form["action"]), data=sent | {"form_token": "x"})
        thanked = await http.post(str(form["action"]), data=sent | {"conversation": "a" * 32})
        again = await http.post(str(form["action"]), data=sent | {"conversation": "../admin"})
    assert foreign.status_code == 403
    assert thanked.status_code == again.status_code == 200
    assert "Thank you" in thanked.text
    assert f'href="/conversations/{"a" * 32}">Back to the answer' in thanked.text
    assert 'href="/">Back to asking' in again.text
    [case] = await own.kept()
    assert (case.matter.kind, case.matter.note) == (CaseKind.REPORTED, "No.")


@pytest.mark.parametrize("is_held", [False, True])
async def test_a_report_that_cannot_be_kept_may_be_made_again(own: Firm, is_held: bool) -> None:
    """Holds may fill the queue too: nobody is thanked for what is kept nowhere."""
    own.model.lines = (TRUE,)
    await own.ask("bob", answer="my-own-name-1")
    path = "/api/answers/my-own-name-1/report"
    kept = own.review.reporting._cases
    own.review.reporting._cases = _Full(is_held)
    async with own.program("bob") as http:
        assert (await http.post(path)).status_code == 503
        own.review.reporting._cases = kept
        assert (await http.post(path)).status_code == 204
    assert len(await own.kept()) == 1


@dataclass
class _Full:
    is_held: bool

    async def open(self, matter: object) -> int | None:
        if self.is_held:
            return None
        raise Unavailable("The disk is full.")


# The pages


async def test_a_reviewer_works_through_the_queue_on_the_pages(own: Firm) -> None:
    await own.ask("bob")
    number = await only_case(own)
    async with own.browser("rita") as http:
        home = await http.get("/")
        queue = await http.get("/review")
        case = await http.get(f"/review/{number}")
        token = form_token(case.text)
        sent = {"form_token": token, "do": "resolve", "note": "Seen to."}
        foreign = await http.post(f"/review/{number}", data=sent | {"form_token": "x"})
        other = await http.post(f"/review/{number}", data=sent | {"do": "delete"})
        done = await http.post(f"/review/{number}", data=sent)
        again = await http.post(f"/review/{number}", data=sent)
        after = await http.get("/review?state=resolved")
        closed = await http.get(f"/review/{number}")
    assert '<a href="/review">Review</a>' in home.text
    assert "/admin" not in home.text
    assert ASKED in queue.text
    assert "sixty" in case.text
    assert (foreign.status_code, other.status_code) == (403, 422)
    assert (done.status_code, done.headers["location"]) == (303, "/review")
    assert again.status_code == 422
    assert ASKED in after.text
    assert "Seen to." in closed.text
    for page in (queue, case, after, closed):
        assert offences(page.text) == []


async def test_what_is_hostile_in_a_case_is_text_on_its_page(own: Firm) -> None:
    own.model.lines = tuple((each, "ninety days") for each in XSS[:8])
    await own.ask("bob", f"Notice? {XSS[0]}")
    number = await only_case(own)
    async with own.browser("rita") as http:
        for path in ("/review", f"/review/{number}"):
            assert offences((await http.get(path)).text) == []


async def test_who_does_not_review_is_not_shown_the_way(own: Firm) -> None:
    async with own.browser("bob") as http:
        assert "/review" not in (await http.get("/")).text


# On Postgres


@pytest.mark.slow
async def test_the_queue_is_the_same_on_postgres(server: str, tmp_path: Path) -> None:
    with running(Citing(LIE)) as model:
        async with firm(tmp_path, model, server) as own:
            await own.ask("bob")
            await own.ask("bob")
            await own.ask("ann")
            first, second = sorted(await own.kept(), key=lambda each: each.id)
            assert (first.count, second.count) == (2, 1)
            async with own.program("rita") as http:
                listed = (await http.get("/api/review")).json()["cases"]
                assert [each["is_readable"] for each in listed] == [False, True]
                done = await http.post(f"/api/review/{first.id}", json={"do": "dismiss"})
                assert done.json()["state"] == "dismissed"
            await own.record.erase("ann")
            assert await own.cases.sweep() == 1
            with pytest.raises(NotFound):
                await own.cases.get(second.id)
