"""A steward's work in a real browser: find a document, say what supersedes it, and take it back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SCREENSHOTS
from tests.browser.house import House

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_document_is_found_by_its_title_superseded_and_brought_back(
    house: House, entered: Callable[..., Page]
) -> None:
    page = entered("stella")
    page.goto(f"{house.url}/documents")
    page.get_by_role("searchbox", name="Title").fill("logistics MASTER")
    page.keyboard.press("Enter")
    expect(page.locator(".governed .row-title")).to_have_count(1)
    page.locator(".governed .pick").nth(0).check()
    page.locator(".panel select[name=status]").select_option("superseded")
    box = page.locator("input[name=superseded_by]")
    with page.expect_response(lambda each: "/api/governance/documents?title=rimview" in each.url):
        box.press_sequentially("rimview")
    offered = page.locator("#successors option")
    expect(offered.first).to_be_attached()
    box.fill(str(offered.first.get_attribute("value")))
    title = str(offered.first.get_attribute("data-title"))
    expect(page.locator(".field output")).to_have_text(title)
    page.screenshot(path=SCREENSHOTS / "governing-superseding.png", full_page=True)

    page.locator("input[name=note]").fill("Found by a test.")
    page.get_by_role("button", name="See what would change").click()
    expect(page.locator(".planned-word .notice").first).to_contain_text(title)
    page.screenshot(path=SCREENSHOTS / "governing-plan.png", full_page=True)
    page.get_by_role("button", name="Make this change").click()
    expect(page.locator(".notice")).to_contain_text("1 document changed")

    page.goto(f"{house.url}/documents/acts")
    page.locator("summary", has_text="Undo").first.click()
    page.get_by_role("button", name="Undo it").first.click()
    page.goto(f"{house.url}/documents?title=master")
    expect(page.locator(".governed .badge")).to_have_text(["approved"])


def test_without_scripts_words_of_the_title_are_enough(
    house: House, entered: Callable[..., Page]
) -> None:
    page = entered("stella", java_script_enabled=False)
    page.goto(f"{house.url}/documents?title=travel")
    page.locator(".governed .pick").nth(0).check()
    page.locator(".panel select[name=status]").select_option("superseded")
    page.locator("input[name=superseded_by]").fill("ammonia plan")
    page.locator("input[name=note]").fill("Not made.")
    page.get_by_role("button", name="See what would change").click()
    expect(page.locator(".planned-word .notice").first).to_contain_text("mmonia")

    page.go_back()
    page.locator("input[name=superseded_by]").fill("no such document")
    page.get_by_role("button", name="See what would change").click()
    expect(page.get_by_text("which fits none")).to_be_visible()
    expect(page.locator("input[name=superseded_by]")).to_have_value("no such document")
