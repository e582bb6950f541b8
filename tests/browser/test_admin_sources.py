"""Sources and uploads in a real browser: by keyboard, dropped, in step without loading anew."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from starlette.requests import HTTPConnection

from assistant.administration import Administration
from assistant.http.health import Part
from assistant.signin.caller import Caller
from assistant.signin.signin import SignIn
from tests.assistant.http_served import served
from tests.assistant.http_world import make_parts
from tests.assistant.source_office import MOST_BYTES, SourceOffice, source_office
from tests.browser.conftest import PHONE, SCREENSHOTS, WIDE
from tests.browser.test_admin import entered

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGES = ("/admin/sources", "/admin/sources/one?source=contracts", "/admin/upload", "/admin/usage")
SECONDS = 120_000


class LateSources:
    """An office that the server's own loop opens, at the first request."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = asyncio.Lock()
        self._stack = AsyncExitStack()
        self._loop: asyncio.AbstractEventLoop | None = None
        self.office: SourceOffice | None = None

    async def sign_in(self) -> SignIn:
        return (await self._opened()).door.sign_in

    async def administration(self) -> Administration:
        return (await self._opened()).administration

    def close(self) -> None:
        """Close what was opened, in the loop that opened it, while that still runs."""
        if self._loop:
            asyncio.run_coroutine_threadsafe(self._stack.aclose(), self._loop).result(60)

    async def _opened(self) -> SourceOffice:
        async with self._lock:
            if self.office is None:
                self._loop = asyncio.get_running_loop()
                lent = source_office(self._folder)
                self.office = await self._stack.enter_async_context(lent)
            return self.office


@pytest.fixture
def late(tmp_path: Path) -> LateSources:
    return LateSources(tmp_path)


@pytest.fixture
def address(late: LateSources) -> Iterator[str]:
    sign_in = Part("sign-in", late.sign_in)

    async def authenticate(connection: HTTPConnection) -> Caller:
        return await (await sign_in.get(30)).authenticator.authenticate(connection)

    office = Part("administration", late.administration)
    parts = make_parts(
        sign_in=sign_in, authenticate=authenticate, administration=office, file_bytes=MOST_BYTES
    )
    with served(parts) as at:
        yield at
        late.close()


def test_a_source_is_synced_by_keyboard_and_seen_in_step_without_loading_anew(
    chromium: Browser, address: str, late: LateSources
) -> None:
    page = entered(chromium, address)
    page.goto(f"{address}/admin/sources")
    assert late.office
    late.office.parser.gate.clear()
    page.get_by_role("button", name="Sync now contracts").press("Enter")
    state = page.locator(".standing")
    expect(state).to_have_text("running", timeout=SECONDS)
    page.evaluate("() => { document.body.dataset.stays = 'yes'; }")
    page.screenshot(path=SCREENSHOTS / "admin-sources-running.png")
    assert late._loop
    late._loop.call_soon_threadsafe(late.office.parser.gate.set)
    expect(state).to_have_text("in step", timeout=SECONDS)
    expect(page.locator("#live-told")).to_have_text("Nothing is being synced.")
    assert page.evaluate("() => document.body.dataset.stays") == "yes"
    page.context.close()


def test_files_are_chosen_by_keyboard_and_dropped_and_each_tells_what_became_of_it(
    chromium: Browser, address: str
) -> None:
    page = entered(chromium, address)
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    page.goto(f"{address}/admin/upload")
    expect(page.get_by_text("Or drop them here.")).to_be_visible(timeout=SECONDS)
    page.set_input_files(
        "input[type=file]",
        [
            {"name": "Notice.txt", "mimeType": "text/plain", "buffer": b"Ninety days."},
            {
                "name": "<img src=x onerror=alert(1)>.svg",
                "mimeType": "image/svg+xml",
                "buffer": b"<svg onload='alert(1)'/>",
            },
            {"name": "big.txt", "mimeType": "text/plain", "buffer": b"a" * (MOST_BYTES + 1)},
        ],
    )
    page.get_by_role("button", name="Upload").press("Enter")
    rows = page.locator("#sending li")
    expect(rows.nth(0)).to_contain_text("Read whole", timeout=SECONDS)
    expect(rows.nth(1)).to_contain_text("got", timeout=SECONDS)
    expect(rows.nth(2)).to_contain_text("Expected at most 2 MB", timeout=SECONDS)
    dropped = page.evaluate_handle(
        """() => {
            const held = new DataTransfer();
            held.items.add(new File(["Sixty days."], "dropped.txt", {type: "text/plain"}));
            return held;
        }"""
    )
    page.dispatch_event("#drop", "dragover", {"dataTransfer": dropped})
    expect(page.locator("#drop.is-over")).to_be_visible()
    page.dispatch_event("#drop", "drop", {"dataTransfer": dropped})
    expect(rows.nth(3)).to_contain_text("Read whole", timeout=SECONDS)
    page.screenshot(path=SCREENSHOTS / "admin-uploaded.png", full_page=True)
    assert dialogs == []
    page.context.close()


def test_files_are_uploaded_without_scripts(chromium: Browser, address: str) -> None:
    page = entered(chromium, address, java_script_enabled=False)
    page.goto(f"{address}/admin/upload")
    file = {"name": "Notice.txt", "mimeType": "text/plain", "buffer": b"Ninety days."}
    page.set_input_files("input[type=file]", [file])  # type: ignore[list-item]
    page.get_by_role("button", name="Upload").press("Enter")
    expect(page.locator(".sent li").first).to_contain_text("Stored. It is being read.")
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_phone(chromium: Browser, address: str, scheme: str) -> None:
    page: Page = entered(chromium, address, viewport=PHONE, color_scheme=scheme)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    for path in PAGES:
        page.goto(address + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
        name = path.split("?")[0].strip("/").replace("/", "-")
        page.set_viewport_size(PHONE)
        page.screenshot(path=SCREENSHOTS / f"{name}-phone-{scheme}.png", full_page=True)
        page.set_viewport_size(WIDE)
        page.screenshot(path=SCREENSHOTS / f"{name}-{scheme}.png", full_page=True)
        page.set_viewport_size(PHONE)
    assert complaints == []
    page.context.close()
