"""Follow-ups: whether a question that leans on earlier ones was understood. 0 or 1 for a case.

1 where one of the first three sentences shown holds gold of the last question
(`evals.measures.answered`). A case counts if it has earlier questions and states gold. It says
that the answer was right, not how the question was made to stand alone: `looked_for` in a report
has that. Source: Katsis et al., mtRAG, 2025 (arXiv 2501.03468), for answering the last turn; gold
for its judge.
"""

from __future__ import annotations

from evals.measures.answered import place
from evals.measures.measure import Better, Measure, Unit
from evals.outcome import Outcome
from evals.suites.case import Case

_FIRST = 3


def _resolved(case: Case, outcome: Outcome) -> float | None:
    if not case.earlier or not case.expected.gold:
        return None
    at = place(outcome.said, outcome.gold)
    return float(at is not None and at < _FIRST)


MEASURES = (
    Measure("follow_up_resolved", "Follow-ups understood", Unit.SHARE, Better.HIGHER, _resolved),
)
