"""Exact phrases: where they stand, and that no database leaves out a text that has one."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from retrieval.search.phrase import ESCAPE, GAPS, Phrase

LETTERS = "aAbiIkKsßéÉüÜσςΣıİµ%_\\'’-–.(日本0"
TEXT = st.text(LETTERS + GAPS, max_size=30)
PHRASES = TEXT.filter(lambda text: text.strip(GAPS) != "")


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("written notice", "a Written\n  NOTICE.", "Written\n  NOTICE"),
        ("written notice", "a written, notice", None),
        ("notice", "noticed unnotice", None),
        ("ninety (90) days", "of ninety (90)\u00a0days", "ninety (90)\u00a0days"),
        ("days' notice", "ten days\u2019 notice", "days\u2019 notice"),
        ("2024-25", "in 2024\u201325", "2024\u201325"),
        ("über", "ÜBER", "ÜBER"),
        ("100%", "at 100% of", "100%"),
        ("a_b", "aXb", None),
        ("保管", "は保管の", "保管"),
    ],
)
def test_stands_where_its_letters_follow_each_other(
    phrase: str, text: str, found: str | None
) -> None:
    places = Phrase(phrase).places(text)
    assert [text[start:end] for start, end in places] == ([] if found is None else [found])


@given(TEXT, PHRASES, TEXT)
def test_is_found_wherever_it_was_put_between_spaces(before: str, phrase: str, after: str) -> None:
    put = phrase.strip(GAPS)
    places = Phrase(phrase).places(f"{before} {put} {after}")
    assert any(start <= len(before) + 1 < end for start, end in places)


@given(TEXT, PHRASES)
@example("a   b", "a b")
@example("x\ta \n\n\u2009b", "A b")
def test_its_patterns_leave_out_no_text_that_has_it(text: str, phrase: str) -> None:
    one = Phrase(phrase)
    if not one.stands_in(text):
        text = f"{text} {phrase} {text}"
    assert one.stands_in(text)
    assert like(text, one.loose)
    squeezed = text
    for gap in GAPS:
        squeezed = squeezed.replace(gap, " ")
    while "  " in squeezed:
        squeezed = squeezed.replace("  ", " ")
    assert like(squeezed, one.tight)


def like(text: str, pattern: str) -> bool:
    connection = sqlite3.connect(":memory:")
    try:
        row = connection.execute("SELECT ? LIKE ? ESCAPE ?", (text, pattern, ESCAPE)).fetchone()
        return bool(row[0])
    finally:
        connection.close()


@given(TEXT, PHRASES)
def test_looking_for_its_first_letters_misses_nothing(text: str, phrase: str) -> None:
    one = Phrase(phrase)
    put = f"{text} {phrase} {text}{phrase}"
    for each in (text, put, f"İ{put}"):
        assert one.places(each) == [match.span() for match in one._pattern.finditer(each)]
