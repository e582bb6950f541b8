"""Verifying in one glance: the words behind a citation, and its source in step with the answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from assistant.http.health import Part
from retrieval.access import Principal
from retrieval.documents import Passage
from tests.assistant.http_firm import firm
from tests.assistant.http_served import served
from tests.assistant.http_world import ShelfLibrary, make_parts
from tests.browser.conftest import ASKED, PHONE, SCREENSHOTS, Open
from tests.browser.test_pages import in_view, outline
from tests.browser.test_written import Writing

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PLACE = """each => {
    const { left, top } = each.getBoundingClientRect();
    return [left, top + scrollY];
}"""
WORDS = "Either party may terminate this Agreement"


@pytest.fixture
def written() -> Iterator[str]:
    """A site on which a model writes."""
    writing = Writing(ShelfLibrary(firm()))
    with served(make_parts(assistant=Part.ready("assistant", writing))) as address:
        yield address


class Headed(ShelfLibrary):
    """Has sections beside every passage."""

    async def neighbours(
        self, places: Sequence[tuple[int, int]], *, principal: Principal
    ) -> list[Passage]:
        one = self.passages(principal)[0]
        named = ("4. Fees and payment", "5. Confidential information", "6. Term")
        return [
            replace(one, id=9_000 + at, ordinal=at, headings=(each,))
            for at, each in enumerate(named, 90)
        ]


def test_sections_near_by_are_asked_with_a_click(opened: Open) -> None:
    with served(make_parts(Headed(firm()))) as site:
        page = opened(site).page
        page.fill("#q", "How much written notice must either party give to terminate?")
        page.keyboard.press("Enter")
        links = page.get_by_role("navigation", name="Related questions").get_by_role("link")
        expect(links).to_have_text(["Fees and payment", "Confidential information"])
        expect(page.locator("#reply[aria-busy]")).to_have_count(0)
        page.screenshot(path=SCREENSHOTS / "related.png")
        plain = opened(page.url).page
        assert outline(plain) == outline(page)
        links.first.click()
        asked = "Fees and payment: Master Services Agreement, Northwind Logistics"
        expect(page.locator("#asked .asked-words")).to_have_text(asked)
        expect(page.locator("#earlier .related")).to_have_count(0)


def top(page: Page) -> Any:
    """Return where the last thing on the page lies: it moves when anything above it does."""
    return page.evaluate("document.querySelector('.asking').getBoundingClientRect().top + scrollY")


def shown(page: Page) -> list[str]:
    return page.locator(".peek:visible").all_inner_texts()


@pytest.mark.parametrize("look", ["light", "dark"])
def test_pointing_shows_the_words_and_where_they_are_from(
    opened: Open, written: str, look: str
) -> None:
    page = opened(f"{written}{ASKED}", color_scheme=look).page
    before = top(page)
    pin = page.locator(".written .pin").last
    pin.hover()
    [told] = shown(page)
    assert "notice" in told
    for part in ("version 1", "approved", "in force from 1 April 2025", "page 3"):
        assert part in told
    assert top(page) == before, "nothing else moves"
    page.screenshot(path=SCREENSHOTS / f"peek-{look}.png")
    page.locator(".peek:visible").hover()
    assert len(shown(page)) == 1, "the pointer may go to what is shown"
    page.mouse.move(2, 2)
    expect(page.locator(".peek:visible")).to_have_count(0)


def test_no_word_moves_when_something_is_shown(opened: Open, site: str) -> None:
    for width in range(320, 640, 40):
        page = opened(f"{site}{ASKED}", viewport={"width": width, "height": 900}).page
        for pin in page.locator(".quote .pin").all():
            before = pin.evaluate(PLACE)
            pin.hover()
            expect(page.locator(".peek:visible")).to_have_count(1)
            assert pin.evaluate(PLACE) == before, width
            page.mouse.move(1, 1)
            expect(page.locator(".peek:visible")).to_have_count(0)
        page.context.close()


def test_the_keyboard_shows_the_same_and_escape_hides_it(opened: Open, site: str) -> None:
    page = opened(f"{site}{ASKED}").page
    page.keyboard.press("j")
    [told] = shown(page)
    assert told.startswith(WORDS)
    page.keyboard.press("Escape")
    assert shown(page) == []
    expect(page.locator(".pin").first).to_be_focused()
    page.keyboard.press("j")
    assert len(shown(page)) == 1, "the next one is shown again"
    page.keyboard.press("k")
    assert shown(page)[0].startswith(WORDS)


def test_without_scripts_the_words_are_shown_too(opened: Open, site: str) -> None:
    page = opened(f"{site}{ASKED}", java_script_enabled=False).page
    page.locator(".pin").first.hover()
    assert shown(page)[0].startswith(WORDS)


def test_a_screen_reader_is_told_the_words_once(opened: Open, written: str) -> None:
    page = opened(f"{written}{ASKED}").page
    told = """pin => document.getElementById(pin.getAttribute("aria-describedby")).textContent"""
    of_the_model = page.locator(".written .pin").last.evaluate(told)
    of_a_quote = page.locator(".quote .pin").last.evaluate(told)
    assert "notice" in of_the_model
    assert "version 1" in of_the_model
    assert "version 1" in of_a_quote
    assert "notice" not in of_a_quote, "its own sentence is the words"
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(each => each.id)")
    assert len(ids) == len(set(ids))


def test_low_on_the_page_the_words_are_shown_above(opened: Open, written: str) -> None:
    page = opened(f"{written}{ASKED}", viewport={"width": 1200, "height": 420}).page
    pin = page.locator(".quote .pin").first
    pin.evaluate("each => each.scrollIntoView({ block: 'end' })")
    page.mouse.wheel(0, 20)
    pin.focus()
    page.keyboard.press("k")
    page.keyboard.press("j")
    assert in_view(page, ".peek.is-above, .cite:focus-within .peek")


def test_the_sentence_and_its_source_stay_in_step(opened: Open, written: str) -> None:
    page = opened(f"{written}{ASKED}").page
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#beside .beside-steps")).to_contain_text("1 of")
    expect(page.locator(".written .is-open")).to_have_count(1)
    page.keyboard.press("j")
    expect(page.locator("#beside .beside-steps")).to_contain_text("2 of")
    current = page.locator("#main .pin[aria-current]")
    expect(current).to_have_count(1)
    expect(current).to_be_focused()
    link = current.get_attribute("href")
    own = page.locator("#beside .beside-bar a").get_attribute("href")
    assert link == own
    page.get_by_role("button", name="Next citation").click()
    expect(page.locator("#beside .beside-steps")).to_contain_text("3 of")
    expect(page.get_by_role("button", name="Next citation")).to_be_focused()
    page.get_by_role("button", name="Previous citation").click()
    expect(page.locator("#beside .beside-steps")).to_contain_text("2 of")
    assert current.get_attribute("href") == link


def test_steps_made_faster_than_sources_come_end_at_the_last(opened: Open, written: str) -> None:
    page = opened(f"{written}{ASKED}").page
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#beside .beside-bar")).to_be_visible()
    for _ in range(3):
        page.keyboard.press("j")
    page.wait_for_load_state("networkidle")
    expect(page.locator("#beside .beside-steps")).to_contain_text("4 of")
    link = page.locator("#main .pin[aria-current]").get_attribute("href")
    assert page.locator("#beside .beside-bar a").get_attribute("href") == link


def test_asked_for_again_the_keyboard_goes_into_the_source(opened: Open, site: str) -> None:
    page = opened(f"{site}{ASKED}").page
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#beside .beside-bar")).to_be_visible()
    expect(page.locator(".pin").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#beside .beside-title")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".pin").first).to_be_focused()


@pytest.mark.parametrize("look", ["light", "dark"])
def test_on_a_phone_the_source_lies_over_the_answer_and_goes_back(
    opened: Open, site: str, look: str
) -> None:
    page = opened(f"{site}{ASKED}", viewport=PHONE, has_touch=True, color_scheme=look).page
    address = page.url
    page.locator(".pin").nth(1).tap()
    expect(page.get_by_role("dialog", name="Source")).to_be_visible()
    page.wait_for_function("document.querySelector('#beside #lit') !== null")
    page.wait_for_load_state("networkidle")
    page.screenshot(path=SCREENSHOTS / f"over-{look}.png")
    assert page.locator("#main").evaluate("each => each.inert")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_role("button", name="Previous citation").tap()
    expect(page.locator("#beside .beside-steps")).to_contain_text("1 of")
    page.go_back()
    expect(page.locator("#beside")).to_be_hidden()
    assert page.url == address
    expect(page.locator(".pin").first).to_be_focused()
    page.locator(".pin").first.tap()
    page.get_by_role("button", name="Close").tap()
    expect(page.locator("#beside")).to_be_hidden()
    assert not page.locator("#main").evaluate("each => each.inert")
    assert page.url == address
