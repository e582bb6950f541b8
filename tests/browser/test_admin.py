"""The administration in a real browser: by keyboard, without scripts, on a phone, in the dark."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from assistant.administration import Administration
from assistant.http.health import Part
from assistant.signin.signin import Options, SignIn
from retrieval.audit.record import KeptRecord
from retrieval.census import Census
from retrieval.people.glass import Glasses
from retrieval.people.grants import Grants
from retrieval.people.people import Role
from retrieval.sources import Sources
from retrieval.staging import document_id_of
from retrieval.stops import Stops
from tests.assistant.http_served import served
from tests.assistant.http_world import make_parts
from tests.assistant.signin.door import PASSWORD, Door
from tests.browser.conftest import PHONE, WIDE
from tests.shelves import Shelves

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGES = ("/admin", "/admin/people", "/admin/access", "/admin/record")


class LateOffice:
    """An office whose databases are opened by the server's own loop, at the first request."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = asyncio.Lock()
        self._made: tuple[Door, Administration] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def sign_in(self) -> SignIn:
        return (await self._opened())[0].sign_in

    async def administration(self) -> Administration:
        return (await self._opened())[1]

    def close(self) -> None:
        """Close what was opened, in the loop that opened it, while that still runs."""
        if self._loop and self._made:
            door, office = self._made
            for each in (office.record, door.database):
                asyncio.run_coroutine_threadsafe(each.close(), self._loop).result(10)

    async def _opened(self) -> tuple[Door, Administration]:
        async with self._lock:
            self._made = self._made or await self._open()
            return self._made

    async def _open(self) -> tuple[Door, Administration]:
        self._loop = asyncio.get_running_loop()
        shelves = Shelves(self._folder)
        database = shelves.database
        await database.migrate()
        await shelves.put("board.txt", readers=frozenset({"group:board"}))
        record = await KeptRecord.open(self._folder / "audit")
        door = Door(database, Options(address="http://testserver"), record=record)
        await door.add("mara", roles=[Role.ADMIN])
        await door.add("bob", ["support"])

        async def nothing() -> None:
            return None

        office = Administration(
            directory=door.directory,
            credentials=door.credentials,
            grants=Grants(database, record),
            glass=Glasses(database, record),
            stops=Stops(database, record),
            record=record,
            sources=Sources(database),
            census=Census(database),
            bring_along=nothing,
        )
        return door, office


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    late = LateOffice(tmp_path)
    sign_in = Part("sign-in", late.sign_in)

    async def authenticate(connection):  # type: ignore[no-untyped-def]
        return await (await sign_in.get(8)).authenticator.authenticate(connection)

    office = Part("administration", late.administration)
    parts = make_parts(sign_in=sign_in, authenticate=authenticate, administration=office)
    with served(parts) as at:
        yield at
        late.close()


def entered(browser: Browser, address: str, **options: object) -> Page:
    """Return a page on which the administrator has signed in."""
    page = browser.new_context(**({"viewport": WIDE} | options)).new_page()  # type: ignore[arg-type]
    page.goto(f"{address}/sign-in")
    page.fill("#name", "mara")
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/")
    return page


def test_stops_and_resumes_by_keyboard_and_without_scripts(chromium: Browser, address: str) -> None:
    page = entered(chromium, address, java_script_enabled=False)
    page.locator("nav a", has_text="Administration").press("Enter")
    page.locator("summary", has_text="Stop something").press("Enter")
    page.locator("input[value=everything]").press("Space")
    page.locator("[name=reason]").fill("a drill")
    page.locator("[name=reason]").press("Enter")
    expect(page.locator(".state")).to_have_text("Everything is stopped")
    page.locator("button", has_text="Resume").press("Enter")
    expect(page.locator(".state")).to_have_text("Nothing is stopped")
    page.context.close()


def test_breaks_glass_and_ends_it_by_keyboard_and_without_scripts(
    chromium: Browser, address: str
) -> None:
    page = entered(chromium, address, java_script_enabled=False)
    page.goto(f"{address}/admin/access")
    page.locator("summary", has_text="Open a document to yourself").press("Enter")
    form = page.locator("form[action$='/break-glass']")
    form.locator("[name=document]").fill(document_id_of("folder", "board.txt"))
    form.locator("[name=reason]").fill("court order 7, asked by legal")
    form.locator("[name=reason]").press("Enter")
    expect(page.locator("#glass ~ .rows .flag")).to_have_text("open now")
    page.locator("button", has_text="End now").press("Enter")
    expect(page.locator("#glass ~ .rows .row")).to_contain_text("court order 7")
    expect(page.locator("#glass ~ .rows .flag")).to_have_count(0)
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_phone(chromium: Browser, address: str, scheme: str) -> None:
    page = entered(chromium, address, viewport=PHONE, color_scheme=scheme)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    for path in PAGES:
        page.goto(address + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
    assert complaints == []
    page.context.close()
