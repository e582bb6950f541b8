"""The pages in a real browser: asking, opening, keys, phone, light and dark."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.assistant.http_served import served
from tests.assistant.http_world import make_parts
from tests.browser.conftest import ASKED, PHONE, SEARCHED, Open
from tests.browser.hostile import PAYLOADS, hostile_library

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NOTICE = "How much written notice must either party give to terminate the agreement?"


def ask(page: Page, question: str) -> None:
    page.fill("#q", question)
    page.keyboard.press("Enter")
    page.wait_for_selector("#reply:not([aria-busy]) > :not(.waiting)")


def in_view(page: Page, selector: str) -> bool:
    found: bool = page.evaluate(
        """selector => {
            const box = document.querySelector(selector).getBoundingClientRect();
            return box.top >= 0 && box.bottom <= innerHeight && box.width > 0;
        }""",
        selector,
    )
    return found


def test_a_citation_opens_the_page_beside_the_answer_with_the_words_lit(
    opened: Open, site: str
) -> None:
    page = opened(site).page
    ask(page, NOTICE)
    expect(page.locator(".quote").first).to_contain_text("ninety (90) days")
    page.locator(".pin").first.click()
    page.wait_for_selector("#beside .lit")
    page.wait_for_timeout(900)
    assert in_view(page, "#beside #lit")
    assert is_yellow(page, "#beside #lit")
    assert page.url == f"{site}{ASKED}"
    expect(page.locator(".quote.is-open")).to_have_count(1)


def is_yellow(page: Page, selector: str) -> bool:
    """Say whether paper under the cited words is drawn yellow, and their ink dark."""
    drawn = Image.open(io.BytesIO(page.locator(selector).screenshot())).convert("RGB")
    colours = drawn.getcolors(1_000_000) or []
    (red, green, blue) = max(colours)[1]  # type: ignore[misc]
    darkest = min(sum(colour) for _, colour in colours)  # type: ignore[arg-type]
    return red > 230 and green > 190 and blue < 150 and darkest < 260


def test_the_streamed_answer_is_what_the_server_would_have_drawn(opened: Open, site: str) -> None:
    for question in (NOTICE, "daily meal allowance abroad invoice", "colour of the invoice"):
        scripted = opened(site).page
        ask(scripted, question)
        plain = opened(scripted.url).page
        one, other = outline(scripted), outline(plain)
        assert one == other, [one, other]


def outline(page: Page) -> str:
    html = page.inner_html("#reply")
    html = re.sub(r' data-slot="\w+"| data-tool="\w+"|<!--.*?-->', "", html)
    html = re.sub(r' (aria-describedby|id)="peek-\d+"', "", html)
    html = re.sub(r"<time[^>]*>|</time>", "", html)
    return re.sub(r"\s*(<[^>]+>)\s*", r"\1", re.sub(r"\s+", " ", html))


def test_asking_searching_and_opening_work_without_scripts(opened: Open, site: str) -> None:
    page = opened(site, java_script_enabled=False).page
    page.fill("#q", NOTICE)
    page.click("#ask button")
    expect(page.locator(".quote").first).to_contain_text("ninety (90) days")
    page.locator(".pin").first.click()
    expect(page.locator("rect.lit")).to_have_count(2)
    page.goto(f"{site}/search")
    page.fill("#q", "invoice export")
    page.click("#search .box button")
    expect(page.locator(".hit").first).to_contain_text("INV-2207")


def test_keys_reach_the_question_the_citations_and_back(opened: Open, site: str) -> None:
    page = opened(f"{site}{ASKED}").page
    page.keyboard.press("j")
    expect(page.locator(".pin").nth(0)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".pin").nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(page.locator(".pin").nth(0)).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_selector("#beside:not([hidden])")
    page.keyboard.press("Escape")
    expect(page.locator("#beside")).to_be_hidden()
    expect(page.locator(".pin").nth(0)).to_be_focused()
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("j/k")
    assert "j/k" in page.input_value("#q")


def test_the_source_page_arrives_at_the_lit_words(opened: Open, site: str) -> None:
    first = opened(f"{site}{ASKED}").page
    link = first.locator(".pin").first.get_attribute("href")
    for options in ({}, {"viewport": PHONE}, {"java_script_enabled": False}):
        page = opened(f"{site}{link}", **options).page
        page.wait_for_timeout(300)
        if options.get("java_script_enabled", True):
            assert in_view(page, "#lit"), options
        else:
            box = page.locator("#lit").bounding_box()
            assert box is not None
            assert 0 <= box["y"] < 900


def test_pages_far_away_are_not_drawn_before_they_are_reached(opened: Open, site: str) -> None:
    drawn: list[str] = []
    watched = opened(f"{site}/healthz")
    watched.page.on("request", lambda request: drawn.append(request.url))
    watched.page.set_viewport_size({"width": 1440, "height": 500})
    watched.page.goto(f"{site}/source/a1c0ffee00000000000000000000d0c1/1")
    watched.page.wait_for_load_state("networkidle")
    assert any("/pages/1.png" in url for url in drawn)
    assert not any("/pages/4.png" in url for url in drawn)


@pytest.mark.parametrize("path", ["/", ASKED, SEARCHED, "/source/{pdf}/1", "/source/{rows}/1"])
def test_nothing_is_wider_than_a_phone(opened: Open, site: str, path: str) -> None:
    pdf, rows = "a1c0ffee00000000000000000000d0c1", "c3000000000000000000000000000003"
    path = path.replace("{pdf}", pdf).replace("{rows}", rows)
    page = opened(f"{site}{path}", viewport={"width": 320, "height": 640}).page
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_every_control_has_a_name_and_shows_its_focus(opened: Open, site: str) -> None:
    for path in ("/", SEARCHED):
        page = opened(f"{site}{path}").page
        nameless = page.evaluate(
            """() => [...document.querySelectorAll("input, select, textarea, button")]
                .filter(each => each.type !== "hidden")
                .filter(each => !each.labels?.length && !each.ariaLabel && !each.innerText)
                .map(each => each.outerHTML)"""
        )
        assert nameless == []
        for _ in range(8):
            page.keyboard.press("Tab")
            style = "getComputedStyle(document.activeElement).outlineStyle"
            label = "getComputedStyle(document.activeElement.nextElementSibling ?? document.body)"
            shown = page.evaluate(style), page.evaluate(f"{label}.outlineStyle")
            assert "solid" in shown, page.evaluate("document.activeElement.outerHTML")


def test_the_answer_is_announced_politely(opened: Open, site: str) -> None:
    page = opened(site).page
    expect(page.locator("#reply")).to_have_attribute("aria-live", "polite")


def test_reduced_motion_is_respected(opened: Open, site: str) -> None:
    page = opened(site, reduced_motion="reduce").page
    page.evaluate(
        "document.getElementById('reply').append("
        "document.getElementById('t-waiting').content.cloneNode(true))"
    )
    motion = "getComputedStyle(document.querySelector('.waiting-bar')).animationName"
    assert page.evaluate(motion) == "none"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(opened: Open, site: str, scheme: str) -> None:
    page = opened(f"{site}{ASKED}", color_scheme=scheme).page
    for name, ground, least in (
        ("--ink", "--paper", 7.0),
        ("--soft", "--paper", 4.5),
        ("--soft", "--sheet", 4.5),
        ("--soft", "--wash", 4.5),
        ("--on-lit", "--lit", 7.0),
    ):
        assert contrast(token(page, name), token(page, ground)) >= least, (name, ground)


def token(page: Page, name: str) -> str:
    value = "getComputedStyle(document.documentElement).getPropertyValue"
    found: str = page.evaluate(f"{value}('{name}').trim()")
    return found


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two #rrggbb colours as WCAG 2 defines it."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_a_person_is_chosen_and_sees_only_what_they_may(opened: Open, site: str) -> None:
    page = opened(site).page
    with page.expect_navigation():
        page.select_option("#person", "bob")
    ask(page, NOTICE)
    expect(page.locator("#reply")).not_to_contain_text("Northwind")
    expect(page.locator("#person")).to_have_value("bob")


def test_a_mistake_is_told_where_it_was_made(opened: Open, site: str) -> None:
    watched = opened(site)
    watched.page.evaluate("document.querySelector('[name=as_of]').removeAttribute('max')")
    watched.page.click(".narrow summary")
    watched.page.fill("[name=as_of]", "2999-01-01")
    ask(watched.page, NOTICE)
    expect(watched.page.locator(".problem")).to_contain_text("Choose today or an earlier day.")
    watched.complaints.clear()  # the browser reports the 422 itself


def test_hostile_documents_run_nothing_and_reach_nothing(opened: Open) -> None:
    with served(make_parts(hostile_library())) as site:
        page = opened(site).page
        for at, payload in enumerate(PAYLOADS):
            page.goto(site)
            ask(page, f"{payload} zebra{at:02d}stripes zebra{at:02d}pattern")
            assert f"zebra{at:02d}" in page.inner_text("#reply"), payload
            assert_inert(page)
            page.locator(".pin").first.click()
            page.wait_for_selector("#beside #lit")
            assert_inert(page)
            page.goto(f"{site}/search?q=zebra{at:02d}stripes")
            assert_inert(page)


def assert_inert(page: Page) -> None:
    """No script but ours, no handler, no style, no reference to another host."""
    found: list[Any] = page.evaluate(
        """() => [...document.querySelectorAll("*")].flatMap(element => {
            const bad = [];
            const tag = element.localName;
            if (tag === "script" && element.getAttribute("src") !== "/static/app.js") bad.push(tag);
            const never = ["iframe", "object", "embed", "base", "style", "frame"];
            if (never.includes(tag)) bad.push(tag);
            for (const { name, value } of element.attributes) {
                if (/^on|^style$|^srcdoc$|^http-equiv$/.test(name)) bad.push(`${tag} ${name}`);
                const reaches = /^(href|src|action|formaction|data|poster|ping)$|:href$/;
                if (reaches.test(name) && !/^(\\/(?![\\/\\\\])|#)/.test(value))
                    bad.push(`${tag} ${name}=${value}`);
            }
            return bad;
        })"""
    )
    assert found == []
