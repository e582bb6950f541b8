"""Keys without a modifier: a page offers those that work on it, and they can be switched off."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE
from tests.browser.house import ANSWERED, House
from tests.browser.places import Place
from tests.browser.test_accessible import faults, one_each

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Enter = Callable[..., Page]
KEY = re.compile(r"<kbd>(\S+?)</kbd>")
OFFERED = re.compile(r'class="(?:legend )?keys">(.*?)</(?:p|span)>', re.DOTALL)
DRAWN_LATER = re.compile(r"<template.*?</template>", re.DOTALL)
BOX, PIN = re.compile(r'id="(?:q|find)"'), re.compile(r'class="pin[" -]|class="[^"]* pin-title"')
FILLED_LATER = {"/", "/search", "/conversations", "/conversations/{conversation}"}
"""Where what the keys step through comes as somebody asks or searches."""


def test_a_page_offers_the_keys_that_work_on_it_and_no_others(
    house: House, places: list[Place]
) -> None:
    wrong = []
    for each in one_each(places, lambda each: (each.route, each.status, each.person)):
        with house.client(each.person) as client:
            page = DRAWN_LATER.sub("", client.get(each.address).text)
        offered = {key for told in OFFERED.findall(page) for key in KEY.findall(told)}
        has_box, has_pins = bool(BOX.search(page)), bool(PIN.search(page))
        if has_box != ("/" in offered):
            wrong.append(f"{each.address}: / is {'not ' if has_box else ''}offered")
        if has_pins and "j" not in offered:
            wrong.append(f"{each.address}: j is not offered")
        may_be_empty = each.route in FILLED_LATER or 'id="review-keys"' in page or has_box
        if "j" in offered and not has_pins and not may_be_empty:
            wrong.append(f"{each.address}: j is offered")
        if '<p class="keys"></p>' in page:
            wrong.append(f"{each.address}: an empty line")
    assert wrong == []


def test_switched_off_no_letter_does_anything_and_escape_still_closes(
    house: House, entered: Enter
) -> None:
    page = entered("ann")
    page.goto(f"{house.url}/?q={ANSWERED}")
    with page.expect_navigation():
        page.select_option("#letter-keys", "off")
    page.wait_for_selector(".turn .pin")
    page.evaluate("document.activeElement.blur()")
    for key in ("/", "j", "k", "n", "p", "+", "-"):
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement === document.body"), key
    page.locator(".turn .pin").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#beside .beside-bar")).to_be_visible()
    assert page.locator("[aria-keyshortcuts]").count() == 0
    page.keyboard.press("Escape")
    expect(page.locator("#beside")).to_be_hidden()
    assert faults(page) == []
    with page.expect_navigation():
        page.select_option("#letter-keys", "on")
    page.wait_for_selector(".turn .pin")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()


def test_a_reviewer_who_switched_them_off_takes_no_case_by_speaking(
    house: House, entered: Enter
) -> None:
    page = entered("rita")
    page.goto(f"{house.url}/review")
    page.wait_for_selector("#review-keys[data-listens]", state="attached")
    with page.expect_navigation():
        page.select_option("#letter-keys", "off")
    page.wait_for_load_state("networkidle")
    for key in ("?", "j", "a"):
        page.keyboard.press(key)
    expect(page.locator("#review-keys")).to_be_hidden()
    assert page.url == f"{house.url}/review"
    assert page.locator("#review-keys[data-listens]").count() == 0


@pytest.mark.parametrize("options", [{}, {"viewport": PHONE}], ids=["wide", "phone"])
def test_without_scripts_and_by_keys_they_are_switched_off_too(
    house: House, entered: Enter, options: dict[str, object]
) -> None:
    for more in ({"java_script_enabled": False}, {}):
        page = entered("ann", locale="de-DE", **options, **more)
        page.goto(f"{house.url}/search?q=notice")
        page.get_by_label("Buchstabentasten").focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Tab")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        expect(page.locator("body")).to_have_attribute("data-letter-keys", "off")
        assert page.url == f"{house.url}/search?q=notice"
        width = page.locator("html").evaluate("each => each.scrollWidth") if not more else 0
        assert width <= page.viewport_size["width"]  # type: ignore[index]
