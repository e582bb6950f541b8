"""Looking around in a source: find, size, small pages, selecting words, all with the keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.assistant.http_client import CONTRACT, POLICY
from tests.browser.conftest import ASKED, PHONE, SCREENSHOTS, WIDE, Open

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SOURCE = f"/source/{CONTRACT}/1"
NARROW = {"width": 380, "height": 800}


def in_view(page: Page, selector: str) -> bool:
    """Say whether something stands within the window."""
    script = """(node) => {
        const { top, bottom, left, right } = node.getBoundingClientRect();
        return top >= 0 && bottom <= innerHeight && left >= 0 && right <= innerWidth;
    }"""
    return bool(page.locator(selector).evaluate(script))


def test_words_are_found_with_the_keyboard_alone(opened: Open, site: str) -> None:
    page = opened(f"{site}{SOURCE}").page
    page.keyboard.press("/")
    expect(page.get_by_label("Words to find in this document")).to_be_focused()
    page.keyboard.type("reasonable skill")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("1 of 4")
    assert in_view(page, "#found")
    page.keyboard.press("Escape")  # out of the box, so that keys are no letters
    page.keyboard.press("n")
    expect(page.get_by_role("status")).to_have_text("2 of 4")
    assert in_view(page, "#found")
    page.keyboard.press("p")
    page.keyboard.press("p")
    expect(page.get_by_role("status")).to_have_text("4 of 4")
    assert "find=reasonable+skill" in page.url


def test_a_link_to_the_cited_words_is_copied(opened: Open, site: str) -> None:
    page = opened(f"{site}{ASKED}").page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator(".pin").first.click()
    page.get_by_role("button", name="Copy a link to these words").click()
    expect(page.locator("#beside .tools")).to_contain_text("Copied.")
    page.screenshot(path=SCREENSHOTS / "copied.png")
    page.goto(page.evaluate("navigator.clipboard.readText()"))
    assert f"{site}/source/" in page.url
    assert in_view(page, "#lit")
    page.goto(f"{site}{SOURCE}")
    expect(page.get_by_role("button", name="Copy a link to this version")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_shown_larger_with_what_is_found_in_view(
    opened: Open, site: str, scheme: str
) -> None:
    page = opened(f"{site}{SOURCE}?find=ninety", color_scheme=scheme).page
    page.keyboard.press("+")
    expect(page.locator("[data-zoom='100']")).to_have_attribute("aria-current", "true")
    page.keyboard.press("+")
    expect(page.locator("[data-zoom='150']")).to_have_attribute("aria-current", "true")
    expect(page.locator("#found")).to_have_count(1)
    assert in_view(page, "#found")
    width = page.locator("#page-3 .paper img").evaluate(
        "node => node.getBoundingClientRect().width"
    )
    assert round(width) == 1191
    page.wait_for_load_state("networkidle")
    page.screenshot(path=SCREENSHOTS / f"source-zoom-{scheme}.png")
    page.keyboard.press("-")
    expect(page.locator("[data-zoom='100']")).to_have_attribute("aria-current", "true")


@pytest.mark.parametrize(("name", "size"), [("wide", WIDE), ("phone", NARROW)])
def test_small_pages_lead_to_the_pages(
    opened: Open, site: str, name: str, size: dict[str, int]
) -> None:
    page = opened(f"{site}{SOURCE}?find=ninety", viewport=size).page
    page.evaluate("scrollTo(0, 0)")
    page.get_by_text("Pages 1 to 4").click()
    expect(page.locator(".thumbs li")).to_have_count(4)
    expect(page.locator(".thumbs img").first).to_have_js_property("complete", True)
    expect(page.locator(".thumbs img").first).not_to_have_js_property("naturalWidth", 0)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=SCREENSHOTS / f"source-thumbs-{name}.png")
    page.locator(".thumbs a").nth(3).click()
    expect(page).to_have_url(f"{site}{SOURCE}?find=ninety#page-4")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_words_on_a_page_can_be_selected(opened: Open, site: str) -> None:
    page = opened(f"{site}{SOURCE}?find=ninety").page
    line = page.locator("#page-3 .page-words text").filter(has_text="Either party may terminate")
    expect(line).to_have_count(1)
    line.scroll_into_view_if_needed()
    box = line.bounding_box()
    assert box
    page.mouse.move(box["x"] + 1, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 1, box["y"] + box["height"] / 2, steps=5)
    page.mouse.up()
    assert "Either party may terminate" in page.evaluate("getSelection().toString()")
    page.screenshot(path=SCREENSHOTS / "source-selected.png")


def test_beside_an_answer_words_are_found_too_and_what_is_open_follows_the_keys(
    opened: Open, site: str
) -> None:
    page = opened(f"{site}{ASKED}").page
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    beside = page.locator("#beside")
    expect(beside).to_be_visible()
    first = beside.locator("#lit").get_attribute("y")
    page.keyboard.press("j")
    expect(beside.locator(f"#lit:not([y='{first}'])")).to_have_count(1)
    beside.get_by_label("Words to find in this document").fill("notice")
    page.keyboard.press("Enter")
    expect(beside.locator("#found")).to_have_count(1)
    expect(page.get_by_label("Your question")).to_be_attached()
    expect(beside.locator(".page-words").first).to_be_attached()
    page.wait_for_load_state("networkidle")
    page.screenshot(path=SCREENSHOTS / "source-beside-found.png")


def test_an_old_version_leads_to_its_words_in_the_new_one(opened: Open, site: str) -> None:
    page = opened(f"{site}/source/{POLICY}/1?start=28&end=81").page
    page.get_by_role("link", name="The same words in version 2").click()
    expect(page).to_have_url(f"{site}/source/{POLICY}/2?start=28&end=81#lit")
    expect(page.locator("mark")).to_have_text(
        "This policy applies to everyone who travels for work."
    )


def test_a_phone_shows_all_of_it_within_its_width(opened: Open, site: str) -> None:
    for query in ("?find=ninety&zoom=200", "?find=ninety&view=text"):
        page = opened(f"{site}{SOURCE}{query}", viewport=PHONE).page
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert in_view(page, "#found")


def test_without_scripts_words_are_found_all_the_same(opened: Open, site: str) -> None:
    page = opened(f"{site}{SOURCE}", java_script_enabled=False).page
    page.get_by_label("Words to find in this document").fill("reasonable skill")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_role("status")).to_have_text("1 of 4")
    page.get_by_role("link", name="Next place").click()
    expect(page.get_by_role("status")).to_have_text("2 of 4")
    page.get_by_role("link", name="200 %").click()
    expect(page.locator(".is-zoomed")).to_have_count(1)
