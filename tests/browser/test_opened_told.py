"""A source that opens beside an answer is told of: the focus stays where it was."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ASKED, PHONE, SEARCHED, Open
from tests.browser.test_accessible import faults

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def opening(page: Page, at: int) -> str:
    """Press the citation at this place, and return what is said once its source is there."""
    page.locator("#main .pin, #main .pin-title").nth(at).click()
    page.wait_for_selector("#beside:not([aria-busy]) .beside-bar")
    return page.locator("#beside-told").inner_text()


def expanded(page: Page) -> list[str | None]:
    return page.locator("#main a[aria-controls=beside]").evaluate_all(
        "links => links.map(each => each.getAttribute('aria-expanded'))"
    )


def test_beside_an_answer_it_is_said_which_was_opened(opened: Open, site: str) -> None:
    page = opened(f"{site}{ASKED}").page
    told = page.locator("#beside-told")
    expect(told).to_have_attribute("aria-live", "polite")
    expect(told).to_have_text("")
    count = page.locator("#main .pin").count()
    title = page.locator(".card h3").first.inner_text()
    pin = page.locator("#main .pin").first
    number = pin.locator(".pin-page").inner_text().split()[-1]
    said = f"Source 1 of {count} opened: {title}, page {number}"
    assert opening(page, 0) == said
    expect(told).to_have_text(said)
    assert expanded(page) == ["true"]
    assert faults(page) == []
    page.locator("#beside [data-by='1']").press("Enter")
    expect(told).to_contain_text(f"Source 2 of {count} opened: ")
    assert expanded(page) == ["false", "true"]
    page.keyboard.press("Escape")
    expect(told).to_have_text("")
    assert expanded(page) == ["false", "false"]
    assert opening(page, 0) == said
    assert expanded(page) == ["true", "false"]


def test_a_source_that_is_no_citation_is_told_of_by_its_title(opened: Open, site: str) -> None:
    page = opened(f"{site}{ASKED}").page
    card = page.locator(".card h3 a").first
    card.click()
    expect(page.locator("#beside-told")).to_have_text(f"Source opened: {card.inner_text()}")
    expect(card).to_have_attribute("aria-expanded", "true")


def test_another_view_of_what_is_open_is_not_told_again(opened: Open, site: str) -> None:
    page = opened(f"{site}{ASKED}").page
    opening(page, 0)
    page.evaluate("document.getElementById('beside-told').textContent = 'before'")
    page.locator("#beside a[data-view]").first.click()
    page.wait_for_selector("#beside .text")
    expect(page.locator("#beside-told")).to_have_text("before")


def test_beside_results_it_is_said_in_the_language_of_the_page(opened: Open, site: str) -> None:
    page = opened(f"{site}{SEARCHED}", locale="fr-FR").page
    count = page.locator("#main .pin-title").count()
    expect(page.locator("#beside-told")).to_have_text("")
    assert opening(page, 1).startswith(f"Source 2 sur {count} ouverte\u00a0: ")


def test_over_the_answer_the_title_has_the_focus_and_says_it(opened: Open, site: str) -> None:
    page = opened(f"{site}{ASKED}", viewport=PHONE).page
    assert opening(page, 0) == ""
    expect(page.locator("#beside .beside-title")).to_be_focused()
    expect(page.locator("#beside .beside-steps span")).to_have_attribute("role", "status")
    page.locator("#beside .beside-close").click()
    expect(page.locator("#beside")).to_be_hidden()
    assert expanded(page) == ["false"]
