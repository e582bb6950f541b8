"""Documents found: recall, mean reciprocal rank and nDCG over the first k distinct documents.

Relevance is binary; every value lies in [0, 1]. nDCG discounts by log2(rank + 1).
Source: Järvelin and Kekäläinen, Cumulated gain-based evaluation of IR techniques, 2002.

A case counts if it states gold; its documents are the relevant ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from math import log2

from evals.measures.characters import counted
from evals.measures.measure import Better, Measure, Unit
from evals.outcome import Outcome
from evals.sets import GoldSpan
from evals.suites.case import Case


def ranked_documents(retrieved: Iterable[GoldSpan]) -> list[str]:
    """Return the documents of ranked spans, each at its best rank."""
    return list(dict.fromkeys(span.doc_id for span in retrieved))


def recall_at(k: int, documents: Sequence[str], relevant: set[str]) -> float:
    """Return the share of relevant documents among the first k."""
    return len(relevant.intersection(documents[:k])) / len(relevant) if relevant else 0.0


def reciprocal_rank_at(k: int, documents: Sequence[str], relevant: set[str]) -> float:
    """Return 1 / rank of the first relevant document among the first k, else 0."""
    for rank, document in enumerate(documents[:k], 1):
        if document in relevant:
            return 1 / rank
    return 0.0


def ndcg_at(k: int, documents: Sequence[str], relevant: set[str]) -> float:
    """Return the discounted gain of the first k documents over the best there could be."""
    gain = sum(1 / log2(rank + 1) for rank, name in enumerate(documents[:k], 1) if name in relevant)
    best = sum(1 / log2(rank + 1) for rank in range(1, min(k, len(relevant)) + 1))
    return gain / best if best else 0.0


def _scored(
    score: Callable[[int, Sequence[str], set[str]], float], case: Case, outcome: Outcome
) -> float | None:
    relevant = {gold.document for gold in case.expected.gold}
    return score(10, ranked_documents(counted(case, outcome)), relevant) if relevant else None


MEASURES = tuple(
    Measure(name, title, Unit.SHARE, Better.HIGHER, partial(_scored, score))
    for name, title, score in (
        ("doc_r_at_10", "Documents found among the first 10", recall_at),
        ("mrr_at_10", "Mean reciprocal rank of the first right document", reciprocal_rank_at),
        ("ndcg_at_10", "Order of the documents found (nDCG)", ndcg_at),
    )
)
