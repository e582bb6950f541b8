from __future__ import annotations

import numpy as np

from retrieval.duplicates import without_duplicates
from tests.retrieval.made_candidates import candidates_of

CLAUSE = "The supplier shall give notice of any delay within ten working days of its discovery."


async def kept(*pairs: tuple[str, str], limit: int = 10) -> list[int]:
    candidates = await candidates_of(pairs)
    return [int(row) for row in without_duplicates(np.arange(len(pairs)), candidates, limit)]


async def test_a_passage_that_repeats_a_better_one_is_left_out() -> None:
    assert await kept(("Lease", CLAUSE), ("Lease", CLAUSE.upper()), ("Lease", "Else.")) == [0, 2]


async def test_the_same_clause_in_two_contracts_is_two_findings() -> None:
    assert await kept(("Lease", CLAUSE), ("Licence", CLAUSE)) == [0, 1]


async def test_another_figure_makes_another_passage() -> None:
    first, second = CLAUSE + " The fee is EUR 100.", CLAUSE + " The fee is EUR 200."
    assert await kept(("Lease", first), ("Lease", second)) == [0, 1]


async def test_one_changed_word_of_few_makes_another_passage() -> None:
    assert await kept(("Lease", "Notice is needed."), ("Lease", "Notice is forbidden.")) == [0, 1]


async def test_the_order_decides_which_one_stays_and_the_limit_how_many() -> None:
    candidates = await candidates_of([("Lease", CLAUSE), ("Lease", "Else."), ("Lease", CLAUSE)])
    assert without_duplicates(np.array([2, 1, 0]), candidates, 10).tolist() == [2, 1]
    assert without_duplicates(np.array([2, 1, 0]), candidates, 1).tolist() == [2]
