"""Each main page looks as it was approved, light, dark and on a phone."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page

from tests.browser.conftest import ASKED, PHONE, SEARCHED, Open
from tests.browser.house import ANSWERED, REFUSED, House, furnished
from tests.browser.likeness import MOST_CHANGED, assert_alike, changed

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DRAWN = """() => Promise.all([...document.images].filter(
    each => !each.closest("details:not([open])")
        && each.getBoundingClientRect().top <= innerHeight).map(each => each.decode()))"""
SHOTS = {
    "home": "/",
    "answer": ASKED,
    "refusal": "/?q=What+colour+is+the+invoice",
    "search": SEARCHED,
    "source-pdf": "/source/a1c0ffee00000000000000000000d0c1/1?start=1182&end=1314#lit",
    "source-old": "/source/b2000000000000000000000000000002/1?start=90&end=152#lit",
    "source-table": "/source/c3000000000000000000000000000003/1",
    "source-ticket": "/source/d4000000000000000000000000000004/1",
}


def case(house: House) -> str:
    return house.found("rita", "/review", rf'href="(/review/\d+)">{re.escape(REFUSED)}')


def conversation(house: House) -> str:
    listed = rf'href="(/conversations/\w+)"[^>]*>[^<]*{re.escape(ANSWERED)}'
    return house.found("ann", "/conversations", listed)


def compared(house: House) -> str:
    one, other = (
        house.found(
            "ann", f"/search?q=title:travel&status={each}", r'data-cite href="/source/(\w+/\d+)'
        )
        for each in ("superseded", "approved")
    )
    return f"/compare/{one}/with/{other}"


ROOMS: dict[str, tuple[str, str | Callable[[House], str]]] = {
    "actions": ("ann", "/actions"),
    "answering": ("rita", lambda house: f"{case(house)}/answer"),
    "approved": ("rita", "/approved"),
    "case": ("rita", case),
    "compared": ("ann", compared),
    "conversation": ("ann", conversation),
    "conversations": ("ann", "/conversations"),
    "documents": ("stella", "/documents"),
    "door": ("nobody", "/sign-in"),
    "evaluations": ("eve", "/evaluations"),
    "health": ("olga", "/admin/health"),
    "models": ("olga", "/admin/models"),
    "past": ("ann", "/search?q=expenses&as_of=2025-06-01"),
    "people": ("mara", "/admin/people"),
    "record": ("mara", "/admin/record"),
    "review": ("rita", "/review"),
    "saved": ("ann", "/searches"),
    "shared": ("nora", lambda house: house.shared),
    "sharing": ("ann", lambda house: f"{conversation(house)}/share"),
    "sources": ("olga", "/admin/sources"),
    "upload": ("mara", "/admin/upload"),
    "usage": ("mara", "/admin/usage"),
}
LOOKS: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": PHONE, "device_scale_factor": 2},
}


@pytest.fixture(scope="module", name="house")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house of its own: others leave traces, and what waits there lapses in five minutes."""
    with furnished(tmp_path_factory.mktemp("pictures")) as house:
        yield house


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", SHOTS)
def test_a_page_looks_as_it_was_approved(opened: Open, site: str, name: str, look: str) -> None:
    page = opened(f"{site}{SHOTS[name]}", **LOOKS[look]).page
    page.evaluate(DRAWN)
    assert_alike(page, f"{name}-{look}")
    assert page.title().endswith("Pincite")


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", ROOMS)
def test_a_room_of_the_house_looks_as_it_was_approved(
    house: House, entered: Callable[..., Page], name: str, look: str
) -> None:
    person, where = ROOMS[name]
    page = entered(person, **LOOKS[look])
    page.goto(house.url + (where if isinstance(where, str) else where(house)))
    assert_alike(page, f"house-{name}-{look}")


SPOILED = (
    "document.styleSheets[0].disabled = true",
    "document.body.style.backgroundColor = 'black'",
    "document.querySelector('#main').remove()",
    "document.querySelector('.group').remove()",
)


@pytest.mark.parametrize("spoil", SPOILED)
def test_a_page_that_looks_otherwise_is_seen(
    opened: Open, site: str, tmp_path: Path, spoil: str
) -> None:
    page = opened(site + ASKED).page
    page.screenshot(path=tmp_path / "right.png")
    page.evaluate(spoil)
    assert changed(page.screenshot(), tmp_path / "right.png") > MOST_CHANGED


def test_another_font_is_no_other_look(opened: Open, site: str, tmp_path: Path) -> None:
    page = opened(site + ASKED).page
    page.screenshot(path=tmp_path / "right.png")
    for name in ("--serif", "--sans"):
        page.evaluate(f"document.documentElement.style.setProperty('{name}', 'DejaVu Sans')")
    assert changed(page.screenshot(), tmp_path / "right.png") <= MOST_CHANGED
    with Image.open(io.BytesIO(page.screenshot())) as image:
        assert image.width > 1_000
