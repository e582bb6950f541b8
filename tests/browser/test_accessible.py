"""No page breaks a rule that a machine can check: axe-core on each, in light and in dark.

The pages are those of the routes that the application has, reached by whoever may; a page that
nobody reaches fails here, so that none is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE
from tests.browser.house import ANSWERED, House
from tests.browser.places import NOT_PAGES, Place, routes

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Enter = Callable[..., Page]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
EVERY_RULE = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"], "resultTypes": ["violations"]}
UNFOLD = "for (const each of document.querySelectorAll('details')) each.open = true"


def faults(page: Page) -> list[str]:
    """Return what breaks a rule on the page, all unfolded, in light; and by its colours in dark."""
    page.evaluate(UNFOLD)
    page.evaluate(AXE_SCRIPT)
    found = []
    for scheme, rules in (("light", EVERY_RULE), ("dark", COLOURS)):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        said = page.evaluate("rules => axe.run(document, rules)", rules)
        found += [_told(page.url, scheme, each) for each in said["violations"]]
    page.emulate_media(color_scheme="light")
    return found


def _told(address: str, scheme: str, fault: dict[str, Any]) -> str:
    where = "; ".join(f"{each['target']} {each['html'][:120]}" for each in fault["nodes"][:3])
    return f"{address} in {scheme}: {fault['id']}, {fault['help']}: {where}"


def one_each(places: Iterable[Place], mark: Callable[[Place], object]) -> Iterator[Place]:
    """Yield the first of the places that have the same mark."""
    seen: set[object] = set()
    for each in places:
        if each.status and mark(each) not in seen:
            seen.add(mark(each))
            yield each


def test_every_page_is_reached_by_somebody(places: list[Place]) -> None:
    reached = {each.route for each in places if each.status in (0, 200)}
    assert set(routes()) - set(NOT_PAGES) - reached == set()
    assert set(NOT_PAGES) <= set(routes())


@pytest.mark.parametrize(
    "mark",
    [
        pytest.param(lambda each: (each.route, each.status), id="one of each"),
        pytest.param(
            lambda each: (each.route, each.status, each.asked, each.person),
            marks=pytest.mark.deep,
            id="every state",
        ),
    ],
)
def test_no_page_breaks_a_rule(
    house: House, entered: Enter, places: list[Place], mark: Callable[[Place], object]
) -> None:
    windows: dict[str, Page] = {}
    found = []
    for each in one_each(places, mark):
        if each.person not in windows:
            windows[each.person] = entered(each.person)
        windows[each.person].goto(house.url + each.address)
        found += faults(windows[each.person])
    assert found == []


def test_what_scripts_draw_breaks_no_rule(house: House, entered: Enter) -> None:
    """The answer as it is streamed, the source beside it, and results while one types."""
    page = entered("ann")
    page.goto(house.url)
    page.get_by_label("Your question").fill(ANSWERED)
    page.keyboard.press("Enter")
    page.wait_for_selector("#reply:not([aria-busy]) .pin")
    found = faults(page)
    page.locator(".pin").first.click()
    page.wait_for_selector("#beside :is(.opened-head, .text, .sheets)")
    found += faults(page)
    page.goto(f"{house.url}/search")
    page.locator("#q").press_sequentially("notice")
    expect(page.locator(".hit").first).to_be_visible()
    found += faults(page)
    assert found == []


def test_on_a_phone_no_rule_is_broken_either(house: House, entered: Enter) -> None:
    page = entered("ann", viewport=PHONE)
    found = []
    for path in ("/", f"/?q={ANSWERED}", "/search?q=notice", "/actions", "/conversations"):
        page.goto(house.url + path)
        found += faults(page)
    assert found == []


def test_what_breaks_a_rule_is_seen(house: House, entered: Enter) -> None:
    page = entered("ann")
    page.goto(house.url)
    page.evaluate("document.querySelector('label[for=q]').remove()")
    page.evaluate("document.querySelector('#q').removeAttribute('placeholder')")
    assert any("label" in each for each in faults(page))
