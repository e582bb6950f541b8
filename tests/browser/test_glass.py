"""What an owner is told of glass, in a real browser: calm, legible, and gone when they ask."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from playwright.sync_api import expect

from retrieval.people.glass import Glass
from tests.assistant.http_client import BOARD, CONTRACT, POLICY
from tests.assistant.http_served import served
from tests.assistant.http_world import make_parts
from tests.browser.conftest import PHONE, SCREENSHOTS, Open
from tests.browser.test_pictures import LOOKS

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WHY = "court order 7, asked by legal"
NOON = 1_795_262_400
SOURCE = f"/source/{CONTRACT}/1"


class Broken:
    """Glass over three documents; the asker may read two of them."""

    async def of_owner(
        self, names: frozenset[str], *, document_id: str | None = None
    ) -> Sequence[Glass]:
        made = [
            Glass(at, "root", document, WHY, NOON - at * 9_000, NOON - at * 9_000 + 900)
            for at, document in enumerate((CONTRACT, BOARD, POLICY, CONTRACT, CONTRACT))
        ]
        return [each for each in made if document_id in (None, each.document_id)]


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with served(make_parts(glass=Broken())) as address:
        yield address


@pytest.mark.parametrize("look", LOOKS)
def test_the_notices_are_kept_for_the_eye_and_fit(opened: Open, site: str, look: str) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    for name, path in (("home", "/"), ("source", SOURCE)):
        page = opened(site + path, **LOOKS[look]).page
        expect(page.locator(".notice").first).to_be_visible()
        page.screenshot(path=SCREENSHOTS / f"glass-{name}-{look}.png")
        if look == "phone":
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_the_notice_leads_to_what_may_be_read_and_goes_when_a_question_is_asked(
    opened: Open, site: str
) -> None:
    page = opened(site).page
    expect(page.locator(".looked-at a")).to_have_count(2)
    page.locator(".looked-at a").first.click()
    expect(page.locator(".notice")).to_have_count(3)
    page.go_back()
    page.fill("#q", "How much written notice must either party give to terminate the agreement?")
    page.press("#q", "Enter")
    page.locator(".quote .pin").first.click()
    expect(page.locator(".looked-at")).to_have_count(0)
    expect(page.locator("#beside .notice").first).to_contain_text(WHY)
