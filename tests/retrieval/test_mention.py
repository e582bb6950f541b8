from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.mention import LIKELY, find_mention
from retrieval.qdrant.bm25 import Words

TERMS = Words().terms
TITLES = ("Master Lease, Alder Homes", "Software Licence, Birch Systems", "Travel Policy")


@pytest.mark.parametrize(
    ("question", "title", "rest"),
    [
        (
            "Consider the Master Lease, Alder Homes; how much notice must be given?",
            0,
            "how much notice must be given",
        ),
        ("Who may terminate the Software Licence of Birch Systems early?", 1, None),
        ("What does the travel policy say about taxis?", 2, None),
    ],
)
def test_a_document_is_known_by_its_title(question: str, title: int, rest: str | None) -> None:
    mention = find_mention(question, TITLES, TERMS)
    assert mention.likely == title
    assert not set(TERMS(mention.rest)) & set(TERMS(TITLES[title]))
    if rest:
        assert mention.rest == rest


def test_a_question_that_names_none_stays_whole() -> None:
    mention = find_mention("How long is the notice period?", TITLES, TERMS)
    assert (mention.likely, mention.rest) == (-1, "How long is the notice period?")


def test_what_is_asked_leaves_the_name_out_and_counts_each_stem_once() -> None:
    mention = find_mention("Travel policy: are taxis, a taxi, allowed?", TITLES, TERMS)
    assert sorted(mention.asked.tolist()) == sorted(set(TERMS("taxi allowed")))
    assert find_mention("", TITLES, TERMS).asked.shape == (0,)


def test_part_of_a_title_counts_for_part_and_strips_nothing() -> None:
    mention = find_mention("What did Birch promise about uptime?", TITLES, TERMS)
    assert mention.likely == -1
    assert 0 < mention.share[1] < LIKELY
    assert mention.share[0] == mention.share[2] == 0


def test_a_question_that_is_only_a_name_keeps_it() -> None:
    assert find_mention("travel policy", TITLES, TERMS).rest == "travel policy"


def test_without_candidates_or_titles_nothing_is_named() -> None:
    assert find_mention("Any question?", (), TERMS).likely == -1
    assert find_mention("Any question?", ("",), TERMS).likely == -1
    assert find_mention("", TITLES, TERMS).likely == -1


@given(st.text(max_size=300), st.lists(st.text(max_size=60), max_size=5))
def test_any_text_has_shares_between_none_and_all(question: str, titles: list[str]) -> None:
    mention = find_mention(question, titles, TERMS)
    assert mention.share.shape == (len(titles),)
    assert ((mention.share >= 0) & (mention.share <= 1 + 1e-9)).all()
    assert set(mention.rest.split()) <= set(question.split()) or mention.likely >= 0
