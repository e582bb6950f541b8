"""Questions that follow each other on one page, and the history of them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from assistant.answers import Question, Reply
from assistant.conversation_rewriter import FollowUps
from retrieval.database import Database
from tests.assistant.http_firm import firm
from tests.assistant.http_served import served
from tests.assistant.http_world import ShelfLibrary, WordAssistant
from tests.assistant.remembered import remembering
from tests.browser.conftest import PHONE, SCREENSHOTS, WIDE, Open

pytestmark = [pytest.mark.browser, pytest.mark.slow]
NOTICE = "How much written notice must either party give to terminate the agreement?"
FOLLOWING = "And what is the daily meal allowance of the Travel Policy?"
LOOKED_FOR = "What is the daily meal allowance of the Travel Policy?"


class Follows(WordAssistant):
    """Makes a follow-up stand alone before it looks."""

    loop: asyncio.AbstractEventLoop | None = None

    async def ask(self, question: Question) -> Reply:
        self.loop = asyncio.get_running_loop()
        return await super().ask(await FollowUps().stand_alone(question))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    database, library = Database(f"sqlite:///{tmp_path}/library.db"), ShelfLibrary(firm())
    with ThreadPoolExecutor() as elsewhere:  # the browser's own loop runs in this thread
        elsewhere.submit(asyncio.run, database.migrate()).result()
    follows = Follows(library)
    with served(remembering(database, library, assistant=follows).parts()) as address:
        yield address
        assert follows.loop
        asyncio.run_coroutine_threadsafe(ended(database), follows.loop).result(20)


async def ended(database: Database) -> None:
    """Close a database once nobody holds a connection: a page may still be answered."""
    while database._engine.sync_engine.pool.checkedout():  # type: ignore[attr-defined]  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    await database.close()


def ask(page: Page, question: str) -> None:
    page.get_by_label("Your question").fill(question)
    page.get_by_role("button", name="Ask").click()
    expect(page.locator("#asked .asked-words")).to_have_text(question)
    expect(page.locator("#reply .group").first).to_be_visible()
    expect(page.locator("#reply[aria-busy]")).to_have_count(0)  # told whole, so kept


def lines(page: Page) -> list[str]:
    """Return how thick a line is drawn below each earlier turn."""
    width = "each => getComputedStyle(each).borderBottomWidth"
    return [each.evaluate(width) for each in page.locator(".turn").all()]


def quotes(page: Page, within: str) -> list[str]:
    return page.locator(f"{within} .quote").all_inner_texts()


@pytest.mark.parametrize(("name", "size"), [("wide", WIDE), ("phone", PHONE)])
def test_a_follow_up_is_asked_on_the_same_page(
    opened: Open, site: str, name: str, size: dict[str, int]
) -> None:
    page = opened(f"{site}/", viewport=size).page
    ask(page, NOTICE)
    first = quotes(page, "#reply")
    expect(page.get_by_label("Your question")).to_have_value("")
    expect(page.locator(".turn")).to_have_count(0)
    ask(page, FOLLOWING)
    expect(page.locator("#earlier .turn .asked-words")).to_have_text(NOTICE)
    expect(page.locator("#asked .looked-for")).to_have_text(f"Looked for: {LOOKED_FOR}")
    expect(page.locator("#reply[aria-busy]")).to_have_count(0)
    assert quotes(page, "#earlier") == first
    second = quotes(page, "#reply")
    assert "/conversations/" in page.url
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    page.screenshot(path=SCREENSHOTS / f"conversation-{name}.png")

    page.reload()
    expect(page.locator(".turn .asked-words")).to_have_text([NOTICE, FOLLOWING])
    assert quotes(page, "#earlier") == first + second
    assert lines(page) == ["1px", "0px"], "the box below draws the last one"
    ask(page, "Does it differ abroad?")
    expect(page.locator("#earlier .turn")).to_have_count(2)
    assert lines(page) == ["1px", "1px"]
    page.get_by_role("link", name="New question").click()
    expect(page.locator("body.start")).to_be_visible()
    expect(page.locator(".turn")).to_have_count(0)


def test_without_scripts_a_question_follows_another_too(opened: Open, site: str) -> None:
    page = opened(f"{site}/", java_script_enabled=False).page
    ask(page, NOTICE)
    ask(page, FOLLOWING)
    expect(page.locator("#earlier .turn .asked-words")).to_have_text(NOTICE)
    expect(page.locator("#asked .looked-for")).to_have_text(f"Looked for: {LOOKED_FOR}")


@pytest.mark.parametrize("has_scripts", [True, False])
def test_history_lists_opens_renames_and_removes(
    opened: Open, site: str, has_scripts: bool
) -> None:
    page = opened(f"{site}/", java_script_enabled=has_scripts).page
    ask(page, NOTICE)
    page.get_by_role("link", name="History").click()
    page.get_by_role("link", name=NOTICE).click()
    expect(page.locator(".turn .asked-words")).to_have_text(NOTICE)
    page.get_by_role("link", name="History").click()
    expect(page.get_by_role("button", name="Remove for good")).to_be_hidden()
    page.locator(".conversations summary").first.click()
    page.screenshot(path=SCREENSHOTS / "conversations.png")
    page.get_by_role("textbox", name="Name").fill("Ending the Northwind agreement")
    page.get_by_role("button", name="Rename").click()
    page.get_by_role("link", name="Ending the Northwind agreement").click()
    expect(page.locator(".conversation-title")).to_have_text("Ending the Northwind agreement")
    page.get_by_role("link", name="History").click()
    page.locator(".conversations summary").first.click()
    expect(page.get_by_role("button", name="Remove for good")).to_be_hidden()
    page.get_by_text("Remove…").click()
    page.get_by_role("button", name="Remove for good").click()
    expect(page.locator("main")).to_contain_text("No conversations yet")


@pytest.mark.parametrize("has_scripts", [True, False])
def test_words_are_found_in_questions_and_answers(
    opened: Open, site: str, has_scripts: bool
) -> None:
    page = opened(f"{site}/", java_script_enabled=has_scripts).page
    ask(page, NOTICE)
    page.get_by_role("link", name="History").click()
    search = page.get_by_label("Words of a question or an answer")
    search.fill("NINETY terminate")
    search.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("1 conversation with these words")
    expect(page.locator(".found-words mark").first).to_have_text("terminate")
    page.screenshot(path=SCREENSHOTS / "conversations-found.png")
    page.get_by_role("link", name=NOTICE).click()
    expect(page.locator(".turn .asked-words")).to_have_text(NOTICE)
    page.goto(f"{site}/conversations?q=zebra")
    expect(page.get_by_role("status")).to_contain_text("None of your conversations")


@pytest.mark.parametrize("has_scripts", [True, False])
def test_a_question_is_edited_and_nothing_is_lost(
    opened: Open, site: str, has_scripts: bool
) -> None:
    page = opened(f"{site}/", java_script_enabled=has_scripts).page
    ask(page, NOTICE)
    ask(page, FOLLOWING)
    page.get_by_role("link", name="Edit the question").last.click()
    expect(page.get_by_label("Your question")).to_have_value(FOLLOWING)
    expect(page.locator(".anew-here")).to_contain_text("stays in your history as it is")
    expect(page.locator(".turn .asked-words")).to_have_text([NOTICE])
    page.screenshot(path=SCREENSHOTS / "edited.png")
    ask(page, "And what is the daily meal allowance abroad of the Travel Policy?")
    expect(page.locator("#earlier .turn .asked-words")).to_have_text([NOTICE])
    page.get_by_role("link", name="History").click()
    expect(page.locator("a.conversation")).to_have_count(2)
    page.locator("a.conversation").last.click()
    expect(page.locator(".turn .asked-words").first).to_have_text(NOTICE)
    asked = page.locator(".turn .asked-words").all_inner_texts()
    page.go_back()
    page.locator("a.conversation").first.click()
    expect(page.locator(".turn .asked-words").first).to_have_text(NOTICE)
    asked += page.locator(".turn .asked-words").all_inner_texts()
    assert FOLLOWING in asked, "what it was edited from is still there"


def test_the_same_is_asked_again(opened: Open, site: str) -> None:
    page = opened(f"{site}/").page
    ask(page, NOTICE)
    first = quotes(page, "#reply")
    page.get_by_role("link", name="Ask again").click()
    expect(page.locator("#earlier .turn .asked-words")).to_have_text([NOTICE])
    expect(page.locator("#reply .group").first).to_be_visible()
    assert quotes(page, "#reply") == first


@pytest.mark.parametrize("look", ["light", "dark"])
def test_an_answer_is_shared_by_a_link_that_can_be_ended(
    opened: Open, site: str, look: str
) -> None:
    page = opened(f"{site}/", color_scheme=look).page
    ask(page, NOTICE)
    page.get_by_role("link", name="Share this answer").click()
    page.get_by_label("Everybody here").check()
    page.screenshot(path=SCREENSHOTS / f"share-{look}.png")
    page.get_by_role("button", name="Make the link").click()
    expect(page.locator(".just-made")).to_contain_text("The link is made")
    link = page.get_by_label("Link").first.input_value()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy the link").first.click()
    expect(page.locator(".copier").first).to_contain_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == link
    page.screenshot(path=SCREENSHOTS / f"share-made-{look}.png")
    share = page.url
    page.goto(link)
    expect(page.locator(".turn .quote").first).to_contain_text("ninety (90) days")
    page.locator(".turn .pin").first.click()
    expect(page.locator("#beside .lit").first).to_be_visible()
    page.screenshot(path=SCREENSHOTS / f"shared-{look}.png")
    page.goto(share)
    page.get_by_role("button", name="End it").click()
    expect(page.locator(".share-link")).to_have_count(0)


def test_a_source_opens_beside_an_earlier_turn(opened: Open, site: str) -> None:
    page = opened(f"{site}/").page
    ask(page, NOTICE)
    ask(page, FOLLOWING)
    page.locator("#earlier .pin").first.click()
    expect(page.locator("#beside mark, #beside .lit").first).to_be_visible()
    expect(page.get_by_label("Your question")).to_be_in_viewport()


def test_to_come_back_to_an_answer_asks_nothing_again(opened: Open, site: str) -> None:
    page = opened(f"{site}/").page
    ask(page, NOTICE)
    expect(page).to_have_url(re.compile(r"/conversations/[0-9a-f]{32}$"))
    told = quotes(page, "#reply")
    page.goto(f"{site}/search")
    page.go_back()
    assert quotes(page, "#earlier") == told
    page.reload()
    assert quotes(page, "#earlier") == told
    page.goto(f"{site}/conversations")
    expect(page.locator(".conversations > li")).to_have_count(1)


def test_a_page_that_came_with_its_answer_asks_nothing_again(opened: Open, site: str) -> None:
    page = opened(f"{site}/").page
    ask(page, NOTICE)
    page.goto(f"{site}/?q={FOLLOWING}&conversation={page.url.rpartition('/')[2]}")
    expect(page).to_have_url(re.compile(r"/conversations/[0-9a-f]{32}$"))
    expect(page.locator("#asked .asked-words")).to_be_in_viewport()
    page.reload()
    expect(page.locator("#earlier .turn")).to_have_count(2)


def test_a_past_day_stays_with_what_is_asked_again_or_next(opened: Open, site: str) -> None:
    page = opened(f"{site}/").page
    page.get_by_text("Narrow by kind or date").click()
    page.locator("input[name=as_of]").fill("2025-06-01")
    ask(page, "When does the lease of the office end without notice?")
    expect(page.locator("#asked .history-banner")).to_contain_text("As it stood on 1 June 2025.")
    expect(page.locator("#reply .card").first).to_contain_text("today: expired")
    page.screenshot(path=SCREENSHOTS / "as-of-live.png")

    page.reload()
    expect(page.locator(".turn .history-banner")).to_be_visible()
    expect(page.locator("input[name=as_of]")).to_have_value("2025-06-01")
    page.screenshot(path=SCREENSHOTS / "as-of-again.png", full_page=True)
    page.get_by_role("link", name="Ask what counts today").click()
    expect(page.locator("#reply .refusal, #reply .group").first).to_be_visible()
    expect(page.locator("#asked .history-banner")).to_have_count(0)
    page.locator(".turn").first.get_by_role("link", name="Ask again").click()
    expect(page.locator("#asked .history-banner")).to_be_visible()
