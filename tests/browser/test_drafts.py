"""From a wrong answer to a test case that is run, at a real server: by keyboard, in four hands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PHONE, SCREENSHOTS, WIDE
from tests.browser.test_evaluations import levels
from tests.deploy.homes import Home
from tests.deploy.test_serving import Server, served
from tests.evals.small import LEASE, write_suite

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PASSWORD = "four tall green ships"
QUESTION = "Which notice must the tenant of the Alder warehouse give before the end of a year?"
WORDS = "The tenant must give notice of six months before the end of a year."


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, dict[str, str]]]:
    """A server with papers that all may read, and the links of a reader, a reviewer and eve."""
    folder = tmp_path_factory.mktemp("life")
    papers = write_suite(folder).parent / "papers"
    settings = {"FAKE_DIMENSION": "512", "PINCITE_SIGN_IN": "on"}
    home = Home(folder / "home", settings=settings)
    assert home.run("add", str(papers), "--readers", "everyone").code == 0
    links = {}
    for name, *role in (("rosa",), ("rita", "reviewer"), ("eve", "evaluator")):
        roles = [option for each in role for option in ("--role", each)]
        links[name] = home.run("people", "add", name, *roles, "--json").json["link"]
    with served(home) as running:
        running.wait_for("/readyz")
        yield running, links


def entered(browser: Browser, server: tuple[Server, dict[str, str]], name: str) -> Page:
    """Return a page of somebody who has just set their password."""
    running, links = server
    page = browser.new_context(viewport=WIDE).new_page()
    page.goto(running.url + re.sub("^https?://[^/]+", "", links[name]))
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{running.url}/")
    return page


def follow(page: Page, link: str, text: str = "") -> None:
    """Press a link, and go on only when its page is there."""
    with page.expect_navigation():
        page.locator(link, has_text=text).first.press("Enter")


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
        page.screenshot(path=SCREENSHOTS / f"draft-{name}-{look}.png", full_page=True)


def test_a_wrong_answer_becomes_a_test_case_and_is_run(
    chromium: Browser, server: tuple[Server, dict[str, str]]
) -> None:
    reader = entered(chromium, server, "rosa")
    reader.fill("#q", QUESTION)
    reader.keyboard.press("Enter")
    reader.locator(".report summary").press("Enter")
    reader.locator(".report textarea").fill("Say it in the first sentence, asks Greta.")
    reader.locator(".report button").press("Enter")
    expect(reader.locator("p.report")).to_contain_text("Thank you")

    reviewer = entered(chromium, server, "rita")
    reviewer.locator("nav a", has_text="Review").press("Enter")
    reviewer.locator("main a", has_text=QUESTION).press("Enter")
    reviewer.locator("button", has_text="Make a test case").press("Enter")
    expect(reviewer.locator("#draft")).to_contain_text("It waits for an evaluator")

    eve = entered(chromium, server, "eve")
    follow(eve, "nav a", "Evaluations")
    expect(eve.locator("h2", has_text="No run yet")).to_be_visible()
    shoot(eve, "no-run")
    follow(eve, ".admin-tabs a", "Drafts")
    shoot(eve, "list")
    follow(eve, "main a", QUESTION)
    eve.locator("textarea[name=words]").fill(WORDS)
    eve.locator("textarea[name=facts]").fill("six months | 6 months")
    eve.locator("input[name=answerable][value=yes]").press("Space")
    eve.locator("input[name=suite]").fill("leases")
    shoot(eve, "open")
    eve.locator("button", has_text="Accept").press("Enter")
    expect(eve.locator("main")).to_contain_text("Nothing waits")

    for count in (1, 2):
        run_it(eve, count)
    report_to_source(eve)
    eve.goto(f"{server[0].url}/evaluations")
    eve.locator(".ev-compare button").press("Enter")
    expect(eve.locator("h1")).to_contain_text("leases: two runs")
    for page in (reader, reviewer, eve):
        page.context.close()
    [run, *_] = sorted((server[0].home.folder / "evaluations").glob("*/run.json"))
    figures = {each["name"]: each["mean"] for each in json.loads(run.read_text())["figures"]}
    assert (figures["facts_found"], figures["citation_exactness"]) == (1, 1)


def run_it(eve: Page, count: int) -> None:
    """Run the suite of one's own, and wait for its end."""
    follow(eve, "nav a", "Evaluations")
    form = eve.locator(".ev-start form")
    if not form.is_visible():
        eve.locator(".ev-start summary").press("Enter")
    eve.select_option("select[name=suite]", "leases")
    form.locator("button").press("Enter")
    expect(eve.locator("#at-work h2")).to_have_text("Done: leases", timeout=60_000)
    rows = eve.locator("#suite-1 ~ .ev-table tbody tr")
    expect(rows).to_have_count(count)


def report_to_source(eve: Page) -> None:
    """Open the run, its case, and the words that were cited where they stand."""
    eve.locator("#at-work a").press("Enter")
    expect(eve.locator(".ev-sum")).to_contain_text("1 of 1 question")
    eve.locator("summary", has_text="1 question").press("Enter")
    follow(eve, ".ev-right a")
    shoot(eve, "case")
    eve.locator("a.ev-place", has_text="lease.txt").first.press("Enter")
    expect(eve.locator("mark")).to_have_text(WORDS)
    assert WORDS in LEASE
