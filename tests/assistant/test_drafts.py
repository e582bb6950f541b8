"""What a model wrote is read the same in whatever pieces it came."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.drafts import LONGEST_LINE, Draft, DraftReader
from assistant.grammar import MOST_SENTENCES
from assistant.model import Failing, ModelFailed


def read(*pieces: str) -> list[Draft]:
    reader = DraftReader()
    drafts = [draft for piece in pieces for draft in reader.feed(piece)]
    return drafts + list(reader.end())


@pytest.mark.parametrize(
    ("written", "drafts"),
    [
        ("Ninety days. [1.2]", [("Ninety days.", ["1.2"])]),
        ("Ninety days [1.2].", [("Ninety days.", ["1.2"])]),
        ("Ninety days. [1.2] [3.1]", [("Ninety days.", ["1.2", "3.1"])]),
        ("Ninety days. [1.2][3.1][1.2]", [("Ninety days.", ["1.2", "3.1"])]),
        ("Ninety days. [1.2, 3.1; 2.2]", [("Ninety days.", ["1.2", "3.1", "2.2"])]),
        ("One. [1.1]\nTwo. [1.2]\n", [("One.", ["1.1"]), ("Two.", ["1.2"])]),
        ("One [1.1]. Two [1.2].", [("One.", ["1.1"]), ("Two.", ["1.2"])]),
        ("One. [1.1] Two. [1.2]", [("One.", ["1.1"]), ("Two.", ["1.2"])]),
        ("Ninety [1.1], or less [1.2].", [("Ninety, or less.", ["1.1", "1.2"])]),
        ("Nobody said so.", [("Nobody said so.", [])]),
        ("One. [1.1] And more.", [("One.", ["1.1"]), ("And more.", [])]),
        ("[1.1]", [("", ["1.1"])]),
        ("See [1.1] and [clause 3].", [("See and [clause 3].", ["1.1"])]),
        ("A [1.1](http://x.example)", [("A(http://x.example)", ["1.1"])]),
        ("It is n\u034fot so. [1.1]", [("It is not so.", ["1.1"])]),
        ("It is \x1b]0;not\x07 so. [1.1]", [("It is so.", ["1.1"])]),
        ("NO ANSWER", []),
        ("NO ANSWER.\nOne. [1.1]", []),
        ("One. [1.1]\nNO ANSWER\nTwo. [1.2]", [("One.", ["1.1"])]),
        ("", []),
        ("\n\n  \n", []),
    ],
)
def test_sentences_are_read_with_the_ids_behind_them(
    written: str, drafts: list[tuple[str, list[str]]]
) -> None:
    assert read(written) == [Draft(text, tuple(ids)) for text, ids in drafts]


PARTS = st.lists(
    st.sampled_from(
        [
            "Ninety days",
            ". ",
            "[1.2]",
            " [3.1]",
            "\n",
            "\r\n",
            "[",
            "]",
            "1.",
            "NO ANSWER",
            ", ",
            "é",
        ]
    ),
    max_size=40,
).map("".join)


@given(PARTS, st.randoms(use_true_random=False))
def test_however_it_is_cut_the_drafts_are_the_same(written: str, chosen: random.Random) -> None:
    assert read(*cut(written, chosen)) == read(written)


@pytest.mark.deep
def test_fifty_thousand_cuts_make_no_difference() -> None:
    chosen = random.Random(4)
    written = "Either party may end it [1.2], with notice [2.1].\r\nNinety days. [1.2][3.1]\n" * 3
    whole = read(written)
    assert len(whole) == 6
    for _ in range(50_000):
        assert read(*cut(written, chosen)) == whole


def cut(text: str, chosen: random.Random) -> list[str]:
    places = sorted(chosen.randrange(len(text) + 1) for _ in range(chosen.randrange(12)))
    return [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True)]


def test_a_draft_is_read_as_soon_as_its_line_is_whole() -> None:
    reader = DraftReader()
    assert list(reader.feed("One. [1.1]")) == []
    assert list(reader.feed("\nTw")) == [Draft("One.", ("1.1",))]


def test_a_model_that_goes_on_is_not_listened_to_for_ever() -> None:
    reader = DraftReader()
    drafts = list(reader.feed("Again. [1.1]\n" * 100))
    assert len(drafts) == MOST_SENTENCES
    assert reader.is_over


@pytest.mark.parametrize("pieces", [["x" * (LONGEST_LINE + 1)], ["x"] * (LONGEST_LINE + 1)])
def test_a_line_without_an_end_is_a_broken_model(pieces: list[str]) -> None:
    with pytest.raises(ModelFailed) as caught:
        read(*pieces)
    assert caught.value.failing is Failing.BROKEN


def test_it_is_known_whether_there_was_anything_to_read() -> None:
    reader = DraftReader()
    assert list(reader.feed(" \n ")) + list(reader.end()) == []
    assert not reader.has_read
    refusing = DraftReader()
    assert list(refusing.feed("NO ANSWER")) + list(refusing.end()) == []
    assert refusing.has_read
