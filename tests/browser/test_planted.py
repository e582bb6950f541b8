"""Whatever is planted in documents, names, questions and addresses: nothing runs, nothing leaves.

Each page that shows it is opened in a browser, as a person sees it and as scripts draw it: no
script runs, no handler and no foreign address stands in the page, the policy has nothing to stop.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote, urlencode

import httpx
import pytest
from playwright.sync_api import Browser

from retrieval.documents import Kind
from tests.assistant.http_documents import Held, make_held, make_version
from tests.assistant.http_served import served
from tests.assistant.http_world import ShelfLibrary, make_parts
from tests.browser.guarding import STANDING, guarded
from tests.browser.planting import plants

pytestmark = [pytest.mark.browser, pytest.mark.slow]

EACH = 40
GROUPS = tuple(plants()[at : at + EACH] for at in range(0, len(plants()), EACH))
KINDS = ("text", "heading", "table_row", "comment", "list_item", "clause")
FIELDS = ("q", "kind", "status", "source", "owner", "party", "sort", "as_of", "page", "since")
LISTS = Path(os.environ.get("PINCITE_BENCH_DATA", "/nowhere")) / "xss"


def planted_library() -> ShelfLibrary:
    """Return documents that say all that is planted, each found by `zebraNNstripes`."""
    return ShelfLibrary([_planted(at, words) for at, words in enumerate(GROUPS)])


def _planted(at: int, words: Sequence[str]) -> Held:
    turn = [words[each % len(words)] for each in range(6)]
    version = make_version(
        at + 1,
        f"bad{at:029d}",
        f"{turn[0]} zebra{at:02d}stripes",
        kind=tuple(Kind)[at % len(Kind)],
        owner=turn[1],
        uri=f"{turn[2]}.html",
        source=turn[3],
        link=turn[4],
        parties=(turn[5], turn[0]),
        problems=(turn[1],),
    )
    said = [f"{each} zebra{at:02d}stripes zebra{at:02d}pattern." for each in words]
    blocks = [(KINDS[n % len(KINDS)], each, 1) for n, each in enumerate(said)]
    return make_held(version, *blocks)


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with served(make_parts(planted_library())) as address:
        yield address


def test_there_are_many_classes_in_many_disguises() -> None:
    assert len(plants()) > 700
    assert len(set(plants())) == len(plants())


def test_no_document_runs_or_reaches_anything(chromium: Browser, site: str) -> None:
    with guarded(chromium, site) as window:
        for at in range(len(GROUPS)):
            found = f"zebra{at:02d}stripes zebra{at:02d}pattern"
            window.goto(f"{site}/source/bad{at:029d}/1")
            assert f"zebra{at:02d}" in window.page.inner_text("#main")
            window.goto(f"{site}/search?q={quote(found)}")
            assert window.page.locator(".hit").count() > 0
            window.goto(f"{site}/?q={quote(found)}")
            window.page.locator("#reply .pin, #reply .card a").first.click()
            window.page.wait_for_selector("#beside #source")
            window.check()
        window.goto(f"{site}/compare/bad{0:029d}/1/with/bad{1:029d}/1")


def test_no_streamed_answer_or_instant_result_does_either(chromium: Browser, site: str) -> None:
    with guarded(chromium, site) as window:
        for at, words in enumerate(GROUPS):
            window.page.goto(site)
            window.page.fill("#q", f"{words[0]} zebra{at:02d}stripes zebra{at:02d}pattern"[:900])
            window.page.keyboard.press("Enter")
            window.page.wait_for_selector("#reply:not([aria-busy]) > :not(.waiting)")
            window.check()
        window.page.goto(f"{site}/search")
        for words in GROUPS:
            asked = words[1].replace("\0", "")[:300]
            with window.page.expect_response(lambda answer: "/search/results" in answer.url):
                window.page.fill("#q", asked)
            window.check()


@pytest.mark.parametrize("step", [27, pytest.param(1, marks=pytest.mark.deep)])
def test_no_address_of_ours_runs_or_reaches_anything(
    chromium: Browser, site: str, step: int
) -> None:
    paths = ("/search", "/search/results", "/", f"/source/bad{0:029d}/1")
    with guarded(chromium, site) as window:
        for at, plant in enumerate(plants()[::step]):
            asked = dict.fromkeys(FIELDS[at % len(FIELDS) :][:3], plant) | {"q": plant}
            asked |= {"start": plant, "view": plant, "zoom": plant, "find": plant}
            window.goto(f"{site}{paths[at % len(paths)]}?{urlencode(asked)}")
            window.goto(f"{site}/{quote(plant, safe='')}")


def test_originals_are_saved_and_never_shown(site: str) -> None:
    for at in range(len(GROUPS)):
        answer = httpx.get(f"{site}/api/documents/bad{at:029d}/versions/1/original")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
        assert "sandbox" in answer.headers["content-security-policy"]
        for path in ("", "/versions/1/text"):
            said = httpx.get(f"{site}/api/documents/bad{at:029d}{path}")
            assert said.headers["content-type"].startswith("application/json")
            assert said.headers["x-content-type-options"] == "nosniff"


def test_lists_of_others_run_nothing_either(chromium: Browser, site: str) -> None:
    """Public lists that lie beside the project, one form a line, are asked and searched for."""
    lists = sorted(LISTS.glob("*.txt")) if LISTS.is_dir() else []
    if not lists:
        pytest.skip(f"No lists at {LISTS}: set PINCITE_BENCH_DATA.")
    with guarded(chromium, site) as window:
        for line in (each for path in lists for each in path.read_text().splitlines() if each):
            window.goto(f"{site}/search?{urlencode({'q': line[:400]})}")


@pytest.mark.parametrize(
    "html",
    [
        "<img src=x onerror=planted()>",
        "<a href='javascript:planted()'>x</a>",
        "<img src=//planted.example/p.png>",
        "<iframe srcdoc=x></iframe>",
        "<p style='color:red'>x</p>",
    ],
)
def test_what_would_run_or_reach_out_is_seen(chromium: Browser, site: str, html: str) -> None:
    """Put into a page as it is, each is noted: else the tests above could not fail."""
    with guarded(chromium, site) as window:
        window.page.goto(site)
        put = f"document.querySelector('#main').insertAdjacentHTML('beforeend', {json.dumps(html)})"
        window.page.evaluate(put)
        assert window.page.evaluate(STANDING)
