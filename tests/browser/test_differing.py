"""The scripts say where sources differ exactly as the server does."""

from __future__ import annotations

import pytest

from assistant.http.differing import differing
from assistant.wording import Language, speaking
from tests.assistant.test_http_differing import NOTICE
from tests.browser.conftest import Open

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CALLED = """notice => import("/static/differing.js").then(({ differing }) => differing(notice))"""


@pytest.mark.parametrize("language", Language)
def test_scripts_and_server_say_the_same(opened: Open, site: str, language: Language) -> None:
    page = opened(site, locale=f"{language}-{language.upper()}").page
    with speaking(language):
        for notice in (NOTICE, NOTICE[:-1], "Something else."):
            assert page.evaluate(CALLED, notice) == differing(notice)
