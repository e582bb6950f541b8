"""Marking what was searched: all of the text that is shown, and only words that were asked for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assistant.marking import LONGEST, Excerpt, Marker, Stems
from retrieval.qdrant.bm25 import Words
from retrieval.search.syntax import read_query

STEMS = Stems(Words().terms)


def marked(query: str, text: str) -> list[str]:
    return [each.text for each in excerpt(query, text).marks if each.lit]


def excerpt(query: str, text: str) -> Excerpt:
    return Marker(read_query(query), STEMS).excerpt(text)


def test_marks_words_in_whatever_form_they_stand() -> None:
    text = "Termination: either party may TERMINATE; terminates."
    assert marked("terminate the", text) == ["Termination", "TERMINATE", "terminates"]


def test_marks_a_phrase_whole_and_only_where_it_stands() -> None:
    assert marked('"notice period"', "A notice, a notice\n period.") == ["notice\n period"]


def test_marks_no_field_and_nothing_unwanted() -> None:
    assert marked("kind:policy -draft notice", "A policy, a draft, a notice.") == ["notice"]


def test_shows_of_a_long_text_the_part_that_was_searched() -> None:
    text = "Nothing is said here. " * 60 + "The notice is ninety days. " + "More of it. " * 60
    shown = excerpt("ninety", text)
    assert shown.begins_late
    assert shown.ends_early
    assert [each.text for each in shown.marks if each.lit] == ["ninety"]
    assert sum(len(each.text) for each in shown.marks) <= LONGEST


@given(st.text("ab notice.\n<>&\"'", max_size=1500), st.sampled_from(["notice", '"a b"', "zz", ""]))
def test_what_is_shown_is_a_stretch_of_the_text(text: str, query: str) -> None:
    shown = excerpt(query, text)
    words = "".join(each.text for each in shown.marks)
    assert words in text
    assert len(words) <= LONGEST
    if len(text) <= LONGEST:
        assert words == text


def test_tells_which_words_stand_nowhere_in_whatever_form() -> None:
    marker = Marker(read_query('the terminating zzzz Zebra "a phrase"'), STEMS)
    assert marker.missing(["It terminates.", "A zebra."]) == ["zzzz"]
    assert marker.missing([]) == ["terminating", "zzzz", "Zebra"]
