"""Answered: do the sentences shown rest on the words that answer? Each is 0 or 1 for a case.

A sentence holds gold if one of its citations shares at least half of the shorter of the two, in
characters. `answered_first` asks it of the first sentence, `answered` of any. What is quoted
because it differs is not what is answered. A case counts if it states gold; with several gold
passages, each is an answer. Source: precision at 1 and success at n of passage retrieval
(Voorhees, The TREC question answering track, 2001), asked of what is shown; the half is that of
the demonstration's check.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from evals.measures.measure import Better, Measure, Unit
from evals.outcome import Cited, Outcome, Said
from evals.sets import GoldSpan
from evals.suites.case import Case

_HALF = 0.5


def holds(citation: Cited, gold: GoldSpan) -> bool:
    """Return whether a citation shares at least half of the shorter of the two."""
    shared = min(citation.end, gold.end) - max(citation.start, gold.start)
    shorter = min(citation.end - citation.start, gold.end - gold.start)
    return citation.document == gold.doc_id and 0 < shared >= _HALF * shorter


def place(sentences: Sequence[Said], gold: Iterable[GoldSpan]) -> int | None:
    """Return the place of the first sentence that holds gold, from 0."""
    spans = list(gold)
    stated = [each for each in sentences if not each.differs]
    for at, said in enumerate(stated):
        if any(holds(citation, span) for citation in said.cited for span in spans):
            return at
    return None


def _first(case: Case, outcome: Outcome) -> float | None:
    return float(place(outcome.said, outcome.gold) == 0) if case.expected.gold else None


def _any(case: Case, outcome: Outcome) -> float | None:
    return float(place(outcome.said, outcome.gold) is not None) if case.expected.gold else None


MEASURES = (
    Measure("answered_first", "Answered by the first sentence", Unit.SHARE, Better.HIGHER, _first),
    Measure("answered", "Answered by any sentence", Unit.SHARE, Better.HIGHER, _any),
)
