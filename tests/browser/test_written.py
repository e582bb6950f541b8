"""An answer that a model wrote, on the page: its sentences, and the words that carry them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass, replace

import pytest
from playwright.sync_api import Page, expect

from assistant.answers import Answer, Notice, Opening, Question, Reply, Told, reply_of
from assistant.http.health import Part
from assistant.writer import LEAD, LEFT_OUT
from tests.assistant.http_firm import firm
from tests.assistant.http_served import served
from tests.assistant.http_world import ShelfLibrary, WordAssistant, make_parts
from tests.browser.conftest import ASKED, PHONE, SCREENSHOTS, WIDE, Open
from tests.browser.test_pages import outline

pytestmark = [pytest.mark.browser, pytest.mark.slow]
HEAD = "In the first three years:"
QUESTION = "How much notice to terminate? What is the daily meal allowance abroad?"


@dataclass
class Writing(WordAssistant):
    """Says in words of its own what the quotes say, and cites them; one it cites twice."""

    async def ask(self, question: Question) -> Reply:
        return reply_of([each async for each in self.stream(question)])

    async def stream(self, question: Question) -> AsyncGenerator[Told, None]:
        quoted = await super().ask(question)
        assert isinstance(quoted, Answer)
        first, *others = quoted.sentences
        first = replace(first, citations=(replace(first.citations[0], head=HEAD),))
        yield Opening(question, "model", LEAD, (), "Some-8B")
        for source in quoted.sources:
            yield source
        yield replace(first, text="Either party may end it with 90 days of notice.")
        for each in others:
            both = (*each.citations, *first.citations)
            yield replace(each, text="There is more to be said about it.", citations=both)
        yield Notice(LEFT_OUT)


@pytest.fixture
def site() -> Iterator[str]:
    writing = Writing(ShelfLibrary(firm()))
    with served(make_parts(assistant=Part.ready("assistant", writing))) as address:
        yield address


def ask(page: Page) -> None:
    page.get_by_label("Your question").fill(QUESTION)
    page.get_by_role("button", name="Ask").click()
    expect(page.locator(".notice")).to_have_count(1)


@pytest.mark.parametrize(("name", "size"), [("wide", WIDE), ("phone", PHONE)])
def test_what_was_written_stands_above_the_words_that_carry_it(
    opened: Open, site: str, name: str, size: dict[str, int]
) -> None:
    page = opened(site, viewport=size).page
    ask(page)
    written, quotes = page.locator(".written p"), page.locator(".quote")
    assert written.count() > 1
    assert "90 days" in written.first.inner_text()
    words = [each.inner_text() for each in quotes.all()]
    assert len(words) == len(set(words)) == written.count()
    expect(quotes.locator(".under")).to_have_text([HEAD])
    assert HEAD not in page.locator(".written").inner_text()
    assert HEAD not in page.locator(".quote .words").all_inner_texts()[0]
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"written-{name}.png")


def test_it_is_what_the_server_would_have_drawn(opened: Open, site: str) -> None:
    scripted = opened(site).page
    ask(scripted)
    plain = opened(scripted.url).page
    assert outline(scripted) == outline(plain)


def test_a_pin_opens_the_words_beside(opened: Open, site: str) -> None:
    page = opened(f"{site}{ASKED}").page
    page.locator(".written .pin").first.click()
    expect(page.locator("#beside #lit, #beside .lit").first).to_be_visible()
