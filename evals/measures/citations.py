"""Citations: do they point at the words that answer, and do they exist as they are shown?

Precision is the share of citations that overlap a gold span, recall the share of gold spans that
a citation overlaps; both lie in [0, 1] and are 0 where nothing is cited. A case counts if it states
gold. Source: Gao et al., Enabling LLMs to Generate Text with Citations (ALCE), 2023 (arXiv
2305.14627), with marked spans in the place of its judge.

Exactness is the share of citations whose characters, read anew, are their words; a sentence that
cites nothing counts as one that is not. It must be 1. A case counts if something was said.
"""

from __future__ import annotations

from collections.abc import Sequence

from evals.measures.measure import Better, Measure, Unit
from evals.outcome import Cited, Outcome
from evals.sets import GoldSpan
from evals.suites.case import Case


def cited(outcome: Outcome) -> list[Cited]:
    """Return all citations in the order shown."""
    return [each for said in outcome.said for each in said.cited]


def touches(citation: Cited, gold: GoldSpan) -> bool:
    """Return whether a citation and a gold span share a character."""
    return (
        citation.document == gold.doc_id and citation.start < gold.end and gold.start < citation.end
    )


def precision(citations: Sequence[Cited], gold: Sequence[GoldSpan]) -> float:
    """Return the share of citations that overlap gold."""
    hits = sum(any(touches(each, span) for span in gold) for each in citations)
    return hits / len(citations) if citations else 0.0


def recall(citations: Sequence[Cited], gold: Sequence[GoldSpan]) -> float:
    """Return the share of gold spans that a citation overlaps."""
    hits = sum(any(touches(each, span) for each in citations) for span in gold)
    return hits / len(gold) if gold else 0.0


def exactness(outcome: Outcome) -> float | None:
    """Return the share of citations that are exact; None where nothing was said."""
    counted = [
        is_exact
        for said in outcome.said
        for is_exact in ([each.is_exact for each in said.cited] or [False])
    ]
    return sum(counted) / len(counted) if counted else None


def _precision(case: Case, outcome: Outcome) -> float | None:
    return precision(cited(outcome), outcome.gold) if case.expected.gold else None


def _recall(case: Case, outcome: Outcome) -> float | None:
    return recall(cited(outcome), outcome.gold) if case.expected.gold else None


def _exactness(case: Case, outcome: Outcome) -> float | None:
    return exactness(outcome)


MEASURES = (
    Measure("citation_precision", "Citations on gold", Unit.SHARE, Better.HIGHER, _precision),
    Measure("citation_recall", "Gold that is cited", Unit.SHARE, Better.HIGHER, _recall),
    Measure(
        "citation_exactness", "Citations that are exact", Unit.SHARE, Better.HIGHER, _exactness
    ),
)
