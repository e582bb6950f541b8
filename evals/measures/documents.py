"""Documents found: recall, mean reciprocal rank and nDCG over the first k distinct documents.

Relevance is binary; every value lies in [0, 1]. nDCG discounts by log2(rank + 1).
Source: Järvelin and Kekäläinen, Cumulated gain-based evaluation of IR techniques, 2002.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import log2

from evals.sets import GoldSpan


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
