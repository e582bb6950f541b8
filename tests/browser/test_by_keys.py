"""By keys alone: every stop is seen and in order, nothing traps, and each role does its work."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.house import ANSWERED, REFUSED, House
from tests.browser.places import Place
from tests.browser.test_accessible import UNFOLD, one_each

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Enter = Callable[..., Page]
NAME = """() => {
  const each = document.activeElement;
  const labels = [...(each.labels ?? [])].map(label => label.innerText).join(" ");
  const named = document.getElementById(each.getAttribute("aria-labelledby") ?? "");
  return [each.getAttribute("aria-label"), named?.innerText, labels, each.innerText]
    .filter(Boolean).join(" ");
}"""
STOPS = """() => {
  window.stops = [];
  const at = () => window.stops.length;
  document.addEventListener("focusin", ({ target }) => {
    window.isAround ||= at() > 0 && target.matches(".skip");
    if (window.isAround) return;
    const style = getComputedStyle(target);
    const box = target.getBoundingClientRect();
    const label = target.labels?.[0];
    const marked = each => getComputedStyle(each).outlineStyle !== "none";
    const shows = marked(target) || (label && marked(label))
      || (target.nextElementSibling && marked(target.nextElementSibling));
    const isSmall = (box.width < 2 || box.height < 2) && !(label && label.checkVisibility());
    const out = box.bottom < 0 || box.top > innerHeight;
    const before = window.stops.at(-1)?.each;
    const late = before
      && (before.compareDocumentPosition(target) & Node.DOCUMENT_POSITION_PRECEDING);
    const why = [!shows && "no outline", isSmall && "not to be seen", out && "out of view",
      late && "out of order", target.tabIndex > 0 && "tabindex", at() > 400 && "no end"];
    window.stops.push({ each: target, why: why.filter(Boolean) });
  });
}"""
"""After the last stop the browser may begin again at the first: that is no stop of this round."""
FROM_THE_TOP = """() => {
  document.activeElement.blur();
  getSelection().collapse(document.body, 0);
}"""
FAULTS = """() => window.stops.filter(({ why }) => why.length)
  .map(({ each, why }) => `${why}: ${each.outerHTML.slice(0, 120)}`)"""
COUNT = "() => new Set(window.stops.map(({ each }) => each)).size"
IS_THROUGH = "() => window.isAround || document.activeElement === document.body"
MOST = """() => document.querySelectorAll(
  "a, button, input, select, textarea, summary, [tabindex]").length"""


def reach(page: Page, name: str, key: str = "Tab", most: int = 160) -> None:
    """Press a key until what is focused has this in its name."""
    for _ in range(most):
        page.keyboard.press(key)
        if name in page.evaluate(NAME):
            return
    raise AssertionError(f"{name!r} is not reached on {page.url} with {most} times {key}")


def follow(page: Page, name: str, key: str = "Enter") -> None:
    """Reach a link or a button, press it, and wait for the page that it leads to."""
    reach(page, name)
    with page.expect_navigation():
        page.keyboard.press(key)


@pytest.mark.parametrize(
    "routes",
    [
        pytest.param({"/", "/search", "/admin/people", "/sign-in"}, id="some"),
        pytest.param(None, marks=pytest.mark.deep, id="every page"),
    ],
)
def test_each_stop_is_seen_and_in_order_and_none_holds_the_keyboard(
    house: House, entered: Enter, places: list[Place], routes: set[str] | None
) -> None:
    windows: dict[str, Page] = {}
    for each in one_each(places, lambda each: (each.route, each.status)):
        if routes is not None and each.route not in routes:
            continue
        if each.person not in windows:
            windows[each.person] = entered(each.person)
        page = windows[each.person]
        page.goto(house.url + each.address)
        page.evaluate(FROM_THE_TOP)
        page.evaluate(UNFOLD)
        page.evaluate(STOPS)
        most = page.evaluate(MOST)
        for _ in range(most + 12):
            page.keyboard.press("Tab")
            if page.evaluate(IS_THROUGH):
                break
        else:
            raise AssertionError(f"{each.address} does not let go of the keyboard")
        assert page.evaluate(FAULTS) == [], each.address
        assert page.evaluate(COUNT) > 1


def test_a_stop_that_is_not_seen_is_noticed(house: House, entered: Enter) -> None:
    page = entered("nora")
    page.goto(house.url)
    page.evaluate(STOPS)
    page.evaluate("document.querySelector('.mark').style.outline = 'none'")
    reach(page, "Pincite")
    assert any("no outline" in each for each in page.evaluate(FAULTS))


def test_the_first_stop_leads_past_what_every_page_begins_with(
    house: House, entered: Enter
) -> None:
    page = entered("ann")
    page.goto(f"{house.url}/search?q=notice")
    page.keyboard.press("Tab")
    assert page.evaluate(NAME) == "Skip to the content"
    assert page.locator(":focus").bounding_box()["y"] >= 0  # type: ignore[index]
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_somebody_asks_reads_the_source_and_comes_back_to_where_they_were(
    house: House, entered: Enter
) -> None:
    page = entered("ann")
    page.goto(house.url)
    page.keyboard.press("/")
    page.keyboard.type(ANSWERED)
    page.keyboard.press("Enter")
    page.wait_for_selector("#reply:not([aria-busy]) .pin")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    pin = page.locator(".pin").first
    expect(pin).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#beside h1, #beside .beside-title").first).to_be_visible()
    reach(page, "Close")
    page.keyboard.press("Escape")
    expect(page.locator("#beside")).to_be_hidden()
    expect(pin).to_be_focused()


def test_a_lawyer_searches_narrows_opens_and_comes_back(house: House, entered: Enter) -> None:
    page = entered("ann")
    page.goto(f"{house.url}/search")
    page.keyboard.press("/")
    page.keyboard.type("notice")
    expect(page.locator(".hit").first).to_be_visible()
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "f-kind-contract":
            break
    page.keyboard.press("Space")
    expect(page.locator("#f-kind-contract")).to_be_checked()
    page.wait_for_url("**kind=contract**")
    expect(page.locator("#f-kind-contract")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(page.locator(".hit .pin-title").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#beside")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".hit .pin-title").first).to_be_focused()
    follow(page, "Compare")
    expect(page.locator("h1")).to_be_visible()


def test_a_reviewer_opens_a_case_and_comes_to_the_decision(house: House, entered: Enter) -> None:
    page = entered("rita")
    page.goto(house.url)
    follow(page, "Review")
    follow(page, REFUSED)
    expect(page.locator(".case")).to_be_visible()
    reach(page, "Resolve")


def test_an_administrator_stops_everything_and_resumes(house: House, entered: Enter) -> None:
    page = entered("mara")
    page.goto(house.url)
    follow(page, "Administration")
    reach(page, "Stop something")
    page.keyboard.press("Enter")
    reach(page, "Answers")
    page.keyboard.press("ArrowDown")
    assert "Everything" in page.evaluate(NAME)
    reach(page, "Why")
    page.keyboard.type("a drill by keys")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator(".state")).to_have_text("Everything is stopped")
    follow(page, "Resume")
    expect(page.locator(".state")).to_have_text("Nothing is stopped")


def test_a_steward_finds_a_document_and_sees_what_a_decision_would_change(
    house: House, entered: Enter
) -> None:
    page = entered("stella")
    page.goto(house.url)
    follow(page, "Documents")
    reach(page, "Title")
    page.keyboard.type("ammonia")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    reach(page, "Choose")
    page.keyboard.press("Space")
    reach(page, "Status", "Tab")
    while page.evaluate("document.activeElement.closest('.panel') === null"):
        reach(page, "Status")
    page.keyboard.type("dr")
    reach(page, "Note")
    page.keyboard.type("a drill by keys")
    follow(page, "See what would change")
    expect(page.locator(".planned tbody tr")).to_have_count(1)
    follow(page, "Back, change nothing")
    expect(page.locator(".governed .badge")).to_have_text(["approved"])


def test_an_evaluator_opens_a_run_and_a_case_of_it(house: House, entered: Enter) -> None:
    page = entered("eve")
    page.goto(house.url)
    follow(page, "Evaluations")
    runs = page.locator("#main a[href^='/evaluations/2']")
    follow(page, runs.first.inner_text())
    expect(page.locator("h1")).to_be_visible()
    cases = page.locator("#main a[href*='/cases/']")
    follow(page, cases.first.inner_text())
    expect(page.locator("h1")).to_be_visible()


def test_an_operator_looks_at_sources_and_has_the_health_looked_at(
    house: House, entered: Enter
) -> None:
    page = entered("olga")
    page.goto(house.url)
    follow(page, "Administration")
    follow(page, "Sources")
    expect(page.locator("h2").first).to_be_visible()
    follow(page, "Health")
    expect(page.locator("[aria-current=page]", has_text="Health")).to_be_visible()


def test_an_administrator_comes_to_a_person_and_what_they_may(house: House, entered: Enter) -> None:
    page = entered("adam")
    page.goto(house.url)
    follow(page, "Administration")
    follow(page, "People")
    reach(page, "nora")
    page.keyboard.press("Enter")
    follow(page, "Sessions and tokens")
    expect(page.locator("#main")).to_contain_text("nora")
