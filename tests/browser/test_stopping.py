"""An answer that is being written can be stopped on the page, and says so when it is cut off."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.assistant.http_served import served
from tests.assistant.http_world import make_parts
from tests.assistant.test_http_stream import Writer, parts_of, writer
from tests.browser.conftest import PHONE, SCREENSHOTS, WIDE, Open

pytestmark = [pytest.mark.browser, pytest.mark.slow]
NOTICE = "How much written notice must either party give to terminate the agreement?"


@pytest.fixture
def writing() -> Iterator[tuple[Writer, str]]:
    writes = writer()
    with served(parts_of(writes)) as address:
        yield writes, address


def ask(page: Page) -> None:
    page.get_by_label("Your question").fill(NOTICE)
    page.get_by_role("button", name="Ask").click()


@pytest.mark.parametrize(("name", "size"), [("wide", WIDE), ("phone", PHONE)])
def test_an_answer_is_stopped_at_a_click(
    opened: Open, writing: tuple[Writer, str], name: str, size: dict[str, int]
) -> None:
    writes, address = writing
    page = opened(address, viewport=size).page
    ask(page)
    expect(page.locator(".quote")).to_have_count(1)
    SCREENSHOTS.mkdir(exist_ok=True)
    page.get_by_role("button", name="Stop this answer").wait_for()
    page.screenshot(path=SCREENSHOTS / f"writing-{name}.png")
    page.get_by_role("button", name="Stop this answer").click()
    expect(page.locator(".stopped")).to_contain_text("You stopped this answer.")
    expect(page.locator("#stop")).to_be_hidden()
    page.screenshot(path=SCREENSHOTS / f"stopped-{name}.png")
    expect(page.locator(".quote")).to_have_count(1)
    assert page.locator("#reply").get_attribute("aria-busy") is None
    assert writes.was_cancelled.is_set()


def test_an_answer_the_server_no_longer_knows_is_let_go_of(
    opened: Open, writing: tuple[Writer, str]
) -> None:
    _, address = writing
    watched = opened(address)
    page = watched.page
    page.route("**/api/answers/**", lambda route: route.fulfill(status=404, body="{}"))
    ask(page)
    page.get_by_role("button", name="Stop this answer").click()
    expect(page.locator(".stopped")).to_contain_text("You stopped this answer.")
    expect(page.locator("#stop")).to_be_hidden()
    watched.complaints.clear()  # the browser says that 404 is one


def test_an_answer_that_is_whole_offers_nothing_to_stop(opened: Open) -> None:
    with served(make_parts()) as address:
        page = opened(address).page
        ask(page)
        expect(page.locator("#reply")).not_to_have_attribute("aria-busy", "true")
        page.wait_for_timeout(600)
        expect(page.locator("#stop")).to_be_hidden()


def test_an_answer_that_is_cut_off_does_not_look_whole(opened: Open) -> None:
    with served(make_parts()) as address:
        page = opened(address).page
        body = 'event: sources\ndata: {"lead": "Lead", "sources": [], "as_of": "2026-01-01"}\n\n'
        headers = {"Content-Type": "text/event-stream"}
        page.route(
            "**/api/ask/stream", lambda route: route.fulfill(status=200, headers=headers, body=body)
        )
        ask(page)
        expect(page.locator(".stopped")).to_contain_text("lost before the answer ended")


def test_an_answer_that_fails_midway_is_taken_back(opened: Open) -> None:
    writes = writer(fails_with=ZeroDivisionError())
    with served(parts_of(writes)) as address:
        page = opened(address).page
        ask(page)
        expect(page.locator(".problem")).to_contain_text("a fault in the server")
        expect(page.locator(".lead")).to_have_count(0)
