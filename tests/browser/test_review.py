"""A reader says that an answer is not right, with scripts and without."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from assistant.http.health import Part
from assistant.review.reporting import ReportedOften
from retrieval.access import Principal
from tests.assistant.http_served import served
from tests.assistant.http_world import make_parts
from tests.browser.conftest import ASKED, PHONE, Open

pytestmark = [pytest.mark.browser, pytest.mark.slow]

QUESTION = "How much written notice must either party give to terminate the agreement?"


@dataclass
class Reports:
    """Keeps what is reported; `is_often` makes whoever reports wait."""

    got: list[tuple[str, str]] = field(default_factory=list)
    is_often: bool = False

    async def report(self, answer_id: str, note: str, *, principal: Principal, origin: str) -> None:
        if self.is_often:
            raise ReportedOften("Too much.", 60)
        self.got.append((answer_id, note))


@pytest.fixture
def reports() -> Reports:
    return Reports()


@pytest.fixture
def address(reports: Reports) -> Iterator[str]:
    review = SimpleNamespace(reporting=reports)
    with served(make_parts(review=Part.ready("review", review))) as at:
        yield at


def test_with_scripts_the_answer_stays_and_thanks_appear(
    opened: Open, address: str, reports: Reports
) -> None:
    page = opened(address).page
    page.fill("#q", QUESTION)
    page.keyboard.press("Enter")
    page.locator(".report summary").press("Enter")
    page.locator(".report textarea").fill("It is sixty.")
    page.locator(".report button").press("Enter")
    expect(page.locator("p.report")).to_have_text("Thank you. A reviewer will look at it.")
    expect(page.locator("#reply .quote").first).to_be_visible()
    [(answer, note)] = reports.got
    assert note == "It is sixty."
    assert len(answer) == 32


def test_without_scripts_the_form_is_sent_as_it_is(
    opened: Open, address: str, reports: Reports
) -> None:
    page = opened(address + ASKED, java_script_enabled=False).page
    page.locator(".report summary").press("Enter")
    page.locator(".report textarea").fill("It is sixty.")
    page.locator(".report button").press("Enter")
    expect(page.locator("h1")).to_have_text("Thank you")
    assert [note for _, note in reports.got] == ["It is sixty."]


def test_who_must_wait_is_told_and_may_try_again(
    opened: Open, address: str, reports: Reports
) -> None:
    reports.is_often = True
    watched = opened(address + ASKED, viewport=PHONE)
    page = watched.page
    page.locator(".report summary").click()
    page.locator(".report button").click()
    expect(page.locator(".report .problem")).to_contain_text("Wait 60 seconds")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    reports.is_often = False
    page.locator(".report button").click()
    expect(page.locator("p.report")).to_be_visible()
    watched.complaints = [each for each in watched.complaints if "429" not in each]
