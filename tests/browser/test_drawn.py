"""What a screen reader and a clipboard get of a source's text, and of how much was found."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE
from tests.browser.house import House

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Enter = Callable[..., Page]
ITEM = "Business class is no longer available."


def source_of(house: House, words: str) -> str:
    """Return where the first result for these words is opened."""
    found = house.found("ann", f'/search?q="{words}"', r'data-cite href="([^"#]+)')
    return house.url + found.replace("&amp;", "&")


def test_a_list_is_one_to_a_screen_reader_and_copies_as_it_was_written(
    house: House, entered: Enter
) -> None:
    page = entered("ann", viewport=PHONE)
    page.goto(source_of(house, ITEM).split("?")[0])
    item = page.get_by_role("list").get_by_role("listitem").filter(has_text=ITEM)
    expect(item).to_have_count(1)
    expect(item).to_match_aria_snapshot(f"- listitem: {ITEM}")
    item.evaluate("node => getSelection().selectAllChildren(node)")
    assert page.evaluate("getSelection().toString()").strip() == f"- {ITEM}"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_words_found_in_an_item_are_lit_alone(house: House, entered: Enter) -> None:
    page = entered("ann")
    page.goto(source_of(house, ITEM).split("?")[0] + "?find=Business+class+is+no")
    expect(page.locator("#found")).to_have_text("Business class is no")
    expect(page.locator("li:has(> #found)")).to_have_count(1)


def test_the_head_of_a_letter_copies_line_by_line(house: House, entered: Enter) -> None:
    page = entered("ann", viewport=PHONE)
    page.goto(source_of(house, "seal"))
    head = page.locator(".letter-head").first
    names = head.get_by_role("term")
    expect(names).to_have_text(["From:", "To:", "Date:"])
    tops = names.evaluate_all("nodes => nodes.map(node => node.getBoundingClientRect().top)")
    assert tops == sorted({*tops})
    head.evaluate("node => getSelection().selectAllChildren(node)")
    copied = page.evaluate("getSelection().toString()").strip().split("\n")
    assert [re.match(r"(\w+): \S", each)[1] for each in copied] == ["From", "To", "Date"]  # type: ignore[index]


def test_more_that_follows_is_said_aloud_and_saved_from_the_first(
    house: House, entered: Enter
) -> None:
    page: Any = entered("ann")
    page.goto(f"{house.url}/search")
    page.get_by_role("searchbox").first.fill("the notice or the agreement")
    expect(page.locator("#told")).to_contain_text("on this page; more follow")
    expect(page.locator("#told")).to_have_text(page.locator("#count").inner_text())
    page.get_by_role("link", name="More results").click()
    expect(page.locator("#told")).to_contain_text("Page 2")
    link = page.get_by_role("link", name="Save all results with footnotes, 50 at most as Word")
    with page.expect_download() as saved:
        link.click()
    assert saved.value.suggested_filename.endswith(".docx")
