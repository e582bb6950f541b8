"""Evaluations in a real browser: read by keyboard, on a phone, in the dark; a run that goes on."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from deploy.settings import Settings
from evals.running.kept import KeptRuns
from evals.running.result import Run
from evals.running.run import Told
from evals.starting.bench import Start
from evals.starting.wanted import Wanted
from evals.suites.reading import read_suite, suite_of
from evals.web.drafts import DraftPages
from evals.web.evaluations import annex_of
from evals.web.shelf import RunShelf
from tests.assistant.http_served import served
from tests.assistant.http_world import make_parts
from tests.browser.conftest import PHONE, SCREENSHOTS, WIDE, Open
from tests.evals import made_run
from tests.evals.kept_runs import keep

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGE = "/evaluations"


class NothingHere:
    """A library without a document: what the runs asked was brought along."""

    async def named(self, *_: object, **__: object) -> list[object]:
        return []


@dataclass
class Slow:
    """Runs nothing, a case at every look; `step` lets the next be over."""

    home: Path
    wanted: list[Wanted] = field(default_factory=list)
    done: int = 0
    of: int = 40

    @property
    def settings(self) -> Settings:
        return Settings(pincite_home=self.home)

    async def ready(self, wanted: Wanted, person: str) -> Start:
        self.wanted.append(wanted)
        return self._start

    async def _start(self, told: Told) -> str:
        while self.done < self.of:
            told(self.done, self.of)
            await asyncio.sleep(0.05)
        return LATEST


@dataclass
class Site:
    address: str
    runner: Slow


def boxed(day: int, skill: float) -> tuple[Run, list[Any]]:
    """Return a run of the questions that come along, `day` days after the first."""
    rows = made_run.rows(seed=day, skill=skill)
    stamp = replace(made_run.STAMP, suite_digest=read_suite(suite_of("golden")).digest)
    gate = () if skill > 0.7 else ("answered 0.61 of 90 cases: at least 0.7 is required",)
    return made_run.run_of(rows, day, stamp=stamp, gate=gate), rows


LATEST = boxed(7, 0.8)[0].id
FIRST = boxed(6, 0.62)[0].id


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("evaluated")
    for day in range(8):
        keep(home, *boxed(day, 0.8 if day == 7 else 0.5 + day * 0.02))

    async def library() -> Any:
        return NothingHere()

    async def drafting() -> Any:
        return SimpleNamespace()

    runner = Slow(home)
    shelf = RunShelf(KeptRuns(home / "evaluations"), library)
    annex = annex_of(shelf, DraftPages(drafting), runner)  # type: ignore[arg-type]
    with served(make_parts(annexes=(annex,))) as address:
        yield Site(address, runner)


def levels(page: Page) -> list[int]:
    """Return the levels of the headings that are shown, in their order."""
    names = page.evaluate(
        "[...document.querySelectorAll('main :is(h1,h2,h3,h4,h5,h6)')]"
        ".filter(e => e.checkVisibility()).map(e => e.tagName)"
    )
    return [int(each[1]) for each in names]


def pages(site: Site) -> dict[str, str]:
    """Return the address of each page, by its name."""
    rows = boxed(7, 0.8)[1]
    wrong = next(row for row in rows if row.case.expected.gold and row.outcome.refused)
    return {
        "list": PAGE,
        "run": f"{PAGE}/{LATEST}",
        "case": f"{PAGE}/{LATEST}/cases/{wrong.case.id}",
        "compared": f"{PAGE}/compare?first={FIRST}&second={LATEST}",
    }


@pytest.mark.parametrize("name", ["list", "run", "case", "compared"])
def test_each_page_has_its_headings_in_order_and_fits(opened: Open, site: Site, name: str) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    for look, size, scheme in (
        ("wide", WIDE, "light"),
        ("phone", PHONE, "light"),
        ("dark", WIDE, "dark"),
    ):
        path = site.address + pages(site)[name]
        page = opened(path, viewport=size, color_scheme=scheme).page
        found = levels(page)
        assert found[0] == 1
        assert found.count(1) == 1
        assert all(later - before <= 1 for before, later in pairwise(found))
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        page.screenshot(path=SCREENSHOTS / f"evaluation-{name}-{look}.png", full_page=True)


def test_by_keyboard_one_compares_two_runs_and_drills_down_to_a_case(
    opened: Open, site: Site
) -> None:
    page = opened(site.address).page
    page.locator("nav a", has_text="Evaluations").press("Enter")
    page.locator(".ev-compare button").first.press("Enter")
    expect(page).to_have_url(re.compile("/evaluations/compare"))
    expect(page.locator("h1")).to_contain_text("two runs")
    expect(page.locator("main")).to_contain_text("was wrong, is right", ignore_case=True)
    page.locator("main a[href*='/cases/']").first.press("Enter")
    expect(page).to_have_url(re.compile("/cases/"))
    expect(page.locator("h2", has_text="What was found")).to_be_visible()


def test_every_control_is_reached_and_named(opened: Open, site: Site) -> None:
    page = opened(site.address + PAGE).page
    page.locator(".ev-start summary").press("Enter")
    unnamed = page.evaluate(
        "[...document.querySelectorAll('main :is(input,select,button,progress)')]"
        ".filter(e => e.type !== 'hidden' && !e.labels?.length && !e.textContent.trim()"
        " && !e.getAttribute('aria-label')).map(e => e.outerHTML)"
    )
    assert unnamed == []
    page.locator("select[name=suite]").focus()
    order = []
    for _ in range(5):
        page.keyboard.press("Tab")
        order.append(page.evaluate("document.activeElement.name || document.activeElement.type"))
    assert order == ["configuration", "limit", "minutes", "gate", "submit"]


def test_a_run_goes_on_behind_the_page_and_is_shown_when_it_ends(opened: Open, site: Site) -> None:
    page = opened(site.address + PAGE, viewport=PHONE).page
    page.locator(".ev-start summary").press("Enter")
    page.select_option("select[name=suite]", "golden")
    page.locator("input[name=limit]").fill("40")
    page.locator("input[name=limit]").press("Enter")
    expect(page.locator("#at-work h2")).to_have_text("At work: golden")
    site.runner.done = 13
    expect(page.locator("[data-done]")).to_have_text("13 of 40 cases")
    assert page.locator("progress").get_attribute("value") in ("13", "13.0")
    page.screenshot(path=SCREENSHOTS / "evaluation-at-work-phone.png")
    page.reload()
    expect(page.locator("[data-done]")).to_have_text("13 of 40 cases")
    site.runner.done = 40
    expect(page.locator("#at-work h2")).to_have_text("Done: golden")
    page.locator("#at-work a").press("Enter")
    expect(page).to_have_url(f"{site.address}{PAGE}/{LATEST}")
    assert site.runner.wanted == [Wanted("golden", limit=40)]
