"""A result in passages: every word of it where it says it is, and numbers that no row has."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assistant.tool_results import call_of, is_result, passages_of, version_of
from tools.tool import Result

TEXTS = st.text(
    st.one_of(st.sampled_from("ab .!?\n\t,;:1\u00e9\U0001f600"), st.characters(codec="utf-8")),
    max_size=3_000,
)


@given(TEXTS)
def test_every_word_stands_where_it_is_cited(text: str) -> None:
    version = version_of("c1", "desk.look_up", Result("Ticket", text), person="ann", at=1)
    passages = passages_of(version, text)
    seen = 0
    for at, passage in enumerate(passages):
        assert passage.ordinal == at
        assert text[passage.start : passage.end] == passage.text
        assert (passage.start, passage.end) == (
            passage.sentences[0].start,
            passage.sentences[-1].end,
        )
        for span in passage.sentences:
            assert seen <= span.start < span.end
            assert text[seen : span.start].strip() == "", "no word is left out"
            assert text[span.start : span.end].strip() == text[span.start : span.end]
            seen = span.end
    assert text[seen:].strip() == "" or len(passages) == 256


def test_numbers_are_no_rows_and_never_the_same() -> None:
    text = "One sentence. " * 2_000
    numbers = [number for call in ("c1", "c2", "c3") for number in _numbers(text, call)]
    assert len(set(numbers)) == len(numbers)
    assert all(is_result(each) and abs(each) < 2**53 for each in numbers)
    assert _numbers(text, "c1") == _numbers(text, "c1"), "they are the same each time"


def _numbers(text: str, call: str) -> list[int]:
    version = version_of(call, "today", Result("Today", text), person="ann", at=1)
    return [version.id, *(each.id for each in passages_of(version, text))]


def test_its_name_says_which_call_it_is_of() -> None:
    version = version_of("ab12", "today", Result("Today", "x"), person="ann", at=1)
    assert call_of(version.document_id) == "ab12"
    assert call_of("8c1f6a0e5d7b4c2f") is None
    assert version.readers == {"user:ann"}
