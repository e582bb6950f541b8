from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.related import MOST_ASKED, NOTHING, Related
from tests.retrieval.made_candidates import WORDS, candidates_of

TABLE = {"renewal": {"successive": 0.6, "price": -0.2}, "notice": {"written": 0.4}}
TEXTS = [
    ("Lease", "It runs on for successive years."),
    ("Lease", "The price of renewing is set out below."),
    ("Lease", "Trains are preferred to planes."),
]


async def scores(table: Related, question: str) -> list[float]:
    candidates = await candidates_of(TEXTS)
    asked = np.unique(np.array(WORDS.terms(question), np.int64))
    found = table.scores(asked, candidates.term_ids, candidates.rows(), len(TEXTS))
    return [round(each, 6) for each in found.tolist()]


async def test_a_passage_gets_what_its_words_add_to_those_asked() -> None:
    table = Related.of(TABLE, WORDS.terms)
    assert await scores(table, "renewals") == [0.6, -0.2, 0]
    assert await scores(table, "renewal notice") == pytest.approx([0.424264, -0.141421, 0])


async def test_two_words_asked_may_go_with_one_that_is_told() -> None:
    table = Related.of({"renewal": {"years": 0.5}, "term": {"year": 0.25}}, WORDS.terms)
    assert (await scores(table, "renewal term"))[0] == pytest.approx(0.75 / 2**0.5, abs=1e-6)


@pytest.mark.parametrize("question", ["", "what is the", "trains"])
async def test_words_of_no_table_add_nothing(question: str) -> None:
    assert await scores(Related.of(TABLE, WORDS.terms), question) == [0, 0, 0]
    assert await scores(NOTHING, "renewal") == [0, 0, 0]


async def test_a_long_text_is_no_question() -> None:
    table = Related.of(TABLE, WORDS.terms)
    words = [f"renewal{number}" for number in range(MOST_ASKED - 1)]
    assert any(await scores(table, " ".join(["renewal", *words])))
    assert not any(await scores(table, " ".join(["renewal", *words, "extra"])))


def test_a_table_without_candidates_adds_nothing() -> None:
    asked = np.array(WORDS.terms("renewal"), np.int64)
    nothing = np.zeros(0, np.int64)
    assert Related.of(TABLE, WORDS.terms).scores(asked, nothing, nothing, 0).shape == (0,)
    assert Related.of({}, WORDS.terms).scores(asked, nothing, nothing, 0).shape == (0,)


@given(st.lists(st.integers(0, 9), unique=True), st.lists(st.integers(0, 9), max_size=20))
def test_every_sum_is_what_the_pairs_one_by_one_make(asked: list[int], told: list[int]) -> None:
    rng = np.random.default_rng(len(told))
    table = Related(rng.integers(0, 10, 30), rng.integers(0, 10, 30), rng.normal(size=30))
    rows = np.arange(len(told)) % 3
    found = table.scores(np.array(sorted(asked), np.int64), np.array(told, np.int64), rows, 3)
    for row in range(3):
        pairs = zip(table.asked, table.told, table.weight, strict=True)
        words = [each for each, at in zip(told, rows, strict=True) if at == row]
        total = sum(weight * words.count(other) for one, other, weight in pairs if one in asked)
        assert found[row] == pytest.approx(total / max(len(asked), 1) ** 0.5)
