"""Characters found: precision and recall over retrieved spans, as LegalBench-RAG defines them.

Overlap is counted in characters of the same document; overlapping retrieved spans are merged
first. Precision is overlap / retrieved characters, recall is overlap / gold characters; both
lie in [0, 1]. Source: Pipitone and Alami, LegalBench-RAG, 2024 (arXiv 2408.10343).

A case counts if it states gold words or characters: of a whole document as gold, how much of it
was found says little. Gold that stands nowhere in the library counts as not found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from evals.measures.measure import Better, Measure, Unit
from evals.outcome import Outcome
from evals.sets import GoldSpan
from evals.suites.case import Case


def precision_at(k: int, retrieved: Sequence[GoldSpan], gold: Sequence[GoldSpan]) -> float:
    """Return the share of the first k spans' characters that are gold."""
    merged = merge(retrieved[:k])
    total = _length(merged)
    return _overlap(merged, merge(gold)) / total if total else 0.0


def recall_at(k: int, retrieved: Sequence[GoldSpan], gold: Sequence[GoldSpan]) -> float:
    """Return the share of gold characters inside the first k spans."""
    return _recall(retrieved[:k], gold)


def recall_within(
    characters: int, retrieved: Sequence[GoldSpan], gold: Sequence[GoldSpan]
) -> float:
    """Return the share of gold characters inside the first `characters` retrieved ones.

    Spans count in rank order, the last one is cut; a character retrieved twice counts twice
    towards the budget, as it does for whoever reads it.
    """
    return _recall(cut(characters, retrieved), gold)


def cut(characters: int, retrieved: Iterable[GoldSpan]) -> list[GoldSpan]:
    """Return the first spans that together have at most this many characters."""
    kept: list[GoldSpan] = []
    for span in retrieved:
        if characters <= 0:
            break
        end = min(span.end, span.start + characters)
        kept.append(GoldSpan(span.doc_id, span.start, end))
        characters -= end - span.start
    return kept


def merge(spans: Iterable[GoldSpan]) -> list[GoldSpan]:
    """Return the union of spans, without overlaps, by document and start."""
    merged: list[GoldSpan] = []
    for span in sorted(spans, key=lambda each: (each.doc_id, each.start, each.end)):
        last = merged[-1] if merged else None
        if last and last.doc_id == span.doc_id and span.start <= last.end:
            merged[-1] = GoldSpan(last.doc_id, last.start, max(last.end, span.end))
        else:
            merged.append(span)
    return merged


def _recall(retrieved: Sequence[GoldSpan], gold: Sequence[GoldSpan]) -> float:
    wanted = merge(gold)
    total = _length(wanted)
    return _overlap(merge(retrieved), wanted) / total if total else 0.0


def _overlap(one: Sequence[GoldSpan], other: Sequence[GoldSpan]) -> int:
    return sum(
        max(0, min(left.end, right.end) - max(left.start, right.start))
        for left in one
        for right in other
        if left.doc_id == right.doc_id
    )


def _length(spans: Iterable[GoldSpan]) -> int:
    return sum(span.end - span.start for span in spans)


def counted(case: Case, outcome: Outcome) -> list[GoldSpan]:
    """Return what was retrieved, without the documents that do not count as found."""
    return [span for span in outcome.retrieved if span.doc_id not in case.excluded]


def _scored(
    score: Callable[[Sequence[GoldSpan], Sequence[GoldSpan]], float], case: Case, outcome: Outcome
) -> float | None:
    gold = case.expected.gold
    if not gold or not all(each.words or each.start is not None for each in gold):
        return None
    return score(counted(case, outcome), outcome.gold)


def _measure(
    name: str, title: str, score: Callable[[Sequence[GoldSpan], Sequence[GoldSpan]], float]
) -> Measure:
    return Measure(name, title, Unit.SHARE, Better.HIGHER, partial(_scored, score))


MEASURES = (
    *(
        _measure(f"p_at_{k}", f"Gold among the first {k} passages", partial(precision_at, k))
        for k in (1, 8)
    ),
    *(
        _measure(f"r_at_{k}", f"Gold found in {k} passages", partial(recall_at, k))
        for k in (1, 8, 64)
    ),
    *(
        _measure(f"r_chars_{n}", f"Gold found in {n:,} characters", partial(recall_within, n))
        for n in (4000, 8000)
    ),
)
