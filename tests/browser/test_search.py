"""Searching in a real browser: results while one types, filters, keys, saving and comparing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect
from starlette.requests import HTTPConnection

from assistant.http.health import Part
from assistant.signin.caller import Caller
from retrieval.database import Database
from retrieval.search.saved import SavedSearches
from tests.assistant.http_client import POLICY
from tests.assistant.http_served import served
from tests.assistant.http_world import demo_people, make_parts
from tests.assistant.remembered import Keys
from tests.browser.conftest import PHONE, SCREENSHOTS, Open

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COMPARED = f"/compare/{POLICY}/1/with/{POLICY}/2"
LOOKS = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": PHONE, "device_scale_factor": 2},
}


@pytest.fixture(scope="module")
def searching(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The firm's documents, served where searches can be saved."""
    folder: Path = tmp_path_factory.mktemp("searches")
    url, people = f"sqlite:///{folder / 'library.db'}", demo_people()
    with ThreadPoolExecutor() as elsewhere:  # the browser's own loop runs in this thread
        elsewhere.submit(asyncio.run, _migrate(url)).result()
    database, loops = Database(url), set[asyncio.AbstractEventLoop]()

    async def authenticate(connection: HTTPConnection) -> Caller:
        loops.add(asyncio.get_running_loop())
        return await people.authenticate(connection)

    saved = Part.ready("searches", SavedSearches(database, Keys()))
    with served(make_parts(people=people, authenticate=authenticate, saved=saved)) as address:
        yield address
        for loop in loops:
            asyncio.run_coroutine_threadsafe(database.close(), loop).result(20)


async def _migrate(url: str) -> None:
    database = Database(url)
    await database.migrate()
    await database.close()


def test_results_come_while_one_types_and_the_address_follows(opened: Open, searching: str) -> None:
    page = opened(f"{searching}/search").page
    page.keyboard.press("/")
    page.keyboard.type('"invoice export"')
    expect(page.locator(".hit").first).to_contain_text("INV-2207")
    expect(page.locator("#q")).to_be_focused()
    assert page.input_value("#q") == '"invoice export"'
    page.wait_for_url(f"{searching}/search?q=%22invoice+export%22")
    expect(page.locator("#told")).to_contain_text("places in")
    expect(page.locator(".hit mark").first).to_have_text("invoice export")
    entries = page.evaluate("history.length")
    page.keyboard.type(" nightly")
    page.wait_for_url("**nightly**")
    assert page.evaluate("history.length") == entries


def test_an_earlier_request_that_comes_late_changes_nothing(opened: Open, searching: str) -> None:
    page = opened(f"{searching}/search").page
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/search/results?q=lease*", hold)
    with page.expect_request("**/search/results?q=lease*"):
        page.fill("#q", "lease")
    page.fill("#q", "invoice export")
    expect(page.locator(".hit").first).to_contain_text("INV-2207")
    for each in held:
        each.abort()
    page.wait_for_url("**invoice**")
    expect(page.locator(".hit").first).to_contain_text("INV-2207")
    assert page.input_value("#q") == "invoice export"


def test_a_filter_is_ticked_in_place_and_keeps_its_focus(opened: Open, searching: str) -> None:
    page = opened(f"{searching}/search?q=invoice+notice+allowance").page
    box = page.get_by_role("checkbox", name="Ticket")
    box.focus()
    page.keyboard.press("Space")
    page.wait_for_url("**kind=ticket**")
    expect(page.locator(".hit .kind").first).to_have_text("ticket")
    expect(page.get_by_role("checkbox", name="Ticket")).to_be_focused()
    expect(page.get_by_role("checkbox", name="Ticket")).to_be_checked()
    page.click("text=Clear >> visible=true")
    expect(page.get_by_role("checkbox", name="Ticket")).not_to_be_checked()


def test_keys_go_from_the_box_through_the_results_to_the_source(
    opened: Open, searching: str
) -> None:
    page = opened(f"{searching}/search?q=invoice+notice+allowance").page
    page.keyboard.press("/")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".pin-title").nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator(".pin-title").nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.locator(".pin-title").nth(0)).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_selector("#beside #lit")
    page.keyboard.press("Escape")
    expect(page.locator(".pin-title").nth(0)).to_be_focused()


def test_words_that_stand_nowhere_are_told(opened: Open, searching: str) -> None:
    page = opened(f"{searching}/search?q=invoice+unladen").page
    expect(page.locator("#results")).to_contain_text("None of these has unladen:")
    page.fill("#q", "invoice")
    page.wait_for_url("**q=invoice")
    expect(page.locator("#results")).not_to_contain_text("None of these")


def test_what_could_not_be_used_is_told_beside_the_box(opened: Open, searching: str) -> None:
    page = opened(f"{searching}/search").page
    page.fill("#q", "invoice export colour:red")
    expect(page.locator(".mistakes")).to_contain_text("there is no field colour:")
    assert page.input_value("#q") == "invoice export colour:red"
    expect(page.locator(".hit").first).to_contain_text("INV-2207")


def test_searching_and_narrowing_work_without_scripts(opened: Open, searching: str) -> None:
    page = opened(f"{searching}/search", java_script_enabled=False).page
    page.fill("#q", '"invoice export"')
    page.click("#search .box button")
    expect(page.locator("#count")).to_contain_text("in 1 document")
    page.get_by_role("checkbox", name="Policy").check()
    page.click("text=Apply")
    expect(page.locator("#results")).to_contain_text("Nothing found")
    assert page.input_value("#q") == '"invoice export"'


def test_a_search_is_saved_opened_and_removed(opened: Open, searching: str) -> None:
    page = opened(f"{searching}/search?q=invoice+export").page
    page.click("#keeping summary")
    page.fill("#save-name", "Invoices")
    page.click("#keeping button")
    page.wait_for_url("**/searches")
    page.screenshot(path=_picture("saved-light"))
    page.click("text=Invoices")
    page.wait_for_url("**since=**")
    expect(page.locator(".since")).to_contain_text("Nothing new")
    expect(page.locator(".hit").first).to_contain_text("INV-2207")
    page.click("text=Saved searches")
    page.click("summary:has-text('Rename')")
    page.click("summary:has-text('Remove…')")
    page.click("text=Remove for good")
    expect(page.locator("main")).to_contain_text("No saved searches yet")


def test_versions_are_compared_from_a_result_by_keys(opened: Open, searching: str) -> None:
    page = opened(f"{searching}/search?q=meal+allowance").page
    page.locator(".hit", has_text="60 euros").get_by_role("link", name="Compare").click()
    page.click("text=Version 1")
    page.wait_for_url("**/with/**")
    expect(page.locator("del", has_text="45")).to_have_count(1)
    expect(page.locator("ins", has_text="60")).to_have_count(1)
    page.keyboard.press("j")
    expect(page.locator(".difference").first).to_be_focused()
    style = "each => getComputedStyle(each).textDecorationLine"
    assert page.locator(".changed del").evaluate(style) == "line-through"
    assert page.locator(".changed ins").evaluate(style) == "underline"


@pytest.mark.parametrize(
    "path", ["/search", "/search?q=lease&status=expired&as_of=2025-06-01", COMPARED]
)
def test_nothing_is_wider_than_a_phone(opened: Open, searching: str, path: str) -> None:
    page = opened(f"{searching}{path}", viewport={"width": 320, "height": 640}).page
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("search-narrowed", '/search?q="daily meal allowance"&status=approved&status=superseded'),
        ("search-as-of", "/search?q=allowance&as_of=2025-03-01"),
        ("compare", COMPARED),
    ],
)
def test_a_picture_is_kept_for_the_eye(
    opened: Open, searching: str, name: str, path: str, look: str
) -> None:
    page: Page = opened(f"{searching}{path}", **LOOKS[look]).page
    page.screenshot(path=_picture(f"{name}-{look}"))
    assert page.title().endswith("Pincite")


def _picture(name: str) -> Path:
    SCREENSHOTS.mkdir(exist_ok=True)
    return SCREENSHOTS / f"{name}.png"
