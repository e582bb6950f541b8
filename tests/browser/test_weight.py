"""What a page costs the browser: bytes on the way, and memory that does not grow with use."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import CDPSession, Page

from tests.browser.house import ANSWERED, House
from tests.browser.places import Place
from tests.browser.test_accessible import one_each

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Enter = Callable[..., Page]
MOST_BYTES = 300_000
ROUNDS = 40
MOST_GROWTH_BYTES = 12_000
"""A round: a search, a source opened and closed, another page of results, a question."""


def weight(page: Page, address: str) -> tuple[int, int]:
    """Return the bytes that a page with a cold cache loads, less page images, and its requests."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    images: set[str] = set()
    sizes: dict[str, int] = {}
    session.on(
        "Network.responseReceived",
        lambda told: (
            images.add(told["requestId"])
            if told["response"]["mimeType"] in ("image/png", "image/jpeg", "image/webp")
            else None
        ),
    )
    session.on(
        "Network.loadingFinished",
        lambda told: sizes.update({told["requestId"]: int(told["encodedDataLength"])}),
    )
    page.goto(address, wait_until="networkidle")
    session.detach()
    return sum(size for name, size in sizes.items() if name not in images), len(sizes)


def test_no_page_weighs_more_than_300_kilobytes(
    house: House, entered: Enter, places: list[Place]
) -> None:
    windows: dict[str, Page] = {}
    heavy = {}
    for each in one_each(places, lambda each: (each.route, each.status)):
        if each.person not in windows:
            windows[each.person] = entered(each.person)
        size, count = weight(windows[each.person], house.url + each.address)
        assert size > 5_000, "the page, its style and its scripts are counted"
        if size > MOST_BYTES or count > 60:
            heavy[each.address] = (size, count)
    assert heavy == {}


def memory(session: CDPSession) -> int:
    """Return the bytes that live scripts hold once all that can go has gone."""
    for _ in range(3):
        session.send("HeapProfiler.collectGarbage")
    used: int = session.send("Runtime.getHeapUsage")["usedSize"]
    return used


def act(page: Page) -> None:
    """Do five things that people do all day, on one page of the browser each."""
    page.fill("#q", "notice" if page.input_value("#q") != "notice" else "agreement")
    page.wait_for_function("() => document.querySelector('#told').textContent")
    page.wait_for_function("() => !document.querySelector('#search-found[aria-busy]')")
    page.locator(".hit .pin-title").first.click()
    page.wait_for_selector("#beside #source")
    page.keyboard.press("Escape")
    page.wait_for_selector("#beside", state="hidden")
    page.locator("#sort").select_option("newest")
    page.wait_for_url("**sort=newest**")
    page.locator("#sort").select_option("relevance")
    page.wait_for_function("() => !location.search.includes('sort=')")


@pytest.mark.deep
def test_memory_does_not_grow_over_200_actions(house: House, entered: Enter) -> None:
    page = entered("ann")
    page.goto(f"{house.url}/search?q=notice")
    session = page.context.new_cdp_session(page)
    held = []
    for at in range(ROUNDS):
        act(page)
        if at % 5 == 4:
            held.append((at, memory(session)))
    assert slope(held[1:]) < MOST_GROWTH_BYTES, held


@pytest.mark.deep
def test_memory_does_not_grow_over_a_long_conversation(house: House, entered: Enter) -> None:
    """Answers stay on the page, and so may their words: what else comes with each is bounded."""
    page = entered("ann")
    page.goto(house.url)
    session = page.context.new_cdp_session(page)
    held = []
    for at in range(24):
        page.fill("#q", ANSWERED)
        page.keyboard.press("Enter")
        page.wait_for_function(
            "n => document.querySelectorAll('#earlier .turn, #reply .by').length >= n", arg=1
        )
        page.wait_for_selector("#reply:not([aria-busy]) .pin")
        page.locator("#reply .pin").first.click()
        page.wait_for_selector("#beside #source")
        page.keyboard.press("Escape")
        if at % 4 == 3:
            held.append((at, memory(session)))
    assert slope(held[1:]) < 8 * MOST_GROWTH_BYTES, held


def slope(held: list[tuple[int, int]]) -> float:
    """Return by how many bytes it grows with each round, by least squares."""
    middle = sum(at for at, _ in held) / len(held)
    mean = sum(size for _, size in held) / len(held)
    above = sum((at - middle) * (size - mean) for at, size in held)
    return above / sum((at - middle) ** 2 for at, _ in held)
