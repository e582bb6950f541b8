"""Questions written by hand: what asks the same gets the answer, what only looks alike does not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.review.likeness import Asked, ask_the_same
from evals.bench.paraphrases import figures, is_given, pairs_of
from retrieval.qdrant.bm25 import Words

TERMS = Words().terms
PAIRS = pairs_of()
TEXTS = sorted({text for each in PAIRS for text in (each.approved, each.asked)})


def same(one: str, other: str) -> bool:
    return ask_the_same(Asked.of(one, TERMS), Asked.of(other, TERMS))


def test_the_set_is_large_enough_to_say_something() -> None:
    assert sum(each.is_same for each in PAIRS) >= 60
    assert sum(not each.is_same for each in PAIRS) >= 60
    assert {each.part for each in PAIRS} == {"fit", "held"}


@pytest.mark.parametrize("part", ["fit", "held"])
def test_by_the_rules_alone_no_near_miss_passes_and_most_paraphrases_do(part: str) -> None:
    pairs = [each for each in PAIRS if each.part == part]
    found = figures(pairs, [same(each.approved, each.asked) for each in pairs])
    assert found.given_wrong == 0
    assert found.recall >= 0.8


def test_what_is_far_apart_is_not_given_whatever_the_rules_say() -> None:
    text = PAIRS[0].approved
    far = {text: np.array([1, 0], np.float32), text.upper(): np.array([0, 1], np.float32)}
    assert not is_given(text, text.upper(), far, TERMS)
    assert is_given(text, text, far, TERMS)


@given(st.sampled_from(TEXTS), st.sampled_from(TEXTS))
def test_it_makes_no_difference_which_was_first(one: str, other: str) -> None:
    assert same(one, other) == same(other, one)
    assert same(one, one)


@given(st.sampled_from(TEXTS), st.integers(1, 10_000), st.integers(1, 10_000))
def test_another_figure_is_another_question(text: str, one: int, other: int) -> None:
    asked = [f"{text.rstrip('?')} in building {each}?" for each in (one, other)]
    assert same(*asked) == (one == other)


@given(st.sampled_from(TEXTS), st.text(max_size=80))
def test_nothing_that_is_typed_breaks_it(text: str, typed: str) -> None:
    assert same(text, typed) in (True, False)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("May the buyer pay the seller late?", "May the seller pay the buyer late?"),
        ("Who may sign?", "Who may not sign?"),
        ("Must we encrypt backups?", "May we encrypt backups?"),
        ("Is a fee due before delivery?", "Is a fee due after delivery?"),
        ("Who pays Alder?", "Who pays Birch?"),
        ("When does the lease end?", "Where does the lease end?"),
        ("Is it due in March?", "Is it due in May?"),
        ("", "What?"),
    ],
)
def test_a_small_word_can_make_another_question(one: str, other: str) -> None:
    assert not same(one, other)
