"""Pages fit whoever reads: small, large, more contrast, forced colours, less motion, paper."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pypdf
import pytest
from playwright.sync_api import Page, expect

from assistant.wording import day
from tests.browser.conftest import SCREENSHOTS
from tests.browser.contrast import colours, ratio
from tests.browser.house import ANSWERED, REFUSED, House
from tests.browser.places import Place
from tests.browser.test_accessible import UNFOLD, one_each

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Enter = Callable[..., Page]
THEMES: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "light, more contrast": {"color_scheme": "light", "contrast": "more"},
    "dark, more contrast": {"color_scheme": "dark", "contrast": "more"},
}
GROUNDS = ["--paper", "--sheet", "--wash"]
WORDS = ["--ink", "--soft", "--alarm-ink"]
PAIRED = [("--lit", "--on-lit"), ("--alarm", "--on-alarm"), ("--ink", "--paper")]
SIGNS = ["--edge", "--calm"]

WIDER = """() => {
  const scrolls = each => {
    for (let up = each; up; up = up.parentElement) {
      const { overflowX, position, clipPath } = getComputedStyle(up);
      if (overflowX === "auto" || overflowX === "scroll" || overflowX === "hidden") return true;
      if (clipPath !== "none" || position === "absolute") return true;
    }
    return false;
  };
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  const out = [...document.body.querySelectorAll("*")].filter(each =>
    each.checkVisibility() && each.getBoundingClientRect().right > innerWidth + 1
      && !scrolls(each));
  return (wide > 0 ? [`the page by ${wide}`] : [])
    .concat(out.slice(0, 3).map(each => each.outerHTML.slice(0, 140)));
}"""
"""What is wider than the window, apart from what scrolls by itself."""

CUT = """() => [...document.body.querySelectorAll("*")].filter(each => {
    const style = getComputedStyle(each);
    const isCut = ["hidden", "clip"].includes(style.overflowY)
      && style.textOverflow !== "ellipsis" && style.clipPath === "none";
    return isCut && each.checkVisibility() && each.textContent.trim()
      && (each.scrollHeight > each.clientHeight + 2 || each.scrollWidth > each.clientWidth + 2);
  }).slice(0, 3).map(each => each.outerHTML.slice(0, 140))"""
"""Whose words are cut off."""

SPACED = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
    word-spacing: 0.16em !important; } p { margin-bottom: 2em !important; }`);
  document.adoptedStyleSheets = [sheet];
}"""
"""The spacing that WCAG 1.4.12 wants pages to bear."""


@pytest.mark.parametrize("theme", THEMES)
def test_the_colours_differ_enough(house: House, entered: Enter, theme: str) -> None:
    page = entered("nora", **THEMES[theme])
    page.goto(house.url)
    has = colours(page, [*GROUNDS, *WORDS, *SIGNS, *(one for pair in PAIRED for one in pair)])
    least = 7 if "more" in theme else 4.5
    pairs = [*product(WORDS, GROUNDS), *PAIRED]
    assert [each for each in pairs if ratio(has[each[0]], has[each[1]]) < least] == []
    signs = product(SIGNS, GROUNDS)
    assert [each for each in signs if ratio(has[each[0]], has[each[1]]) < 3] == []


def each_page(places: Iterable[Place]) -> list[Place]:
    """Return one place of each route that is answered."""
    return list(one_each(places, lambda each: (each.route, each.status)))


def faults_at(
    house: House, entered: Enter, places: list[Place], prepare: str, **options: Any
) -> list[str]:
    """Return what is too wide or cut off on each page, unfolded and prepared."""
    windows: dict[str, Page] = {}
    found = []
    for each in each_page(places):
        if each.person not in windows:
            windows[each.person] = entered(each.person, **options)
        page = windows[each.person]
        page.goto(house.url + each.address)
        page.evaluate(UNFOLD)
        page.evaluate(prepare)
        told = page.evaluate(WIDER) + page.evaluate(CUT)
        found += [f"{each.address}: {fault}" for fault in told]
    return found


@pytest.mark.parametrize(
    ("prepare", "width"),
    [
        pytest.param("() => {}", 320, id="320 pixels wide, or 400 % of 1280"),
        pytest.param("() => document.documentElement.style.fontSize = '200%'", 1280, id="large"),
        pytest.param(SPACED, 1280, id="spaced"),
        pytest.param(SPACED, 320, id="spaced and narrow", marks=pytest.mark.deep),
    ],
)
def test_no_page_is_cut_off_or_wider_than_its_window(
    house: House, entered: Enter, places: list[Place], prepare: str, width: int
) -> None:
    viewport = {"width": width, "height": 800}
    assert faults_at(house, entered, places, prepare, viewport=viewport) == []


def test_what_is_too_wide_or_cut_off_is_seen(house: House, entered: Enter) -> None:
    page = entered("nora", viewport={"width": 320, "height": 800})
    page.goto(house.url)
    page.evaluate("document.querySelector('h1').style.cssText = 'white-space: nowrap'")
    assert page.evaluate(WIDER)
    page.evaluate("document.querySelector('h1').style.cssText = 'overflow: hidden; height: 9px'")
    assert page.evaluate(CUT)


def test_where_less_motion_is_wanted_nothing_moves(house: House, entered: Enter) -> None:
    moving = """() => {
      const bar = document.createElement("span");
      bar.className = "waiting-bar";
      document.querySelector("#main").append(bar);
      return document.getAnimations().length;
    }"""
    assert [_in(house, entered, moving, wish) for wish in ("no-preference", "reduce")] == [1, 0]


def _in(house: House, entered: Enter, asked: str, motion: str) -> Any:
    page = entered("nora", reduced_motion=motion)
    page.goto(house.url)
    return page.evaluate(asked)


def test_with_forced_colours_it_still_shows_where_one_is(house: House, entered: Enter) -> None:
    page = entered("mara", forced_colors="active")
    page.goto(f"{house.url}/admin")
    outline = "each => getComputedStyle(each).outlineStyle"
    for marked in page.locator("nav a[aria-current]").all():
        assert marked.evaluate(outline) == "solid"
    assert page.locator("nav a:not([aria-current])").first.evaluate(outline) == "none"
    page.keyboard.press("Tab")
    assert page.locator(":focus").evaluate(outline) == "solid"


def test_an_answer_on_paper_has_its_words_and_none_of_the_controls(
    house: House, entered: Enter
) -> None:
    page = entered("ann")
    page.goto(f"{house.url}/?q={ANSWERED}")
    expect(page.locator(".quote").first).to_be_visible()
    said = [_words(each) for each in page.locator(".written .words").all_inner_texts()]
    quoted = [_words(each) for each in page.locator(".quote .words").all_inner_texts()]
    titles = [_words(each) for each in page.locator(".card h3").all_inner_texts()]
    printed = pypdf.PdfReader(io.BytesIO(page.pdf(format="A4")))
    paper = _words(" ".join(each.extract_text() for each in printed.pages))
    assert said
    assert [each for each in said + quoted + titles if each not in paper] == []
    assert [each for each in (*CONTROLS, "Ask a follow-up") if _words(each) in paper] == []
    assert len(printed.pages) <= 4


@pytest.mark.parametrize("format_", ["A4", "Letter"])
def test_a_page_of_a_source_goes_on_one_sheet(house: House, entered: Enter, format_: str) -> None:
    page = entered("ann")
    found = r'class="pin-title" data-cite href="(/source/\w+/\d+)'
    page.goto(house.url + house.found("ann", "/search?q=title:logistics", found))
    pages = page.locator("figure.sheet").count()
    for each in page.locator("figure.sheet").all():
        each.scroll_into_view_if_needed()
    printed = pypdf.PdfReader(io.BytesIO(page.pdf(format=format_)))
    assert pages > 5
    assert len(printed.pages) <= pages + 3


CONTROLS = (
    *("Narrow by kind", "Sign out", "Save with footnotes", "Not right?", "Edit the question"),
    *("Ask again", "Share this answer", "Share this conversation", "Also in", "Saved searches"),
    *("Save this search", "Ask this yourself", "Compare with", "Resolve", "Find in this"),
)


def on_paper(house: House) -> dict[str, tuple[str, str]]:
    """Return who prints what."""
    asked = rf'href="(/conversations/\w+)"[^>]*>[^<]*{re.escape(ANSWERED)}'
    source = r'class="pin-title" data-cite href="(/source/\w+/\d+)'
    case = rf'href="(/review/\d+)">{re.escape(REFUSED)}'
    return {
        "conversation": ("ann", house.found("ann", "/conversations", asked)),
        "search": ("ann", "/search?q=notice"),
        "past search": ("ann", "/search?q=notice&as_of=2026-02-01"),
        "source": ("ann", house.found("ann", "/search?q=title:mutual", source)),
        "shared": ("nora", house.shared),
        "case": ("rita", house.found("rita", "/review", case)),
    }


def test_every_page_that_is_read_has_on_paper_what_makes_it_citable(
    house: House, entered: Enter
) -> None:
    for name, (person, address) in on_paper(house).items():
        page = entered(person)
        page.goto(house.url + address)
        file = page.pdf(path=SCREENSHOTS / f"printed-{name}.pdf", format="A4")
        pages = pypdf.PdfReader(io.BytesIO(file)).pages
        paper = _words(" ".join(each.extract_text() for each in pages))
        assert [each for each in CONTROLS if _words(each) in paper] == [], name
        first = "".join(each for each in pages[0].extract_text().split())
        assert len(first) > 300 or len(pages) == 1, f"{name}: the first sheet is all but empty"
        assert _words(f"Printed from Pincite, {day(datetime.now(UTC).date())}") in paper
        assert _words(address.partition("?")[0]) in paper, name
        if page.locator(".facts .kind").count():
            assert "version1" in paper, name
        page.emulate_media(media="print")
        page.screenshot(path=SCREENSHOTS / f"printed-{name}.png", full_page=True)


def _words(text: str) -> str:
    """Return the letters and figures alone: lines and hyphens fall otherwise on paper."""
    return "".join(each for each in text if each.isalnum())
