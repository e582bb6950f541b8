"""A tool called by hand, and its confirmation, in a real browser: twice, again, too late."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, WIDE, Open
from tests.browser.test_acting import House, connect, house, look

__all__ = ["house"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def fill(page: Page, title: str = "Dock 2 is stuck") -> None:
    page.get_by_label("Queue").select_option("RIM")
    page.get_by_label("Title").fill(title)
    page.get_by_label("Text").fill("First line.\nSecond line.")


def form_of(page: Page, house: House, tool: str = "desk.create_ticket") -> None:
    page.goto(f"{house.address}/actions")
    page.locator(f'a[href$="/{tool}"]').click()
    expect(page.locator("form.fields")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_tool_is_called_by_hand(house: House, opened: Open, scripts: bool) -> None:
    page = opened(house.address, java_script_enabled=scripts).page
    connect(page, house)
    look(page, "actions-connected")
    form_of(page, house)
    look(page, "form")
    fill(page)
    page.get_by_role("button", name="Go on to confirm").click()
    expect(page.locator("pre", has_text="First line.")).to_have_text("First line.\nSecond line.")
    assert house.jira.issues == {}
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("Done.")).to_be_visible()
    [issue] = house.jira.issues.values()
    assert issue["fields"]["summary"] == "Dock 2 is stuck"

    form_of(page, house, "desk.look_up")
    page.get_by_label("Key", exact=True).fill(next(iter(house.jira.issues)))
    page.keyboard.press("Enter")
    expect(page.locator(".came")).to_contain_text("Dock 2 is stuck")
    look(page, "result")


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("phone", {"viewport": PHONE}),
        ("dark", {"viewport": WIDE, "color_scheme": "dark"}),
    ],
)
def test_what_is_wrong_stands_beside_its_input(
    house: House, opened: Open, name: str, more: dict[str, Any]
) -> None:
    watched = opened(house.address, **more)
    page = watched.page
    connect(page, house)
    form_of(page, house)
    look(page, f"form-{name}")
    fill(page, "see https://evil.example")
    page.get_by_role("button", name="Go on to confirm").click()
    expect(page.locator(".fault")).to_have_count(1)
    expect(page.get_by_label("Title")).to_be_focused()
    expect(page.get_by_label("Title")).to_have_value("see https://evil.example")
    expect(page.get_by_label("Text")).to_have_value("First line.\nSecond line.")
    expect(page.get_by_label("Queue")).to_have_value("RIM")
    look(page, f"form-faulty-{name}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_label("Title").fill("Dock 2 is stuck")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Confirm")).to_be_visible()
    look(page, f"confirmation-{name}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    watched.complaints = [each for each in watched.complaints if "422" not in each]


def waiting_page(page: Page, house: House) -> str:
    form_of(page, house)
    fill(page)
    page.get_by_role("button", name="Go on to confirm").click()
    expect(page.get_by_role("button", name="Confirm")).to_be_visible()
    return page.url


def test_reloading_going_back_and_clicking_twice_do_nothing_more(
    house: House, opened: Open
) -> None:
    watched = opened(house.address)
    page = watched.page
    connect(page, house)
    waits = waiting_page(page, house)
    page.reload()
    assert house.jira.issues == {}
    page.get_by_role("button", name="Confirm").dblclick()
    expect(page.locator(".outcome")).to_contain_text("Done.")
    page.go_back()
    page.goto(waits)
    expect(page.locator(".outcome")).to_contain_text("Done.")
    page.reload()
    expect(page.get_by_role("button", name="Confirm")).to_have_count(0)
    assert len(house.jira.issues) == 1
    watched.complaints = [each for each in watched.complaints if "403" not in each]


def test_what_has_expired_while_it_was_looked_at_says_so(house: House, opened: Open) -> None:
    watched = opened(house.address)
    page = watched.page
    connect(page, house)
    waits = waiting_page(page, house)
    page.clock.install()
    page.goto(waits)
    expect(page.get_by_role("button", name="Confirm")).to_be_enabled()
    page.clock.fast_forward(301_000)
    expect(page.get_by_role("button", name="Confirm")).to_be_hidden()
    expect(page.locator(".word")).to_contain_text("It is too late")
    expect(page.locator(".promise")).to_have_count(0)
    look(page, "expired")
    assert house.jira.issues == {}
