"""Words are found where they stand, and the same words in another version."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from assistant.http.finding import MOST_FOUND, find, nearest
from retrieval.documents import Span

TEXT = "The Landlord lets.\nThe  landlord\npays. A LANDLORD (a.b) waits."
words = st.text(alphabet="ab .*(\n", max_size=6)


def test_finds_words_whatever_their_case_and_white_space() -> None:
    finding = find(TEXT, "the landlord")
    assert [TEXT[each.start : each.end] for each in finding.spans] == [
        "The Landlord",
        "The  landlord",
    ]
    assert (finding.at, finding.earlier, finding.later) == (1, 2, 2)


def test_begins_with_the_first_from_a_place_on_and_goes_round() -> None:
    assert find(TEXT, "landlord", near=20).at == 2
    assert find(TEXT, "landlord", near=10_000).at == 1
    last = find(TEXT, "landlord", at=3)
    assert (last.earlier, last.later) == (2, 1)
    assert find(TEXT, "landlord", at=99).at == 3


def test_signs_are_words_too() -> None:
    assert [each.start for each in find(TEXT, "(a.b)").spans] == [TEXT.index("(a.b)")]
    assert find(TEXT, "a.c").spans == ()
    nothing = find(TEXT, " \n")
    assert (nothing.spans, nothing.at, nothing.current, nothing.later) == ((), 0, None, 0)


def test_says_when_there_are_more_than_it_counts() -> None:
    assert find("x " * MOST_FOUND, "x").is_all
    many = find("x " * (MOST_FOUND + 1), "x")
    assert not many.is_all
    assert len(many.spans) == MOST_FOUND


def test_the_same_words_are_those_nearest_and_exactly_they() -> None:
    text = "one fee. two fees. one\n fee."
    assert nearest(text, "one fee", near=25) == Span(19, 27)
    assert nearest(text, "one fee", near=3) == Span(0, 7)
    assert nearest(text, "One fee", near=0) is None
    assert nearest(text, "", near=0) is None
    assert nearest("x" * 30_000, "x" * 25_000, near=0) is None


@given(st.text(alphabet="ab .*(\n", max_size=40), words)
def test_what_is_found_is_what_was_sought(text: str, sought: str) -> None:
    finding = find(text, sought)
    for each in finding.spans:
        assert text[each.start : each.end].lower().split() == sought.lower().split()
    if re.search(re.escape(sought.strip()), text) and sought.strip():
        assert finding.spans
