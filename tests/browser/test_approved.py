"""From a reported answer to an approved one that comes first: by keyboard, in two hands."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PHONE, SCREENSHOTS, WIDE
from tests.browser.test_drafts import QUESTION, WORDS, entered
from tests.browser.test_evaluations import levels
from tests.deploy.homes import Home
from tests.deploy.test_serving import Server, served
from tests.evals.small import write_suite

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AGAIN = "What notice must the tenant of the Alder warehouse give before the end of a year?"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, dict[str, str]]]:
    """A server with papers that all may read, and the links of a reader and a reviewer."""
    folder = tmp_path_factory.mktemp("approved")
    papers = write_suite(folder).parent / "papers"
    settings = {"FAKE_DIMENSION": "512", "PINCITE_SIGN_IN": "on"}
    home = Home(folder / "home", settings=settings)
    assert home.run("add", str(papers), "--readers", "everyone").code == 0
    links = {}
    for name, *role in (("rosa",), ("rita", "reviewer"), ("rolf", "reviewer")):
        roles = [option for each in role for option in ("--role", each)]
        links[name] = home.run("people", "add", name, *roles, "--json").json["link"]
    with served(home) as running:
        running.wait_for("/readyz")
        yield running, links


@pytest.fixture(scope="module")
def hands(chromium: Browser, server: tuple[Server, dict[str, str]]) -> tuple[Page, Page]:
    """The pages of a reader and of a reviewer, both signed in."""
    return entered(chromium, server, "rosa"), entered(chromium, server, "rita")


def shoot(page: Page, name: str) -> None:
    """Take a picture wide, on a phone and in the dark; nothing may be wider than a phone."""
    SCREENSHOTS.mkdir(exist_ok=True)
    found = levels(page)
    assert (found[0], found.count(1)) == (1, 1)
    for look, size, scheme in (
        ("phone", PHONE, "light"),
        ("dark", WIDE, "dark"),
        ("wide", WIDE, "light"),
    ):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], name
        page.screenshot(path=SCREENSHOTS / f"approved-{name}-{look}.png", full_page=True)


def listening(page: Page) -> Page:
    """Return the page once its script hears keys."""
    page.locator("#review-keys[data-listens]").wait_for(state="attached")
    return page


def press(page: Page, key: str) -> None:
    """Press a key that leads to another page."""
    listening(page)
    with page.expect_navigation():
        page.keyboard.press(key)


def report(reader: Page, question: str) -> None:
    reader.fill("#q", question)
    reader.keyboard.press("Enter")
    reader.locator(".report summary").last.press("Enter")
    reader.locator(".report textarea").last.fill("Is it six months?")
    reader.locator(".report button").last.press("Enter")
    expect(reader.locator("p.report").last).to_contain_text("Thank you")


def test_a_reported_answer_is_answered_from_sources_and_comes_first(
    hands: tuple[Page, Page], server: tuple[Server, dict[str, str]]
) -> None:
    reader, reviewer = hands
    report(reader, QUESTION)
    reviewer.goto(server[0].url + "/review")
    listening(reviewer).keyboard.press("?")
    expect(reviewer.locator("#review-keys")).to_be_visible()
    reviewer.keyboard.press("Escape")
    expect(reviewer.locator("#review-keys")).to_be_hidden()
    reviewer.keyboard.press("j")
    expect(reviewer.locator("#cases li a").first).to_be_focused()
    shoot(reviewer, "queue")
    press(reviewer, "Enter")
    press(reviewer, "a")
    expect(reviewer.locator(".case-with")).to_have_text("with rita")
    shoot(reviewer, "case")
    press(reviewer, "e")
    write(reviewer)
    shoot(reviewer, "published")

    reader.goto(server[0].url + "/")
    reader.fill("#q", AGAIN)
    reader.keyboard.press("Enter")
    expect(reader.locator(".lead")).to_contain_text("Approved answer, by rita,")
    expect(reader.locator(".written")).to_contain_text(WORDS)
    expect(reader.locator("#reply .quote")).to_have_count(1)
    shoot(reader, "shown")
    with reader.expect_navigation():
        reader.locator("a", has_text="Ask the sources").press("Enter")
    expect(reader.locator(".lead")).to_have_text("Here is what your sources say")


def write(page: Page) -> None:
    """Write a sentence, pin it by its number, see what the check says, and publish it."""
    page.fill("[name=question]", QUESTION)
    page.fill("[name=text_1]", WORDS.replace("six", "nine"))
    page.locator(".writing-words", has_text=WORDS).first.locator("button").press("Enter")
    expect(page.locator("[name=cites_1]")).to_have_value(re.compile(r"^\d+\.\d+$"))
    with page.expect_navigation():
        page.locator("button[value=check]").press("Enter")
    expect(page.locator(".objected")).to_contain_text("another")
    shoot(page, "objected")
    page.fill("[name=text_1]", WORDS)
    page.fill("[name=find]", "warehouse")
    with page.expect_navigation():
        page.locator("button[value=find]").press("Enter")
    expect(page.locator("[name=text_1]")).to_have_value(WORDS)
    with page.expect_navigation():
        page.locator("button[value=publish]").press("Enter")
    expect(page.locator(".case-about")).to_contain_text("published")


def test_a_case_is_dismissed_with_a_word_to_whoever_asked(
    hands: tuple[Page, Page], server: tuple[Server, dict[str, str]]
) -> None:
    reader, reviewer = hands
    reader.goto(server[0].url + "/")
    report(reader, "When is the rent of the Alder warehouse due?")
    reviewer.goto(server[0].url + "/review?who=nobody")
    listening(reviewer).keyboard.press("j")
    press(reviewer, "Enter")
    listening(reviewer).keyboard.press("x")
    expect(reviewer.locator("#tell")).to_be_focused()
    reviewer.keyboard.type("It is on page 1 of the lease.")
    with reviewer.expect_navigation():
        reviewer.locator("#dismiss-case").press("Enter")
    reader.goto(server[0].url + "/replies")
    expect(reader.locator("main .said")).to_have_text("It is on page 1 of the lease.")
    shoot(reader, "replies")
