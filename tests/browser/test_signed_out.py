"""A session that ended while a page was open: the page says so, and the way back loses nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import PHONE
from tests.browser.house import ANSWERED, PASSWORD, House
from tests.browser.test_accessible import faults

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Enter = Callable[..., Page]
THEN_ASK = "You have been signed out. Sign in, then ask again."
THEN_SEND = "You have been signed out. Sign in, then send it again."


def ask(page: Page, question: str) -> None:
    page.fill("#q", question)
    page.keyboard.press("Enter")


def leads_to(page: Page, link: str) -> dict[str, list[str]]:
    """Return what is asked for at the page that a link leads to by way of the door."""
    address = page.locator(link).get_attribute("href")
    assert address
    door = urlsplit(address)
    assert door.path == "/sign-in"
    [going] = parse_qs(door.query)["next"]
    assert urlsplit(going).path == "/"
    return parse_qs(urlsplit(going).query)


def test_who_asks_is_led_to_the_door_and_back_to_the_answer(house: House, entered: Enter) -> None:
    page = entered("ann")
    page.goto(house.url)
    page.context.clear_cookies()
    page.locator(".narrow summary").click()
    page.select_option("[name=kind]", "contract")
    ask(page, ANSWERED)
    expect(page.locator("#reply .problem")).to_have_text(THEN_ASK)
    assert "Bearer" not in page.locator("main").inner_text()
    assert faults(page) == []
    expect(page.locator("#q")).to_have_value(ANSWERED)
    assert page.locator("#q").evaluate("box => box.scrollHeight <= box.clientHeight + 2")
    assert leads_to(page, "#reply .problem a") == {"q": [ANSWERED], "kind": ["contract"]}
    page.locator("#reply .problem a").click()
    page.fill("#name", "ann")
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#reply .pin")
    expect(page.locator(".asked-words").last).to_have_text(ANSWERED)


def test_a_question_that_follows_another_goes_on_in_its_conversation(
    house: House, entered: Enter
) -> None:
    page = entered("ann")
    page.goto(house.url)
    ask(page, ANSWERED)
    page.wait_for_selector("#reply:not([aria-busy]) .turn-tools")
    place = page.locator("#conversation").input_value()
    with page.expect_navigation():
        page.locator("[data-tool=edit]").click()
    before = page.locator("#before").input_value()
    page.context.clear_cookies()
    ask(page, f"{ANSWERED} In days.")
    expect(page.locator("#reply .problem")).to_have_text(THEN_ASK)
    assert leads_to(page, "#reply .problem a") == {
        "q": [f"{ANSWERED} In days."],
        "conversation": [place],
        "before": [before],
    }


def test_who_reports_an_answer_keeps_the_words_of_the_note(house: House, entered: Enter) -> None:
    page = entered("ann", locale="de-DE", viewport=PHONE)
    page.goto(f"{house.url}/?q={ANSWERED}")
    page.context.clear_cookies()
    page.locator(".report summary").click()
    page.locator(".report textarea").fill("It is sixty.")
    page.locator(".report button").click()
    told = page.locator(".report .problem")
    expect(told).to_contain_text("Sie wurden abgemeldet. Melden Sie sich an")
    expect(page.locator(".report textarea")).to_have_value("It is sixty.")
    address = urlsplit(page.locator(".report .problem a").get_attribute("href") or "")
    assert (address.path, parse_qs(address.query)["next"]) == (
        "/sign-in",
        [urlsplit(page.url).path],
    )
    page.context.add_cookies(house.cookies["ann"])  # type: ignore[arg-type]
    page.reload()
    expect(page.locator(".report textarea")).to_have_value("It is sixty.")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


class Line:
    """What lies between a page kept in step and the server: it hurries the page, or fails."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.does: Callable[[Route], None] = self.hurry
        page.clock.set_fixed_time("2026-03-05T15:49:00Z")
        page.route(address, lambda route: self.does(route))
        page.goto(address)
        with page.expect_response(address):
            page.wait_for_selector(".lagging", state="attached")
        expect(page.locator(".lagging")).to_have_text("")
        page.clock.set_fixed_time("2026-03-05T15:58:00Z")

    def end(self) -> None:
        """Leave nothing under way that another page would hear the end of."""
        self.page.unroute_all(behavior="ignoreErrors")
        self.page.goto("about:blank")

    def hurry(self, route: Route) -> None:
        answer = route.fetch()
        hurried = re.sub(r'data-live="\d+"', 'data-live="0.2"', answer.text())
        route.fulfill(response=answer, body=hurried)


@pytest.mark.parametrize("path", ["/admin/health", "/admin/models", "/admin/sources"])
def test_figures_that_could_not_be_kept_in_step_say_since_when(
    house: House, entered: Enter, path: str
) -> None:
    page = entered("mara")
    line = Line(page, house.url + path)
    lagging, border = page.locator(".lagging"), "each => getComputedStyle(each).borderLeftStyle"
    for away in (lambda route: route.abort(), lambda route: route.fulfill(status=503)):
        line.does = away
        expect(lagging).to_have_text(re.compile(r"^Not updated since 15:\d\d UTC\.$"))
        expect(lagging).to_have_attribute("role", "status")
        assert page.locator("#live").evaluate(border) == "dashed"
        assert faults(page) == []
        line.does = line.hurry
        expect(lagging).to_have_text("")
        assert page.locator("#live").evaluate(border) == "none"
    line.end()


def test_the_time_is_that_of_the_last_look_and_not_of_the_first_that_failed(
    house: House, entered: Enter
) -> None:
    page = entered("mara", locale="de-DE", viewport=PHONE)
    line = Line(page, f"{house.url}/admin/sources")
    line.does = lambda route: route.abort()
    page.evaluate("() => { document.getElementById('live').dataset.kept = 'yes'; }")
    told = page.locator(".lagging")
    expect(told).to_have_text(re.compile(r"^Seit 15:(49|58) UTC nicht aktualisiert\.$"))
    said = told.inner_text()
    page.clock.set_fixed_time("2026-03-05T16:20:00Z")
    with page.expect_request(f"{house.url}/admin/sources"):
        pass
    with page.expect_request(f"{house.url}/admin/sources"):
        pass
    assert told.inner_text() == said
    expect(page.locator("#live[data-kept]")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    line.end()


def test_who_was_signed_out_is_told_so_beside_the_old_figures(house: House, entered: Enter) -> None:
    page = entered("mara")
    line = Line(page, f"{house.url}/admin/health")
    cookies = page.context.cookies()
    line.does = lambda route: route.continue_()
    page.context.clear_cookies()
    lagging = page.locator(".lagging")
    expect(lagging).to_contain_text("You have been signed out. Sign in again")
    expect(lagging.locator("a")).to_have_attribute("href", "/sign-in?next=%2Fadmin%2Fhealth")
    expect(page.locator("#live h2")).to_be_visible()
    page.context.add_cookies(cookies)  # type: ignore[arg-type]
    expect(lagging).to_have_text("")
    line.end()
