"""In German and in French: pages fit a phone, keep their language, and are said as in English."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from assistant.wording import Language, say, speaking
from tests.browser.conftest import PHONE
from tests.browser.house import ANSWERED, APPROVED, REFUSED, House
from tests.browser.places import Place
from tests.browser.test_accessible import UNFOLD, faults, one_each
from tests.browser.test_adapting import WIDER

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Enter = Callable[..., Page]
LOCALES = {Language.DE: "de-AT", Language.FR: "fr-CA"}
"""What each browser is set to; whatever comes after the hyphen counts for nothing."""

LOOKED_AT = {
    "ann": ("/search?q=notice+foo:bar+after:x", f"/?q={quote(ANSWERED)}"),
    "mara": ("/admin/access",),
}
CAPITALS = """() => [...document.querySelectorAll(".tick, .kind, .badge")]
  .filter(each => each.checkVisibility() && each.innerText.includes(" ")
    && getComputedStyle(each).textTransform === "capitalize").map(each => each.outerHTML)"""
"""Words that are made to begin with capitals, each of them: English alone is written so."""

DRAWN = """() => [...document.styleSheets].flatMap(sheet => [...sheet.cssRules])
  .filter(rule => /[a-z]{3}/i.test(rule.style?.content ?? "") && !/attr|counter/.test(rule.cssText))
  .map(rule => rule.selectorText)"""
"""The rules by which a style says words, which no table has."""


@pytest.mark.parametrize("language", LOCALES)
def test_no_page_is_wider_than_a_phone_and_each_is_in_its_language(
    house: House, entered: Enter, places: list[Place], language: Language
) -> None:
    windows: dict[str, Page] = {}
    found = []
    for each in one_each(places, lambda each: (each.route, each.status, each.asked)):
        if each.person not in windows:
            windows[each.person] = entered(
                each.person, locale=LOCALES[language], viewport={"width": 320, "height": 800}
            )
        page = windows[each.person]
        page.goto(house.url + each.address, wait_until="domcontentloaded")
        page.evaluate(UNFOLD)
        told = page.evaluate(WIDER) + page.evaluate(CAPITALS)
        if page.evaluate("document.documentElement.lang") != language:
            told.append("is in another language")
        found += [f"{each.address}: {fault}" for fault in told]
    assert found == []


@pytest.mark.parametrize("language", LOCALES)
def test_no_rule_is_broken(house: House, entered: Enter, language: Language) -> None:
    found = []
    for person, addresses in LOOKED_AT.items():
        page = entered(person, locale=LOCALES[language], viewport=PHONE)
        for address in addresses:
            page.goto(house.url + address)
            found += faults(page)
    assert found == []


@pytest.mark.parametrize("question", [ANSWERED, REFUSED, APPROVED])
@pytest.mark.parametrize("language", LOCALES)
def test_what_is_streamed_says_the_same_words_as_the_page_without_scripts(
    house: House, entered: Enter, language: Language, question: str
) -> None:
    streamed = entered("ann", locale=LOCALES[language])
    streamed.goto(house.url)
    streamed.fill("#q", question)
    streamed.keyboard.press("Enter")
    streamed.wait_for_selector("#reply:not([aria-busy]) > :not(.waiting)")
    plain = entered("ann", locale=LOCALES[language], java_script_enabled=False)
    plain.goto(f"{house.url}/?q={quote(question)}")
    assert words(streamed) == words(plain)
    assert "notregistered" not in words(streamed)
    with speaking(language):
        expected = {
            ANSWERED: say("The words it rests on"),
            REFUSED: say("No answer is supported"),
            APPROVED: say("A reviewer wrote this from the words below. Not what you asked?"),
        }[question]
    assert bare(expected) in words(streamed)


def words(page: Page) -> str:
    """Return the words of a reply, also those that are folded, hidden or names; without spaces."""
    found: list[str] = page.locator("#reply").evaluate(
        """reply => [reply.textContent, ...[...reply.querySelectorAll("*")].flatMap(each =>
          ["aria-label", "title", "placeholder"].map(name => each.getAttribute(name) ?? ""))]"""
    )
    return bare("".join(found))


def bare(text: str) -> str:
    """Return a text without spaces, which fall otherwise where a script draws it."""
    return "".join(text.split())


def test_by_keys_a_language_is_chosen_and_the_page_is_the_same(
    house: House, entered: Enter
) -> None:
    page = entered("ann", locale="en-GB")
    address = f"{house.url}/search?q=notice&sort=newest"
    page.goto(address)
    for name, language, key in (("Deutsch", "de", "ArrowDown"), ("Français", "fr", "ArrowDown")):
        page.locator("#language").focus()
        page.keyboard.press(key)
        expect(page.locator("#language option:checked")).to_have_text(name)
        assert page.evaluate("document.documentElement.lang") != language
        page.keyboard.press("Tab")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        assert page.url == address
        assert page.evaluate("document.documentElement.lang") == language
    page.goto(house.url)
    assert page.evaluate("document.documentElement.lang") == "fr"


def test_with_a_pointer_a_language_is_chosen_at_once(house: House, entered: Enter) -> None:
    page = entered("ann", locale="fr-FR")
    page.goto(f"{house.url}/search?q=notice")
    expect(page.locator("[action='/language'] button")).to_be_hidden()
    with page.expect_navigation():
        page.select_option("#language", "de")
    assert page.url == f"{house.url}/search?q=notice"
    assert page.evaluate("document.documentElement.lang") == "de"


def test_what_was_looked_for_while_typing_is_still_there_in_another_language(
    house: House, entered: Enter
) -> None:
    page = entered("ann", locale="fr-FR")
    page.goto(f"{house.url}/search")
    page.fill("#q", "notice period")
    page.wait_for_url("**/search?q=notice*")
    with page.expect_navigation():
        page.select_option("#language", "de")
    assert page.input_value("#q") == "notice period"
    assert page.evaluate("document.documentElement.lang") == "de"


def test_what_was_half_typed_outlives_the_page_but_not_the_person(
    house: House, entered: Enter
) -> None:
    page = entered("ann", locale="fr-FR")
    page.goto(house.url)
    page.fill("#q", "How much not")
    with page.expect_navigation():
        page.select_option("#language", "de")
    expect(page.locator("#q")).to_have_value("How much not")
    page.context.clear_cookies()
    page.context.add_cookies(house.cookies["eve"])  # type: ignore[arg-type]
    page.goto(house.url)
    expect(page.locator("#q")).to_have_value("")
    page.fill("#q", "Is it")
    with page.expect_navigation():
        page.keyboard.press("Enter")
        page.wait_for_selector("#reply:not([aria-busy]) > *")
        page.reload()
    expect(page.locator("#q")).to_have_value("")


def test_what_a_style_says_is_said_in_every_language(house: House, entered: Enter) -> None:
    page = entered("ann")
    page.goto(house.url)
    drawn = page.evaluate(DRAWN)
    bare = [each for each in drawn if ":lang(" not in each]
    assert bare
    for each in bare:
        element, _, pseudo = each.rpartition("::")
        for language in LOCALES:
            assert f"{element}:lang({language})::{pseudo}" in drawn
