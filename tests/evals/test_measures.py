"""The measures, against values worked out by hand, and their bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.bootstrap import interval
from evals.measures import characters, documents
from evals.sets import GoldSpan


def span(start: int, end: int, doc: str = "a") -> GoldSpan:
    return GoldSpan(doc, start, end)


spans = st.lists(
    st.builds(
        lambda doc, start, length: GoldSpan(doc, start, start + length),
        st.sampled_from("ab"),
        st.integers(0, 50),
        st.integers(1, 30),
    ),
    max_size=6,
)


def test_precision_and_recall_by_hand() -> None:
    retrieved, gold = [span(0, 100), span(200, 300)], [span(50, 250)]

    assert characters.precision_at(1, retrieved, gold) == pytest.approx(50 / 100)
    assert characters.precision_at(2, retrieved, gold) == pytest.approx(100 / 200)
    assert characters.recall_at(1, retrieved, gold) == pytest.approx(50 / 200)
    assert characters.recall_at(2, retrieved, gold) == pytest.approx(100 / 200)


def test_overlapping_spans_count_once() -> None:
    assert characters.precision_at(2, [span(0, 10), span(5, 15)], [span(0, 15)]) == 1.0
    assert characters.recall_at(2, [span(0, 10), span(0, 10)], [span(0, 20)]) == 0.5


def test_another_document_is_no_overlap() -> None:
    assert characters.recall_at(1, [span(0, 10, "b")], [span(0, 10, "a")]) == 0.0


def test_the_budget_of_characters_cuts_the_last_span() -> None:
    retrieved, gold = [span(0, 60), span(100, 160)], [span(100, 150)]

    assert characters.recall_within(80, retrieved, gold) == pytest.approx(20 / 50)
    assert characters.recall_within(60, retrieved, gold) == 0.0
    assert characters.recall_within(120, retrieved, gold) == 1.0


@given(spans, spans, st.integers(1, 6))
def test_characters_lie_between_nothing_and_all(
    retrieved: list[GoldSpan], gold: list[GoldSpan], k: int
) -> None:
    recall = characters.recall_at(k, retrieved, gold)

    assert 0 <= characters.precision_at(k, retrieved, gold) <= 1
    assert 0 <= recall <= characters.recall_at(k + 1, retrieved, gold) <= 1
    assert recall == characters.recall_at(k, retrieved, gold[::-1])


@given(spans)
def test_retrieving_the_gold_itself_is_perfect(gold: list[GoldSpan]) -> None:
    if gold:
        assert characters.recall_at(len(gold), gold, gold) == 1
        assert characters.precision_at(len(gold), gold, gold) == 1


def test_documents_by_hand() -> None:
    ranked = documents.ranked_documents([span(0, 1, "x"), span(0, 1, "a"), span(5, 9, "x")])

    assert ranked == ["x", "a"]
    assert documents.recall_at(10, ranked, {"a", "b"}) == 0.5
    assert documents.reciprocal_rank_at(10, ranked, {"a"}) == 0.5
    assert documents.reciprocal_rank_at(1, ranked, {"a"}) == 0.0
    assert documents.ndcg_at(10, ranked, {"a"}) == pytest.approx(0.6309, abs=1e-4)
    assert documents.ndcg_at(10, ["a", "b"], {"a", "b"}) == 1.0


def test_an_interval_holds_its_mean_and_is_the_same_every_time() -> None:
    values = [0.0, 1.0] * 50

    low, high = interval(values)

    assert 0.35 < low < 0.5 < high < 0.65
    assert interval(values) == (low, high)
    assert interval([0.25] * 9) == (0.25, 0.25)
