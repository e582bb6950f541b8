"""The page Evaluations, through the whole application: who sees what of which run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from assistant.http.headers import POLICY
from evals.outcome import Outcome
from evals.running.result import Row, Run
from evals.sets import GoldSpan
from evals.suites.case import Case, Expected, Gold
from evals.suites.reading import read_suite, suite_of
from retrieval.audit.event import Act
from tests.assistant.hostile_words import XSS
from tests.assistant.http_client import offences, read
from tests.evals import made_run
from tests.evals.kept_runs import Office, keep, office
from tests.evals.made_run import run_of, said, scored
from tests.evals.test_reports import hostile

LEASE = "The tenant must give notice of ninety days before the lease ends."
BOARD = "The zqboard plan costs 5,000 euros and starts in May."
LEASE_CASE = Case(
    "lease/notice",
    "How much notice must the tenant give?",
    category="leases",
    expected=Expected(answerable=True, gold=(Gold("folder/lease.txt", LEASE),)),
)
BOARD_CASE = Case(
    "zq-board-case",
    "What does the zqsecret plan cost?",
    category="board",
    expected=Expected(answerable=True, gold=(Gold("folder/board.txt", BOARD),)),
)
SECRET = ("zq-board-case", "zqsecret", "zqboard", "board.txt")
EVERY = ("", "/files/html", "/files/json", "/files/junit")


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Office]:
    async with office(tmp_path) as opened:
        await opened.shelves.put("lease.txt", LEASE)
        await opened.shelves.put("board.txt", BOARD, readers=frozenset({"group:board"}))
        yield opened


def answered(case: Case, document: str, words: str) -> Row:
    """Return a row in which a whole document is found and cited."""
    place = GoldSpan(document, 0, len(words))
    shown = (said(document, 0, words),) if words else ()
    refused = "" if words else "not_supported"
    return scored(
        case,
        Outcome(
            case=case.id,
            refused=refused,
            mode="quotes",
            said=shown,
            named=(document,),
            retrieved=(place,),
            gold=(place,),
            notices=(),
            looked_for="",
            withheld=0,
            first_seconds=0.1,
            seconds=0.2,
        ),
    )


def lease_row() -> Row:
    return answered(LEASE_CASE, "folder/lease.txt", LEASE)


def board_row() -> Row:
    """Return a row that is wrong, so that it stands in every list of faults."""
    expected = replace(BOARD_CASE.expected, facts=(("6,000 euros",),))
    return answered(replace(BOARD_CASE, expected=expected), "folder/board.txt", BOARD)


def own(*rows: Row, day: int = 0, **more: object) -> Run:
    """Return a run over the library at hand."""
    stamp = replace(made_run.STAMP, suite="own", suite_digest="of our own")
    values = {"corpus": "", "stamp": stamp, "title": "Our own questions", "gate": None}
    return run_of(rows, day, **(values | more))


def boxed(*rows: Row, day: int = 0) -> Run:
    """Return a run of a suite that the product brings along."""
    digest = read_suite(suite_of("golden")).digest
    return run_of(rows, day, stamp=replace(made_run.STAMP, suite_digest=digest))


def kept(here: Office, run: Run, *rows: Row) -> str:
    """Keep a run and return its address."""
    return f"/evaluations/{keep(here.home, run, rows).id}"


def case_at(address: str, row: Row) -> str:
    return f"{address}/cases/{quote(row.case.id, safe='')}"


async def texts(http: httpx.AsyncClient, address: str) -> list[str]:
    """Return what is said of a run, on its page and in its files."""
    return [(await http.get(address + each)).text for each in EVERY]


async def test_only_evaluators_come_in_and_only_they_see_the_way(here: Office) -> None:
    address = kept(here, own(lease_row()), lease_row())
    for name, status in (("eve", 200), ("otto", 200), ("ann", 403), ("mara", 403)):
        async with here.browser(name) as http:
            home = await http.get("/")
            assert ('href="/evaluations"' in home.text) is (status == 200)
            for path in ("/evaluations", "/evaluations/look.css", address, f"{address}/files/json"):
                assert (await http.get(path)).status_code == status, (name, path)


async def test_a_case_is_seen_by_who_may_read_what_it_rests_on(here: Office) -> None:
    rows = (lease_row(), board_row())
    address = kept(here, own(*rows), *rows)
    async with here.browser("eve") as http:
        page = (await http.get(address)).text
        assert BOARD_CASE.question in page
        assert LEASE_CASE.question in page
        for row in rows:
            assert (await http.get(case_at(address, row))).status_code == 200
    async with here.browser("otto") as http:
        for text in await texts(http, address):
            assert not [word for word in SECRET if word in text]
        page = (await http.get(address)).text
        assert LEASE_CASE.question in page
        assert "1 case counts in the figures and is not shown" in read(page).text
        assert "<strong>1</strong> of 2 questions came out right" in page
        assert (await http.get(case_at(address, lease_row()))).status_code == 200


async def test_a_case_that_is_closed_looks_like_one_that_is_not_there(here: Office) -> None:
    rows = (lease_row(), board_row())
    address = kept(here, own(*rows), *rows)
    async with here.browser("otto") as http:
        closed = await http.get(case_at(address, board_row()))
        missing = await http.get(f"{address}/cases/none")
    assert closed.status_code == missing.status_code == 404
    assert closed.content == missing.content
    assert closed.headers == missing.headers


@pytest.mark.parametrize(
    "hint",
    [
        {"retrieved": (GoldSpan("folder/board.txt", 0, 5),)},
        {"named": ("folder/board.txt",)},
        {"gold": (GoldSpan("folder/board.txt", 0, 5),)},
        {"retrieved": (GoldSpan("folder/nowhere.txt", 0, 5),)},
    ],
    ids=str,
)
async def test_one_document_that_is_closed_closes_the_case(
    here: Office, hint: dict[str, object]
) -> None:
    row = lease_row()
    row = replace(row, outcome=replace(row.outcome, **hint))  # type: ignore[arg-type]
    address = kept(here, own(row), row)
    async with here.browser("otto") as http:
        assert (await http.get(case_at(address, row))).status_code == 404


@pytest.mark.parametrize(
    "expected",
    [
        Expected(gold=(Gold("folder/board.txt", BOARD),)),
        Expected(unseen=("folder/board.txt",)),
        Expected(unseen=("folder/",)),
    ],
    ids=str,
)
async def test_what_a_case_expects_closes_it_too(here: Office, expected: Expected) -> None:
    row = lease_row()
    row = replace(row, case=replace(row.case, expected=expected))
    address = kept(here, own(row), row)
    async with here.browser("otto") as http:
        assert (await http.get(case_at(address, row))).status_code == 404
        assert LEASE_CASE.question not in (await http.get(address)).text


async def test_a_version_that_is_closed_closes_the_case(here: Office) -> None:
    only = frozenset({"group:board"})
    await here.shelves.put("rules.txt", "Old rules.", readers=only)
    await here.shelves.put("rules.txt", "New rules.")
    row = answered(replace(LEASE_CASE, expected=Expected()), "folder/rules.txt", "")
    address = kept(here, own(row), row)
    for name, status in (("eve", 200), ("otto", 404)):
        async with here.browser(name) as http:
            assert (await http.get(case_at(address, row))).status_code == status


async def test_rights_count_as_they_are_now(here: Office) -> None:
    row = lease_row()
    address = kept(here, own(row), row)
    async with here.browser("otto") as http:
        assert (await http.get(case_at(address, row))).status_code == 200
        await here.shelves.put("lease.txt", LEASE + " Now closed.", readers=frozenset({"user:eve"}))
        assert (await http.get(case_at(address, row))).status_code == 404


async def test_a_document_that_is_gone_closes_the_case(here: Office) -> None:
    row = lease_row()
    address = kept(here, own(row), row)
    await here.shelves.shelf.remove(await here.shelves.document_id("lease.txt"))
    async with here.browser("eve") as http:
        assert (await http.get(case_at(address, row))).status_code == 404


async def test_another_document_of_the_same_name_does_not_open_it(here: Office) -> None:
    row = board_row()
    address = kept(here, own(row), row)
    await here.shelves.shelf.move(await here.shelves.document_id("board.txt"), "moved.txt")
    await here.shelves.put("board.txt", "Lunch is at noon, for everybody.")
    for name in ("eve", "otto"):
        async with here.browser(name) as http:
            assert (await http.get(case_at(address, row))).status_code == 404
            for text in await texts(http, address):
                assert "zqboard" not in text


async def test_suites_in_the_box_are_open_to_every_evaluator(here: Office) -> None:
    rows = made_run.rows(skill=0.5)[:8]
    address = kept(here, boxed(*rows), *rows)
    async with here.browser("otto") as http:
        html = (await http.get(address)).text
        page = read(html).text
        for row in rows:
            assert row.case.question in page
            assert (await http.get(case_at(address, row))).status_code == 200
        assert "ev-hidden" not in html
    assert Act.OPEN not in here.door.record.acts()


async def test_of_other_suites_with_a_corpus_there_are_figures_only(here: Office) -> None:
    row = lease_row()
    address = kept(here, own(row, corpus="demo"), row)
    async with here.browser("eve") as http:
        for text in await texts(http, address):
            assert LEASE_CASE.question not in text
            assert LEASE_CASE.id not in text
        assert "documents of its own" in (await http.get(address)).text
        assert (await http.get(case_at(address, row))).status_code == 404


async def test_what_was_asked_of_the_documents_of_the_box_is_open_too(here: Office) -> None:
    rows = made_run.rows()[:3]
    kept(here, boxed(*rows), *rows)
    stamp = replace(made_run.STAMP, suite="own", suite_digest="other", library="other")
    same, other = replace(stamp, library=made_run.STAMP.library), stamp
    async with here.browser("otto") as http:
        for day, (each, status) in enumerate(((same, 200), (other, 404)), 1):
            address = kept(here, run_of(rows, day, stamp=each), *rows)
            assert (await http.get(case_at(address, rows[0]))).status_code == status


async def test_cited_words_lead_to_their_place_in_the_source(here: Office) -> None:
    row = lease_row()
    address = kept(here, own(row), row)
    async with here.browser("otto") as http:
        page = (await http.get(case_at(address, row))).text
        links = {
            each["href"] for tag, each in read(page).elements if each.get("class") == "ev-place"
        }
        [link] = {each for each in links if each}
        source = await http.get(link.partition("#")[0])
    assert source.status_code == 200
    assert f"<mark>{LEASE}</mark>" in source.text


async def test_showing_words_of_a_document_is_on_record(here: Office) -> None:
    row = lease_row()
    address = kept(here, own(row), row)
    async with here.browser("otto") as http:
        await http.get(address)
        assert Act.OPEN not in here.door.record.acts()
        await http.get(case_at(address, row))
        [event] = [each for each in here.door.record.events if each.act is Act.OPEN]
        assert event.actor == "otto"
        assert event.about["what"] == "evaluation"
        here.door.record.is_full = True
        assert (await http.get(case_at(address, row))).status_code == 503


async def test_two_runs_are_compared_case_by_case(here: Office) -> None:
    better = answered(BOARD_CASE, "folder/board.txt", BOARD)
    after = (lease_row(), better)
    refused = answered(BOARD_CASE, "folder/board.txt", "")
    before = (lease_row(), refused)
    first, second = own(*before), own(*after, day=1)
    for run, rows in ((first, before), (second, after)):
        kept(here, run, *rows)
    query = {"first": first.id, "second": second.id}
    async with here.browser("eve") as http:
        page = read((await http.get("/evaluations/compare", params=query)).text).text
        assert "Was wrong, is right" in page
        assert BOARD_CASE.question in page
    async with here.browser("otto") as http:
        text = (await http.get("/evaluations/compare", params=query)).text
        assert not [word for word in SECRET if word in text]
        assert "1 more question came out otherwise" in text


@pytest.mark.parametrize(
    "path",
    [
        "/evaluations/none",
        "/evaluations/latest",
        "/evaluations/..%2f..%2fetc",
        "/evaluations/none/cases/x",
        "/evaluations/RUN/files/exe",
        "/evaluations/RUN/cases/",
        "/evaluations/compare?first=none&second=RUN",
    ],
)
async def test_what_is_not_there_is_not_found(here: Office, path: str) -> None:
    run = own(lease_row())
    kept(here, run, lease_row())
    async with here.browser("eve") as http:
        response = await http.get(path.replace("RUN", run.id))
    assert response.status_code == 404
    assert "There is nothing here for you" in response.text


async def test_without_a_run_the_page_says_how_to_make_one(here: Office) -> None:
    async with here.browser("eve") as http:
        page = await http.get("/evaluations")
    assert page.status_code == 200
    assert "pincite eval run" in page.text


async def test_the_list_shows_each_suite_once_with_its_runs(here: Office) -> None:
    rows = made_run.rows()[:9]
    for day in range(3):
        kept(here, boxed(*rows, day=day), *rows)
    kept(here, own(lease_row(), day=5), lease_row())
    async with here.browser("eve") as http:
        page = (await http.get("/evaluations")).text
    assert page.count('<h2 id="suite-') == 2
    assert page.count(" UTC</option>") == 6
    for tag, attributes in read(page).elements:
        assert tag != "a" or attributes["href"]


@pytest.mark.parametrize("payload", XSS)
async def test_hostile_words_are_shown_as_words(here: Office, payload: str) -> None:
    rows = [hostile(payload), made_run.rows()[0]]
    safe = [replace(rows[0], case=replace(rows[0].case, as_of="2026-01-01")), rows[1]]
    others = [replace(safe[0], scores={"refused": 1.0}, outcome=made_run.rows()[0].outcome)]
    run = replace(boxed(*safe), title=payload, corpus=payload, gate=(payload,))
    other = replace(boxed(*others, day=1), title=payload)
    address = kept(here, run, *safe)
    kept(here, other, *others)
    compare = f"/evaluations/compare?first={run.id}&second={other.id}"
    async with here.browser("eve") as http:
        for path in ("/evaluations", address, case_at(address, safe[0]), compare):
            page = await http.get(path)
            assert page.status_code == 200, path
            assert offences(page.text) == [], path
            assert page.headers["content-security-policy"] == POLICY
            assert [tag for tag, _ in read(page.text).elements].count("script") == 1
        saved = await http.get(f"{address}/files/html")
        assert saved.headers["content-disposition"].startswith("attachment; ")
        assert saved.headers["content-security-policy"] == POLICY


async def test_the_style_of_the_page_comes_from_this_server(here: Office) -> None:
    async with here.browser("eve") as http:
        style = await http.get("/evaluations/look.css")
    assert style.headers["content-type"].startswith("text/css")
    assert "url(" not in style.text
    assert "@import" not in style.text
