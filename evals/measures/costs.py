"""Costs: seconds, tokens and sentences withheld; none has an upper bound.

`first_seconds` is from the question to the first sentence or the refusal, `last_seconds` to the
end; a case that failed has none. Tokens are those that the model's server counted; a case counts
if any were told. `withheld` are sentences that were written or chosen and not shown: many can be a
poor model or a good verifier. Seconds differ by machine and by hour: compare within one run of
both.
"""

from __future__ import annotations

from evals.measures.measure import Better, Measure, Unit
from evals.outcome import Outcome
from evals.suites.case import Case


def _first(case: Case, outcome: Outcome) -> float | None:
    return None if outcome.error else outcome.first_seconds


def _last(case: Case, outcome: Outcome) -> float | None:
    return None if outcome.error else outcome.seconds


def _read(case: Case, outcome: Outcome) -> float | None:
    return outcome.tokens_read


def _written(case: Case, outcome: Outcome) -> float | None:
    return outcome.tokens_written


def _withheld(case: Case, outcome: Outcome) -> float | None:
    return None if outcome.error else float(outcome.withheld)


MEASURES = (
    Measure("first_seconds", "Time to the first sentence", Unit.SECONDS, Better.LOWER, _first),
    Measure("last_seconds", "Time to the last sentence", Unit.SECONDS, Better.LOWER, _last),
    Measure("tokens_read", "Tokens read by the model", Unit.TOKENS, Better.LOWER, _read),
    Measure("tokens_written", "Tokens written by the model", Unit.TOKENS, Better.LOWER, _written),
    Measure("withheld", "Sentences withheld", Unit.COUNT, Better.NEITHER, _withheld),
)
