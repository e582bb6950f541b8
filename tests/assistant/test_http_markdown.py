"""Untrusted text stays text in Markdown, and stays the same text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.http.markdown import harmless
from retrieval.plain import plain
from tests.assistant.hostile_markdown import hostile_texts
from tests.assistant.rendered_markdown import rendered

_ACTIVE = st.text(
    alphabet="\\`*_[]()<>&#;:!|~+-=$^{}.,'\"/@ \n\t01axyw\u200b\u202e\x1b", max_size=40
)
_MORE = st.sampled_from(
    ["](", "https://", "www.", "evil.com", "a@b.co", "&#91;", "&lt;", "<a ", "```", "1. ", "[1]: "]
)
_TEXTS = st.lists(st.one_of(_ACTIVE, _MORE), max_size=6).map("".join)


def words_of(text: str) -> str:
    return " ".join(plain(text).split()).replace("`", "'")


def assert_is_only_words(text: str) -> None:
    shown = rendered(harmless(text))
    assert shown.links == [], text
    assert shown.bare == [], text
    assert shown.others == set(), text
    assert shown.words.replace("`", "'") == words_of(text)


def test_what_would_be_a_link_an_image_or_markup_stays_words() -> None:
    texts = list(hostile_texts())
    assert len(texts) > 2_000
    for text in texts:
        assert_is_only_words(text)


@given(_TEXTS)
@settings(deadline=None, max_examples=300)
def test_any_text_stays_the_same_words(text: str) -> None:
    assert_is_only_words(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ninety (90) days' written notice.", "ninety (90) days' written notice."),
        ("4.18.2 of the export, e.g. in March", "4.18.2 of the export, e.g. in March"),
        ("Fees & costs [redacted] of 4 % > 3 %!", "Fees & costs [redacted] of 4 % > 3 %!"),
        ("$5 to $9 {: x}", "\\$5 to \\$9 \\{: x}"),
        ("  two\n\n lines ", "two lines"),
        ("2.  The lease", "2\\. The lease"),
        ("", ""),
    ],
)
def test_what_is_harmless_is_left_as_it_is(text: str, shown: str) -> None:
    assert harmless(text) == shown
