"""Support: the share of the sentences shown that the words they cite carry, in [0, 1].

The verifier is asked again, apart from the answer; sentences it was not asked about do not count,
and a case counts if one does. It is the product's own verifier, so that this finds what got past
it, not what it is blind to: that is what gold and facts are for. Source: the share of supported
sentences of Es et al., RAGAS (faithfulness), 2023 (arXiv 2309.15217), with rules for its judge.
"""

from __future__ import annotations

from evals.measures.measure import Better, Measure, Unit
from evals.outcome import Outcome
from evals.suites.case import Case


def _support(case: Case, outcome: Outcome) -> float | None:
    asked = [each.is_supported for each in outcome.said if each.is_supported is not None]
    return sum(asked) / len(asked) if asked else None


MEASURES = (
    Measure("support", "Sentences carried by their words", Unit.SHARE, Better.HIGHER, _support),
)
