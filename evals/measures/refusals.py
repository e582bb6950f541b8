"""Refusals: of what cannot be answered, and of what can. Each is 0 or 1 for a case.

`refused` counts the unanswerable and is 1 where the answer was a refusal. `falsely_refused` counts
the answerable and is 1 where nothing was said, by a refusal or by a failure. One without the other
says nothing: whoever refuses all has a perfect first figure. `failed` counts every case and is 1
where asking ended in an error; such a case is neither refused nor answered.
Source: Rajpurkar et al., Know What You Don't Know (SQuAD 2.0), 2018 (arXiv 1806.03822).
"""

from __future__ import annotations

from evals.measures.measure import Better, Measure, Unit
from evals.outcome import Outcome
from evals.suites.case import Case


def _refused(case: Case, outcome: Outcome) -> float | None:
    if case.expected.answerable is not False:
        return None
    return float(bool(outcome.refused) and not outcome.error)


def _falsely_refused(case: Case, outcome: Outcome) -> float | None:
    return float(not outcome.said) if case.expected.answerable else None


def _failed(case: Case, outcome: Outcome) -> float:
    return float(bool(outcome.error))


MEASURES = (
    Measure("refused", "Unanswerable refused", Unit.SHARE, Better.HIGHER, _refused),
    Measure("falsely_refused", "Answerable refused", Unit.SHARE, Better.LOWER, _falsely_refused),
    Measure("failed", "Ended in an error", Unit.SHARE, Better.LOWER, _failed),
)
