"""Comparing texts: nothing of either is lost, nothing that is the same is marked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import comparing
from assistant.comparing import Change, Row, Side, compare, paragraphs

PARAGRAPH = st.text("abc .,\n", min_size=1, max_size=30).filter(lambda text: text.strip() != "")
TEXTS = st.lists(PARAGRAPH, max_size=12)


def words(side: Side) -> str:
    return "".join(each.text for each in side)


def kept(side: Side) -> str:
    return "".join("".join(each.text.split()) for each in side if not each.differs)


@given(TEXTS, TEXTS)
def test_each_side_is_told_whole_and_in_order(left: list[str], right: list[str]) -> None:
    rows = compare(left, right).rows
    assert [words(each.left) for each in rows if each.left] == left
    assert [words(each.right) for each in rows if each.right] == right


@given(TEXTS, TEXTS)
def test_what_is_not_marked_is_the_same_on_both_sides(left: list[str], right: list[str]) -> None:
    for row in compare(left, right).rows:
        assert kept(row.left) == kept(row.right)
        assert (row.change is Change.REMOVED) == (not row.right)
        assert (row.change is Change.ADDED) == (not row.left)


@given(TEXTS)
def test_the_same_has_no_difference(texts: list[str]) -> None:
    spaced = [each.replace(" ", "  \n") for each in texts]
    assert compare(texts, spaced).differences == 0


def test_a_changed_figure_is_marked_alone() -> None:
    [row] = compare(["Pay within 30 days."], ["Pay within 45 days."]).rows
    assert [each.text for each in row.left if each.differs] == ["30"]
    assert [each.text for each in row.right if each.differs] == ["45"]


def test_a_paragraph_put_in_between_is_added() -> None:
    rows = compare(["One thing.", "Two things."], ["One thing.", "Quite new.", "Two things."]).rows
    assert [each.change for each in rows] == [Change.SAME, Change.ADDED, Change.SAME]


def test_past_its_bounds_a_paragraph_differs_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "MOST_WORK", 3)
    rows = compare(["alpha beta gamma"], ["alpha beta delta"]).rows
    assert [(each.change, len(each.left), len(each.right)) for each in rows] == [
        (Change.CHANGED, 1, 1)
    ]


def test_texts_that_are_too_long_are_told_to_be_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "MOST_PARAGRAPHS", 2)
    assert not compare(["a", "b", "c"], ["a"]).is_whole
    assert compare(["a", "b"], ["a"]).is_whole


def test_many_like_paragraphs_are_compared_with_bounded_work() -> None:
    """Each is like each other: held pair by pair that would be 25 million."""
    left = ["the same words again"] * 5_000
    right = ["the same words anew"] * 5_000
    rows = compare(left, right).rows
    assert len(rows) == 10_000
    assert {each.change for each in rows} == {Change.REMOVED, Change.ADDED}


@given(
    st.text("ab \n", max_size=40),
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 9)), max_size=4),
)
def test_paragraphs_hold_every_word_once(text: str, blocks: list[tuple[int, int]]) -> None:
    at, placed = 0, []
    for start, length in sorted(blocks):
        start = max(start, at)
        at = min(start + length, len(text))
        if start < at:
            placed.append((start, at))
    found = paragraphs(text, placed)
    assert "".join("".join(found).split()) == "".join(text.split())


def test_rows_of_one_side_are_empty_on_the_other() -> None:
    assert compare(["a"], []).rows == (Row(Change.REMOVED, (comparing.Piece("a", True),), ()),)
