"""How a question was asked, and how its sources stand today, as far as a reviewer may know it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assistant.http.languages import COOKIE
from assistant.wording import Language
from retrieval.documents import Status
from retrieval.review.case import Circumstances
from tests.assistant.hostile_words import XSS
from tests.assistant.http_client import offences, read
from tests.assistant.review_world import ASKED, LEASE, LIE, Citing, Firm, firm
from tests.models import running

DAY = "2019-06-01"
EARLIER = ("Who pays the zqrent?", "And when?")
HOW = Circumstances(written="And the notice?", earlier=EARLIER, as_of=DAY, kinds=("ticket",))
MORE = "limited to names that are not yours to know"


@pytest.fixture
async def own(tmp_path: Path) -> AsyncIterator[Firm]:
    with running(Citing(LIE)) as model:
        async with firm(tmp_path, model) as opened:
            yield opened


async def opened(own: Firm, how: Circumstances, asker: str = "bob") -> int:
    """Put a case into the queue whose question was asked so, and return its number."""
    await own.ask(asker)
    case = [each for each in await own.kept() if each.matter.asker == asker][-1]
    number = await own.cases.open(replace(case.matter, question=f"{ASKED} So asked.", how=how))
    assert number is not None
    return number


async def shown(own: Firm, name: str, number: int, answer: bool = False) -> tuple[Any, str]:
    """Return a case as a program and as a browser of somebody's get it."""
    async with own.program(name) as http:
        case = (await http.get(f"/api/review/{number}")).json()
    async with own.browser(name) as http:
        page = await http.get(f"/review/{number}{'/answer' if answer else ''}")
    return case, page.text


async def test_the_day_and_the_limits_of_a_question_are_told(own: Firm) -> None:
    async with own.program("bob") as http:
        body = {"question": ASKED, "as_of": DAY, "kinds": ["ticket"]}
        assert (await http.post("/api/ask", json=body)).status_code == 200
    await own.settle()
    [kept] = await own.kept()
    case, page = await shown(own, "rita", kept.id)
    assert (case["asked"]["as_of"], case["asked"]["kinds"]) == (DAY, ["ticket"])
    assert (case["asked"]["typed"], case["asked"]["earlier"]) == ("", [])
    told = " ".join(read(page).text.split())
    assert "asked as of 1 June 2019" in told
    assert "limited to the kind ticket" in told


async def test_a_question_asked_as_most_are_says_nothing_of_it(own: Firm) -> None:
    await own.ask("bob")
    [kept] = await own.kept()
    case, page = await shown(own, "rita", kept.id)
    assert case["asked"]["as_of"] is None
    assert 'id="asked-so"' not in page


async def test_what_was_typed_and_asked_before_is_told_with_the_question(own: Firm) -> None:
    number = await opened(own, HOW)
    case, page = await shown(own, "rita", number)
    assert case["asked"]["typed"] == "And the notice?"
    assert case["asked"]["earlier"] == [*EARLIER]
    told = " ".join(read(page).text.split())
    assert "Typed as: And the notice?" in told
    assert "After 2 questions of the same conversation" in told
    assert told.index("same conversation") < told.index(EARLIER[0]) < told.index(EARLIER[1])
    async with own.program("rita") as http:
        listed = (await http.get("/api/review")).json()["cases"]
    assert {each["asked"] for each in listed} == {None}


async def test_a_question_that_came_again_says_how_it_was_asked_first(own: Firm) -> None:
    number = await opened(own, HOW)
    assert await opened(own, Circumstances(as_of="2024-01-01")) == number
    case, page = await shown(own, "rita", number)
    assert (case["times"], case["asked"]["as_of"]) == (2, DAY)
    assert "the first time:" in page
    assert "asked as of 1 June 2019" in read(page).text


async def test_whoever_may_not_see_the_question_learns_nothing_of_how_it_was_asked(
    own: Firm,
) -> None:
    number = await opened(own, HOW, asker="ann")
    case, page = await shown(own, "rita", number)
    assert case["asked"] is None
    async with own.browser("rita") as http:
        form = await http.get(f"/review/{number}/answer")
        listed = await http.get("/review")
    assert form.status_code == 404
    for text in (str(case), page, form.text, listed.text):
        assert "zqrent" not in text
        assert "2019" not in text
    case, page = await shown(own, "rosa", number)
    assert "zqrent" in page


async def test_names_that_a_reviewer_cannot_filter_by_are_not_told(own: Firm) -> None:
    await own.shelves.put(
        "plan.txt", "The plan.", readers=frozenset({"group:board"}), parties=("Zqacquired Ltd",)
    )
    how = Circumstances(sources=("files", "zqsecret"), parties=("Zqacquired Ltd",))
    number = await opened(own, how)
    case, page = await shown(own, "rita", number)
    assert "zq" not in str(case).lower().replace("zqboard", "")
    assert "Zqacquired" not in page
    assert case["asked"]["is_hidden"]
    assert MORE in page
    case, page = await shown(own, "rosa", number)
    assert case["asked"]["parties"] == ["Zqacquired Ltd"]
    assert "limited to the party Zqacquired Ltd" in page


async def test_the_form_to_answer_says_it_too_and_that_today_counts(own: Firm) -> None:
    number = await opened(own, HOW)
    _, page = await shown(own, "rita", number, answer=True)
    assert "asked as of 1 June 2019" in " ".join(read(page).text.split())
    assert "shown to whoever asks of today" in page


@pytest.mark.parametrize("payload", XSS)
async def test_hostile_words_of_the_asker_are_words(own: Firm, payload: str) -> None:
    how = Circumstances(written=payload, earlier=(payload,), kinds=(payload,))
    _, page = await shown(own, "rita", await opened(own, how))
    assert offences(page) == []
    assert page.count("<script") == 1


# How the sources stand


async def test_a_place_names_its_version_and_says_nothing_more_while_it_counts(own: Firm) -> None:
    await own.ask("bob")
    [kept] = await own.kept()
    case, page = await shown(own, "rita", kept.id)
    [place] = case["evidence"]
    assert (place["version"], place["status"], place["is_in_force"]) == (1, "approved", True)
    assert place["instead"] is None
    assert "version 1" in page
    assert "today:" not in page


async def test_a_superseded_version_says_so_and_which_one_counts_now(own: Firm) -> None:
    await own.ask("bob")
    [kept] = await own.kept()
    await own.shelves.put("lease.txt", LEASE.replace("ninety", "thirty"))
    case, page = await shown(own, "rita", kept.id)
    places = [*case["evidence"], *case["sentences"][0]["citations"]]
    assert {(each["version"], each["status"], each["instead"]) for each in places} == {
        (1, Status.SUPERSEDED.value, 2)
    }
    assert "today: superseded" in page
    document = await own.shelves.document_id("lease.txt")
    assert f'<a href="/source/{document}/2">version 2 counts now</a>' in page
    _, form = await shown(own, "rita", kept.id, answer=True)
    assert "today: superseded" in form
    assert "version 2 counts now" in form


async def test_a_version_that_a_reviewer_may_not_read_is_not_named_instead(own: Firm) -> None:
    await own.ask("bob")
    [kept] = await own.kept()
    readers = frozenset({"group:board"})
    await own.shelves.put("lease.txt", LEASE.replace("ninety", "thirty"), readers=readers)
    case, page = await shown(own, "rita", kept.id)
    assert "counts now" not in page
    assert {each["instead"] for each in case["evidence"]} <= {None}


async def test_a_version_that_begins_later_is_not_in_force_today(own: Firm) -> None:
    await own.shelves.put("later.txt", LEASE, effective_from=date(2099, 1, 1))
    await own.ask("bob")
    [kept] = await own.kept()
    case, page = await shown(own, "rita", kept.id)
    assert False in {each["is_in_force"] for each in case["evidence"]}
    assert "not in force today" in page


@pytest.mark.parametrize("language", [Language.DE, Language.FR])
async def test_all_of_it_is_said_in_every_language(own: Firm, language: Language) -> None:
    number = await opened(own, replace(HOW, statuses=("expired",), parties=("none",)))
    async with own.browser("rita") as http:
        http.cookies.set(COOKIE, language)
        page = (await http.get(f"/review/{number}")).text
    told = read(page).text
    for english in ("asked as of", "limited to", "Typed as", "same conversation"):
        assert english not in told
