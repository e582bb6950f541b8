from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.candidates import Candidates
from retrieval.errors import Damaged
from retrieval.mention import find_mention
from retrieval.ranking import FEATURES, WEIGHTS, Ranker, features
from tests.retrieval.made_candidates import WORDS, candidates_of, vector_of

RANKER = Ranker.load(WORDS.terms)
PAIRS = [
    ("Lease, Alder", "Lease between Alder Homes and the tenant."),
    ("Lease, Alder", "The tenant must give notice of six months."),
    ("Lease, Birch", "The tenant must give notice of nine months."),
    ("Travel Policy", "Trains are preferred to planes."),
]


async def ordered(question: str, pairs: list[tuple[str, str]]) -> list[int]:
    candidates = await candidates_of(pairs)
    mention = find_mention(question, candidates.titles, WORDS.terms)
    order, scores = RANKER.order(await vector_of(mention.rest), mention, candidates)
    assert (np.diff(scores[order]) <= 0).all()
    return [int(row) for row in order]


async def test_the_clause_comes_before_the_title_page_of_the_contract_named() -> None:
    order = await ordered("In the Lease, Alder: how much notice must the tenant give?", PAIRS)
    assert order.index(1) < order.index(0)
    assert order.index(1) < order.index(2)


async def test_what_no_word_speaks_of_comes_last() -> None:
    assert (await ordered("How much notice must the tenant give?", PAIRS))[-1] == 3


async def test_no_candidates_are_no_trouble() -> None:
    assert await ordered("How much notice?", []) == []


async def test_a_question_of_stop_words_is_ordered_too() -> None:
    assert sorted(await ordered("what is the", PAIRS)) == [0, 1, 2, 3]


async def test_features_are_finite_whatever_was_found() -> None:
    for pairs in ([("", "")], [("A", "Alone.")], PAIRS):
        candidates = await candidates_of(pairs)
        mention = find_mention("Alone, is it?", candidates.titles, WORDS.terms)
        given = features(await vector_of(mention.rest), mention, candidates)
        assert given.shape == (len(pairs), len(FEATURES))
        assert np.isfinite(given).all()


async def test_what_else_was_found_in_other_documents_names_nothing() -> None:
    """A document that may not be read is no candidate; the words of a title count among those."""
    candidates = await candidates_of(PAIRS[:2])
    mention = find_mention("notice in Birch", candidates.titles, WORDS.terms)
    assert mention.likely == -1


def test_weights_of_other_features_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "ranking.json"
    path.write_text(json.dumps({"features": ["other"]}))
    with pytest.raises(Damaged, match="Expected weights for rest_fit"):
        Ranker.load(WORDS.terms, path)


@settings(deadline=None)
@given(order=st.permutations(range(len(PAIRS))))
async def test_a_passage_scores_the_same_wherever_it_stands(order: Sequence[int]) -> None:
    """The index's scores go with the passages; in what row they come does not count."""
    question = "In the Lease, Alder: how much notice must the tenant give?"
    candidates = await candidates_of(PAIRS)
    mention = find_mention(question, candidates.titles, WORDS.terms)
    moved = _moved(candidates, order)
    rest = await vector_of(mention.rest)
    rows, scores = RANKER.order(rest, mention, candidates)
    other_rows, other_scores = RANKER.order(rest, mention, moved)
    np.testing.assert_allclose(other_scores, scores[list(order)], atol=1e-9)
    assert [order[row] for row in other_rows] == rows.tolist()


def _moved(candidates: Candidates, order: Sequence[int]) -> Candidates:
    """Return the same candidates with row `order[i]` as row i."""
    at, ends = list(order), candidates.term_ends
    starts = np.concatenate([[0], ends[:-1]])
    terms = [np.arange(starts[row], ends[row]) for row in at]
    return Candidates(
        passages=[candidates.passages[row] for row in at],
        vectors=candidates.vectors[at],
        fused=candidates.fused[at],
        document=candidates.document[at],
        term_ids=candidates.term_ids[np.concatenate(terms)],
        term_weights=candidates.term_weights[np.concatenate(terms)],
        term_ends=np.cumsum([len(each) for each in terms]),
        titles=candidates.titles,
    )


def test_the_shipped_weights_say_how_they_were_made() -> None:
    """The table is worth more than the line alone, for wordings it was not fitted to as well."""
    made = json.loads(WEIGHTS.read_text())["made"]
    assert any("CC BY 4.0" in each for each in made["data"])
    for name, index in made["without_ranker"].items():
        for measured in ("with_ranker", "with_ranker_wording_unseen"):
            assert made[measured][name]["r_chars_8000"] > index["r_chars_8000"]


def test_the_shipped_table_is_of_words_that_stem_to_one() -> None:
    table = json.loads(WEIGHTS.read_text())["related"]
    words = {*table, *(each for told in table.values() for each in told)}
    assert words
    assert all(len(WORDS.terms(word)) == 1 for word in words)
