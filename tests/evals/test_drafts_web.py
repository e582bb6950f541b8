"""Drafts in the browser: one click from a case, and from there into a suite."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from assistant.http.app import create_app
from assistant.http.parts import Annex
from assistant.signin.caller import Action
from evals.web.drafts import DRAFTS, DraftPages
from tests.assistant.hostile_words import XSS
from tests.assistant.http_client import offences, read
from tests.assistant.review_world import LEASE, TRUE
from tests.assistant.signin.door import form_token, sign_in
from tests.evals.drafts_world import Desks, desks

ALL = [each.value for each in Action]


@pytest.fixture
async def own(tmp_path: Path) -> AsyncIterator[Desks]:
    async with desks(tmp_path, TRUE) as opened:
        yield opened


@asynccontextmanager
async def at_the_desk(
    own: Desks, name: str = "", token: str = ""
) -> AsyncIterator[httpx.AsyncClient]:
    """Lend a browser in which somebody is signed in, or a program with a token of theirs."""

    async def lend() -> object:
        return own.drafting

    annex = Annex(DraftPages(lend).router(), DRAFTS, "Drafts", Action.EVALUATE)  # type: ignore[arg-type]
    app = create_app(own.firm.parts(annexes=(annex,)))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=("10.1.2.3", 4711))
    headers = {"Sec-Fetch-Site": "same-origin"}
    if token:
        headers["Authorization"] = f"Bearer {await own.firm.door.token(token, *ALL)}"
    async with httpx.AsyncClient(
        transport=transport, base_url="http://testserver", headers=headers
    ) as http:
        if name:
            assert (await sign_in(http, name)).status_code == 303
        yield http


async def press(http: httpx.AsyncClient, page: str, path: str, **fields: str) -> httpx.Response:
    """Send a form that a page has."""
    shown = await http.get(page)
    assert f'action="{path}"' in shown.text
    return await http.post(path, data={"form_token": form_token(shown.text)} | fields)


async def test_a_reviewer_makes_a_draft_with_one_click(own: Desks) -> None:
    number = await own.report("bob")
    path = f"/review/{number}/draft"
    async with at_the_desk(own, "rita") as http:
        assert "Make a test case" in (await http.get(f"/review/{number}")).text
        foreign = await http.post(path, data={"form_token": "x"})
        assert foreign.status_code == 403
        assert await own.firm.review.drafts.listed() == []
        done = await press(http, f"/review/{number}", path)
        assert (done.status_code, done.headers["location"]) == (303, f"/review/{number}#draft")
        page = (await http.get(f"/review/{number}")).text
        again = await http.post(path, data={"form_token": form_token(page)})
        assert again.status_code == 303
        assert "waits for an evaluator" in page
        assert "Make a test case" not in page
        assert offences(page) == []
    [draft] = await own.firm.review.drafts.listed()
    assert (draft.case, draft.state, draft.asker) == (number, "waiting", "bob")
    [noted, _] = [each for each in await own.firm.noted() if each["about"].get("do") == "draft"]
    assert (noted["actor"], noted["concerns"]) == ("rita", ["bob"])


async def test_a_reviewer_makes_no_draft_of_what_they_may_not_read(own: Desks) -> None:
    number = await own.report("ann", "What of the zqboard plan, and how much notice?")
    async with at_the_desk(own, token="rita") as http:
        for base in ("/review", "/api/review"):
            theirs = await http.post(f"{base}/{number}/draft")
            missing = await http.post(f"{base}/999/draft")
            assert (theirs.status_code, theirs.content) == (404, missing.content)
    assert await own.firm.review.drafts.listed() == []


async def test_an_evaluator_takes_a_report_edits_it_and_puts_it_into_a_suite(own: Desks) -> None:
    number = await own.report("bob")
    path = f"{DRAFTS}/{number}"
    async with at_the_desk(own, "ed") as http:
        made = await press(http, DRAFTS, DRAFTS, case=str(number))
        assert (made.status_code, made.headers["location"]) == (303, path)
        page = (await http.get(path)).text
        for word in ("bob", "Bob", "ross.example", "greta", "Holm", "123 45"):
            assert word not in page, word
        assert LEASE in page
        assert offences(page) == []
        typed = {"question": "How much notice [person 1]?", "answerable": "yes", "gold_0": "on"}
        typed |= {"facts": "ninety days | 90 days\r\n\r\nbefore the lease ends", "suite": "leases"}
        saved = await press(http, path, path, do="save", **typed)
        assert saved.headers["location"] == path
        page = (await http.get(path)).text
        assert "ninety days | 90 days" in page
        ticked = [each for _, each in read(page).elements if each.get("name") == "gold_0"]
        assert "checked" in ticked[0]
        accepted = await press(http, path, path, do="accept", **typed)
        assert (accepted.status_code, accepted.headers["location"]) == (303, DRAFTS)
        assert "Nothing waits" in (await http.get(DRAFTS)).text
        assert "leases" in (await http.get(f"{DRAFTS}?state=accepted")).text
        closed = (await http.get(path)).text
        assert "A test case of the suite leases" in closed
        assert offences(closed) == []
    [case] = own.suite("leases").cases
    assert case.expected.facts == (("ninety days", "90 days"), ("before the lease ends",))
    assert [each.words for each in case.expected.gold] == [LEASE]


async def test_what_was_typed_stays_on_the_page_when_it_is_refused(own: Desks) -> None:
    number = await own.drafted("bob")
    path = f"{DRAFTS}/{number}"
    async with at_the_desk(own, "ed") as http:
        typed = {"question": "A question of mine?", "words": "stands nowhere", "suite": "x y"}
        refused = await press(http, path, path, do="accept", **typed)
        assert refused.status_code == 422
        for kept in (*typed.values(), "stands in none"):
            assert kept in refused.text, kept
        named = await press(http, path, path, do="accept", question="Q?", suite="x y", facts="a")
        assert named.status_code == 422
        assert "small letters" in named.text
        odd = await press(http, path, path, do="burn")
        assert odd.status_code == 422


async def test_a_piece_is_shown_at_a_press_and_what_was_typed_is_kept(own: Desks) -> None:
    await own.firm.shelves.put("call.txt", "Greta Holm gives the tenant notice.")
    number = await own.drafted("bob", "Must Greta Holm give notice? b@r.example")
    path = f"{DRAFTS}/{number}"
    async with at_the_desk(own, "ed") as http:
        page = (await http.get(path)).text
        assert "stands in no source" in page
        assert "Holm" not in page
        typed = {"question": "Must [person 1] give [e-mail 1] notice?", "facts": "must"}
        await press(http, path, path, do="unmask [person 1]", **typed)
        page = (await http.get(path)).text
        assert "Must Greta Holm give [e-mail 1] notice?" in page
        assert ">must</textarea>" in page
        refused = await press(http, path, path, do="unmask [e-mail 1]", **typed)
        assert refused.status_code == 422


async def test_what_is_not_theirs_to_read_is_a_number_and_looks_like_nothing(own: Desks) -> None:
    hidden = await own.drafted("ann", "What of the zqboard plan, and how much notice?")
    async with at_the_desk(own, token="ed") as http:
        listed = (await http.get(DRAFTS)).text
        assert "1 more rests on sources that are not yours" in listed
        assert "zqboard" not in listed
        for method in ("GET", "POST"):
            theirs = await http.request(method, f"{DRAFTS}/{hidden}", data={"do": "discard"})
            missing = await http.request(method, f"{DRAFTS}/999", data={"do": "discard"})
            assert (theirs.status_code, theirs.content) == (404, missing.content)
            assert theirs.headers == missing.headers
        made = await http.post(DRAFTS, data={"case": str(hidden)})
        none = await http.post(DRAFTS, data={"case": "999"})
        assert (made.status_code, made.content) == (404, none.content)
    assert (await own.firm.review.drafts.get(hidden)).state == "waiting"


@pytest.mark.parametrize("name", ["ann", "bob", "rita", "mara"])
async def test_who_is_no_evaluator_gets_nothing(own: Desks, name: str) -> None:
    number = await own.drafted("bob")
    async with at_the_desk(own, token=name) as http:
        for method, path in (
            ("GET", DRAFTS),
            ("POST", DRAFTS),
            ("GET", f"{DRAFTS}/{number}"),
            ("POST", f"{DRAFTS}/{number}"),
        ):
            refused = await http.request(method, path)
            assert refused.status_code == 403, path
            assert "notice" not in refused.text


async def test_nobody_without_a_form_of_their_own_does_anything(own: Desks) -> None:
    number = await own.drafted("bob")
    async with at_the_desk(own, "ed") as http:
        for path, fields in (
            (DRAFTS, {"case": str(number)}),
            (f"{DRAFTS}/{number}", {"do": "discard"}),
        ):
            assert (await http.post(path, data={"form_token": "x"} | fields)).status_code == 403
            assert (await http.post(path, data=fields)).status_code == 403
    assert (await own.firm.review.drafts.get(number)).state == "waiting"


@pytest.mark.parametrize("query", ["state=some", "before=0", "before=x"])
async def test_a_choice_that_is_none_is_told(own: Desks, query: str) -> None:
    async with at_the_desk(own, token="ed") as http:
        assert (await http.get(f"{DRAFTS}?{query}")).status_code == 422
        for number in ("0", "x", "9" * 30):
            assert (await http.post(DRAFTS, data={"case": number})).status_code == 422


@pytest.mark.parametrize("attack", XSS[:6])
async def test_nothing_hostile_runs(own: Desks, attack: str) -> None:
    number = await own.drafted("bob", f"How much notice? {attack}"[:1900], attack[:1900])
    path = f"{DRAFTS}/{number}"
    async with at_the_desk(own, "ed") as http:
        sent = {"question": attack, "facts": attack, "lies": attack, "suite": attack}
        pages = [
            (await http.get(path)).text,
            (await http.get(DRAFTS)).text,
            (await press(http, path, path, do="accept", **sent)).text,
        ]
    for page in pages:
        assert offences(page) == []


async def test_pages_go_on_where_the_last_ended(
    own: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evals.drafts.drafting.SHOWN", 2)
    numbers = [await own.drafted("bob", f"How much notice, {each}?") for each in range(3)]
    async with at_the_desk(own, token="ed") as http:
        first = (await http.get(DRAFTS)).text
        assert f"before={numbers[1]}" in first
        assert f"case {numbers[0]}" in (await http.get(f"{DRAFTS}?before={numbers[1]}")).text
    cases = await own.drafting.cases(await own.who("ed"))
    assert [each.id for each in cases] == [f"review-{each}" for each in reversed(numbers)]
