"""What is said where sources differ, in the language of a page."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from assistant.disagreement import notice_of
from assistant.http.differing import differing
from assistant.http.languages import ours
from assistant.wording import Language, speaking
from retrieval.documents import Status

NOTICE = (
    "Sources differ: \u201cTravel 2025\u201d (superseded, in force from 1 March 2025, until 31 "
    "December 2025) states EUR 45; \u201cTravel 2026\u201d (approved) states EUR 52.50."
)
SAID = {
    Language.EN: NOTICE,
    Language.DE: (
        "Die Quellen weichen voneinander ab: \u201cTravel 2025\u201d (ersetzt, in Kraft ab "
        "1. März 2025, bis 31. Dezember 2025) nennt EUR 45; \u201cTravel 2026\u201d (freigegeben) "
        "nennt EUR 52.50."
    ),
    Language.FR: (
        "Les sources divergent : \u201cTravel 2025\u201d (remplacé, en vigueur à compter du 1er "
        "mars 2025, jusqu\u2019au 31 décembre 2025) indique EUR 45; \u201cTravel 2026\u201d "
        "(approuvé) indique EUR 52.50."
    ),
}


@pytest.mark.parametrize("language", Language)
def test_it_is_said_in_the_language_of_the_page(language: Language) -> None:
    with speaking(language):
        assert differing(NOTICE) == SAID[language]
        assert ours(NOTICE) == SAID[language]


@pytest.mark.parametrize("title", ["Plain", "A (b) states 5; c", "It\u2019s \u201cquoted\u201d."])
@pytest.mark.parametrize("figure", ["EUR 45", "30 days; or more.", "(two) %"])
def test_whatever_is_made_is_read_whole(title: str, figure: str) -> None:
    def version(days: tuple[date | None, date | None]) -> Any:
        return SimpleNamespace(
            title=title,
            effective_from=days[0],
            expires_on=days[1],
            status_at=lambda _: Status.APPROVED,
        )

    one, other = version((date(2026, 1, 1), None)), version((None, date(2027, 5, 31)))
    passage = SimpleNamespace(passage=SimpleNamespace(version=other))
    rival = SimpleNamespace(sentence=passage, states=figure, told=figure, told_of=one)
    notice = notice_of([rival], 0)  # type: ignore[list-item]
    assert differing(notice) == notice


@pytest.mark.parametrize("text", ["Something else.", NOTICE[:-1], NOTICE + " x"])
def test_what_is_not_whole_is_left_as_it_is_and_marked(text: str) -> None:
    with speaking(Language.DE):
        assert differing(text) is None
        assert 'lang="en"' in ours(text)
