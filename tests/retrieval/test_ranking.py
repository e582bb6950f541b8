from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from retrieval.errors import Damaged
from retrieval.mention import find_mention
from retrieval.ranking import FEATURES, WEIGHTS, Ranker, features
from tests.retrieval.made_candidates import WORDS, candidates_of, vector_of

PAIRS = [
    ("Lease, Alder", "Lease between Alder Homes and the tenant."),
    ("Lease, Alder", "The tenant must give notice of six months."),
    ("Lease, Birch", "The tenant must give notice of nine months."),
    ("Travel Policy", "Trains are preferred to planes."),
]


async def ordered(question: str, pairs: list[tuple[str, str]]) -> list[int]:
    candidates = await candidates_of(pairs)
    mention = find_mention(question, candidates.titles, WORDS.terms)
    order, scores = Ranker.load().order(await vector_of(mention.rest), mention, candidates)
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
        Ranker.load(path)


def test_the_shipped_weights_say_how_they_were_made() -> None:
    made = json.loads(WEIGHTS.read_text())["made"]
    assert "CC BY 4.0" in made["data"]
    assert made["with_ranker"]["r_chars_8000"] > made["without_ranker"]["r_chars_8000"]
