from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from assistant.support import (
    FEATURES,
    WEIGHTS,
    Support,
    choose,
    display_order,
    features,
    misses_a_name,
)
from retrieval.errors import Damaged
from tests.retrieval.made_candidates import EMBEDDER, WORDS, retrieved_of

LEASE = [
    (
        "Lease, Alder",
        "TERM AND NOTICE. The tenant must give notice of six months. Rent is monthly.",
    ),
    ("Lease, Birch", "Alder Homes Ltd. The landlord pays for repairs of the roof."),
]


async def test_bare_headings_and_names_of_parties_answer_nothing() -> None:
    evidence = choose(await retrieved_of("What does Alder pay?", LEASE), WORDS.terms)
    texts = [each.text for each in evidence]
    assert "The tenant must give notice of six months." in texts
    assert "TERM AND NOTICE." not in texts
    assert "Alder Homes Ltd." not in texts


async def test_the_sentence_with_the_words_asked_comes_first() -> None:
    retrieved = await retrieved_of("Who pays for repairs of the roof?", LEASE)
    evidence = choose(retrieved, WORDS.terms)
    assert evidence[0].text == "The landlord pays for repairs of the roof."
    assert evidence[0].words > 0.5
    vectors = await EMBEDDER.embed([each.text for each in evidence])
    order, scores = display_order(retrieved, evidence, vectors)
    assert order[0] == 0
    assert scores[order[0]] == scores.max()


async def test_at_most_twelve_sentences_are_looked_at() -> None:
    many = " ".join(f"The tenant of room {number} pays the rent." for number in range(40))
    retrieved = await retrieved_of("Who pays the rent?", [("Lease", many)])
    assert len(choose(retrieved, WORDS.terms)) == 12


async def test_what_fits_better_is_more_likely_to_answer() -> None:
    support = Support.load()
    near, far = [
        support.probability(await given(question))
        for question in ("How much notice must the tenant give?", "Which colour is the moon?")
    ]
    assert 0 < far < near < 1


async def given(question: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    retrieved = await retrieved_of(question, LEASE)
    evidence = choose(retrieved, WORDS.terms)
    vectors = await EMBEDDER.embed([each.text for each in evidence])
    titles = await EMBEDDER.embed([title for title, _ in LEASE])
    row = features(retrieved, evidence, vectors, titles, WORDS.terms)
    assert row.shape == (len(FEATURES),)
    assert np.isfinite(row).all()
    return row


@pytest.mark.parametrize(
    ("question", "is_missing"),
    [
        ("How much notice must the tenant of Cedar give?", True),
        ("How much notice must the tenant of Alder give?", False),
        ("How much notice must the tenant of Cedar Alder give?", True),
        ("How much rent was paid in 2031?", True),
        ("Cedar is whose?", False),
        ("Whose? Cedar is whose?", False),
        ("how much notice must the tenant of cedar give?", False),
        ("HOW MUCH NOTICE FOR CEDAR?", False),
        ("", False),
    ],
)
async def test_a_name_that_no_passage_has_is_missed(question: str, is_missing: bool) -> None:
    assert misses_a_name(await retrieved_of(question, LEASE), WORDS.terms) is is_missing


def test_whoever_names_a_document_is_held_to_another_bound() -> None:
    support = Support(np.zeros(6), 0.0, named=0.6, unnamed=0.4)
    named = np.array([float(name == "named") for name in FEATURES])
    assert not support.suffices(named)
    assert support.suffices(np.zeros(6))


def test_weights_of_other_features_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "support.json"
    path.write_text(json.dumps({"features": ["other"]}))
    with pytest.raises(Damaged, match="Expected weights for whole_fit"):
        Support.load(path)


def test_the_shipped_weights_say_what_they_refuse() -> None:
    held_out = json.loads(WEIGHTS.read_text())["made"]["held_out"]
    for figures in held_out.values():
        assert figures["falsely_refused"] < 0.2
    assert held_out["clapnq"]["refused"] > 0.5
