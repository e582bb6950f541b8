"""An answer is saved as a file, from the page and from the history, and what it holds is read."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.assistant.export.made import notes_in, open_word, read_pdf, rendered
from tests.browser.conftest import PHONE, SCREENSHOTS, WIDE, Open
from tests.browser.test_conversations import FOLLOWING, NOTICE, ask, quotes
from tests.browser.test_conversations import site as site

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def saved(page: Page, within: str, name: str) -> tuple[str, bytes]:
    """Return the name and the bytes of what a link saves."""
    with page.expect_download() as waiting:
        page.locator(within).get_by_role("link", name=name).click()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


def test_an_answer_is_saved_as_each_file(opened: Open, site: str) -> None:
    page = opened(f"{site}/").page
    ask(page, NOTICE)
    expect(page.locator("#reply .save a")).to_have_count(3)
    shown = [each.strip("“”\n ") for each in page.locator("#reply .quote .words").all_inner_texts()]
    name, word = saved(page, "#reply .save", "Word")
    _, pdf = saved(page, "#reply .save", "PDF")
    _, text = saved(page, "#reply .save", "Markdown")
    assert name.startswith("Pincite ")
    assert name.endswith(".docx")
    notes = open_word(word).footnotes
    assert len(notes) == len(shown)
    read = read_pdf(pdf)[0]
    for number, words in enumerate(shown, 1):
        words = " ".join(words.split())
        assert words in notes[number]
        assert words in notes_in(rendered(text))[number - 1]
        assert words in read


@pytest.mark.parametrize(("name", "size"), [("wide", WIDE), ("phone", PHONE)])
def test_a_kept_conversation_is_saved_whole(
    opened: Open, site: str, name: str, size: dict[str, int]
) -> None:
    page = opened(f"{site}/", viewport=size).page
    ask(page, NOTICE)
    ask(page, FOLLOWING)
    expect(page.locator("#reply .save a")).to_have_count(3)
    page.screenshot(path=SCREENSHOTS / f"save-answer-{name}.png", full_page=True)
    page.goto(page.url)
    total = len(quotes(page, "#earlier"))
    page.screenshot(path=SCREENSHOTS / f"save-conversation-{name}.png", full_page=True)
    _, word = saved(page, "#earlier > .save", "Word")
    assert open_word(word).referred == list(range(1, total + 1))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
