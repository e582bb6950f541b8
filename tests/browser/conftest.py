"""A served application and a real browser that may talk to it alone."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright

from tests.assistant.http_served import served
from tests.assistant.http_world import demo_people, make_parts
from tests.browser.house import House, furnished
from tests.browser.places import Place, everywhere

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
SCREENSHOTS = Path(__file__).parent / "screenshots"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 800}

ASKED = "/?q=How+much+written+notice+must+either+party+give+to+terminate+the+agreement%3F"
SEARCHED = "/search?q=notice+termination+invoice+allowance+lease&status=approved&status=expired"


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The firm's documents, served."""
    people = demo_people()
    with served(make_parts(people=people, authenticate=people.authenticate)) as address:
        yield address


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A headless browser with a profile of its own."""
    if not Path(CHROMIUM).exists():
        pytest.skip(f"No browser at {CHROMIUM}: apt-get install chromium, or set CHROMIUM.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The whole product, with people of every role; who changes it leaves it as it was."""
    with furnished(tmp_path_factory.mktemp("house")) as house:
        yield house


@pytest.fixture(scope="session")
def places(house: House) -> list[Place]:
    """Every page of the house, for each person who comes to it."""
    return list(everywhere(house))


@pytest.fixture
def entered(chromium: Browser, house: House) -> Iterator[Callable[..., Page]]:
    """Open browsers in which somebody has signed in already, or nobody; they close at the end."""
    contexts = []

    def enter(person: str, **options: Any) -> Page:
        context = chromium.new_context(**({"viewport": WIDE} | options))
        contexts.append(context)
        context.add_cookies(house.cookies.get(person, []))  # type: ignore[arg-type]
        return context.new_page()

    yield enter
    for context in contexts:
        context.close()


@dataclass
class Watched:
    """A page, and what went wrong or out on it."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)


Open = Callable[..., Watched]


@pytest.fixture
def opened(chromium: Browser, site: str) -> Iterator[Open]:
    """Open addresses; at the end nothing may have complained or gone out.

    It comes after the site, so that no page is left without a server while it loads.
    """
    assert site
    contexts = []
    pages: list[Watched] = []

    def open_page(address: str, **options: Any) -> Watched:
        context = chromium.new_context(**({"viewport": WIDE} | options))
        contexts.append(context)
        watched = Watched(context.new_page())
        pages.append(watched)
        watch(watched, address)
        watched.page.goto(address)
        return watched

    yield open_page
    for context in contexts:
        context.close()
    for watched in pages:
        assert watched.complaints == []
        assert watched.foreign == []


def watch(watched: Watched, address: str) -> None:
    """Note errors, dialogs and policy violations; stop and note requests to other hosts."""
    own = "/".join(address.split("/")[:3])

    def pass_own(route: Route) -> None:
        if route.request.url.startswith(f"{own}/"):
            route.continue_()
        else:
            watched.foreign.append(route.request.url)
            route.abort()

    page = watched.page
    page.route("**/*", pass_own)
    page.on("pageerror", lambda error: watched.complaints.append(str(error)))
    page.on("dialog", lambda dialog: watched.complaints.append(f"dialog {dialog.message}"))
    page.on(
        "console",
        lambda message: (
            watched.complaints.append(message.text)
            if message.type in ("error", "warning")
            else None
        ),
    )
