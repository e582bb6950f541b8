"""A picture of each page, light, dark and on a phone, kept for the eye."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import ASKED, PHONE, SCREENSHOTS, SEARCHED, Open

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DRAWN = """() => [...document.images].every(
    each => each.complete || each.getBoundingClientRect().top > innerHeight)"""
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
LOOKS: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": PHONE, "device_scale_factor": 2},
}


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", SHOTS)
def test_a_picture_of_each_page_is_kept_for_the_eye(
    opened: Open, site: str, name: str, look: str
) -> None:
    page = opened(f"{site}{SHOTS[name]}", **LOOKS[look]).page
    page.wait_for_function(DRAWN)
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}-{look}.png")
    assert page.title().endswith("Pincite")
