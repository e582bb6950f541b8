"""Choosing what a document is compared with."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.house import House

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_SOURCE = r'data-cite href="/source/(\w+/\d+)'


def test_what_a_document_took_the_place_of_is_offered_first(
    house: House, entered: Callable[..., Page]
) -> None:
    new, old = (
        house.found("ann", f"/search?q=title:travel&status={each}", _SOURCE)
        for each in ("approved", "superseded")
    )
    page = entered("ann")
    page.goto(f"{house.url}/compare/{new}")
    page.fill("#q", "travel expenses 2025")
    page.keyboard.press("Enter")
    first = page.locator("[aria-labelledby=other] .pin-title").first
    expect(first).to_have_attribute("href", f"/compare/{new}/with/{old}")
    first.click()
    expect(page.locator("del, ins").first).to_be_visible()
